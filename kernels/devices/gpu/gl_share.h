// Draws outputs into an OpenGL texture on the GPU: the slice goes from the output's memory to the texture's,
// and nothing crosses to the host.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "devices/device.h"
#include "devices/gpu/cuda_context.h"

namespace convscope {

// Why CUDA and OpenGL cannot share here, once that is known: it is tried once a process, not once a frame.
class ShareLatch {
  public:
    std::string reason() const;  // empty: nothing speaks against it
    void close(const std::string& reason);

  private:
    mutable std::mutex mutex_;
    std::string reason_;
};

// Throws Error(failed) with the reason where the texture cannot be shared. On the GL thread, as are draw()
// and the destructor.
std::unique_ptr<TextureShare> share_gl_texture(const ContextPtr& context,
                                               const std::shared_ptr<ShareLatch>& latch, unsigned texture,
                                               int width, int height);

}  // namespace convscope
