// `cudnn` and `cudnn_tf32`: the peers on the GPU, rows like those of our kernels.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "devices/device.h"
#include "devices/gpu/cudnn_execution.h"

namespace convscope {

class CudnnPeer {
  public:
    // Makes nothing on the GPU before the first question that needs it.
    CudnnPeer(CudnnPtr library, ContextPtr context);

    static bool is_name(const std::string& kernel);
    std::vector<KernelFacts> kernels(Operator op) const;
    // Asks cuDNN itself, whose word stands in the sentence where it refuses.
    Support supports(const Problem& problem, const std::string& kernel) const;
    // Scratch that is known before preparing: what lies between the two convolutions of a separable one. A
    // workspace comes on top, chosen at prepare to fit what is free then.
    static double scratch_bytes(const Problem& problem);
    // Throws as CudnnExecution.
    std::unique_ptr<Execution> prepare(const GpuShared& shared, const Problem& problem,
                                       const Tensors& tensors, const std::string& kernel,
                                       const CancelToken& cancel) const;

  private:
    CudnnHandlePtr handle() const;
    Support ask(const Problem& problem, const std::string& kernel) const;

    CudnnPtr library_;
    ContextPtr context_;
    std::shared_ptr<CudnnChoices> choices_ = std::make_shared<CudnnChoices>();
    mutable std::mutex mutex_;  // of what follows
    mutable CudnnHandlePtr handle_;
    mutable std::map<std::string, Support> answers_;
};

}  // namespace convscope
