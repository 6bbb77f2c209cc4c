// What all executions on the GPU have in common, our kernels' and the peers': uploaded tensors, a poisoned
// and guarded output, samples between events.
#pragma once
#include <memory>
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

class TimedExecution : public Execution {
  public:
    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) final;
    std::vector<double> time(int repeats, bool cold, const CancelToken& cancel) final;

  protected:
    // Uploads the tensors. Throws Error(failed), Error(cancelled).
    TimedExecution(GpuShared shared, const Problem& problem, const Tensors& tensors,
                   const CancelToken& cancel);

    // Queues all that one computation takes, prepared weights left out, and waits for each part where `mode`
    // says so.
    virtual void launch_all(const GpuOutput& output, LaunchMode mode, const CancelToken& cancel) = 0;
    // Queues filling whatever a computation leaves behind and none may count on.
    virtual void poison_scratch() = 0;

    const void* input() const { return address(input_); }
    const void* weights() const { return address(weights_); }
    const void* pointwise() const { return address(pointwise_); }  // null where the problem has none
    const void* bias() const { return address(bias_); }            // null where the problem has none
    // The output of the last run, or a new one where somebody else still shows or verifies that.
    std::shared_ptr<GpuOutput> unshared_output();
    // The milliseconds that what `work` queues takes on the GPU; `doing` names it where it fails.
    template <class Work>
    double milliseconds(std::string_view doing, const Work& work) {
        start_.record(stream_);
        work();
        stop_.record(stream_);
        return Event::milliseconds(start_, stop_, doing);
    }

    GpuShared shared_;
    Stream stream_;

  private:
    static const void* address(const DeviceBufferPtr& buffer) { return buffer ? buffer->data() : nullptr; }
    double timed_runs(const GpuOutput& output, int runs, const CancelToken& cancel);
    void warm_up(const GpuOutput& output, const CancelToken& cancel);

    Event start_, stop_;
    DeviceBufferPtr input_, weights_, pointwise_, bias_;
    int64_t output_elements_;
    std::shared_ptr<GpuOutput> output_;  // of the last run; used again once nobody else has it
    double one_run_ms_ = 0;              // about; 0: never run for timing
};

}  // namespace convscope
