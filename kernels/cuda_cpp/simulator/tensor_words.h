// Tensor cores and asynchronous copies for g++; nvcc_tensor_words.h has the same functions in PTX, and says
// what they do.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

#include "cuda_cpp/simulator/device_calls.h"

namespace convscope {

__forceinline__ float round_to_tf32(float x) {
    if (std::isnan(x)) return std::bit_cast<float>(0x7FFFFFFFu);
    return std::bit_cast<float>((std::bit_cast<uint32_t>(x) + 0x1000u) & ~0x1FFFu);
}

__forceinline__ void mma_m16n8k8_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
    sim::device::mma_m16n8k8_tf32(d, a, b);
}

template <int bytes>
__forceinline__ void copy_async(void* shared, const void* global, bool take) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    sim::device::begin_async_copy(shared, global, bytes, take ? bytes : 0);
}
__forceinline__ void commit_async_copies() {
    sim::device::commit_async_copies();
}
template <int left_open>
__forceinline__ void wait_for_async_copies() {
    sim::device::wait_for_async_copies(left_open);
}

}  // namespace convscope
