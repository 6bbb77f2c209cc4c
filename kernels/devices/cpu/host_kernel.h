// What the two cpu kernels have in common.
#pragma once
#include <memory>

#include "core/problem.h"
#include "core/tensor.h"
#include "devices/device.h"

namespace convscope {

// A kernel bound to a problem and its tensors in host memory.
class HostKernel {
  public:
    virtual ~HostKernel() = default;
    // Writes every element of `output` (problem.output_shape()).
    virtual void compute(float* output, const CancelToken& cancel) = 0;
    virtual double prepare_ms() const { return 0; }
};

std::unique_ptr<HostKernel> make_direct(const Problem& problem, const Tensors& tensors);

// oneDNN, with the layouts it likes best inside; the weights are brought into theirs once, here. A call that
// is estimated to take longer than `longest_call_s` is cut into several, so that cancelling takes effect
// soon.
inline constexpr double long_call_s = 0.25;
std::unique_ptr<HostKernel> make_onednn(const Problem& problem, const Tensors& tensors,
                                        double longest_call_s = long_call_s);
Support onednn_supports(const Problem& problem);
std::string onednn_version();

// Copy bandwidth and multiply-add rate of all cores, measured.
Ceilings measure_cpu_ceilings();

// Pushes everything out of the last-level cache.
void flush_caches();

}  // namespace convscope
