#include "devices/gpu/gl_share.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/text.h"
#include "devices/gpu/cuda_owners.h"
#include "devices/gpu/gpu_output.h"

namespace convscope {
namespace {

constexpr const char* hybrid_hint =
    "; on a laptop with two GPUs start ConvScope with __NV_PRIME_RENDER_OFFLOAD=1 "
    "__GLX_VENDOR_LIBRARY_NAME=nvidia";

[[noreturn]] void fail_share(const std::string& sentence) {
    throw Error(ErrorKind::failed, sentence);
}

// Registering a texture of another GPU may fail with any of several codes, or hang: ask first.
void require_same_gpu(const CudaContext& context) {
    if (std::filesystem::exists("/dev/dxg")) fail_share("WSL2 does not let CUDA and OpenGL share memory");
    std::array<int, 16> ordinals{};
    int count = 0;
    try {
        context.check(context.cuda().gl_devices(ordinals.data(), static_cast<int>(ordinals.size()), &count),
                      "asking which GPU draws the window");
    } catch (const Error& error) {
        fail_share(cat(error.what(), hybrid_hint));
    }
    const auto end = ordinals.begin() + count;
    if (std::find(ordinals.begin(), end, context.ordinal()) == end)
        fail_share(cat("another GPU than ", context.facts().name, " draws the window", hybrid_hint));
}

class GlShare : public TextureShare {
  public:
    GlShare(const ContextPtr& context, std::shared_ptr<ShareLatch> latch, unsigned texture, int width,
            int height)
        : context_(context),
          latch_(std::move(latch)),
          width_(width),
          height_(height),
          stream_(context),
          resource_(context, texture) {
        // Some drivers register what they then cannot map.
        MappedTexture mapped(context_, resource_, stream_);
        mapped.array();
        mapped.done();
    }

    void draw(const OutputBuffer& output, int64_t first, int64_t row_pitch) override {
        const auto* here = dynamic_cast<const GpuOutput*>(&output);
        if (!here || here->context()->ordinal() != context_->ordinal())
            fail_share(cat("the output is not in the memory of ", context_->device_name()));
        const int64_t last = first + (height_ - 1) * row_pitch + width_ - 1;
        if (first < 0 || row_pitch < width_ || last >= output.elements())
            fail_share(cat("a slice of ", width_, "×", height_, " elements from element ", first, ", ",
                           row_pitch, " a row, is not inside the output of ", output.elements()));
        try {
            copy(here->data() + first, row_pitch);
        } catch (const Error& error) {
            latch_->close(error.what());
            throw;
        }
    }

  private:
    // Waits at the end: the output may be written again as soon as draw() has returned.
    void copy(const float* from, int64_t row_pitch) {
        constexpr int64_t word = sizeof(float);
        context_->use();
        MappedTexture mapped(context_, resource_, stream_);
        context_->check(context_->cuda().copy_to_array(mapped.array(), from, row_pitch * word, width_ * word,
                                                       height_, stream_.handle()),
                        "copying the output to the texture");
        mapped.done();
        stream_.wait("copying the output to the texture");
    }

    ContextPtr context_;
    std::shared_ptr<ShareLatch> latch_;
    int64_t width_, height_;
    Stream stream_;
    GraphicsResource resource_;
};

}  // namespace

std::string ShareLatch::reason() const {
    const std::scoped_lock lock(mutex_);
    return reason_;
}

void ShareLatch::close(const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    if (reason_.empty()) reason_ = reason;
}

std::unique_ptr<TextureShare> share_gl_texture(const ContextPtr& context,
                                               const std::shared_ptr<ShareLatch>& latch, unsigned texture,
                                               int width, int height) {
    context->use();
    require_same_gpu(*context);
    return std::make_unique<GlShare>(context, latch, texture, width, height);
}

}  // namespace convscope
