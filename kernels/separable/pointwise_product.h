// The pointwise product of a tile: 64 output channels × 128 pixels, 8×8 of them in the registers of each of
// 128 threads. Both operands come from shared memory, 16 input channels at a time.
#pragma once
#include "common/vector_access.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::separable_conv2d {

inline constexpr int tile_outputs = 64;  // output channels
inline constexpr int tile_pixels = 128;
inline constexpr int depth = 16;  // input channels a turn
inline constexpr int block_threads = 128;

// A thread's outputs are two times four neighbouring channels by two times four neighbouring pixels, so that
// it reads each operand 16 bytes at a time: [0, 4) + first_output and + first_output + 32, and so for pixels.
static __device__ __forceinline__ int first_output() {
    return static_cast<int>(threadIdx.x) / 16 * vector_floats;
}
static __device__ __forceinline__ int first_pixel() {
    return static_cast<int>(threadIdx.x) % 16 * vector_floats;
}

// Copies the weights from `depth` input channels to 64 output channels, turned over: tile (depth, 64) from
// pointwise (C_out, C_in). Neighbouring threads take neighbouring outputs, so that they write to different
// banks. Channels that do not exist get 0.
static __device__ __forceinline__ void stage_pointwise(const float* pointwise, int64_t out_channels,
                                                       int64_t in_channels, int64_t first_out,
                                                       int64_t first_in, float* tile) {
    const int output = static_cast<int>(threadIdx.x) % tile_outputs;
    constexpr int a_thread = depth * tile_outputs / block_threads;
    const int first = static_cast<int>(threadIdx.x) / tile_outputs * a_thread;
    const float* row = pointwise + (first_out + output) * in_channels + first_in;
#pragma unroll
    for (int k = first; k < first + a_thread; ++k)
        tile[k * tile_outputs + output] =
            first_out + output < out_channels && first_in + k < in_channels ? row[k] : 0.0f;
}

// Adds the products over `depth` input channels: weights (depth, 64) × pixels (depth, 128).
static __device__ __forceinline__ void add_pointwise(const float* weights, const float* pixels,
                                                     float (&sums)[2 * vector_floats][2 * vector_floats]) {
    const float* from_weights = weights + first_output();
    const float* from_pixels = pixels + first_pixel();
#pragma unroll 2
    for (int k = 0; k < depth; ++k) {
        float w[2 * vector_floats], x[2 * vector_floats];
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const float4 ws = *reinterpret_cast<const float4*>(from_weights + k * tile_outputs + half * 32);
            const float4 xs = *reinterpret_cast<const float4*>(from_pixels + k * tile_pixels + half * 64);
            const float w_half[vector_floats] = {ws.x, ws.y, ws.z, ws.w},
                        x_half[vector_floats] = {xs.x, xs.y, xs.z, xs.w};
#pragma unroll
            for (int i = 0; i < vector_floats; ++i) {
                w[half * vector_floats + i] = w_half[i];
                x[half * vector_floats + i] = x_half[i];
            }
        }
#pragma unroll
        for (int m = 0; m < 2 * vector_floats; ++m)
#pragma unroll
            for (int p = 0; p < 2 * vector_floats; ++p) sums[m][p] += w[m] * x[p];
    }
}

// Calls store(output channel of the tile, first of four pixels of the tile, their sums) for all that the
// thread has.
template <class Store>
static __device__ __forceinline__ void for_each_four(
    const float (&sums)[2 * vector_floats][2 * vector_floats], const Store& store) {
#pragma unroll
    for (int m = 0; m < 2 * vector_floats; ++m)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const float quad[vector_floats] = {
                sums[m][half * vector_floats], sums[m][half * vector_floats + 1],
                sums[m][half * vector_floats + 2], sums[m][half * vector_floats + 3]};
            store(m / vector_floats * 32 + first_output() + m % vector_floats, half * 64 + first_pixel(),
                  quad);
        }
}

static __device__ __forceinline__ void clear(float (&sums)[2 * vector_floats][2 * vector_floats]) {
#pragma unroll
    for (auto& row : sums)
#pragma unroll
        for (float& sum : row) sum = 0.0f;
}

}  // namespace convscope::separable_conv2d
