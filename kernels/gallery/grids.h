// What the gallery's kernels share, and what is right in them: which problems they do, and the grid of blocks
// that cover a plane of the output each.
#pragma once
#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::gallery {

inline constexpr int tile_columns = 32;  // a warp's threads side by side
inline constexpr int tile_rows = 8;
inline constexpr int64_t most_blocks_in_y = 65535;  // and in z

inline int64_t blocks_for(int64_t outputs, int64_t of_a_block) {
    return (outputs + of_a_block - 1) / of_a_block;
}

// The output plane (image and channel) is the block's place in z; a block has `rows` rows of it.
inline Support supports_planes(const Problem& problem, int64_t rows = tile_rows) {
    const int64_t planes = problem.batch() * problem.out_channels();
    const int64_t down = blocks_for(problem.output()[axis_height], rows);
    if (planes > most_blocks_in_y)
        return Support::no(cat("a layer of the grid for each image and output channel takes ", planes,
                               " layers; a grid holds at most ", most_blocks_in_y));
    if (down > most_blocks_in_y)
        return Support::no(cat("blocks of ", rows, " rows take ", down,
                               " rows of blocks; a grid holds at most ", most_blocks_in_y));
    return Support::yes();
}

// 3×3 windows, unit stride and dilation: what a first kernel with a tile is written for.
inline Support supports_3x3_planes(const Problem& problem, int64_t rows = tile_rows) {
    for (const Axis a : {axis_height, axis_width}) {
        if (problem.kernel_size()[a] != 3)
            return Support::no(cat("it is written for 3×3 windows; kernel_size is ",
                                   problem.kernel_size()[axis_height], "×",
                                   problem.kernel_size()[axis_width]));
        if (problem.stride()[a] != 1 || problem.dilation()[a] != 1)
            return Support::no(cat("it is written for stride and dilation 1; stride is ", problem.stride()[a],
                                   " and dilation ", problem.dilation()[a]));
    }
    return supports_planes(problem, rows);
}

inline Dim3 grid_of_planes(const Problem& problem, int64_t rows, int64_t columns) {
    return {static_cast<unsigned>(blocks_for(problem.output()[axis_width], columns)),
            static_cast<unsigned>(blocks_for(problem.output()[axis_height], rows)),
            static_cast<unsigned>(problem.batch() * problem.out_channels())};
}

// One step: a broken one leaves nothing behind that a next one could stumble over.
template <class Kernel>
LaunchPlan one_step(const Problem& problem, const char* name, const char* reason, Kernel kernel,
                    const LaunchShape& shape) {
    return {.steps = {make_step(cat(facts(problem.op()).name, " ", name), reason, kernel, shape,
                                conv_sizes(problem), buffer::input, buffer::weights, buffer::bias,
                                buffer::output)},
            .scratch = {}};
}

// Where the input channels begin that the output plane sees, in planes of the input.
static __device__ __forceinline__ int64_t first_input_plane(const ConvSizes& s, int64_t plane) {
    const int64_t image = plane / s.out_channels, out_channel = plane % s.out_channels;
    return image * s.in_channels + out_channel / s.group_out * s.group_in;
}

// One output element, tap by tap from global memory. Taps in the padding do not exist.
// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null
static __device__ __forceinline__ float direct_sum(const ConvSizes& s, const float* input,
                                                   const float* weights, const float* bias, int64_t plane,
                                                   int64_t out_row, int64_t out_column) {
    const int64_t out_channel = plane % s.out_channels;
    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = 0; c < s.group_in; ++c) {
        const float* in_plane =
            input + (first_input_plane(s, plane) + c) * s.height.input * s.width.input;  // (H, W)
        const float* window =
            weights + (out_channel * s.group_in + c) * s.height.window * s.width.window;  // (K_h, K_w)
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = out_row * s.height.stride - s.height.padding + i * s.height.dilation;
            if (row < 0 || row >= s.height.input) continue;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = out_column * s.width.stride - s.width.padding + j * s.width.dilation;
                if (column < 0 || column >= s.width.input) continue;
                sum += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
            }
        }
    }
    return sum;
}

}  // namespace convscope::gallery
