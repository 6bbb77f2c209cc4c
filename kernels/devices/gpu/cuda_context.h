// One GPU of this process: the CUDA table bound to a device number, and the one place where codes become
// sentences.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "devices/gpu/cuda_functions.h"

namespace convscope {

class CudaContext {
  public:
    // `owner` keeps the module of the table loaded as long as anything made here lives.
    // Throws Error(failed) where the device does not say what it is.
    CudaContext(const CudaFunctions& functions, int ordinal, std::shared_ptr<const void> owner);
    CudaContext(const CudaContext&) = delete;
    CudaContext& operator=(const CudaContext&) = delete;

    const CudaFunctions& cuda() const { return cuda_; }
    const CudaDeviceFacts& facts() const { return facts_; }
    int ordinal() const { return ordinal_; }
    std::string device_name() const;  // "gpu", "gpu:1"

    // Makes this GPU the calling thread's; every public function of the device begins with it.
    // Throws Error(failed) once the GPU is lost.
    void use() const;

    // Throws Error(failed) where `code` is an error: "CUDA failed DOING: …". A sticky error marks the GPU
    // as lost, any other is cleared, so that it does not surface at the next call.
    void check(CudaCode code, std::string_view doing) const;

    // Memory, asked for only where it is free. Where it is not, the caches are freed and it is asked for
    // once more; then throws Error(failed), naming `what`, its size and what is free.
    void* allocate(int64_t bytes, const std::string& what) const;
    // Frees the caches where less is free; throws Error(request), naming `what` and both numbers, where that
    // is not enough.
    void require_free(double bytes, const std::string& what) const;
    int64_t free_bytes() const;
    // Called where memory runs out.
    void set_free_caches(std::function<void()> free_caches);
    void free_caches() const;

  private:
    CudaCode try_allocate(void** memory, int64_t bytes, const std::string& what) const;
    void lose(const std::string& sentence) const;

    const CudaFunctions& cuda_;
    int ordinal_;
    std::shared_ptr<const void> owner_;
    CudaDeviceFacts facts_;
    mutable std::mutex mutex_;          // of what follows
    mutable std::string lost_because_;  // empty: not lost
    std::function<void()> free_caches_;
};
using ContextPtr = std::shared_ptr<const CudaContext>;

}  // namespace convscope
