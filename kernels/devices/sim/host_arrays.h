// The arrays of one problem in host memory, as a plan's steps name them.
#pragma once
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/tensor.h"
#include "cuda_cpp/kernel.h"
#include "devices/device.h"

namespace convscope {

// Where the arrays lie: tensors where their owner made them, or each in a copy with at least 16 KB on both
// sides that belong to no array, so that an access a row beside one does not happen to meet another.
enum class Spacing { as_made, apart };

// Zeros, aligned to 64 bytes. Of many, the system gives each page when it is first touched: making them costs
// next to nothing.
class FreshFloats {
  public:
    FreshFloats() = default;
    // Throws std::bad_alloc.
    explicit FreshFloats(int64_t elements);
    float* data() const { return data_; }

  private:
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };
    std::unique_ptr<void, Free> memory_{};
    float* data_ = nullptr;
};

class HostArrays {
  public:
    // Elements on each side of an array that lies apart.
    static constexpr int64_t guard_elements = 4096;

    // Allocates the plan's scratch arrays, which hold zeros, and the copies. Throws Error(request) where the
    // memory is not there.
    HostArrays(const Tensors& tensors, const LaunchPlan& plan, Spacing spacing = Spacing::as_made);
    HostArrays(const HostArrays&) = delete;
    HostArrays& operator=(const HostArrays&) = delete;

    // Fills the scratch arrays with bytes 0xFF, a NaN in every float.
    void poison_scratch();
    // Null for the bias or pointwise tensor of a problem that has none.
    void* address(const BufferRef& array, float* output) const;
    int64_t bytes(const BufferRef& array, int64_t output_elements) const;

  private:
    struct Array {
        float* data = nullptr;
        int64_t elements = 0;
        FreshFloats memory{};  // empty where another owns it
    };
    Array make(int64_t elements) const;
    void take(BufferRole role, const TensorPtr& tensor);
    const Array& find(const BufferRef& array) const;

    const Spacing spacing_;
    Tensors tensors_;  // of Spacing::as_made
    // input, weights, pointwise, bias: the first of BufferRole
    std::array<Array, 4> of_role_;
    std::vector<Array> scratch_;
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

// Runs a plan's steps one after the other by `start(step, arguments, options)`; each reports its part of the
// whole. Throws Error(cancelled) between two of them.
template <class Options, class Start>
void run_steps(const LaunchPlan& plan, const HostArrays& arrays, float* output, const CancelToken& cancel,
               Options& options, const Start& start) {
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        cancel.check();
        const Step& step = plan.steps[i];
        const CancelToken piece = cancel.part_of(i, plan.steps.size());
        options.report = [&piece](double share) { piece.report(share); };
        StepArguments arguments(step, arrays, output);
        start(step, arguments.get(), options);
    }
}

}  // namespace convscope
