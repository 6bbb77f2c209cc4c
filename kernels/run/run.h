// Request -> Result: choose the kernels, run them, verify them, time them.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/problem.h"
#include "core/tensor.h"
#include "devices/device.h"
#include "reference/verification.h"

namespace convscope {

struct Timing {
    double median_ms = 0;
    double p20_ms = 0;
    double p80_ms = 0;
    double prepare_ms = 0;
    std::vector<double> samples_ms;
    double gbs = 0;             // minimal bytes over the median
    double tflops = 0;          // nominal FLOPs over the median
    double roofline_share = 0;  // floor over median, 0…1; 0 where the ceilings were not measured
};

// How well to time: the window refines while nothing changes, `bench` takes its time.
struct TimingEffort {
    bool wanted = true;
    double warm_up_s = 0.0;
    int samples_at_least = 1;
    double seconds_at_least = 0.0;
    bool cold = false;      // flush the last-level cache before each sample
    bool ceilings = false;  // measure the roofline first
    static TimingEffort none() { return {.wanted = false}; }
    static TimingEffort quick() { return {.samples_at_least = 5, .seconds_at_least = 0.02}; }
    static TimingEffort bench() {
        return {.warm_up_s = 0.025, .samples_at_least = 20, .seconds_at_least = 0.2, .ceilings = true};
    }
};

struct Verify {
    bool wanted = true;
    bool integer_run = true;        // without it nothing is ticked
    double whole_up_to_taps = 4e8;  // above, elements are sampled
    int64_t samples = 20000;
};

struct KernelChoice {
    std::string device;  // a name of Devices::present or ::unlisted
    std::string kernel;
    bool operator==(const KernelChoice&) const = default;
};

struct Request {
    Problem problem;
    Tensors tensors;
    std::vector<KernelChoice> kernels;  // in the order of the rows; the first one's output is shown
    TimingEffort timing;
    Verify verify;
    bool middle = false;  // of a separable problem, also what its depthwise stage gives
};

struct KernelResult {
    enum class Status { waiting, running, done, unsupported, failed, cancelled };
    KernelChoice choice;
    KernelFacts facts;
    Status status = Status::waiting;
    std::string reason;  // a sentence where unsupported, failed or wrong
    OutputPtr output;    // set as soon as it is computed, before it is verified
    Verification verification;
    std::optional<Timing> timing;      // stands without a tick until verified; gone if the answer is wrong
    std::optional<Ceilings> ceilings;  // of its device, where the effort of timing asks for them
    std::string counts;                // of the simulator
    std::string plan;
    double scratch_bytes = 0;  // that the kernel works with, of its device's memory
    double first_run_ms = 0;   // wall time of the first run, everything included
};

struct Result {
    Problem problem;
    Tensors tensors;
    std::vector<KernelResult> rows{};              // as in the request
    TensorPtr middle{};                            // (N, C_in, H_out, W_out), where it was asked for, or
    std::string why_no_middle{};                   // a sentence
    std::shared_ptr<const Reference> reference{};  // once computed
    std::string stage{};                           // being done now: "timing cpu onednn"; empty: finished
    double progress = 0;                           // 0…1, up to the last stage that ended
    double stage_from = 0, stage_to = 0;  // the part of 0…1 that this stage covers; its token's share
                                          // says how much of that is done
    bool finished = false;
};
using ResultPtr = std::shared_ptr<const Result>;

// Called on the caller's thread of run() where a stage begins, and each time something is known: outputs
// first, then what is in the middle, then verification, then times. Results are immutable; each call brings a
// new one.
using Observer = std::function<void(const ResultPtr&)>;

// Runs the whole request. A kernel that fails or is unsupported is a row that says so; throws Error only
// for what concerns all of them (a wrong tensor, cancelled before anything was computed).
ResultPtr run(const Request& request, const Devices& devices, const CancelToken& cancel,
              const Observer& observer = {});

// The devices of this machine. Modules are looked for in `module_folder`. Slow once: it may start CUDA.
Devices find_devices(const std::string& module_folder);
// The version of the cuDNN behind the peers on gpu, or "missing: " and the reason; asked also without a GPU.
std::string found_cudnn();

}  // namespace convscope
