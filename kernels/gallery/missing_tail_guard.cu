#include "gallery/grids.h"

namespace convscope::gallery::missing_tail_guard {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "missing_tail_guard",
            .idea =
                "A thread an output element in blocks of 24×24, which rarely divide an image, and no thread "
                "asks if its element exists. Threads right of the image write into the next row, those "
                "below it into the next channel, and those below the last channel behind the array.",
            .traffic = "As naive: two loads a tap.",
            .wins_when = "Never. Compare with naive, whose last block asks.",
            .source_file = "gallery/missing_tail_guard.cu"};
}

constexpr int block_side = 24;

Support supports(const Problem& problem) {
    return supports_planes(problem, block_side);
}

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void missing_tail_guard_kernel(ConvSizes s, const float* input, const float* weights,
                                          const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "missing_tail_guard", "a thread an output element, 24×24 of them a block",
        missing_tail_guard_kernel,
        {.grid = grid_of_planes(problem, block_side, block_side), .block = {block_side, block_side}});
}

__global__ void missing_tail_guard_kernel(ConvSizes s, const float* __restrict__ input,
                                          const float* __restrict__ weights, const float* __restrict__ bias,
                                          float* __restrict__ output) {
    const int64_t plane = blockIdx.z;
    const int64_t out_row = int64_t{blockIdx.y} * block_side + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * block_side + threadIdx.x;
    const float sum = direct_sum(s, input, weights, bias, plane, out_row, out_column);
    output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
}

}  // namespace convscope::gallery::missing_tail_guard
