// A device for tests whose kernels are wrong, each in its own way.
#pragma once
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/inputs.h"
#include "core/problem_json.h"
#include "devices/guarded_output.h"
#include "run/run.h"

namespace convscope {

inline Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

inline constexpr const char* small_problem =
    R"({"op":"conv2d","input":[1,2,12,13],"out_channels":3,"kernel_size":3,"padding":1})";

enum class Flaw {
    none,
    off_by_a_little,
    loses_a_tap,
    writes_nothing,
    writes_outside,
    throws,
    off_in_one,      // element FlawedDevice::one is far off
    off_in_another,  // element FlawedDevice::another is
    nan_in_one,
    inexact_in_one,  // within the rounding bound
    // In each run after the first of an execution:
    differs_again,   // element FlawedDevice::one has another last bit, and the kernel does not say so
    may_differ,      // the same, and it says so
    unwritten_again  // that element is left out
};
inline constexpr std::array flaw_names{"none",           "off_by_a_little", "loses_a_tap",   "writes_nothing",
                                       "writes_outside", "throws",          "off_in_one",    "off_in_another",
                                       "nan_in_one",     "inexact_in_one",  "differs_again", "may_differ",
                                       "unwritten_again"};

// An output that is not in host memory.
class FarOutput : public OutputBuffer {
  public:
    explicit FarOutput(OutputPtr near) : near_(std::move(near)) {}
    int64_t elements() const override { return near_->elements(); }
    const float* host() const override { return nullptr; }
    void copy_to_host(int64_t first, std::span<float> to) const override { near_->copy_to_host(first, to); }

  private:
    OutputPtr near_;
};

struct FlawedElements {
    int64_t one = 0, another = 1;
    bool far = false;  // outputs are not in host memory
};

class FlawedExecution : public Execution {
  public:
    FlawedExecution(const Problem& problem, const Tensors& tensors, Flaw flaw, FlawedElements at = {})
        : reference_(reference_whole(problem, tensors)), flaw_(flaw), at_(at) {}
    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) override {
        cancel.check();
        if (flaw_ == Flaw::throws) throw Error(ErrorKind::failed, "the launch failed");
        auto output = std::make_shared<GuardedOutput>(int64_t(reference_.values.size()));
        float* y = output->data();
        if (flaw_ != Flaw::writes_nothing)
            for (size_t i = 0; i < reference_.values.size(); ++i) y[i] = float(reference_.values[i]);
        if (flaw_ == Flaw::off_by_a_little) y[17] *= 1.001f;
        if (flaw_ == Flaw::loses_a_tap) y[5] = std::nextafter(y[5], 1e9f);
        if (flaw_ == Flaw::writes_outside) y[-3] = 1;
        if (flaw_ == Flaw::off_in_one) y[at_.one] += 1;
        if (flaw_ == Flaw::off_in_another) y[at_.another] += 1;
        if (flaw_ == Flaw::nan_in_one) y[at_.one] = std::numeric_limits<float>::quiet_NaN();
        const bool again = runs_++ > 0;
        if (flaw_ == Flaw::inexact_in_one ||
            (again && (flaw_ == Flaw::differs_again || flaw_ == Flaw::may_differ)))
            y[at_.one] = std::nextafter(y[at_.one], 1e9f);
        if (again && flaw_ == Flaw::unwritten_again)
            std::memcpy(&y[at_.one], &output_poison_bits, sizeof output_poison_bits);
        faults = output->check();
        if (at_.far) return std::make_shared<FarOutput>(output);
        return output;
    }
    std::vector<double> time(int repeats, bool, const CancelToken& cancel) override {
        cancel.check();
        if (on_time) on_time(cancel);
        return std::vector<double>(size_t(repeats), 2.0);
    }
    std::function<void(const CancelToken&)> on_time;

  private:
    Reference reference_;
    Flaw flaw_;
    FlawedElements at_;
    int runs_ = 0;
};

// One kernel a flaw.
class FlawedDevice : public Device {
  public:
    std::string name() const override { return "flawed"; }
    std::string description() const override { return "wrong on purpose"; }
    bool measures_time() const override { return true; }
    std::vector<KernelFacts> kernels(Operator op) const override {
        std::vector<KernelFacts> rows;
        for (const char* flaw : flaw_names)
            rows.push_back({.op = op,
                            .name = flaw,
                            .idea = "",
                            .traffic = "",
                            .wins_when = "",
                            .error = {},
                            .repeatable = std::string_view(flaw) != "may_differ",
                            .source_file = ""});
        return rows;
    }
    Support supports(const Problem&, const std::string& kernel) const override {
        return kernel == "missing" ? Support::no("there is no such kernel") : Support::yes();
    }
    std::string default_kernel(const Problem&) const override { return "none"; }
    double bytes_needed(const Problem&, const std::string&) const override { return needed; }
    double bytes_free() const override { return 1e6; }
    double scratch_bytes(const Problem&, const std::string&) const override { return scratch; }
    std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors& tensors,
                                       const std::string& kernel, const CancelToken&) override {
        for (size_t i = 0; i < flaw_names.size(); ++i)
            if (flaw_names[i] == kernel)
                return std::make_unique<FlawedExecution>(problem, tensors, Flaw(i), elements);
        return nullptr;
    }
    Ceilings ceilings() override { return {.bandwidth_gbs = 1, .fp32_tflops = 0.001}; }
    double needed = 0, scratch = 0;
    FlawedElements elements;
};

struct FlawedRun {
    explicit FlawedRun(const char* text = small_problem) : problem(problem_of(text)) {}
    std::shared_ptr<FlawedDevice> device = std::make_shared<FlawedDevice>();
    Devices devices{{device}, {{"gpu", "no NVIDIA driver was found"}}};
    Problem problem;
    Request request{
        problem, make_tensors(problem, Fill::random, Fill::random, 1), {}, TimingEffort::quick(), {}};

    ResultPtr result_of(const std::string& kernel) { return result_of(std::vector<std::string>{kernel}); }
    ResultPtr result_of(const std::vector<std::string>& kernels) {
        request.kernels.clear();
        for (const std::string& kernel : kernels) request.kernels.push_back({"flawed", kernel});
        return run(request, devices, {});
    }
};

}  // namespace convscope
