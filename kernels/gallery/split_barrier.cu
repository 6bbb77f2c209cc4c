#include "gallery/grids.h"

namespace convscope::gallery::split_barrier {

KernelInfo info(Operator op) {
    return {
        .op = op,
        .name = "split_barrier",
        .idea =
            "A block of 16×16 threads stages an input each; those in the padding write a zero in a branch of "
            "their own. Each branch has its barrier: at the border of the image some threads wait at one and "
            "the "
            "rest at the other, which is no barrier for either.",
        .traffic = "256 loads for 196 outputs, 1.31 an output.",
        .wins_when =
            "Never. Compare with shared_tile, which has one barrier behind the branch. GPUs count who has "
            "arrived and often go on; nothing promises that they do.",
        .mixes_taps = true,
        .source_file = "gallery/split_barrier.cu"};
}

constexpr int block_side = 16, window = 3;
constexpr int outputs_side = block_side - (window - 1);

Support supports(const Problem& problem) {
    return supports_3x3_planes(problem, outputs_side);
}

// input (N, C_in, H, W), weights (C_out, 1, 3, 3), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void split_barrier_kernel(ConvSizes s, const float* input, const float* weights, const float* bias,
                                     float* output);

LaunchPlan plan(const Problem& problem) {
    return one_step(
        problem, "split_barrier", "a thread an input, 16×16 of them for 14×14 outputs", split_barrier_kernel,
        {.grid = grid_of_planes(problem, outputs_side, outputs_side), .block = {block_side, block_side}});
}

__global__ void split_barrier_kernel(ConvSizes s, const float* __restrict__ input,
                                     const float* __restrict__ weights, const float* __restrict__ bias,
                                     float* __restrict__ output) {
    __shared__ float stage[block_side][block_side];
    const int y = static_cast<int>(threadIdx.y), x = static_cast<int>(threadIdx.x);
    const int64_t plane = blockIdx.z, out_channel = plane % s.out_channels;
    const int64_t out_row = int64_t{blockIdx.y} * outputs_side + y;
    const int64_t out_column = int64_t{blockIdx.x} * outputs_side + x;
    const float* in_plane = input + first_input_plane(s, plane) * s.height.input * s.width.input;  // (H, W)

    const int64_t row = out_row - s.height.padding, column = out_column - s.width.padding;
    const bool inside = row >= 0 && row < s.height.input && column >= 0 && column < s.width.input;
    if (inside) {
        stage[y][x] = in_plane[row * s.width.input + column];
        __syncthreads();
    } else {
        stage[y][x] = 0.0f;
        __syncthreads();
    }

    const bool has_output = out_row < s.height.output && out_column < s.width.output;
    if (y < outputs_side && x < outputs_side && has_output) {
        float sum = bias ? bias[out_channel] : 0.0f;
        for (int i = 0; i < window; ++i)
            for (int j = 0; j < window; ++j)
                sum += weights[out_channel * 9 + i * window + j] * stage[y + i][x + j];
        output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
    }
}

}  // namespace convscope::gallery::split_barrier
