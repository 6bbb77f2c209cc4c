// How the files of test kernels make one table.
#pragma once
#include <span>

#include "cuda_cpp/cuda_cpp.h"
#include "cuda_cpp/simulator/test_kernels.h"

namespace convscope::sim {

#define TEST_KERNEL(name)                                                                                 \
    __global__ void name([[maybe_unused]] TestSizes sizes, [[maybe_unused]] const float* __restrict__ in, \
                         [[maybe_unused]] float* __restrict__ out,                                        \
                         [[maybe_unused]] int* __restrict__ counts)

constexpr unsigned all_lanes = 0xFFFFFFFFu;

struct TestKernelRow {
    const char* name;
    void (*kernel)(TestSizes, const float*, float*, int*);
};
#define ROW(name) \
    { #name, &name }

// Kernels at fault, and some that look like it and are not.
std::span<const TestKernelRow> fault_kernels();

}  // namespace convscope::sim
