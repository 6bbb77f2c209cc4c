// Kernels that the simulator's own tests run, in modules compiled with the flags of the real ones.
#pragma once
#include <string>

#include "cuda_cpp/kernel.h"

namespace convscope::sim {

// The one struct of sizes that every test kernel takes.
struct TestSizes {
    int n = 0;
    int m = 0;
};

// Gives the step of a test kernel by its name, for the grid and block that the test chooses. Every test
// kernel takes (TestSizes, const float* in, float* out, int* counts).
using TestStepFunction = Step (*)(const char* name);
inline constexpr const char* test_step_symbol = "convscope_test_step";

}  // namespace convscope::sim
