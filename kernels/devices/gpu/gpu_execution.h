// One kernel bound to one problem on the GPU.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "devices/device.h"
#include "devices/gpu/cuda_owners.h"
#include "devices/gpu/gpu_output.h"
#include "devices/gpu/l2_flush.h"
#include "devices/gpu/launch.h"
#include "devices/gpu/upload_cache.h"

namespace convscope {

// What an execution shares with the others of its GPU.
struct GpuShared {
    ContextPtr context;
    std::shared_ptr<UploadCache> uploads;
    std::shared_ptr<L2Flush> flush;
};

class GpuExecution : public Execution {
  public:
    // Uploads, allocates and prepares the weights. Throws Error(failed), Error(cancelled).
    GpuExecution(GpuShared shared, const Problem& problem, const Tensors& tensors, LaunchPlan plan,
                 const CancelToken& cancel);

    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) override;
    std::vector<double> time(int repeats, bool cold, const CancelToken& cancel) override;
    double prepare_ms() const override { return prepare_ms_; }
    std::string plan_text() const override;

  private:
    void upload(const Problem& problem, const Tensors& tensors, const CancelToken& cancel);
    void allocate_scratch();
    void prepare_weights(const CancelToken& cancel);
    double launch_step(const Step& step, const GpuOutput* output, LaunchMode mode);
    void* address(const BufferRef& ref, const GpuOutput* output) const;
    std::shared_ptr<GpuOutput> unshared_output();
    void poison_scratch();
    void queue_steps(const GpuOutput& output, const CancelToken& cancel);
    double timed_runs(const GpuOutput& output, int runs, const CancelToken& cancel);
    void warm_up(const GpuOutput& output, const CancelToken& cancel);

    GpuShared shared_;
    LaunchPlan plan_;
    Stream stream_;
    Event start_, stop_;
    DeviceBufferPtr input_, weights_, pointwise_, bias_;
    std::vector<std::unique_ptr<DeviceBuffer>> scratch_;
    std::vector<bool> holds_prepared_weights_;  // for each scratch
    std::vector<CudaFunctionFacts> functions_;  // for each step
    int64_t output_elements_;
    std::shared_ptr<GpuOutput> output_;  // of the last run; used again once nobody else has it
    double prepare_ms_ = 0;
    double one_run_ms_ = 0;  // about; 0: never run for timing
};

}  // namespace convscope
