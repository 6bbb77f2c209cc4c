// Transposed operators, gathered: which input stamps onto an output.
#pragma once
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope {

// The input position that tap `k` of the window stamps onto output position `out`, or −1 where there is
// none: out = in·stride − padding + k·dilation.
static __device__ __forceinline__ int64_t stamping_input(const AxisSizes& axis, int64_t out, int64_t k) {
    const int64_t distance = out + axis.padding - k * axis.dilation;
    if (distance < 0 || distance % axis.stride != 0) return -1;
    const int64_t in = distance / axis.stride;
    return in < axis.input ? in : -1;
}

}  // namespace convscope
