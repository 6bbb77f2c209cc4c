// cuDNN's handle, and one convolution of it with the ways in which it can be computed.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/errors.h"
#include "devices/gpu/cuda_owners.h"
#include "devices/gpu/cudnn_layers.h"
#include "devices/gpu/cudnn_library.h"

namespace convscope {

// cuDNN on one GPU. Its calls come one at a time; call CudaContext::use() before each.
class CudnnHandle {
  public:
    // Throws Error(failed).
    CudnnHandle(CudnnPtr library, ContextPtr context);
    ~CudnnHandle();
    CudnnHandle(const CudnnHandle&) = delete;
    CudnnHandle& operator=(const CudnnHandle&) = delete;

    const cudnn::Functions& cudnn() const { return library_->functions; }
    const std::string& version() const { return library_->version; }
    // Throws where `status` is an error: Error(request), "cuDNN refuses to WHAT: …", where it does not take
    // the parameters or has nothing for them, else Error(failed), "cuDNN failed to WHAT: …".
    void check(cudnn::Status status, std::string_view what) const;
    // Calls `work` with the handle, while no other thread has it.
    void with(const std::function<void(cudnn::Handle)>& work) const;

  private:
    CudnnPtr library_;
    ContextPtr context_;
    cudnn::Handle handle_ = nullptr;
    mutable std::mutex mutex_;
};
using CudnnHandlePtr = std::shared_ptr<const CudnnHandle>;

// An algorithm with an arithmetic.
struct CudnnWay {
    int algorithm = 0;
    cudnn::Math math = cudnn::fma_math;
    int64_t workspace_bytes = 0;
};

// A descriptor, given back at the end.
template <class Descriptor>
class CudnnDescriptor {
  public:
    using Create = cudnn::Status (*)(Descriptor*);
    using Destroy = cudnn::Status (*)(Descriptor);
    CudnnDescriptor(CudnnHandlePtr handle, Create create, Destroy destroy, std::string_view what)
        : handle_(std::move(handle)), destroy_(destroy) {
        handle_->check(create(&descriptor_), what);
    }
    ~CudnnDescriptor() { destroy_(descriptor_); }
    CudnnDescriptor(const CudnnDescriptor&) = delete;
    CudnnDescriptor& operator=(const CudnnDescriptor&) = delete;
    Descriptor get() const { return descriptor_; }

  private:
    CudnnHandlePtr handle_;
    Destroy destroy_;
    Descriptor descriptor_ = nullptr;
};

class CudnnConvolution {
  public:
    // Throws as CudnnHandle::check.
    CudnnConvolution(CudnnHandlePtr handle, const CudnnLayer& layer);

    const CudnnLayer& layer() const { return layer_; }
    // The ways that cuDNN has for it with one of the arithmetics, in their order. Throws Error(request), with
    // cuDNN's word, where there is none.
    std::vector<CudnnWay> ways(const std::vector<cudnn::Math>& maths) const;
    // "implicit GEMM in float32".
    std::string name(const CudnnWay& way) const;

    // On the GPU, shapes as in the layer; `bias` is null without one. `workspace` has way.workspace_bytes.
    struct Arguments {
        const void* input;
        const void* weights;
        const void* bias;
        void* output;
        void* workspace;
    };
    // Queues it. Throws as CudnnHandle::check.
    void queue(const CudnnWay& way, const Arguments& on, const Stream& stream) const;

  private:
    void describe() const;
    cudnn::Status workspace(cudnn::Handle handle, int algorithm, size_t* bytes) const;
    cudnn::Status compute(cudnn::Handle handle, const CudnnWay& way, const Arguments& on) const;

    CudnnHandlePtr handle_;
    CudnnLayer layer_;
    CudnnDescriptor<cudnn::Tensor> input_, output_, bias_;
    CudnnDescriptor<cudnn::Filter> weights_;
    CudnnDescriptor<cudnn::Convolution> convolution_;
};

}  // namespace convscope
