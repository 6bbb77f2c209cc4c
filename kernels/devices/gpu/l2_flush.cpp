#include "devices/gpu/l2_flush.h"

#include <algorithm>

namespace convscope {

void L2Flush::flush(const Stream& stream) {
    constexpr int64_t at_least = 1 << 20;
    std::shared_ptr<const DeviceBuffer> buffer;
    {
        const std::scoped_lock lock(mutex_);
        buffer = buffer_;
    }
    if (!buffer) {
        const int64_t bytes = std::max(context_->facts().l2_bytes, at_least) / 4 * 4;
        buffer = std::make_shared<const DeviceBuffer>(context_, bytes, "flushing the L2 cache");
        const std::scoped_lock lock(mutex_);
        buffer_ = buffer;
    }
    context_->check(context_->cuda().fill_words(buffer->data(), 0, buffer->bytes() / 4, stream.handle()),
                    "flushing the L2 cache");
}

void L2Flush::free() {
    std::shared_ptr<const DeviceBuffer> gone;
    const std::scoped_lock lock(mutex_);
    gone.swap(buffer_);
}

}  // namespace convscope
