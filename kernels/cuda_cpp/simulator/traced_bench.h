// A launch of a test kernel that is traced.
#pragma once
#include "cuda_cpp/simulator/test_bench.h"
#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

class Traced : public Bench {
  public:
    Traced(const char* kernel, Dim3 grid, Dim3 block, TestSizes sizes = {}, size_t elements = 4096)
        : Bench("test_kernels_traced.so", kernel, grid, block, sizes, elements) {
        const auto bytes = static_cast<int64_t>(elements * sizeof(float));
        options.arrays = {{BufferRole::input, "in", in.data(), bytes, 4},
                          {BufferRole::output, "out", out.data(), bytes, 4},
                          {BufferRole::scratch, "counts", counts.data(), bytes, 4}};
    }
    Trace trace() { return sim::trace(step, arguments(), options); }

    TraceOptions options;
};

}  // namespace convscope::sim
