// A kernel for tests of the X-ray's threads: it looks through nothing, as slowly as wanted, and looks at its
// token all the time.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/errors.h"
#include "xray_runner.h"

namespace convscope {

struct FakeXraySpeed {
    std::atomic<int> block_ms{0}, count_ms{0};
    std::atomic<int> ms_after_cancel{0};  // that a cancelled count still takes
    std::atomic<size_t> block_requests{0};
    std::atomic<bool> slow_earlier_step{false};  // which a beginning does without
    std::atomic<int> opened{0}, blocks_started{0}, counts_started{0};
    std::mutex mutex{};
    std::vector<std::string> counted{};  // in the order in which they were begun
};

class FakeXraySubject final : public XraySubject {
  public:
    FakeXraySubject(const Problem& problem, std::string kernel, std::shared_ptr<FakeXraySpeed> speed)
        : problem_(problem), kernel_(std::move(kernel)), speed_(std::move(speed)) {
        ++speed_->opened;
        if (kernel_ == "refuses") fail_request("refuses takes no problem at all");
        xray::StepFacts step;
        step.label = "fake " + kernel_;
        step.grid = {10, 1, 1};
        step.block = {64, 1, 1};
        steps_ = {step, step};
        arrays_ = {{BufferRole::input, "input", problem.input_shape(), element_count(problem.input_shape())}};
    }
    const std::vector<xray::StepFacts>& steps() const override { return steps_; }
    const std::vector<xray::ArrayFacts>& arrays() const override { return arrays_; }
    int main_step() const override { return 1; }
    xray::BlockXrayPtr block(int step, int64_t block, const CancelToken& cancel) override {
        ++speed_->blocks_started;
        wait(speed_->block_ms, cancel);
        earlier_step_ran_ |= step > 0;
        return traced(step, block, speed_->block_requests);
    }
    xray::BlockXrayPtr beginning(int step, int64_t block, const CancelToken& cancel,
                                 size_t first_requests) override {
        ++speed_->blocks_started;
        const size_t all = speed_->block_requests;
        if (first_requests >= all && earlier_steps_ran(step)) wait(speed_->block_ms, cancel);
        return traced(step, block, std::min(first_requests, all));
    }
    xray::CountsPtr counts(const CancelToken& cancel) override {
        {
            const std::lock_guard lock(speed_->mutex);
            speed_->counted.push_back(kernel_);
        }
        ++speed_->counts_started;
        try {
            wait(speed_->count_ms, cancel);
        } catch (...) {
            std::this_thread::sleep_for(std::chrono::milliseconds(speed_->ms_after_cancel.load()));
            throw;
        }
        auto out = std::make_shared<xray::Counts>(xray::Counts{.problem = problem_, .kernel = kernel_});
        out->totals.load_requests = static_cast<int64_t>(kernel_.size());
        return out;
    }

  private:
    bool earlier_steps_ran(int step) const {
        return step == 0 || earlier_step_ran_ || !speed_->slow_earlier_step;
    }
    xray::BlockXrayPtr traced(int step, int64_t block, size_t requests) const {
        auto out = std::make_shared<xray::BlockXray>();
        out->step = step;
        out->block = block;
        out->facts = steps_[static_cast<size_t>(step)];
        out->arrays = arrays_;
        out->records.resize(requests);
        out->records_cut = requests < speed_->block_requests;
        out->earlier_steps_ran = earlier_steps_ran(step);
        return out;
    }
    static void wait(const std::atomic<int>& length_ms, const CancelToken& cancel) {
        using Clock = std::chrono::steady_clock;
        const auto start = Clock::now();
        const auto length = std::chrono::milliseconds(length_ms.load());
        while (Clock::now() - start < length) {
            cancel.check();
            cancel.report(std::chrono::duration<double>(Clock::now() - start) / length);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    Problem problem_;
    std::string kernel_;
    std::shared_ptr<FakeXraySpeed> speed_;
    std::vector<xray::StepFacts> steps_;
    std::vector<xray::ArrayFacts> arrays_;
    bool earlier_step_ran_ = false;
};

inline XrayServices fake_xray(const std::shared_ptr<FakeXraySpeed>& speed) {
    return {.kernels =
                [](Operator) {
                    return std::vector<xray::KernelName>{{"first", "", "", false},
                                                         {"naive", "", "", false},
                                                         {"refuses", "", "", false},
                                                         {"broken", "", "", true}};
                },
            .open =
                [speed](const Problem& problem, const std::string& kernel) {
                    return std::make_unique<FakeXraySubject>(problem, kernel, speed);
                }};
}

}  // namespace convscope
