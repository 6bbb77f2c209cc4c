// cuDNN bound to one problem on the GPU.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "devices/gpu/cudnn_convolution.h"
#include "devices/gpu/timed_execution.h"

namespace convscope {

// What was fastest for a problem, and how long finding it took.
struct CudnnChoice {
    std::vector<CudnnWay> ways;         // one a layer
    std::vector<std::string> left_out;  // sentences on the ways that could not be tried
    double search_ms = 0;
};

// The choices of this process: whoever computes a problem again takes the same way, so that the run that is
// timed, the one that is verified and the one on integers are of one algorithm.
class CudnnChoices {
  public:
    std::optional<CudnnChoice> find(const std::string& problem) const;
    void keep(const std::string& problem, const CudnnChoice& choice);

  private:
    mutable std::mutex mutex_;
    std::map<std::string, CudnnChoice> choices_;
};

struct CudnnShared {
    CudnnHandlePtr handle;
    std::shared_ptr<CudnnChoices> choices;
    std::vector<cudnn::Math> maths;  // what it may choose from
    std::string kernel;              // the row's name
};

class CudnnExecution : public TimedExecution {
  public:
    // Uploads, allocates, and tries each way that cuDNN has and for whose workspace there is room, to keep
    // the fastest. Throws what the last one threw where none works: Error(request), Error(failed). Throws
    // Error(cancelled).
    CudnnExecution(GpuShared shared, CudnnShared cudnn, const Problem& problem, const Tensors& tensors,
                   const CancelToken& cancel);

    // Of finding the fastest way, for nothing else is prepared: cuDNN rearranges weights in every call.
    double prepare_ms() const override { return choice_.search_ms; }
    std::string plan_text() const override;

  private:
    using Workspace = std::unique_ptr<DeviceBuffer>;

    void launch_all(const GpuOutput& output, LaunchMode mode, const CancelToken& cancel) override;
    void poison_scratch() override;
    void allocate_middle();
    void choose(const std::string& problem, const CancelToken& cancel);
    CudnnWay fastest(size_t layer, const GpuOutput& output, const CancelToken& cancel);
    double try_way(size_t layer, const CudnnWay& way, const GpuOutput& output, const CancelToken& cancel);
    bool fits(const CudnnWay& way) const;
    Workspace workspace_for(int64_t bytes) const;
    void queue(size_t layer, const CudnnWay& way, const Workspace& workspace, const GpuOutput& output) const;

    CudnnShared cudnn_;
    std::vector<std::unique_ptr<CudnnConvolution>> layers_;
    std::unique_ptr<DeviceBuffer> middle_;  // between two layers
    CudnnChoice choice_;
    Workspace workspace_;  // the largest that a layer wants; null: none
};

}  // namespace convscope
