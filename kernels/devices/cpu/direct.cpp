// `direct`: plain C++ over output rows. Four output channels at a time share each input row that they read.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <exception>
#include <vector>

#include "core/function_versions.h"
#include "devices/cpu/host_kernel.h"

namespace convscope {
namespace {

constexpr int64_t block = 4;  // output channels computed together

// The reach of one kernel position along the width: outputs first … last − 1, the input read by `first`.
struct RowRange {
    int64_t out_first, out_step, in_first, in_step, count;
};

// One input row and the weights of one tap, for up to four output rows.
struct RowTap {
    const float* input;
    std::array<const float*, block> weights;  // K_w values each
};

CONVSCOPE_CLONES
void add_row(float* __restrict y, const float* __restrict x, float w, int64_t count) {
    for (int64_t i = 0; i < count; ++i) y[i] += w * x[i];
}

CONVSCOPE_CLONES
void add_four_rows(float* __restrict y0, float* __restrict y1, float* __restrict y2, float* __restrict y3,
                   const float* __restrict x, const float* __restrict w, int64_t count) {
    const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    for (int64_t i = 0; i < count; ++i) {
        y0[i] += w0 * x[i];
        y1[i] += w1 * x[i];
        y2[i] += w2 * x[i];
        y3[i] += w3 * x[i];
    }
}

int64_t ceil_div(int64_t a, int64_t b) {
    return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

class Direct : public HostKernel {
  public:
    Direct(const Problem& problem, const Tensors& tensors) : problem_(problem), tensors_(tensors) {
        for (int64_t k = 0; k < problem.kernel_size()[2]; ++k) ranges_.push_back(width_range(k));
    }

    void compute(float* output, const CancelToken& cancel) override {
        const bool separable = problem_.op() == Operator::separable_conv2d;
        const int64_t rows = separable ? problem_.batch() * problem_.output()[1] : plain_rows();
        // Rows are begun in their order, so that the number of one says how far all are.
        const int64_t between_reports =
            int64_t(std::bit_floor(uint64_t(std::max<int64_t>(1, rows / 128)))) - 1;
        std::atomic<bool> stopped{false};
        std::exception_ptr thrown;  // an exception must not leave the parallel region
#pragma omp parallel for schedule(dynamic, 1)
        for (int64_t row = 0; row < rows; ++row) {
            if (stopped.load(std::memory_order_relaxed)) continue;
            if ((row & between_reports) == 0) cancel.report(double(row) / double(rows));
            try {
                separable ? separable_row(row, output, cancel) : plain_row(row, output, cancel);
            } catch (...) {
#pragma omp critical(convscope_direct_thrown)
                thrown = std::current_exception();
                stopped = true;
            }
        }
        if (thrown) std::rethrow_exception(thrown);
    }

  private:
    int64_t blocks_per_group() const {
        return ceil_div(problem_.out_channels_per_group(), block);
    }
    int64_t plain_rows() const {
        const Axes& out = problem_.output();
        return problem_.batch() * problem_.groups() * blocks_per_group() * out[0] * out[1];
    }

    RowRange width_range(int64_t k) const {
        const int64_t s = problem_.stride()[2], in = problem_.input()[2], out = problem_.output()[2];
        const int64_t offset = k * problem_.dilation()[2] - problem_.padding()[2];
        const int64_t walked = problem_.transposed() ? in : out, reached = problem_.transposed() ? out : in;
        const int64_t first = std::max<int64_t>(0, ceil_div(-offset, s));
        const int64_t last = std::min(walked, ceil_div(reached - offset, s));
        const int64_t far = first * s + offset, count = std::max<int64_t>(0, last - first);
        if (problem_.transposed()) return {far, s, first, 1, count};
        return {first, 1, far, s, count};
    }

    // Where kernel position k of output coordinate `out` reads along depth or height, or −1.
    int64_t reads(int axis, int64_t out, int64_t k) const {
        const int64_t s = problem_.stride()[axis], p = problem_.padding()[axis],
                      d = problem_.dilation()[axis];
        int64_t in = out * s - p + k * d;
        if (problem_.transposed()) {
            const int64_t scaled = out + p - k * d;
            in = scaled % s == 0 ? scaled / s : -1;
        }
        return in < problem_.input()[axis] ? in : -1;
    }

    // acc[m] += the taps of one input row for `channels` ≤ 4 output rows.
    void add_taps(const RowTap& tap, int64_t channels, float* acc) const {
        const int64_t width = problem_.output()[2];
        for (size_t k = 0; k < ranges_.size(); ++k) {
            const RowRange& range = ranges_[k];
            if (range.count == 0) continue;
            std::array<float, block> w{};
            for (int64_t m = 0; m < channels; ++m) w[m] = tap.weights[m][k];
            const float* x = tap.input + range.in_first;
            float* y = acc + range.out_first;
            if (range.in_step == 1 && range.out_step == 1 && channels == block)
                add_four_rows(y, y + width, y + 2 * width, y + 3 * width, x, w.data(), range.count);
            else if (range.in_step == 1 && range.out_step == 1)
                for (int64_t m = 0; m < channels; ++m) add_row(y + m * width, x, w[m], range.count);
            else
                for (int64_t m = 0; m < channels; ++m)
                    for (int64_t i = 0; i < range.count; ++i)
                        y[m * width + i * range.out_step] += w[m] * x[i * range.in_step];
        }
    }

    // acc (channels, W_out) += all taps of input channel `c` of batch `n` for the output rows (od, oh) of
    // channels whose windows start at weights[m].
    void add_channel(int64_t n, int64_t c, int64_t od, int64_t oh,
                     const std::array<const float*, block>& weights, int64_t channels, float* acc) const {
        const Axes &in = problem_.input(), &k = problem_.kernel_size();
        const float* plane =
            tensors_.input->values.data() + (n * problem_.in_channels() + c) * in[0] * in[1] * in[2];
        for (int64_t kd = 0; kd < k[0]; ++kd) {
            const int64_t id = reads(0, od, kd);
            if (id < 0) continue;
            for (int64_t kh = 0; kh < k[1]; ++kh) {
                const int64_t ih = reads(1, oh, kh);
                if (ih < 0) continue;
                RowTap tap{plane + (id * in[1] + ih) * in[2], weights};
                for (int64_t m = 0; m < channels; ++m) tap.weights[m] += (kd * k[1] + kh) * k[2];
                add_taps(tap, channels, acc);
            }
        }
    }

    float bias_of(int64_t channel) const {
        return problem_.bias() ? tensors_.bias->values[channel] : 0.0f;
    }

    void plain_row(int64_t row, float* output, const CancelToken& cancel) const {
        const Axes &out = problem_.output(), &k = problem_.kernel_size();
        const int64_t oh = row % out[1], od = row / out[1] % out[0];
        const int64_t part = row / (out[1] * out[0]), blocks = blocks_per_group();
        const int64_t group = part / blocks % problem_.groups(), n = part / (blocks * problem_.groups());
        const int64_t per_group = problem_.out_channels_per_group(),
                      in_per_group = problem_.in_channels_per_group();
        const int64_t first = part % blocks * block, channels = std::min(block, per_group - first);
        const int64_t width = out[2], window = k[0] * k[1] * k[2];
        std::vector<float> acc(size_t(block * width));
        for (int64_t m = 0; m < channels; ++m)
            std::fill_n(acc.data() + m * width, width, bias_of(group * per_group + first + m));
        for (int64_t c = 0; c < in_per_group; ++c) {
            cancel.check();
            std::array<const float*, block> weights{};
            for (int64_t m = 0; m < channels; ++m) {
                const int64_t at = problem_.transposed() ? (group * in_per_group + c) * per_group + first + m
                                                         : (group * per_group + first + m) * in_per_group + c;
                weights[m] = tensors_.weights->values.data() + at * window;
            }
            add_channel(n, group * in_per_group + c, od, oh, weights, channels, acc.data());
        }
        for (int64_t m = 0; m < channels; ++m) {
            const int64_t plane = n * problem_.out_channels() + group * per_group + first + m;
            std::copy_n(acc.data() + m * width, width,
                        output + ((plane * out[0] + od) * out[1] + oh) * width);
        }
    }

    void separable_row(int64_t row, float* output, const CancelToken& cancel) const {
        const Axes &out = problem_.output(), &k = problem_.kernel_size();
        const int64_t oh = row % out[1], n = row / out[1], width = out[2], channels = problem_.in_channels();
        std::vector<float> middle(size_t(channels * width));
        for (int64_t c = 0; c < channels; ++c) {
            cancel.check();
            add_channel(n, c, 0, oh, {tensors_.weights->values.data() + c * k[1] * k[2]}, 1,
                        &middle[c * width]);
        }
        for (int64_t m = 0; m < problem_.out_channels(); ++m) {
            cancel.check();
            float* y = output + ((n * problem_.out_channels() + m) * out[1] + oh) * width;
            std::fill_n(y, width, bias_of(m));
            for (int64_t c = 0; c < channels; ++c)
                add_row(y, &middle[c * width], tensors_.pointwise->values[m * channels + c], width);
        }
    }

    Problem problem_;
    Tensors tensors_;
    std::vector<RowRange> ranges_;  // one a kernel position along the width
};

}  // namespace

std::unique_ptr<HostKernel> make_direct(const Problem& problem, const Tensors& tensors) {
    return std::make_unique<Direct>(problem, tensors);
}

}  // namespace convscope
