#include "gallery/grids.h"

namespace convscope::gallery::skipped_outputs {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "skipped_outputs",
            .idea =
                "A thread computes three outputs of a column, a block 24 rows of them. The grid has as many "
                "rows of blocks as fit into the image instead of as many as cover it, so that nobody writes "
                "the rows that are left over at its lower end.",
            .traffic = "As naive: two loads a tap.",
            .wins_when = "Never. Compare with naive, which rounds its grid up.",
            .source_file = "gallery/skipped_outputs.cu"};
}

constexpr int rows_of_thread = 3;
constexpr int rows_of_block = rows_of_thread * tile_rows;

Support supports(const Problem& problem) {
    if (problem.output()[axis_height] < rows_of_block)
        return Support::no(cat("a block computes ", rows_of_block, " rows of outputs; the output has ",
                               problem.output()[axis_height]));
    return supports_planes(problem, rows_of_block);
}

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void skipped_outputs_kernel(ConvSizes s, const float* input, const float* weights,
                                       const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    Dim3 grid = grid_of_planes(problem, rows_of_block, tile_columns);
    grid.y = static_cast<unsigned>(problem.output()[axis_height] / rows_of_block);
    return one_step(problem, "skipped_outputs", "a thread three outputs of a column, a block 24×32",
                    skipped_outputs_kernel, {.grid = grid, .block = {tile_columns, tile_rows}});
}

__global__ void skipped_outputs_kernel(ConvSizes s, const float* __restrict__ input,
                                       const float* __restrict__ weights, const float* __restrict__ bias,
                                       float* __restrict__ output) {
    const int64_t plane = blockIdx.z;
    const int64_t out_column = int64_t{blockIdx.x} * tile_columns + threadIdx.x;
    if (out_column >= s.width.output) return;
    for (int k = 0; k < rows_of_thread; ++k) {
        const int64_t out_row = int64_t{blockIdx.y} * rows_of_block + k * tile_rows + threadIdx.y;
        if (out_row >= s.height.output) break;
        output[(plane * s.height.output + out_row) * s.width.output + out_column] =
            direct_sum(s, input, weights, bias, plane, out_row, out_column);
    }
}

}  // namespace convscope::gallery::skipped_outputs
