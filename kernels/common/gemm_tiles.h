// The shared tiles of the implicit GEMMs, and how a block's threads multiply them: in float32, on tensor
// cores in TF32, or there in three products that together are nearly float32.
//
// A block computes `pixels` × `channels` outputs. `rows` products are staged at a time: x (rows, pixels) of
// the input and w (rows, channels) of the weights, both in pitches that spread a fragment's lanes over all
// banks.
#pragma once
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::gemm {

inline constexpr int pixels = 128;  // of a block's tile
inline constexpr int threads = 128;
// A multiprocessor must have registers for so many blocks.
constexpr int least_blocks(int channels) {
    return channels >= 64 ? 3 : 4;
}
inline constexpr int rows = 16;  // staged at a time
inline constexpr int x_pitch = pixels + 8;

// The smallest pitch in which rows 0…3 and columns 0…7 fall into 32 different banks: 8 or 24 beyond a
// multiple of 32.
constexpr int w_pitch(int channels) {
    int pitch = channels;
    while (pitch % 32 != 8 && pitch % 32 != 24) pitch += 8;
    return pitch;
}

// Each thread computes 8 pixels, 16 apart so that neighbours store side by side, of channels/8 channels.
template <int tile_channels>
struct Float32Tile {
    static constexpr int channels = tile_channels, stages = 2;
    static constexpr int per_thread = channels / 8, pixel_steps = 8, pixel_step = 16;
    float sums[pixel_steps][per_thread] = {};

    __device__ __forceinline__ void multiply(const float* x, const float* w) {
        const int pixel = static_cast<int>(threadIdx.x) % pixel_step;
        const int first = static_cast<int>(threadIdx.x) / pixel_step * per_thread;
#pragma unroll 4
        for (int row = 0; row < rows; ++row) {
            float xs[pixel_steps], ws[per_thread];
#pragma unroll
            for (int i = 0; i < pixel_steps; ++i) xs[i] = x[row * x_pitch + pixel + i * pixel_step];
#pragma unroll
            for (int j = 0; j < per_thread; ++j) ws[j] = w[row * w_pitch(channels) + first + j];
#pragma unroll
            for (int i = 0; i < pixel_steps; ++i)
#pragma unroll
                for (int j = 0; j < per_thread; ++j) sums[i][j] += xs[i] * ws[j];
        }
    }

    // Calls store(pixel, channel, sum) for what this thread holds; both are within the tile.
    template <class Store>
    __device__ __forceinline__ void each(const Store& store) const {
        const int pixel = static_cast<int>(threadIdx.x) % pixel_step;
        const int first = static_cast<int>(threadIdx.x) / pixel_step * per_thread;
#pragma unroll
        for (int i = 0; i < pixel_steps; ++i)
#pragma unroll
            for (int j = 0; j < per_thread; ++j) store(pixel + i * pixel_step, first + j, sums[i][j]);
    }
};

// Four warps, each of 16·warp_pixels × 8·warp_channels outputs by mma.m16n8k8: pixels are the product's rows.
template <int tile_channels, bool three_products>
struct TensorCoreTile {
    static constexpr int channels = tile_channels, stages = 3;
    static constexpr int warps_across = channels >= 64 ? 2 : 1;  // over the channels
    static constexpr int warp_pixels = pixels / 16 * warps_across / 4;
    static constexpr int warp_channels = channels / 8 / warps_across;
    float sums[warp_pixels][warp_channels][4] = {};

    static __device__ __forceinline__ int warp() { return static_cast<int>(threadIdx.x) / 32; }
    static __device__ __forceinline__ int first_pixel() {
        return warp() / warps_across * warp_pixels * 16 + static_cast<int>(threadIdx.x) % 32 / 4;
    }
    static __device__ __forceinline__ int first_channel() {
        return warp() % warps_across * warp_channels * 8;
    }

    __device__ __forceinline__ void multiply(const float* x, const float* w) {
        const int group = static_cast<int>(threadIdx.x) % 32 / 4,
                  in_group = static_cast<int>(threadIdx.x) % 4;
#pragma unroll
        for (int step = 0; step < rows; step += 8) {
            const float* xs = x + (step + in_group) * x_pitch + first_pixel();
            const float* ws = w + (step + in_group) * w_pitch(channels) + first_channel() + group;
            float a[warp_pixels][4], b[warp_channels][2];
#pragma unroll
            for (int i = 0; i < warp_pixels; ++i)
#pragma unroll
                for (int part = 0; part < 4; ++part)
                    a[i][part] = xs[i * 16 + part % 2 * 8 + part / 2 * 4 * x_pitch];
#pragma unroll
            for (int j = 0; j < warp_channels; ++j)
#pragma unroll
                for (int part = 0; part < 2; ++part) b[j][part] = ws[j * 8 + part * 4 * w_pitch(channels)];
            if constexpr (three_products)
                add_three_products(a, b);
            else
                add_product(a, b);
        }
    }

    // The weights were rounded when they were packed.
    __device__ __forceinline__ void add_product(float (&a)[warp_pixels][4],
                                                const float (&b)[warp_channels][2]) {
#pragma unroll
        for (int i = 0; i < warp_pixels; ++i) {
#pragma unroll
            for (int part = 0; part < 4; ++part) a[i][part] = round_to_tf32(a[i][part]);
#pragma unroll
            for (int j = 0; j < warp_channels; ++j) mma_m16n8k8_tf32(sums[i][j], a[i], b[j]);
        }
    }

    // x = hi + lo + what 22 bits do not hold; lo·lo is below that and left out. Small products first: they
    // are not yet cut off at the digits of a large sum.
    __device__ __forceinline__ void add_three_products(const float (&a)[warp_pixels][4],
                                                       const float (&b)[warp_channels][2]) {
        float b_hi[warp_channels][2], b_lo[warp_channels][2];
#pragma unroll
        for (int j = 0; j < warp_channels; ++j)
#pragma unroll
            for (int part = 0; part < 2; ++part) split(b[j][part], b_hi[j][part], b_lo[j][part]);
#pragma unroll
        for (int i = 0; i < warp_pixels; ++i) {
            float a_hi[4], a_lo[4];
#pragma unroll
            for (int part = 0; part < 4; ++part) split(a[i][part], a_hi[part], a_lo[part]);
#pragma unroll
            for (int j = 0; j < warp_channels; ++j) {
                mma_m16n8k8_tf32(sums[i][j], a_lo, b_hi[j]);
                mma_m16n8k8_tf32(sums[i][j], a_hi, b_lo[j]);
                mma_m16n8k8_tf32(sums[i][j], a_hi, b_hi[j]);
            }
        }
    }

    static __device__ __forceinline__ void split(float x, float& hi, float& lo) {
        hi = round_to_tf32(x);
        lo = round_to_tf32(x - hi);
    }

    template <class Store>
    __device__ __forceinline__ void each(const Store& store) const {
        const int column = static_cast<int>(threadIdx.x) % 4 * 2;
#pragma unroll
        for (int i = 0; i < warp_pixels; ++i)
#pragma unroll
            for (int part = 0; part < 4; ++part)
#pragma unroll
                for (int j = 0; j < warp_channels; ++j)
                    store(first_pixel() + i * 16 + part / 2 * 8, first_channel() + j * 8 + column + part % 2,
                          sums[i][j][part]);
    }
};

}  // namespace convscope::gemm
