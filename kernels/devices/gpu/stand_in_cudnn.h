// For tests: cuDNN without a GPU, on the memory and the clock of the stand-in for CUDA. It computes from the
// descriptors alone, with plain loops. It counts every call, can fail any, and notes misuse.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "devices/gpu/cudnn_library.h"
#include "devices/gpu/stand_in_cuda.h"

namespace convscope {

class StandInCudnn {
  public:
    explicit StandInCudnn(StandInCuda& cuda);  // one at a time
    ~StandInCudnn();
    StandInCudnn(const StandInCudnn&) = delete;
    StandInCudnn& operator=(const StandInCudnn&) = delete;
    static CudnnPtr library();

    // How it behaves, for each number of an algorithm.
    std::vector<double> forward_ms{0.4, 0.2, 0.3}, backward_ms{0.2, 0.4};
    double tf32_share = 0.5;  // of these times, where TF32 is permitted
    std::vector<size_t> workspace_bytes{0, 4096, 1 << 20};
    std::set<int> refused_when_asked;  // algorithms
    std::set<int> refused_when_run;

    // Fails the n-th call (from 1), counted over all functions or those of one name.
    void fail_call(int n, cudnn::Status status);
    void fail_call_of(const std::string& function, int n, cudnn::Status status);

    // What happened.
    int calls() const { return calls_; }
    int calls_of(const std::string& function) const;
    const std::string& failed_function() const { return failed_function_; }  // empty: none has failed yet
    int owned() const { return static_cast<int>(objects_.size()); }          // handles and descriptors
    struct Run {
        bool backward_data = false;
        int algorithm = 0;
        int math = 0;
        bool operator==(const Run&) const = default;
    };
    const std::vector<Run>& runs() const { return runs_; }

  private:
    friend struct StandInCudnnCalls;
    // What any of cuDNN's objects holds.
    struct Object {
        std::vector<int> sizes, strides;             // of a tensor or filter
        std::vector<int> padding, stride, dilation;  // of a convolution, with
        int groups = 1;
        int math = cudnn::default_math;
        StreamHandle stream = nullptr;  // of a handle
    };
    cudnn::Status begin(const std::string& function);
    cudnn::Status mistake(const std::string& sentence);

    StandInCuda& cuda_;
    int calls_ = 0;
    std::map<std::string, int> calls_of_;
    int fail_at_ = 0;
    std::string fail_function_, failed_function_;
    cudnn::Status fail_status_ = cudnn::success;
    std::map<const void*, Object> objects_;
    std::vector<Run> runs_;
};

}  // namespace convscope
