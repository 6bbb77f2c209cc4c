// The device's own kernels: a check of outputs, and probes of what the arithmetic units reach at best.
#pragma once
#include "devices/gpu/cuda_functions.h"

namespace convscope {

// Writes any 32-bit pattern, which cudaMemset cannot.
__global__ void fill_words_kernel(uint32_t* words, int64_t count, uint32_t word) {
    const int64_t stride = int64_t{gridDim.x} * blockDim.x;
    for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride) words[i] = word;
}

// words: guard, output, guard. Finds poison that is still in the output and guards that lost theirs.
__global__ void scan_output(ScanSizes sizes, const uint32_t* words, ScanCounts* counts) {
    const int64_t total = sizes.elements + 2 * sizes.guard_elements;
    const int64_t stride = int64_t{gridDim.x} * blockDim.x;
    for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < total; i += stride) {
        const int64_t element = i - sizes.guard_elements;
        const bool inside = element >= 0 && element < sizes.elements;
        const bool poisoned = words[i] == sizes.poison;
        if (inside && poisoned) {
            atomicAdd(&counts->unwritten, 1ULL);
            atomicMin(&counts->first_unwritten, static_cast<unsigned long long>(element));
        }
        if (!inside && !poisoned) atomicAdd(&counts->written_outside, 1ULL);
    }
}

// 16 independent chains keep the units busy at one or two warps a scheduler. The values stay finite: each
// chain converges to 1.
__global__ void __launch_bounds__(helper_block) fma_probe(ProbeSizes sizes, float* results) {
    float chain[16];
#pragma unroll
    for (int c = 0; c < 16; ++c) chain[c] = static_cast<float>(threadIdx.x + c);
    for (int r = 0; r < sizes.repeats; ++r) {
#pragma unroll
        for (int step = 0; step < 8; ++step)
#pragma unroll
            for (int c = 0; c < 16; ++c) chain[c] = fmaf(chain[c], 0.5f, 0.5f);
    }
    float sum = 0;
#pragma unroll
    for (int c = 0; c < 16; ++c) sum += chain[c];
    results[int64_t{blockIdx.x} * blockDim.x + threadIdx.x] = sum;  // else the loop has no effect
}

// 8 independent accumulators of m16n8k8. This is the ceiling of mma.sync, which our kernels use; Hopper's
// wgmma reaches more.
__global__ void __launch_bounds__(helper_block) mma_probe(ProbeSizes sizes, float* results) {
#if __CUDA_ARCH__ >= 800
    const uint32_t a = __float_as_uint(0.5f), b = __float_as_uint(0.25f);
    float sums[8][4] = {};
    for (int r = 0; r < sizes.repeats; ++r) {
#pragma unroll
        for (int c = 0; c < 8; ++c)
            asm volatile(
                "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %4, %4, %4}, "
                "{%5, %5}, {%0, %1, %2, %3};"
                : "+f"(sums[c][0]), "+f"(sums[c][1]), "+f"(sums[c][2]), "+f"(sums[c][3])
                : "r"(a), "r"(b));
    }
    float sum = 0;
#pragma unroll
    for (int c = 0; c < 8; ++c) sum += sums[c][0] + sums[c][1] + sums[c][2] + sums[c][3];
    results[int64_t{blockIdx.x} * blockDim.x + threadIdx.x] = sum;
#else
    results[int64_t{blockIdx.x} * blockDim.x + threadIdx.x] = 0;
#endif
}

}  // namespace convscope
