#include "gallery/grids.h"

namespace convscope::gallery::double_write {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "double_write",
            .idea =
                "Blocks begin as far apart as their inputs would be if they had a halo, but every thread "
                "computes an output. Neighbouring blocks therefore overlap by K_w − 1 columns: two threads "
                "write each of those outputs, with the same value, so that the picture is right and the "
                "work is not.",
            .traffic = "As naive, and the columns of the overlap twice.",
            .wins_when = "Never. Compare with naive, where each output has one thread.",
            .source_file = "gallery/double_write.cu"};
}

// Columns from one block to the next.
static int64_t step_of(const Problem& problem) {
    return tile_columns - (problem.kernel_size()[axis_width] - 1);
}

Support supports(const Problem& problem) {
    if (step_of(problem) < 1)
        return Support::no(cat("it is written for windows of up to ", tile_columns, " columns; this one has ",
                               problem.kernel_size()[axis_width]));
    return supports_planes(problem);
}

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void double_write_kernel(ConvSizes s, const float* input, const float* weights, const float* bias,
                                    float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "double_write", "a thread an output element, 8×32 of them a block", double_write_kernel,
        {.grid = grid_of_planes(problem, tile_rows, step_of(problem)), .block = {tile_columns, tile_rows}});
}

__global__ void double_write_kernel(ConvSizes s, const float* __restrict__ input,
                                    const float* __restrict__ weights, const float* __restrict__ bias,
                                    float* __restrict__ output) {
    const int64_t plane = blockIdx.z;
    const int64_t out_row = int64_t{blockIdx.y} * tile_rows + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * (tile_columns - s.width.window + 1) + threadIdx.x;
    if (out_row >= s.height.output || out_column >= s.width.output) return;
    output[(plane * s.height.output + out_row) * s.width.output + out_column] =
        direct_sum(s, input, weights, bias, plane, out_row, out_column);
}

}  // namespace convscope::gallery::double_write
