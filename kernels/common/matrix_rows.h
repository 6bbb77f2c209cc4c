// Rows of a GEMM that lie in memory as they are: channels of an image, whose pixels follow each other.
#pragma once
#include "common/implicit_gemm.h"

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

}  // namespace convscope::gemm
