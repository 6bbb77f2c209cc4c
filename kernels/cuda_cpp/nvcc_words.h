// What kernel files need beyond CUDA's own words, for nvcc.
#pragma once
#include <cuda_runtime.h>

#include "cuda_cpp/nvcc_tensor_words.h"

namespace convscope {

// The block's dynamic shared memory, as large as the step asked for, aligned to 16 bytes. CUDA wants one
// type for all `extern __shared__` arrays of a program: it is declared here and nowhere else.
template <class T>
__device__ __forceinline__ T* dynamic_shared() {
    extern __shared__ __align__(16) unsigned char convscope_dynamic_shared[];
    return reinterpret_cast<T*>(convscope_dynamic_shared);
}

}  // namespace convscope
