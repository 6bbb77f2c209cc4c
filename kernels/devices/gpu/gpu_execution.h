// One kernel bound to one problem on the GPU.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cuda_cpp/kernel.h"
#include "devices/gpu/timed_execution.h"

namespace convscope {

class GpuExecution : public TimedExecution {
  public:
    // Uploads, allocates and prepares the weights. Throws Error(failed), Error(cancelled).
    GpuExecution(GpuShared shared, const Problem& problem, const Tensors& tensors, LaunchPlan plan,
                 const CancelToken& cancel);

    double prepare_ms() const override { return prepare_ms_; }
    std::string plan_text() const override;

  private:
    void launch_all(const GpuOutput& output, LaunchMode mode, const CancelToken& cancel) override;
    void poison_scratch() override;
    void allocate_scratch();
    void prepare_weights(const CancelToken& cancel);
    double launch_step(const Step& step, const GpuOutput* output, LaunchMode mode);
    const void* address(const BufferRef& ref, const GpuOutput* output) const;

    LaunchPlan plan_;
    std::vector<std::unique_ptr<DeviceBuffer>> scratch_;
    std::vector<bool> holds_prepared_weights_;  // for each scratch
    std::vector<CudaFunctionFacts> functions_;  // for each step
    double prepare_ms_ = 0;
};

}  // namespace convscope
