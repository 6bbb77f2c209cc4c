#include "gallery/grids.h"

namespace convscope::gallery::shared_overrun {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "shared_overrun",
            .idea =
                "A block stages its tile and the halo in dynamic shared memory, and asks for as much as 10 "
                "rows of 32 take, but fills rows of 34. The end of the last row is written behind the "
                "memory that the block has, and read from there.",
            .traffic = "As shared_tile: 10·34 loads for 8·32 outputs, 1.33 an output.",
            .wins_when =
                "Never. Compare with shared_tile, which counts the stage once and uses the number twice.",
            .mixes_taps = true,
            .source_file = "gallery/shared_overrun.cu"};
}

constexpr int stage_rows = tile_rows + 2, stage_columns = tile_columns + 2;  // a tile and its halo

Support supports(const Problem& problem) {
    return supports_3x3_planes(problem);
}

// input (N, C_in, H, W), weights (C_out, 1, 3, 3), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void shared_overrun_kernel(ConvSizes s, const float* input, const float* weights,
                                      const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(problem, "shared_overrun", "a block 8×32 outputs, staging 10×34 inputs",
                    shared_overrun_kernel,
                    {.grid = grid_of_planes(problem, tile_rows, tile_columns),
                     .block = {tile_columns, tile_rows},
                     .shared_bytes = stage_rows * tile_columns * sizeof(float)});
}

__global__ void shared_overrun_kernel(ConvSizes s, const float* __restrict__ input,
                                      const float* __restrict__ weights, const float* __restrict__ bias,
                                      float* __restrict__ output) {
    float* stage = dynamic_shared<float>();  // (stage_rows, stage_columns)
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
            stage[r * stage_columns + c] = inside ? in_plane[row * s.width.input + column] : 0.0f;
        }
    __syncthreads();

    const int64_t out_row = tile_row + row_in_tile, out_column = tile_column + column_in_tile;
    if (out_row >= s.height.output || out_column >= s.width.output) return;
    float sum = bias ? bias[out_channel] : 0.0f;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            sum += weights[out_channel * 9 + i * 3 + j] *
                   stage[(row_in_tile + i) * stage_columns + column_in_tile + j];
    output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
}

}  // namespace convscope::gallery::shared_overrun
