// The sizes that every direct kernel takes: one struct, passed by value.
#pragma once
#include <cstdint>

#include "core/problem.h"

namespace convscope {

// One spatial axis. 64 bits: sizes may pass 2³¹, and so may what is made of them.
struct AxisSizes {
    int64_t input;
    int64_t output;
    int64_t window;  // the weights' extent, K
    int64_t stride;
    int64_t padding;
    int64_t dilation;
};

struct ConvSizes {
    int64_t batch;
    int64_t in_channels;
    int64_t out_channels;
    int64_t group_in;   // input channels of one group
    int64_t group_out;  // output channels of one group
    AxisSizes depth;    // of 1 in 2D
    AxisSizes height;
    AxisSizes width;
};

inline AxisSizes axis_sizes(const Problem& problem, Axis axis) {
    return {.input = problem.input()[axis],
            .output = problem.output()[axis],
            .window = problem.kernel_size()[axis],
            .stride = problem.stride()[axis],
            .padding = problem.padding()[axis],
            .dilation = problem.dilation()[axis]};
}

inline ConvSizes conv_sizes(const Problem& problem) {
    return {.batch = problem.batch(),
            .in_channels = problem.in_channels(),
            .out_channels = problem.out_channels(),
            .group_in = problem.in_channels_per_group(),
            .group_out = problem.out_channels_per_group(),
            .depth = axis_sizes(problem, axis_depth),
            .height = axis_sizes(problem, axis_height),
            .width = axis_sizes(problem, axis_width)};
}

}  // namespace convscope
