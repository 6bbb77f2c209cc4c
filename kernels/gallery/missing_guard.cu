#include "gallery/grids.h"

namespace convscope::gallery::missing_guard {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "missing_guard",
            .idea =
                "A thread an output element, which never asks if a tap lies inside of the input. Along the "
                "first and the last row it reads before and behind the whole array; everywhere else along "
                "the border it silently takes an element of the neighbouring row or channel.",
            .traffic = "As naive: two loads a tap.",
            .wins_when = "Never. Compare with naive, which passes over the taps in the padding.",
            .mixes_taps = true,
            .source_file = "gallery/missing_guard.cu"};
}

Support supports(const Problem& problem) {
    return supports_planes(problem);
}

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void missing_guard_kernel(ConvSizes s, const float* input, const float* weights, const float* bias,
                                     float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "missing_guard", "a thread an output element, 8×32 of them a block", missing_guard_kernel,
        {.grid = grid_of_planes(problem, tile_rows, tile_columns), .block = {tile_columns, tile_rows}});
}

__global__ void missing_guard_kernel(ConvSizes s, const float* __restrict__ input,
                                     const float* __restrict__ weights, const float* __restrict__ bias,
                                     float* __restrict__ output) {
    const int64_t plane = blockIdx.z, out_channel = plane % s.out_channels;
    const int64_t out_row = int64_t{blockIdx.y} * tile_rows + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * tile_columns + threadIdx.x;
    if (out_row >= s.height.output || out_column >= s.width.output) return;

    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = 0; c < s.group_in; ++c) {
        const float* in_plane =
            input + (first_input_plane(s, plane) + c) * s.height.input * s.width.input;  // (H, W)
        const float* window =
            weights + (out_channel * s.group_in + c) * s.height.window * s.width.window;  // (K_h, K_w)
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = out_row * s.height.stride - s.height.padding + i * s.height.dilation;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = out_column * s.width.stride - s.width.padding + j * s.width.dilation;
                sum += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
            }
        }
    }
    output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
}

}  // namespace convscope::gallery::missing_guard
