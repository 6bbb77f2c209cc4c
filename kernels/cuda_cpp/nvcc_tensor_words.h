// Tensor cores and asynchronous copies, for nvcc; compute capability 8.0 and newer.
#pragma once
#include <cuda_runtime.h>

namespace convscope {

// x rounded to TF32 (8 bits of exponent, 10 of fraction), to nearest, ties away from zero. A tensor core cuts
// off what does not fit; rounding before halves the error.
__device__ __forceinline__ float round_to_tf32(float x) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}

// D (16, 8) += A (16, 8) · B (8, 8), by all 32 lanes of a warp together. With g = lane / 4 and t = lane % 4 a
// lane holds a = A[g][t], A[g+8][t], A[g][t+4], A[g+8][t+4]; b = B[t][g], B[t+4][g]; d = D[g][2t],
// D[g][2t+1], D[g+8][2t], D[g+8][2t+1].
__device__ __forceinline__ void mma_m16n8k8_tf32(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
          "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}

// Begins to copy 4, 8 or 16 bytes from global to shared memory without passing registers; without `take` the
// place becomes zero and nothing is read. Both addresses are aligned to their size.
template <int bytes>
__device__ __forceinline__ void copy_async(void* shared, const void* global, bool take) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    const auto to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    const int taken = take ? bytes : 0;
    if constexpr (bytes == 16)  // past L1: each is used once
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(taken)
                     : "memory");
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(bytes),
                     "r"(taken)
                     : "memory");
}

// What this thread began since the last commit becomes one group.
__device__ __forceinline__ void commit_async_copies() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until all of this thread's groups but the newest `left_open` have landed. Other threads see them
// after a barrier.
template <int left_open>
__device__ __forceinline__ void wait_for_async_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(left_open) : "memory");
}

}  // namespace convscope
