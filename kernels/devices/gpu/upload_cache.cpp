#include "devices/gpu/upload_cache.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace convscope {
namespace {

constexpr int64_t piece_bytes = int64_t{256} << 20;  // copied in pieces, so that cancelling takes effect

}  // namespace

// Buffers are freed after the lock is let go: freeing waits for the GPU.
DeviceBufferPtr UploadCache::find(const TensorPtr& tensor) {
    std::vector<DeviceBufferPtr> gone;
    const std::scoped_lock lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->second.tensor.expired()) {
            gone.push_back(std::move(entry->second.buffer));
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
    const auto entry = entries_.find(tensor.get());
    return entry == entries_.end() ? nullptr : entry->second.buffer;
}

DeviceBufferPtr UploadCache::get(const TensorPtr& tensor, const std::string& what, const Stream& stream,
                                 const CancelToken& cancel) {
    if (DeviceBufferPtr there = find(tensor)) return there;
    const int64_t bytes = tensor->elements() * static_cast<int64_t>(sizeof(float));
    auto buffer = std::make_shared<const DeviceBuffer>(context_, bytes, what);
    for (int64_t at = 0; at < bytes; at += piece_bytes) {
        cancel.check();
        const auto* from = reinterpret_cast<const char*>(tensor->values.data()) + at;
        context_->check(context_->cuda().copy_to_device(static_cast<char*>(buffer->data()) + at, from,
                                                        std::min(piece_bytes, bytes - at), stream.handle()),
                        cat("copying ", what, " to the GPU"));
        stream.wait(cat("copying ", what, " to the GPU"));
    }
    const std::scoped_lock lock(mutex_);
    entries_[tensor.get()] = {tensor, buffer};
    return buffer;
}

void UploadCache::drop_unused() {
    std::vector<DeviceBufferPtr> gone;
    const std::scoped_lock lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->second.buffer.use_count() == 1) {
            gone.push_back(std::move(entry->second.buffer));
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
}

}  // namespace convscope
