// What the simulator's tests share: a test kernel, its arrays, and a launch.
#pragma once
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "cuda_cpp/module_loader.h"
#include "cuda_cpp/simulator/simulator.h"
#include "cuda_cpp/simulator/test_kernels.h"

namespace convscope::sim {

class Bench {
  public:
    // A kernel of the test module `file`, on `grid` and `block`; in = 0, 1, 2, …, out and counts are zero.
    Bench(const std::string& file, const char* kernel, Dim3 grid, Dim3 block, TestSizes sizes = {},
          size_t elements = 4096)
        : module(CONVSCOPE_MODULES + ("/" + file)), in(elements), out(elements), counts(elements) {
        const auto make = reinterpret_cast<TestStepFunction>(module.symbol(test_step_symbol));
        step = make(kernel);
        step.grid = grid;
        step.block = block;
        test_sizes = sizes;
        std::iota(in.begin(), in.end(), 0.0f);
        std::fill(out.begin(), out.end(), 0.0f);
    }

    void** arguments() {
        pointers = {in.data(), out.data(), counts.data()};
        all = {&test_sizes, &pointers[0], &pointers[1], &pointers[2]};
        return all.data();
    }
    void launch(const Options& options = {}) { sim::launch(step, arguments(), options); }

    LoadedModule module;
    Step step;
    TestSizes test_sizes;
    Floats in, out;
    std::vector<int> counts;
    std::vector<void*> pointers, all;
};

}  // namespace convscope::sim
