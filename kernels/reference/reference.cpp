#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"
#include "core/taps.h"
#include "reference/for_all.h"
#include "reference/rows.h"
#include "reference/verification.h"

namespace convscope {
namespace {

using detail::add_channel_row;
using detail::add_scaled;

int32_t saturated(int64_t count) {
    return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

// Per-axis tap counts, worked out once.
struct AxisCounts {
    std::array<std::vector<int64_t>, 3> of;
    AxisCounts(const Problem& problem, const KeepGoing& keep_going) {
        for (int axis = 0; axis < 3; ++axis)
            for (int64_t out = 0; out < problem.output()[axis]; ++out) {
                if (out % 64 == 0 && keep_going && !keep_going())
                    throw Error(ErrorKind::cancelled, "the verification was cancelled");
                of[axis].push_back(axis_taps(problem, axis, out));
            }
    }
};

// What one call computes on; rows are (n, c, od, oh) flat, or (n, od, oh) for separable.
struct Work {
    const Problem& problem;
    const Tensors& tensors;
    const KeepGoing& keep_going;
    AxisCounts counts;
    Reference out;

    Work(const Problem& of_problem, const Tensors& on, const KeepGoing& going_on)
        : problem(of_problem), tensors(on), keep_going(going_on), counts(of_problem, going_on) {
        const auto size = static_cast<size_t>(element_count(problem.output_shape()));
        out.values.assign(size, 0.0);
        out.magnitude.assign(size, 0.0);
        out.terms.assign(size, 0);
    }

    void finish_row(int64_t first, int64_t channel, int64_t od, int64_t oh) {
        const int64_t width = problem.output()[2];
        const bool separable = problem.op() == Operator::separable_conv2d;
        const int64_t per_tap = separable ? 1 : problem.in_channels_per_group();
        const int64_t more = (problem.bias() ? 1 : 0) + (separable ? problem.in_channels() : 0);
        for (int64_t ow = 0; ow < width; ++ow) {
            const int64_t window = counts.of[0][od] * counts.of[1][oh] * counts.of[2][ow];
            out.terms[first + ow] = saturated(window * per_tap + more);
            if (!problem.bias()) continue;
            const double bias = tensors.bias->values[channel];
            out.values[first + ow] += bias;
            out.magnitude[first + ow] += std::fabs(bias);
        }
    }

    void plain_row(int64_t row) {
        const Axes& size = problem.output();
        const int64_t oh = row % size[1], od = row / size[1] % size[0], plane = row / (size[1] * size[0]);
        const int64_t channel = plane % problem.out_channels(), n = plane / problem.out_channels();
        const int64_t per_group = problem.in_channels_per_group();
        const int64_t out_per_group = problem.out_channels_per_group();
        const int64_t first_in = channel / out_per_group * per_group;
        const Axes& k = problem.kernel_size();
        const int64_t window = k[0] * k[1] * k[2], first = row * size[2];
        for (int64_t c = 0; c < per_group; ++c) {
            if (keep_going && !keep_going()) return;  // one row may be long; for_all() asks again and throws
            const int64_t weight_row = problem.transposed()
                                           ? (first_in + c) * out_per_group + channel % out_per_group
                                           : channel * per_group + c;
            add_channel_row(problem, tensors.input->values.data(), n * problem.in_channels() + first_in + c,
                            tensors.weights->values.data() + weight_row * window, od, oh, &out.values[first],
                            &out.magnitude[first]);
        }
        finish_row(first, channel, od, oh);
    }

    void separable_row(int64_t row) {
        const Axes &size = problem.output(), &k = problem.kernel_size();
        const int64_t oh = row % size[1], n = row / size[1], width = size[2],
                      channels = problem.in_channels();
        std::vector<double> middle(size_t(channels * width)), magnitude(middle.size());
        for (int64_t c = 0; c < channels; ++c)
            add_channel_row(problem, tensors.input->values.data(), n * channels + c,
                            tensors.weights->values.data() + c * k[1] * k[2], 0, oh, &middle[c * width],
                            &magnitude[c * width]);
        for (int64_t m = 0; m < problem.out_channels(); ++m) {
            const int64_t first = ((n * problem.out_channels() + m) * size[1] + oh) * width;
            for (int64_t c = 0; c < channels; ++c)
                add_scaled(tensors.pointwise->values[m * channels + c], &middle[c * width],
                           &magnitude[c * width], width, &out.values[first], &out.magnitude[first]);
            finish_row(first, m, 0, oh);
        }
    }

    int64_t rows() const {
        const Axes& size = problem.output();
        if (problem.op() == Operator::separable_conv2d) return problem.batch() * size[1];
        return problem.batch() * problem.out_channels() * size[0] * size[1];
    }
};

// One element from its list of taps.
struct Element {
    double value = 0, magnitude = 0;
};

Element element_at(const Problem& problem, const Tensors& tensors, int64_t index) {
    Element sum;
    const bool separable = problem.op() == Operator::separable_conv2d;
    for (const Tap& tap : taps(problem, index)) {
        const double product = double(tensors.weights->values[tap.weight]) * tensors.input->values[tap.input];
        const double factor = separable ? tensors.pointwise->values[tap.pointwise] : 1.0;
        sum.value += factor * product;
        sum.magnitude += std::fabs(factor * product);
    }
    if (problem.bias()) {
        const double bias = tensors.bias->values[output_position(problem, index).c];
        sum.value += bias;
        sum.magnitude += std::fabs(bias);
    }
    return sum;
}

}  // namespace

Reference reference_whole(const Problem& problem, const Tensors& tensors, const KeepGoing& keep_going,
                          const ReportShare& report) {
    require_shapes(problem, tensors);
    Work work(problem, tensors, keep_going);
    const bool separable = problem.op() == Operator::separable_conv2d;
    for_all(work.rows(), keep_going, report,
            [&](int64_t row) { separable ? work.separable_row(row) : work.plain_row(row); });
    return std::move(work.out);
}

Reference reference_at(const Problem& problem, const Tensors& tensors, std::vector<int64_t> indices,
                       const KeepGoing& keep_going, const ReportShare& report) {
    require_shapes(problem, tensors);
    Reference out;
    out.indices = std::move(indices);
    out.values.resize(out.indices.size());
    out.magnitude.resize(out.indices.size());
    out.terms.resize(out.indices.size());
    for_all(int64_t(out.indices.size()), keep_going, report, [&](int64_t k) {
        const Element element = element_at(problem, tensors, out.indices[k]);
        out.values[k] = element.value;
        out.magnitude[k] = element.magnitude;
        out.terms[k] = saturated(tap_count(problem, out.indices[k]) + (problem.bias() ? 1 : 0));
    });
    return out;
}

}  // namespace convscope
