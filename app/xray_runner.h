// Looks through kernels away from the interface: one thread traces the block that is looked at, another
// counts whole grids. The newest wish wins; what is known is a value that panels read.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "devices/device.h"
#include "xray/xray.h"

namespace convscope {

// One kernel bound to one problem: an xray::KernelXray, or a test's.
class XraySubject {
  public:
    virtual ~XraySubject() = default;
    virtual const std::vector<xray::StepFacts>& steps() const = 0;
    virtual const std::vector<xray::ArrayFacts>& arrays() const = 0;
    virtual int main_step() const = 0;
    virtual xray::BlockXrayPtr block(int step, int64_t block, const CancelToken& cancel) = 0;
    // No more requests than these, and steps before it may not have run: there at once.
    virtual xray::BlockXrayPtr beginning(int step, int64_t block, const CancelToken& cancel,
                                         size_t first_requests) = 0;
    virtual xray::CountsPtr counts(const CancelToken& cancel) = 0;
};

struct XrayServices {
    std::function<std::vector<xray::KernelName>(Operator)> kernels{};  // may throw Error
    std::function<std::unique_ptr<XraySubject>(const Problem&, const std::string& kernel)> open{};
};
// With the traced module of this folder.
XrayServices xray_services(const std::string& modules_folder);

// What an X-ray of a problem is asked for. A kernel that the operator does not have is its first one; a step
// that the plan does not have is its main one; a block beyond the grid is the last.
struct XrayWish {
    std::optional<Problem> problem{};  // empty: nothing is asked for
    std::string kernel{};
    int64_t step = -1, block = 0;
    bool operator==(const XrayWish&) const = default;
};

// What is known now.
struct XrayNews {
    std::optional<Problem> problem{};         // that all of this is of
    std::vector<xray::KernelName> kernels{};  // of its operator
    std::string kernel{};                     // the one that is looked at
    std::vector<xray::StepFacts> steps{};     // of its plan; empty until it is bound
    std::vector<xray::ArrayFacts> arrays{};
    int main_step = 0;
    xray::BlockXrayPtr block{};     // of this kernel; empty until it is traced
    bool block_is_present = false;  // it is the one that was last asked for
    bool block_goes_on = false;     // it is a beginning; the whole is being traced
    std::string error{};            // why that one is not there: a sentence
    xray::CountsPtr counts{};       // of this kernel's whole grid, with counts of every element
    std::string counts_error{};     // why there are none: a sentence
    struct Compared {
        std::string kernel;
        xray::CountsPtr counts{};  // empty until it is counted; perhaps without counts of every element
        std::string error{};       // the kernel cannot do the problem, or failed: a sentence
    };
    std::vector<Compared> compared{};  // the operator's kernels, in the order of `kernels`
    bool counting = false;             // something is counted, or waits for it
    std::string counting_kernel{};     // what is being counted
    double estimated_seconds = 0;      // that counting one kernel's grid takes, roughly
    bool counts_by_itself = false;     // so little work that it is not asked for
};

// How long counting the whole grid of a kernel takes on this machine, roughly: nominal taps over
// `taps_per_second`.
double estimated_count_seconds(const Problem& problem, double taps_per_second);

class XrayRunner {
  public:
    XrayRunner(XrayServices services, std::function<void()> wake);
    ~XrayRunner();  // cancels, and waits
    XrayRunner(const XrayRunner&) = delete;
    XrayRunner& operator=(const XrayRunner&) = delete;

    // These return at once. A wish that is already known costs next to nothing: it may come every frame.
    void want(const XrayWish& wish);
    void count();    // the whole grid of the present kernel
    void compare();  // the whole grids of all kernels of the present problem
    // The same where it is little work, unless it was cancelled or failed before.
    void compare_by_itself();
    void cancel();  // counting
    // While held, no count begins: it would take the cores from kernels that are being timed.
    void hold_counting(bool held);

    std::shared_ptr<const XrayNews> news() const;  // never empty
    // How much of the kernel that is being counted is done, 0…1.
    double share() const;
    // The wish is fulfilled, or refused with a sentence.
    bool settled(const XrayWish& wish) const;
    // Nothing is traced, counted, or waits for it.
    bool resting() const;
    bool stop_within(double seconds);

  private:
    struct Job {
        Problem problem;
        std::string kernel;
        bool operator==(const Job&) const = default;
    };
    struct Known {
        Job job;
        xray::CountsPtr counts{};
        std::string error{};
        bool whole = true;  // with counts of every element
    };
    // The kernel that the block thread holds.
    struct Bound {
        Job job;
        std::unique_ptr<XraySubject> subject;
    };

    void trace_blocks();
    void fulfil(const XrayWish& wish, const CancelToken& cancel);
    void bind(const XrayWish& wish, XrayNews& next);
    void count_grids();
    void run_job(const Job& job, const CancelToken& cancel);
    void close();
    void enqueue(const Job& job, bool first);
    void enqueue_all(bool only_small);
    void count_by_itself();
    void keep(Known known);
    void publish(const std::function<void(XrayNews&)>& change);
    void refresh(XrayNews& next) const;
    const Known* known(const Problem& problem, const std::string& kernel) const;

    XrayServices services_;
    std::function<void()> wake_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    XrayWish wish_{};
    uint64_t wished_ = 0, fulfilled_ = 0;
    CancelToken block_token_, count_token_;
    std::deque<Job> jobs_;
    std::optional<Job> running_{};
    std::optional<Problem> cancelled_{};  // whose counting the user cancelled
    std::deque<Known> known_;             // the newest first
    // Of plain kernels on two busy cores; what was counted last takes its place.
    static constexpr double first_taps_per_second = 2.0e6;
    double taps_per_second_ = first_taps_per_second;
    std::shared_ptr<const XrayNews> news_;
    std::optional<Bound> bound_{};  // of the block thread alone
    bool held_ = false;
    bool closing_ = false;
    int ended_ = 0;
    std::thread block_thread_, count_thread_;  // last: they use all of the above
};

}  // namespace convscope
