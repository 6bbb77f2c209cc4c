// An output in the GPU's memory, between two guard zones.
#pragma once
#include "devices/device.h"
#include "devices/gpu/cuda_owners.h"

namespace convscope {

class GpuOutput : public OutputBuffer {
  public:
    // Not poisoned yet. Throws Error(failed) where the memory is not there.
    GpuOutput(const ContextPtr& context, int64_t elements);

    int64_t elements() const override { return elements_; }
    const float* host() const override { return nullptr; }
    // Throws Error(failed). May be called on any thread.
    void copy_to_host(int64_t first, std::span<float> to) const override;

    const ContextPtr& context() const { return memory_.context(); }
    float* data() const;  // elements(), in the GPU's memory, aligned to 256 bytes
    // Queues filling the elements and both guard zones with the poison of devices/guarded_output.h.
    void poison(const Stream& stream);
    // What still holds the poison, and which guard elements no longer do; found by a kernel, so that only
    // three numbers cross to the host. Waits.
    OutputFaults check(const Stream& stream) const;

    // Bytes of GPU memory that an output of so many elements takes.
    static int64_t bytes_needed(int64_t elements);

  private:
    int64_t elements_;
    DeviceBuffer memory_;  // guard zone, elements, guard zone
    DeviceBuffer counts_;  // ScanCounts
};

}  // namespace convscope
