#include "core/positions.h"

#include <cassert>

namespace convscope {
namespace {

// Takes the three innermost coordinates off a flat index, which keeps the rest.
Axes take_axes(int64_t& flat, const Axes& size) {
    Axes at{};
    for (int axis = 2; axis >= 0; --axis) {
        at[axis] = flat % size[axis];
        flat /= size[axis];
    }
    return at;
}

int64_t with_axes(int64_t flat, const Axes& at, const Axes& size) {
    for (int axis = 0; axis < 3; ++axis) flat = flat * size[axis] + at[axis];
    return flat;
}

bool separable(const Problem& problem) {
    return problem.op() == Operator::separable_conv2d;
}

}  // namespace

OutputPosition output_position(const Problem& problem, int64_t flat) {
    const Axes at = take_axes(flat, problem.output());
    return {flat / problem.out_channels(), flat % problem.out_channels(), at};
}

int64_t output_index(const Problem& problem, const OutputPosition& p) {
    return with_axes(p.n * problem.out_channels() + p.c, p.at, problem.output());
}

InputPosition input_position(const Problem& problem, int64_t flat) {
    const Axes at = take_axes(flat, problem.input());
    return {flat / problem.in_channels(), flat % problem.in_channels(), at};
}

int64_t input_index(const Problem& problem, const InputPosition& p) {
    return with_axes(p.n * problem.in_channels() + p.c, p.at, problem.input());
}

// A row of the weights is one K_d×K_h×K_w window. Its first axis counts channels over all groups, its second
// within a group.
WeightPosition weight_position(const Problem& problem, int64_t flat) {
    const Axes k = take_axes(flat, problem.kernel_size());
    const int64_t in_group = problem.in_channels_per_group(), out_group = problem.out_channels_per_group();
    if (separable(problem)) return {flat, flat, k};
    if (problem.transposed()) {
        const int64_t in = flat / out_group;
        return {in / in_group * out_group + flat % out_group, in, k};
    }
    const int64_t out = flat / in_group;
    return {out, out / out_group * in_group + flat % in_group, k};
}

int64_t weight_index(const Problem& problem, const WeightPosition& p) {
    const int64_t in_group = problem.in_channels_per_group(), out_group = problem.out_channels_per_group();
    int64_t row = p.in_channel;
    if (separable(problem)) {
        assert(p.out_channel == p.in_channel && "a depthwise weight makes its own channel");
    } else {
        assert(p.in_channel / in_group == p.out_channel / out_group && "no weight joins two groups");
        row = problem.transposed() ? p.in_channel * out_group + p.out_channel % out_group
                                   : p.out_channel * in_group + p.in_channel % in_group;
    }
    return with_axes(row, p.k, problem.kernel_size());
}

PointwisePosition pointwise_position(const Problem& problem, int64_t flat) {
    assert(separable(problem));
    return {flat / problem.in_channels(), flat % problem.in_channels()};
}

int64_t pointwise_index(const Problem& problem, const PointwisePosition& p) {
    assert(separable(problem));
    return p.out_channel * problem.in_channels() + p.in_channel;
}

ChannelRange in_channels_of(const Problem& problem, int64_t out_channel) {
    if (separable(problem)) return {0, problem.in_channels()};
    const int64_t count = problem.in_channels_per_group();
    return {out_channel / problem.out_channels_per_group() * count, count};
}

ChannelRange out_channels_of(const Problem& problem, int64_t in_channel) {
    if (separable(problem)) return {0, problem.out_channels()};
    const int64_t count = problem.out_channels_per_group();
    return {in_channel / problem.in_channels_per_group() * count, count};
}

}  // namespace convscope
