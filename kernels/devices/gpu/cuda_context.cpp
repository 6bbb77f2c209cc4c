#include "devices/gpu/cuda_context.h"

#include "core/errors.h"
#include "core/text.h"

namespace convscope {

CudaContext::CudaContext(const CudaFunctions& functions, int ordinal, std::shared_ptr<const void> owner)
    : cuda_(functions), ordinal_(ordinal), owner_(std::move(owner)) {
    check(cuda_.device_facts(ordinal, &facts_), cat("asking what GPU ", ordinal, " is"));
}

std::string CudaContext::device_name() const {
    return ordinal_ == 0 ? "gpu" : cat("gpu:", ordinal_);
}

void CudaContext::use() const {
    {
        const std::scoped_lock lock(mutex_);
        if (!lost_because_.empty())
            throw Error(ErrorKind::failed, cat("the GPU is lost to this process, start ConvScope again; it "
                                               "was lost when ",
                                               lost_because_));
    }
    check(cuda_.select_device(ordinal_), "selecting the GPU");
}

void CudaContext::lose(const std::string& sentence) const {
    const std::scoped_lock lock(mutex_);
    if (lost_because_.empty()) lost_because_ = sentence;
}

void CudaContext::check(CudaCode code, std::string_view doing) const {
    if (code == cuda_success) return;
    std::string sentence = cat("CUDA failed ", doing, ": ", cuda_.error_text(code), " (",
                               cuda_.error_name(code), ", ", code, ")");
    if (code == cuda_launch_timeout)
        sentence += "; the driver stops kernels that keep a display waiting: choose a smaller problem";
    if (cuda_.error_is_sticky(code)) {
        lose(sentence);
        sentence += "; the GPU is lost to this process, start ConvScope again";
    } else {
        cuda_.clear_error();
    }
    throw Error(ErrorKind::failed, sentence);
}

void CudaContext::require_free(double bytes, const std::string& what) const {
    const auto fits = [&] { return bytes <= static_cast<double>(free_bytes()); };
    if (fits()) return;
    free_caches();
    if (!fits())
        fail_request(cat(what, " needs ", bytes_text(bytes), " of the GPU's memory; ",
                         bytes_text(static_cast<double>(free_bytes())), " are free"));
}

int64_t CudaContext::free_bytes() const {
    int64_t free_now = 0, total = 0;
    check(cuda_.memory_info(&free_now, &total), "asking how much memory of the GPU is free");
    return free_now;
}

void CudaContext::set_free_caches(std::function<void()> free_caches) {
    const std::scoped_lock lock(mutex_);
    free_caches_ = std::move(free_caches);
}

void CudaContext::free_caches() const {
    std::function<void()> work;
    {
        const std::scoped_lock lock(mutex_);
        work = free_caches_;
    }
    if (work) work();
}

// cuda_out_of_memory where it is not there; throws for every other error.
CudaCode CudaContext::try_allocate(void** memory, int64_t bytes, const std::string& what) const {
    if (free_bytes() < bytes) return cuda_out_of_memory;
    const CudaCode code = cuda_.allocate(memory, bytes);
    if (code == cuda_out_of_memory)
        cuda_.clear_error();
    else
        check(code, cat("allocating ", bytes_text(static_cast<double>(bytes)), " for ", what));
    return code;
}

void* CudaContext::allocate(int64_t bytes, const std::string& what) const {
    void* memory = nullptr;
    if (try_allocate(&memory, bytes, what) == cuda_success) return memory;
    free_caches();
    if (try_allocate(&memory, bytes, what) == cuda_success) return memory;
    throw Error(ErrorKind::failed,
                cat("CUDA ran out of memory allocating ", bytes_text(static_cast<double>(bytes)), " for ",
                    what, ": ", bytes_text(static_cast<double>(free_bytes())), " of ",
                    bytes_text(static_cast<double>(facts_.memory_bytes)),
                    " are free; choose a smaller problem or close other programs that use the GPU"));
}

}  // namespace convscope
