// A device for tests: it computes nothing, as slowly as wanted, and looks at its token all the time.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "devices/device.h"

namespace convscope {

class FakeOutput final : public OutputBuffer {
  public:
    explicit FakeOutput(int64_t count) : values_(static_cast<size_t>(count), 0.0f) {}
    int64_t elements() const override { return static_cast<int64_t>(values_.size()); }
    const float* host() const override { return values_.data(); }
    void copy_to_host(int64_t first, std::span<float> to) const override {
        std::copy_n(values_.begin() + first, to.size(), to.begin());
    }

  private:
    std::vector<float> values_;
};

struct FakeSpeed {
    std::atomic<int> run_ms{0};  // of the first run of every kernel
    std::atomic<int> runs_started{0};
    std::atomic<bool> deaf{false};  // to its token, like a library's call that cannot be interrupted
};

class FakeExecution final : public Execution {
  public:
    FakeExecution(int64_t count, std::shared_ptr<FakeSpeed> speed)
        : count_(count), speed_(std::move(speed)) {}
    OutputPtr run(const CancelToken& cancel, OutputFaults&) override {
        ++speed_->runs_started;
        const auto start = std::chrono::steady_clock::now();
        const auto length = std::chrono::milliseconds(speed_->run_ms.load());
        while (std::chrono::steady_clock::now() - start < length) {
            if (!speed_->deaf) cancel.check();
            cancel.report(std::chrono::duration<double>(std::chrono::steady_clock::now() - start) / length);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return std::make_shared<FakeOutput>(count_);
    }
    std::vector<double> time(int repeats, bool, const CancelToken&) override {
        return std::vector<double>(static_cast<size_t>(std::max(repeats, 1)), 1.0);
    }

  private:
    int64_t count_;
    std::shared_ptr<FakeSpeed> speed_;
};

class FakeDevice final : public Device {
  public:
    explicit FakeDevice(std::shared_ptr<FakeSpeed> speed) : speed_(std::move(speed)) {}
    std::string name() const override { return "cpu"; }
    std::string description() const override { return "a stand-in for tests"; }
    bool measures_time() const override { return true; }
    Ceilings ceilings() override { return {.bandwidth_gbs = 10, .fp32_tflops = 0.5}; }
    std::vector<KernelFacts> kernels(Operator op) const override {
        KernelFacts facts;
        facts.op = op;
        facts.name = "zeros";
        return {facts};
    }
    Support supports(const Problem&, const std::string& kernel) const override {
        return kernel == "zeros" ? Support::yes() : Support::no("there is no such kernel");
    }
    std::string default_kernel(const Problem&) const override { return "zeros"; }
    double bytes_needed(const Problem&, const std::string&) const override { return 0; }
    double bytes_free() const override { return 1e12; }
    std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors&, const std::string&,
                                       const CancelToken&) override {
        return std::make_unique<FakeExecution>(element_count(problem.output_shape()), speed_);
    }

  private:
    std::shared_ptr<FakeSpeed> speed_;
};

inline Devices fake_devices(const std::shared_ptr<FakeSpeed>& speed) {
    Devices devices;
    devices.present.push_back(std::make_shared<FakeDevice>(speed));
    devices.missing.push_back({"gpu", "this is a test"});
    return devices;
}

}  // namespace convscope
