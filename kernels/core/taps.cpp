#include "core/taps.h"

#include <algorithm>

namespace convscope {
namespace {

int64_t floor_div(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}
int64_t ceil_div(int64_t a, int64_t b) {
    return -floor_div(-a, b);
}

// Values of x in [0, size) with 0 ≤ x·step + offset < limit.
int64_t count_in_range(int64_t size, int64_t step, int64_t offset, int64_t limit) {
    const int64_t first = std::max<int64_t>(0, ceil_div(-offset, step));
    const int64_t last = std::min(size - 1, floor_div(limit - 1 - offset, step));
    return std::max<int64_t>(0, last - first + 1);
}

// Calls visit(input offset, kernel offset) within one channel for each spatial tap of the position.
template <class Visit>
void each_spatial_tap(const Problem& problem, const Axes& out, const Visit& visit) {
    const Axes &k = problem.kernel_size(), &in = problem.input();
    for (int64_t kd = 0; kd < k[0]; ++kd) {
        const auto id = input_coordinate(problem, 0, out[0], kd);
        if (!id) continue;
        for (int64_t kh = 0; kh < k[1]; ++kh) {
            const auto ih = input_coordinate(problem, 1, out[1], kh);
            if (!ih) continue;
            for (int64_t kw = 0; kw < k[2]; ++kw)
                if (const auto iw = input_coordinate(problem, 2, out[2], kw))
                    visit((*id * in[1] + *ih) * in[2] + *iw, (kd * k[1] + kh) * k[2] + kw);
        }
    }
}

int64_t spatial_taps(const Problem& problem, const Axes& out) {
    return axis_taps(problem, 0, out[0]) * axis_taps(problem, 1, out[1]) * axis_taps(problem, 2, out[2]);
}

}  // namespace

std::optional<int64_t> input_coordinate(const Problem& problem, int axis, int64_t out, int64_t k) {
    const int64_t s = problem.stride()[axis], p = problem.padding()[axis], d = problem.dilation()[axis];
    int64_t in = 0;
    if (problem.transposed()) {
        const int64_t scaled = out + p - k * d;
        if (scaled < 0 || scaled % s != 0) return std::nullopt;
        in = scaled / s;
    } else {
        in = out * s - p + k * d;
    }
    if (in < 0 || in >= problem.input()[axis]) return std::nullopt;
    return in;
}

int64_t axis_taps(const Problem& problem, int axis, int64_t out) {
    if (!problem.transposed())
        return count_in_range(problem.kernel_size()[axis], problem.dilation()[axis],
                              out * problem.stride()[axis] - problem.padding()[axis], problem.input()[axis]);
    int64_t count = 0;
    for (int64_t k = 0; k < problem.kernel_size()[axis]; ++k)
        count += input_coordinate(problem, axis, out, k).has_value();
    return count;
}

int64_t axis_taps_total(const Problem& problem, int axis) {
    const int64_t s = problem.stride()[axis], p = problem.padding()[axis], d = problem.dilation()[axis];
    const int64_t in = problem.input()[axis], out = problem.output()[axis];
    int64_t total = 0;
    for (int64_t k = 0; k < problem.kernel_size()[axis]; ++k)
        total += problem.transposed() ? count_in_range(in, s, k * d - p, out)
                                      : count_in_range(out, s, k * d - p, in);
    return total;
}

std::vector<Tap> taps(const Problem& problem, int64_t index) {
    const OutputPosition at = output_position(problem, index);
    const Axes &in = problem.input(), &k = problem.kernel_size();
    const int64_t plane = in[0] * in[1] * in[2], window = k[0] * k[1] * k[2];
    const int64_t channels = problem.in_channels(), per_group = problem.in_channels_per_group();
    const int64_t out_per_group = problem.out_channels_per_group();
    const bool separable = problem.op() == Operator::separable_conv2d;
    const int64_t first = separable ? 0 : at.c / out_per_group * per_group;
    const int64_t count = separable ? channels : per_group;
    std::vector<Tap> list;
    for (int64_t c = first; c < first + count; ++c) {
        int64_t row = at.c * per_group + (c - first);  // of the weights, one row a K_d×K_h×K_w window
        if (separable) row = c;
        if (problem.transposed()) row = c * out_per_group + at.c % out_per_group;
        each_spatial_tap(problem, at.at, [&](int64_t input, int64_t kernel) {
            list.push_back({(at.n * channels + c) * plane + input, row * window + kernel,
                            separable ? at.c * channels + c : -1});
        });
    }
    return list;
}

int64_t tap_count(const Problem& problem, int64_t index) {
    const int64_t window = spatial_taps(problem, output_position(problem, index).at);
    if (problem.op() == Operator::separable_conv2d) return window + problem.in_channels();
    return window * problem.in_channels_per_group();
}

double exact_taps(const Problem& problem) {
    double spatial = 1;
    for (int axis = 0; axis < 3; ++axis) spatial *= double(axis_taps_total(problem, axis));
    const double n = double(problem.batch()), in = double(problem.in_channels());
    if (problem.op() == Operator::separable_conv2d) {
        const Axes& out = problem.output();
        return n * in * (spatial + double(problem.out_channels()) * double(out[0] * out[1] * out[2]));
    }
    return n * double(problem.out_channels()) * double(problem.in_channels_per_group()) * spatial;
}

double fed_share(const Problem& problem) {
    double share = 1;
    for (int axis = 0; axis < 3; ++axis) {
        int64_t fed = 0;
        for (int64_t out = 0; out < problem.output()[axis]; ++out) {
            bool any = false;
            for (int64_t k = 0; k < problem.kernel_size()[axis] && !any; ++k)
                any = input_coordinate(problem, axis, out, k).has_value();
            fed += any;
        }
        share *= double(fed) / double(problem.output()[axis]);
    }
    return share;
}

OutputPosition output_position(const Problem& problem, int64_t flat) {
    OutputPosition position{};
    for (int axis = 2; axis >= 0; --axis) {
        position.at[axis] = flat % problem.output()[axis];
        flat /= problem.output()[axis];
    }
    position.c = flat % problem.out_channels();
    position.n = flat / problem.out_channels();
    return position;
}

int64_t output_index(const Problem& problem, const OutputPosition& p) {
    int64_t flat = p.n * problem.out_channels() + p.c;
    for (int axis = 0; axis < 3; ++axis) flat = flat * problem.output()[axis] + p.at[axis];
    return flat;
}

}  // namespace convscope
