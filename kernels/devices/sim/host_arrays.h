// The arrays of one problem in host memory, as a plan's steps name them.
#pragma once
#include <vector>

#include "core/tensor.h"
#include "cuda_cpp/kernel.h"

namespace convscope {

class HostArrays {
  public:
    // Allocates the plan's scratch arrays. Throws Error(request) where the memory is not there.
    HostArrays(const Tensors& tensors, const LaunchPlan& plan);

    // Fills the scratch arrays with bytes 0xFF, a NaN in every float.
    void poison_scratch();
    // Null for the bias or pointwise tensor of a problem that has none.
    void* address(const BufferRef& array, float* output) const;
    int64_t bytes(const BufferRef& array, int64_t output_elements) const;

  private:
    const Tensor* tensor(BufferRole role) const;

    Tensors tensors_;
    std::vector<Floats> scratch_;
};

// A step's arguments as cudaLaunchKernel takes them: the sizes, then the pointers.
class StepArguments {
  public:
    StepArguments(const Step& step, const HostArrays& arrays, float* output);
    void** get() { return arguments_.data(); }

  private:
    std::vector<std::byte> sizes_;
    std::vector<void*> pointers_;
    std::vector<void*> arguments_;
};

}  // namespace convscope
