// The one place where kernels are launched.
#pragma once
#include <algorithm>
#include <cstring>
#include <string>

#include "core/errors.h"
#include "devices/gpu/cuda_owners.h"

namespace convscope {

// Whether the GPU can launch the step: yes, or the sentence with the limit it breaks.
Support fits(const Step& step, const CudaDeviceFacts& gpu);

enum class LaunchMode {
    queued,  // returns at once; an error of the kernel surfaces at the next wait
    waited,  // returns when the kernel is done, so that its error carries its label
    timed,   // as waited, and measured with events
};

// Launches the step; `arguments` points to each argument, as in cudaLaunchKernel. Throws Error(failed):
// "CUDA failed launching 'conv2d naive': …". Gives the milliseconds where timed, else 0.
double launch(const ContextPtr& context, const Step& step, void** arguments, const Stream& stream,
              LaunchMode mode);

// A step of one of CudaHelpers' kernels, whose pointers the caller passes behind `sizes`.
template <class Sizes>
Step helper_step(std::string label, const void* function, const Sizes& sizes, int64_t blocks) {
    Step step;
    step.label = std::move(label);
    step.function = function;
    step.grid.x = static_cast<unsigned>(std::max<int64_t>(blocks, 1));
    step.block.x = helper_block;
    step.sizes.resize(sizeof(Sizes));
    std::memcpy(step.sizes.data(), &sizes, sizeof(Sizes));
    return step;
}

}  // namespace convscope
