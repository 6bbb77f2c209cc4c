// The one include of every kernel file. Under nvcc the words are CUDA's own; under g++ they come from the
// simulator. Kernel files themselves never ask which compiler reads them.
#pragma once
#include "cuda_cpp/kernel.h"

#ifdef __CUDACC__
#include "cuda_cpp/nvcc_words.h"
#else
#include "cuda_cpp/simulator/cuda_words.h"
#endif
