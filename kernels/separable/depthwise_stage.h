// The first half of a fused separable kernel: the depthwise sums of a tile of pixels, some channels of them,
// go to shared memory. It does not know what the second half is.
#pragma once
#include <type_traits>

#include "common/row_window.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::separable_conv2d {

inline constexpr int stage_columns = 32;  // of a tile; a tile has a multiple of 4 rows

// A tile's outputs, the same for all channels of one image.
struct StagePlace {
    int64_t image, first_row, first_column;
};

// How input rows may be loaded: see load_rows.
struct StageLoads {
    int width, lead;
};

inline StageLoads stage_loads(const Problem& problem) {
    const int width = widest_access(problem.input()[axis_width]);
    return {width, static_cast<int>(problem.padding()[axis_width] % width)};
}

// What a window of run-time sizes, strides and dilations is called.
struct AnyWindow {};

// Four neighbouring sums of one channel, at (out_row, out_column): from a window in registers…
template <class Window>
static __device__ __forceinline__ void depthwise_four(const ConvSizes& s, const StageLoads& loads,
                                                      const WindowPlace& at, const float* plane,
                                                      const float* weights, float (&sums)[1][vector_floats]) {
    constexpr int taps = Window::height * Window::width;
    float w[taps];
#pragma unroll
    for (int i = 0; i < taps; ++i) w[i] = weights[i];
    Window window;
    load_rows<0, Window::rows>(window, plane + at.offset, s.width.input, at, loads.width, loads.lead);
    add_products(window, w, at, 1, sums);
}

// …and tap by tap.
static __device__ __forceinline__ void depthwise_four(const ConvSizes& s, const float* plane,
                                                      const float* weights, int64_t out_row,
                                                      int64_t out_column, float (&sums)[1][vector_floats]) {
    const AxisSizes &height = s.height, &width = s.width;
    for (int64_t i = 0; i < height.window; ++i) {
        const int64_t row = out_row * height.stride - height.padding + i * height.dilation;
        if (row < 0 || row >= height.input) continue;
        for (int64_t j = 0; j < width.window; ++j) {
            const float weight = weights[i * width.window + j];
            const int64_t first = out_column * width.stride - width.padding + j * width.dilation;
#pragma unroll
            for (int c = 0; c < vector_floats; ++c) {
                const int64_t column = first + c * width.stride;
                if (column >= 0 && column < width.input)
                    sums[0][c] += weight * plane[row * width.input + column];
            }
        }
    }
}

// Writes the sums of `channels` channels from first_channel on to middle (channels, pitch), where the tile's
// pixel (row, column) is row·32 + column; channels and pixels that do not exist become 0. A warp takes a
// channel, and each of its threads four neighbouring pixels. pitch is a multiple of four.
// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w)
template <class Window, int Rows, int Warps>
static __device__ __forceinline__ void stage_depthwise(const ConvSizes& s, const StageLoads& loads,
                                                       const float* input, const float* weights,
                                                       const StagePlace& tile, int64_t first_channel,
                                                       int channels, int pitch, float* middle) {
    static_assert(Rows % 4 == 0, "a warp covers four rows at once");
    constexpr bool any = std::is_same_v<Window, AnyWindow>;
    const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
    const int column = lane % 8 * vector_floats;
    const int64_t out_column = tile.first_column + column;
    const int64_t plane_elements = s.height.input * s.width.input, taps = s.height.window * s.width.window;
#pragma unroll 1
    for (int row = lane / 8; row < Rows; row += 4) {
        const int64_t out_row = tile.first_row + row;
        const bool there = out_row < s.height.output && out_column < s.width.output;
        WindowPlace at{};
        if constexpr (!any) at = window_place<Window>(s.height, s.width, out_row, out_column);
#pragma unroll 1
        for (int c = warp; c < channels; c += Warps) {
            const int64_t channel = first_channel + c;
            float sums[1][vector_floats] = {};
            if (there && channel < s.in_channels) {
                const float* plane =
                    input + (tile.image * s.in_channels + channel) * plane_elements;  // (H, W)
                if constexpr (any)
                    depthwise_four(s, plane, weights + channel * taps, out_row, out_column, sums);
                else
                    depthwise_four<Window>(s, loads, at, plane, weights + channel * taps, sums);
            }
            *reinterpret_cast<float4*>(middle + c * pitch + row * stage_columns + column) =
                make_float4(sums[0][0], sums[0][1], sums[0][2], sums[0][3]);
        }
    }
}

}  // namespace convscope::separable_conv2d
