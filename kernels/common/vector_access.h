// Four neighbouring elements of a row: one access of 16 bytes where their address allows it.
#pragma once
#include "cuda_cpp/cuda_cpp.h"

namespace convscope {

inline constexpr int vector_floats = 4;  // of the widest access, 16 bytes

// The most floats that one access may move in rows of so many elements, if arrays start at 16 bytes.
inline int widest_access(int64_t row_elements) {
    return row_elements % 4 == 0 ? 4 : row_elements % 2 == 0 ? 2 : 1;
}

// Writes the first `count` of four neighbouring outputs. Rows of the output are multiples of store_width
// (4, 2 or 1 floats) long, so count is one as well.
static __device__ __forceinline__ void store_four(float* to, const float (&sums)[vector_floats], int count,
                                                  int store_width) {
    if (store_width == 4) {
        *reinterpret_cast<float4*>(to) = make_float4(sums[0], sums[1], sums[2], sums[3]);
    } else if (store_width == 2) {
        *reinterpret_cast<float2*>(to) = make_float2(sums[0], sums[1]);
        if (count > 2) *reinterpret_cast<float2*>(to + 2) = make_float2(sums[2], sums[3]);
    } else {
#pragma unroll
        for (int c = 0; c < vector_floats; ++c)
            if (c < count) to[c] = sums[c];
    }
}

}  // namespace convscope
