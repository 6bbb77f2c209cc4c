#include "gallery/grids.h"

namespace convscope::gallery::early_read {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "early_read",
            .idea =
                "A block copies its tile asynchronously and waits as kernels with two stages do: until all "
                "copies but the newest group have landed. There is only one group, so that it waits for "
                "nothing, and the sums read cells whose copies are still under way.",
            .traffic = "As shared_tile: 10·34 loads for 8·32 outputs, 1.33 an output.",
            .wins_when =
                "Never. Compare with implicit_gemm, which leaves as many groups open as it does not need "
                "yet.",
            .mixes_taps = true,
            .source_file = "gallery/early_read.cu"};
}

constexpr int stage_rows = tile_rows + 2, stage_columns = tile_columns + 2;  // a tile and its halo

Support supports(const Problem& problem) {
    return supports_3x3_planes(problem);
}

// input (N, C_in, H, W), weights (C_out, 1, 3, 3), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void early_read_kernel(ConvSizes s, const float* input, const float* weights, const float* bias,
                                  float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "early_read", "a block 8×32 outputs, staging 10×34 inputs", early_read_kernel,
        {.grid = grid_of_planes(problem, tile_rows, tile_columns), .block = {tile_columns, tile_rows}});
}

__global__ void early_read_kernel(ConvSizes s, const float* __restrict__ input,
                                  const float* __restrict__ weights, const float* __restrict__ bias,
                                  float* __restrict__ output) {
    __shared__ float stage[stage_rows][stage_columns];
    const int row_in_tile = static_cast<int>(threadIdx.y), column_in_tile = static_cast<int>(threadIdx.x);
    const int64_t plane = blockIdx.z, out_channel = plane % s.out_channels;
    const int64_t tile_row = int64_t{blockIdx.y} * tile_rows,
                  tile_column = int64_t{blockIdx.x} * tile_columns;
    const float* in_plane = input + first_input_plane(s, plane) * s.height.input * s.width.input;  // (H, W)

    for (int r = row_in_tile; r < stage_rows; r += tile_rows)
        for (int c = column_in_tile; c < stage_columns; c += tile_columns) {
            const int64_t row = tile_row - s.height.padding + r;
            const int64_t column = tile_column - s.width.padding + c;
            const bool inside = row >= 0 && row < s.height.input && column >= 0 && column < s.width.input;
            copy_async<4>(&stage[r][c], inside ? in_plane + row * s.width.input + column : in_plane, inside);
        }
    commit_async_copies();
    wait_for_async_copies<1>();
    __syncthreads();

    const int64_t out_row = tile_row + row_in_tile, out_column = tile_column + column_in_tile;
    if (out_row >= s.height.output || out_column >= s.width.output) return;
    float sum = bias ? bias[out_channel] : 0.0f;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            sum += weights[out_channel * 9 + i * 3 + j] * stage[row_in_tile + i][column_in_tile + j];
    output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
}

}  // namespace convscope::gallery::early_read
