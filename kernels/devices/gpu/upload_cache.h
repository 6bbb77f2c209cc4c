// Tensors on the GPU, each uploaded once: the kernels of one request share their inputs.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/tensor.h"
#include "devices/device.h"
#include "devices/gpu/cuda_owners.h"

namespace convscope {

using DeviceBufferPtr = std::shared_ptr<const DeviceBuffer>;

class UploadCache {
  public:
    explicit UploadCache(ContextPtr context) : context_(std::move(context)) {}

    // The tensor's elements on the GPU; uploaded unless this very tensor (not an equal one) still is there.
    DeviceBufferPtr get(const TensorPtr& tensor, const std::string& what, const Stream& stream,
                        const CancelToken& cancel);
    // Forgets what no execution uses.
    void drop_unused();

  private:
    struct Entry {
        std::weak_ptr<const Tensor> tensor;  // expired: the address may belong to another tensor by now
        DeviceBufferPtr buffer;
    };
    DeviceBufferPtr find(const TensorPtr& tensor);

    ContextPtr context_;
    std::mutex mutex_;
    std::map<const Tensor*, Entry> entries_;
};

}  // namespace convscope
