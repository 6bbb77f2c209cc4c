#include "gallery/grids.h"

namespace convscope::gallery::misaligned_vectors {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "misaligned_vectors",
            .idea =
                "A thread computes four outputs side by side and loads their inputs sixteen bytes at a "
                "time, at whatever column the tap falls on. A float4 has to lie at a multiple of sixteen "
                "bytes: two of the three columns of taps break that.",
            .traffic = "A load of four a tap and four outputs, if only it were allowed.",
            .wins_when =
                "Never. Compare with row_march, which loads aligned fours and takes the neighbours from "
                "registers.",
            .mixes_taps = true,
            .source_file = "gallery/misaligned_vectors.cu"};
}

constexpr int outputs_of_thread = 4;
constexpr int columns_of_block = outputs_of_thread * tile_columns;

Support supports(const Problem& problem) {
    for (const int64_t columns : {problem.input()[axis_width], problem.output()[axis_width]})
        if (columns % outputs_of_thread != 0)
            return Support::no(
                cat("it is written for rows of a multiple of 4 elements; a row has ", columns, " elements"));
    return supports_3x3_planes(problem);
}

// input (N, C_in, H, W), weights (C_out, 1, 3, 3), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void misaligned_vectors_kernel(ConvSizes s, const float* input, const float* weights,
                                          const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "misaligned_vectors", "a thread four outputs side by side, a block 8×128",
        misaligned_vectors_kernel,
        {.grid = grid_of_planes(problem, tile_rows, columns_of_block), .block = {tile_columns, tile_rows}});
}

// The four elements of a row from `column` on; what lies in the padding is 0.
static __device__ __forceinline__ float4 load_four(const float* in_row, int64_t column, int64_t columns) {
    if (column >= 0 && column + 3 < columns) return *reinterpret_cast<const float4*>(in_row + column);
    float four[4];
    for (int k = 0; k < 4; ++k) four[k] = column + k >= 0 && column + k < columns ? in_row[column + k] : 0.0f;
    return make_float4(four[0], four[1], four[2], four[3]);
}

__global__ void misaligned_vectors_kernel(ConvSizes s, const float* __restrict__ input,
                                          const float* __restrict__ weights, const float* __restrict__ bias,
                                          float* __restrict__ output) {
    const int64_t plane = blockIdx.z, out_channel = plane % s.out_channels;
    const int64_t out_row = int64_t{blockIdx.y} * tile_rows + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * columns_of_block + threadIdx.x * outputs_of_thread;
    if (out_row >= s.height.output || out_column >= s.width.output) return;

    const float* in_plane = input + first_input_plane(s, plane) * s.height.input * s.width.input;  // (H, W)
    const float start = bias ? bias[out_channel] : 0.0f;
    float4 sum = make_float4(start, start, start, start);
    for (int i = 0; i < 3; ++i) {
        const int64_t row = out_row - s.height.padding + i;
        if (row < 0 || row >= s.height.input) continue;
        for (int j = 0; j < 3; ++j) {
            const int64_t column = out_column - s.width.padding + j;
            const float4 four = load_four(in_plane + row * s.width.input, column, s.width.input);
            const float weight = weights[out_channel * 9 + i * 3 + j];
            sum = make_float4(sum.x + weight * four.x, sum.y + weight * four.y, sum.z + weight * four.z,
                              sum.w + weight * four.w);
        }
    }
    float* to = output + (plane * s.height.output + out_row) * s.width.output + out_column;
    *reinterpret_cast<float4*>(to) = sum;
}

}  // namespace convscope::gallery::misaligned_vectors
