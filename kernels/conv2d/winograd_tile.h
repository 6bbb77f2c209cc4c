// The transforms of Winograd's F(2×2, 3×3) (A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural
// Networks, CVPR 2016): Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A gives 2×2 outputs of a 4×4 tile d and a 3×3 window g.
#pragma once
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv2d::winograd_f2x2 {

// U = 4·G·g·Gᵀ of a window (3, 3), spread over 16 places that lie `step` apart. With 2·G there are no halves,
// so that nothing is lost where numbers are tiny: the outputs are divided by 4 in the end.
static __device__ __forceinline__ void transform_window(const float* g, float* transformed, int64_t step) {
    float half[4][3];
    for (int j = 0; j < 3; ++j) {
        const float outer = g[j] + g[6 + j];
        half[0][j] = 2 * g[j];
        half[1][j] = outer + g[3 + j];
        half[2][j] = outer - g[3 + j];
        half[3][j] = 2 * g[6 + j];
    }
    for (int i = 0; i < 4; ++i) {
        const float outer = half[i][0] + half[i][2];
        float* row = transformed + i * 4 * step;
        row[0] = 2 * half[i][0];
        row[step] = outer + half[i][1];
        row[2 * step] = outer - half[i][1];
        row[3 * step] = 2 * half[i][2];
    }
}

// V = Bᵀ·d·B of the 4×4 tile d that starts at (first_row, first_column) of an input plane (H, W), spread over
// stages that lie `step` apart. In the padding it is zero.
static __device__ __forceinline__ void transform_input(const ConvSizes& s, const float* in_plane,
                                                       int64_t first_row, int64_t first_column, float* stage,
                                                       int step) {
    float half[4][4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        const int64_t column = first_column + j;
        float d[4];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const int64_t row = first_row + i;
            const bool inside = row >= 0 && row < s.height.input && column >= 0 && column < s.width.input;
            d[i] = inside ? in_plane[row * s.width.input + column] : 0.0f;
        }
        half[0][j] = d[0] - d[2];
        half[1][j] = d[1] + d[2];
        half[2][j] = d[2] - d[1];
        half[3][j] = d[1] - d[3];
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        stage[(i * 4 + 0) * step] = half[i][0] - half[i][2];
        stage[(i * 4 + 1) * step] = half[i][1] + half[i][2];
        stage[(i * 4 + 2) * step] = half[i][2] - half[i][1];
        stage[(i * 4 + 3) * step] = half[i][1] - half[i][3];
    }
}

// ¼·Aᵀ·M·A, the tile's 2×2 outputs (two rows), from the 16 products that lie `step` apart.
static __device__ __forceinline__ void transform_output(const float* product, int step, float (&out)[2][2]) {
    float half[2][4];
#pragma unroll
    for (int j = 0; j < 4; ++j) {
        const float m0 = product[j * step], m1 = product[(4 + j) * step];
        const float m2 = product[(8 + j) * step], m3 = product[(12 + j) * step];
        half[0][j] = m0 + m1 + m2;
        half[1][j] = m1 - m2 - m3;
    }
#pragma unroll
    for (int i = 0; i < 2; ++i) {
        out[i][0] = 0.25f * (half[i][0] + half[i][1] + half[i][2]);
        out[i][1] = 0.25f * (half[i][1] - half[i][2] - half[i][3]);
    }
}

}  // namespace convscope::conv2d::winograd_f2x2
