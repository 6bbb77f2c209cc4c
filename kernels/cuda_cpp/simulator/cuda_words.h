// The CUDA words for g++: a kernel's text compiles as plain C++ and calls the simulator.
#pragma once
#include <math.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cuda_cpp/simulator/cuda_vectors.h"
#include "cuda_cpp/simulator/device_calls.h"

#define __global__
#define __device__
#define __host__
// A fresh copy for each OS thread, which runs one block at a time; poisoned before each block.
#define __shared__ static thread_local
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// Where the running thread is. Initial-exec: one instruction to reach, no call.
#define CONVSCOPE_INDEX extern __attribute__((visibility("default"), tls_model("initial-exec"))) thread_local
CONVSCOPE_INDEX constinit uint3 threadIdx;
CONVSCOPE_INDEX constinit uint3 blockIdx;
CONVSCOPE_INDEX constinit dim3 blockDim;
CONVSCOPE_INDEX constinit dim3 gridDim;
#undef CONVSCOPE_INDEX
inline constexpr int warpSize = 32;

namespace convscope {

// The block's dynamic shared memory, as large as the step asked for.
template <class T>
__forceinline__ T* dynamic_shared() {
    return static_cast<T*>(sim::device::dynamic_shared());
}

namespace sim::device {

template <class T>
__forceinline__ uint64_t to_bits(T value) {
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
}

template <class T>
__forceinline__ T from_bits(uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

template <class T>
__forceinline__ T shuffle_value(unsigned mask, T value, int source) {
    return from_bits<T>(shuffle(mask, to_bits(value), source));
}

}  // namespace sim::device
}  // namespace convscope

// Barriers.
__forceinline__ void __syncthreads() {
    convscope::sim::device::barrier(convscope::sim::device::Barrier::plain, 0);
}
__forceinline__ int __syncthreads_count(int predicate) {
    return convscope::sim::device::barrier(convscope::sim::device::Barrier::count, predicate);
}
__forceinline__ int __syncthreads_and(int predicate) {
    return convscope::sim::device::barrier(convscope::sim::device::Barrier::logical_and, predicate);
}
__forceinline__ int __syncthreads_or(int predicate) {
    return convscope::sim::device::barrier(convscope::sim::device::Barrier::logical_or, predicate);
}
__forceinline__ void __threadfence() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
}
__forceinline__ void __threadfence_block() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

// Warp collectives. A `width` cuts the warp into segments that shuffle among themselves.
__forceinline__ void __syncwarp(unsigned mask = 0xFFFFFFFFu) {
    convscope::sim::device::sync_warp(mask);
}
template <class T>
__forceinline__ T __shfl_sync(unsigned mask, T value, int source, int width = warpSize) {
    const int segment = convscope::sim::device::lane() & ~(width - 1);
    return convscope::sim::device::shuffle_value(mask, value, segment + (source & (width - 1)));
}
template <class T>
__forceinline__ T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
    const int lane = convscope::sim::device::lane();
    const int source = lane - static_cast<int>(delta);
    return convscope::sim::device::shuffle_value(mask, value, source < (lane & ~(width - 1)) ? lane : source);
}
template <class T>
__forceinline__ T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
    const int lane = convscope::sim::device::lane();
    const int source = lane + static_cast<int>(delta);
    return convscope::sim::device::shuffle_value(mask, value, source > (lane | (width - 1)) ? lane : source);
}
template <class T>
__forceinline__ T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize) {
    const int lane = convscope::sim::device::lane();
    const int source = lane ^ lane_mask;
    return convscope::sim::device::shuffle_value(mask, value, source > (lane | (width - 1)) ? lane : source);
}
__forceinline__ unsigned __ballot_sync(unsigned mask, int predicate) {
    return convscope::sim::device::vote(convscope::sim::device::Collective::ballot, mask, predicate != 0);
}
__forceinline__ int __any_sync(unsigned mask, int predicate) {
    return convscope::sim::device::vote(convscope::sim::device::Collective::any, mask, predicate != 0);
}
__forceinline__ int __all_sync(unsigned mask, int predicate) {
    return convscope::sim::device::vote(convscope::sim::device::Collective::all, mask, predicate != 0);
}
__forceinline__ unsigned __activemask() {
    return convscope::sim::device::active_mask();
}

// Atomics, on global and shared memory, for the types that CUDA has them for.
#define CONVSCOPE_ATOMIC(word, operation)                                                                \
    template <class T>                                                                                   \
    __forceinline__ T word(T* address, std::type_identity_t<T> value) {                                  \
        return convscope::sim::device::atomic(convscope::sim::device::Atomic::operation, address, value, \
                                              T{});                                                      \
    }
CONVSCOPE_ATOMIC(atomicAdd, add)
CONVSCOPE_ATOMIC(atomicMax, max)
CONVSCOPE_ATOMIC(atomicMin, min)
CONVSCOPE_ATOMIC(atomicExch, exchange)
CONVSCOPE_ATOMIC(atomicAnd, bit_and)
CONVSCOPE_ATOMIC(atomicOr, bit_or)
CONVSCOPE_ATOMIC(atomicXor, bit_xor)
#undef CONVSCOPE_ATOMIC
template <class T>
__forceinline__ T atomicCAS(T* address, std::type_identity_t<T> compare, std::type_identity_t<T> value) {
    return convscope::sim::device::atomic(convscope::sim::device::Atomic::compare_exchange, address, value,
                                          compare);
}

// Arithmetic.
#define CONVSCOPE_MIN_MAX(type)                \
    __forceinline__ type min(type a, type b) { \
        return b < a ? b : a;                  \
    }                                          \
    __forceinline__ type max(type a, type b) { \
        return a < b ? b : a;                  \
    }
CONVSCOPE_MIN_MAX(int)
CONVSCOPE_MIN_MAX(unsigned)
CONVSCOPE_MIN_MAX(long)
CONVSCOPE_MIN_MAX(unsigned long)
CONVSCOPE_MIN_MAX(long long)
CONVSCOPE_MIN_MAX(unsigned long long)
#undef CONVSCOPE_MIN_MAX
// As on the GPU, a NaN loses against a number.
__forceinline__ float min(float a, float b) {
    return fminf(a, b);
}
__forceinline__ float max(float a, float b) {
    return fmaxf(a, b);
}
__forceinline__ double min(double a, double b) {
    return fmin(a, b);
}
__forceinline__ double max(double a, double b) {
    return fmax(a, b);
}

__forceinline__ float __fmaf_rn(float a, float b, float c) {
    return fmaf(a, b, c);
}
__forceinline__ float __fmul_rn(float a, float b) {
    return a * b;
}
__forceinline__ float __fadd_rn(float a, float b) {
    return a + b;
}
__forceinline__ float rsqrtf(float x) {
    return 1.0f / sqrtf(x);
}
__forceinline__ int __float_as_int(float x) {
    return std::bit_cast<int>(x);
}
__forceinline__ unsigned __float_as_uint(float x) {
    return std::bit_cast<unsigned>(x);
}
__forceinline__ float __int_as_float(int x) {
    return std::bit_cast<float>(x);
}
__forceinline__ float __uint_as_float(unsigned x) {
    return std::bit_cast<float>(x);
}
__forceinline__ int __popc(unsigned x) {
    return std::popcount(x);
}
__forceinline__ int __clz(int x) {
    return std::countl_zero(static_cast<unsigned>(x));
}
__forceinline__ int __ffs(int x) {
    return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1;
}

// A load through the read-only cache; the value is the same.
template <class T>
__forceinline__ T __ldg(const T* address) {
    return *address;
}

#include "cuda_cpp/simulator/tensor_words.h"
