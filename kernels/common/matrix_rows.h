// Rows of a GEMM that lie in memory as they are: channels of an image, whose pixels follow each other.
#pragma once
#include "common/conv_index.h"

namespace convscope::gemm {

// Copies x (rows, pixels) from input (N, C, plane): pixel `first_pixel` of all images and the 127 that
// follow, of channels first_channel, first_channel + 1, … `vectors`: plane is a multiple of 4, so that 16
// bytes never cross the end of a channel, and are aligned.
template <bool vectors>
struct MatrixRows {
    static constexpr int width = vectors ? 4 : 1;
    const float* begin;  // this thread's pixel in the first channel
    int64_t plane;
    int64_t row_count;
    bool exists;

    __device__ __forceinline__ MatrixRows(const float* input, int64_t batch, int64_t channels,
                                          int64_t plane_elements, int64_t row_count_, int64_t first_channel,
                                          int64_t first_pixel)
        : plane(plane_elements), row_count(row_count_) {
        const int64_t pixel = first_pixel + static_cast<int>(threadIdx.x) % (pixels / width) * width;
        exists = pixel < batch * plane;
        const int64_t image = exists ? pixel / plane : 0, in_plane = exists ? pixel % plane : 0;
        begin = input + (image * channels + first_channel) * plane + in_plane;
    }

    __device__ __forceinline__ void load(int64_t first_row, float* x) const {
        constexpr int at_once = threads * width / pixels;  // rows
        const int pixel = static_cast<int>(threadIdx.x) % (pixels / width) * width;
        for (int r = static_cast<int>(threadIdx.x) / (pixels / width); r < rows; r += at_once) {
            const bool take = exists && first_row + r < row_count;
            copy_async<4 * width>(x + r * x_pitch + pixel, take ? begin + (first_row + r) * plane : begin,
                                  take);
        }
    }
};

// One block: a tile of pixels (grid x) × channels (y) of one group (z) of a 1×1 convolution.
// input (N, C_in, H, W), packed (C_in/groups, groups, channels), bias (C_out) or null, output (N, C_out, H,
// W)
template <class Tile, bool vectors>
__device__ __forceinline__ void matrix_gemm(const Sizes& sizes, const float* __restrict__ input,
                                            const float* __restrict__ packed, const float* __restrict__ bias,
                                            float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    const int64_t group = blockIdx.z;
    const MatrixRows<vectors> pixel_rows(input, s.batch, s.in_channels, s.height.input * s.width.input,
                                         s.group_in, group * s.group_in, int64_t{blockIdx.x} * pixels);
    const float* weights = packed + group * sizes.packed_channels + int64_t{blockIdx.y} * Tile::channels;
    Tile tile;
    multiply_rows(tile, s.group_in, [&](int64_t row, float* stage) {
        pixel_rows.load(row, stage);
        load_weights<Tile>(weights, sizes.groups * sizes.packed_channels, row, s.group_in,
                           stage + rows * x_pitch);
    });
    store_tile(tile, sizes, ConvIndex::phase(s, 0), group, bias, output);
}

}  // namespace convscope::gemm
