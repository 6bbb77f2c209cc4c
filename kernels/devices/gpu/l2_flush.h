// Empties the GPU's last-level cache by filling a buffer of its size.
#pragma once
#include <memory>
#include <mutex>

#include "devices/gpu/cuda_owners.h"

namespace convscope {

class L2Flush {
  public:
    explicit L2Flush(ContextPtr context) : context_(std::move(context)) {}
    // Queues the fill. Throws Error(failed).
    void flush(const Stream& stream);
    void free();

  private:
    ContextPtr context_;
    std::mutex mutex_;
    std::shared_ptr<const DeviceBuffer> buffer_;
};

}  // namespace convscope
