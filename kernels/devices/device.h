// A device runs kernels on problems. gpu, sim and cpu are devices; nothing above this folder knows which.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error_model.h"
#include "core/errors.h"
#include "core/problem.h"
#include "core/tensor.h"

namespace convscope {

// Between whoever wants an answer and whoever computes it. Copies are the same token. It is set where the
// answer is no longer wanted; devices look at it at least every tenth of a second, and tell how far they are.
class CancelToken {
  public:
    void cancel() { state_->cancelled.store(true); }
    bool cancelled() const { return state_->cancelled.load(); }
    void check() const {
        if (cancelled()) throw Error(ErrorKind::cancelled, "the computation was cancelled");
    }

    // The share of the work that is done, 0…1; from any thread.
    void report(double share) const {
        state_->share.store(from_ + share * (to_ - from_), std::memory_order_relaxed);
    }
    double share() const { return state_->share.load(std::memory_order_relaxed); }
    // This token for a piece of the work, whose 0…1 is from…to of this one's.
    CancelToken part(double from, double to) const {
        CancelToken piece = *this;
        piece.from_ = from_ + from * (to_ - from_);
        piece.to_ = from_ + to * (to_ - from_);
        return piece;
    }
    // Likewise, for piece `index` of `count` equal ones.
    CancelToken part_of(size_t index, size_t count) const {
        const auto all = static_cast<double>(count), done = static_cast<double>(index);
        return part(done / all, (done + 1) / all);
    }

  private:
    struct State {
        std::atomic<bool> cancelled{false};
        alignas(64) std::atomic<double> share{0};  // apart: telling does not disturb those who ask
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
    double from_ = 0, to_ = 1;
};

struct KernelFacts {
    Operator op;
    std::string name;
    std::string idea;
    std::string traffic;
    std::string wins_when;
    ErrorModel error;
    bool repeatable = true;
    bool mixes_taps = false;
    bool peer = false;        // somebody else's library, for comparison
    std::string source_file;  // below kernels/, empty for a peer
};

// An output where the device left it. Immutable once run() has returned.
class OutputBuffer {
  public:
    virtual ~OutputBuffer() = default;
    virtual int64_t elements() const = 0;
    // The elements in host memory, or nullptr where they are on another device.
    virtual const float* host() const = 0;
    // Copies elements [first, first + to.size()) to the host.
    virtual void copy_to_host(int64_t first, std::span<float> to) const = 0;
};
using OutputPtr = std::shared_ptr<const OutputBuffer>;

// What run() found when it looked at the poison and the guard zones around the output.
struct OutputFaults {
    int64_t unwritten = 0;         // elements that still hold the poison
    int64_t first_unwritten = -1;  // index of one of them
    int64_t written_outside = 0;   // guard elements that no longer hold theirs
};

// One kernel bound to one problem and its tensors: memory allocated, weights prepared.
class Execution {
  public:
    virtual ~Execution() = default;
    // Computes once into a fresh poisoned output.
    virtual OutputPtr run(const CancelToken& cancel, OutputFaults& faults) = 0;
    // Runs `repeats` times into the same memory and gives the milliseconds of each, without preparation;
    // `cold` flushes the last-level cache before each. Empty on a device that does not time.
    virtual std::vector<double> time(int repeats, bool cold, const CancelToken& cancel) = 0;
    // Milliseconds that preparing the weights took, once, or a peer's search for its fastest algorithm; 0
    // where nothing is prepared.
    virtual double prepare_ms() const { return 0; }
    // Counts from a simulator run: "9.0 reads/output"; empty elsewhere.
    virtual std::string counts() const { return {}; }
    // The launches, one a line; of a peer what it says of itself, or nothing.
    virtual std::string plan_text() const { return {}; }
};

// Draws an output into a GL texture without a copy to the host. Lives on the GL thread.
class TextureShare {
  public:
    virtual ~TextureShare() = default;
    // Fills the texture's width × height elements from `output`, starting at element `first`, with
    // `row_pitch` elements from row to row.
    virtual void draw(const OutputBuffer& output, int64_t first, int64_t row_pitch) = 0;
};

// What the device can do at best, measured on it once per process.
struct Ceilings {
    double bandwidth_gbs = 0;  // copy, read plus write
    double fp32_tflops = 0;
    double tf32_tflops = 0;  // 0: none
};

class Device {
  public:
    virtual ~Device() = default;
    virtual std::string name() const = 0;         // "cpu", "sim", "gpu", "gpu:1"
    virtual std::string description() const = 0;  // "oneDNN 2.6.3, 2 threads"
    virtual bool measures_time() const = 0;
    virtual std::vector<KernelFacts> kernels(Operator op) const = 0;
    // Yes, or why `kernel` cannot do the problem; an unknown name is a no as well.
    virtual Support supports(const Problem& problem, const std::string& kernel) const = 0;
    // The fastest correct kernel expected for the problem, by the rule of default_kernel.h.
    virtual std::string default_kernel(const Problem& problem) const = 0;
    // Bytes of this device's memory that the problem needs with this kernel, and how many are free.
    virtual double bytes_needed(const Problem& problem, const std::string& kernel) const = 0;
    virtual double bytes_free() const = 0;
    // Of these bytes, those of the scratch arrays that the kernel works with.
    virtual double scratch_bytes(const Problem& problem, const std::string& kernel) const {
        (void)problem, (void)kernel;
        return 0;
    }
    // Throws Error: request (unsupported, too big), failed (an error of the device).
    virtual std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors& tensors,
                                               const std::string& kernel, const CancelToken& cancel) = 0;
    virtual Ceilings ceilings() { return {}; }
    // Shares a GL_TEXTURE_2D of format R32F; nullptr, and the reason in `why_not`, where that is impossible.
    virtual std::unique_ptr<TextureShare> share_texture(unsigned texture, int width, int height,
                                                        std::string& why_not) {
        (void)texture, (void)width, (void)height;
        why_not = "the output is already in host memory";
        return nullptr;
    }
};

// All devices found on this machine, and for each missing one the reason.
struct MissingDevice {
    std::string name;
    std::string reason;
};
struct Devices {
    std::vector<std::shared_ptr<Device>> present;  // best first: gpu, cpu, sim
    std::vector<MissingDevice> missing;
    // Whose kernels are broken on purpose. They run where one of them is named, and only there: no list, no
    // default and no "all" has them.
    std::vector<std::shared_ptr<Device>> unlisted{};
    // Of these, the reason for each missing one: for whoever names it.
    std::vector<MissingDevice> missing_unlisted{};
    // The device called `name`; empty: the best one. Throws Error(device_missing) with the reason.
    std::shared_ptr<Device> find(const std::string& name) const;
    // Likewise, and those that are not listed, with the reason where one is missing: for whoever has a
    // kernel's name as well.
    std::shared_ptr<Device> find_by_name(const std::string& name) const;
};

}  // namespace convscope
