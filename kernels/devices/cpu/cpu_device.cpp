#include "devices/cpu/cpu_device.h"

#include <omp.h>

#include <chrono>

#include "core/text.h"
#include "devices/cpu/host_kernel.h"
#include "devices/default_kernel.h"
#include "devices/guarded_output.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

class CpuExecution : public Execution {
  public:
    CpuExecution(const Problem& problem, std::unique_ptr<HostKernel> kernel)
        : elements_(element_count(problem.output_shape())), kernel_(std::move(kernel)) {}

    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) override {
        auto output = std::make_shared<GuardedOutput>(elements_);
        kernel_->compute(output->data(), cancel);
        faults = output->check();
        return output;
    }

    std::vector<double> time(int repeats, bool cold, const CancelToken& cancel) override {
        if (timed_output_.empty()) timed_output_.resize(size_t(elements_));
        std::vector<double> samples_ms;
        for (int i = 0; i < repeats; ++i) {
            cancel.check();
            if (cold) flush_caches();
            const auto start = Clock::now();
            kernel_->compute(timed_output_.data(), cancel);
            samples_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        }
        return samples_ms;
    }

    double prepare_ms() const override { return kernel_->prepare_ms(); }

  private:
    int64_t elements_;
    std::unique_ptr<HostKernel> kernel_;
    Floats timed_output_;
};

KernelFacts direct_facts(Operator op) {
    return {.op = op,
            .name = "direct",
            .idea =
                "Plain C++ over output rows: each row gathers its taps, and four output channels share each "
                "input row they read. OpenMP spreads rows over the cores.",
            .traffic =
                "Input rows are read once for four output channels, mostly from cache; the output is "
                "written once.",
            .wins_when =
                "on depthwise and separable operators, where no change of layout pays; else it is the "
                "short answer to compare oneDNN with.",
            .error = {},
            .source_file = "devices/cpu/direct.cpp"};
}

KernelFacts onednn_facts(Operator op) {
    return {
        .op = op,
        .name = "onednn",
        .idea =
            "Intel's oneDNN library with the memory layouts it likes best inside; bringing tensors from "
            "N C H W and back is part of its time.",
        .traffic = "Input and output once, and once more for each change of layout.",
        .wins_when = "on a CPU, wherever an output sums over many channels: there it is the peer to beat.",
        .error = {},
        .peer = true,
        .source_file = ""};
}

class CpuDevice : public Device {
  public:
    std::string name() const override { return "cpu"; }

    std::string description() const override {
        const int threads = omp_get_max_threads();
        const std::string library =
            onednn_missing().empty() ? cat("oneDNN ", onednn_version()) : std::string("plain C++");
        return cat(library, ", ", threads, threads == 1 ? " thread" : " threads");
    }

    bool measures_time() const override { return true; }

    std::vector<KernelFacts> kernels(Operator op) const override {
        std::vector<KernelFacts> rows;
        if (onednn_missing().empty()) rows.push_back(onednn_facts(op));
        rows.push_back(direct_facts(op));
        return rows;
    }

    Support supports(const Problem& problem, const std::string& kernel) const override {
        if (kernel == "direct") return Support::yes();
        if (kernel != "onednn")
            return Support::no(cat("cpu has no kernel '", kernel, "'; onednn and direct are there"));
        if (!onednn_missing().empty()) return Support::no(onednn_missing());
        return onednn_supports(problem);
    }

    std::string default_kernel(const Problem& problem) const override {
        return cpu_kernel(problem, [&](const std::string& kernel) { return supports(problem, kernel); });
    }

    double bytes_needed(const Problem& problem, const std::string& kernel) const override {
        // oneDNN keeps reordered copies of every tensor beside ours.
        return problem.minimal_bytes() * (kernel == "onednn" ? 3 : 2);
    }
    double bytes_free() const override { return available_host_bytes(); }

    std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors& tensors,
                                       const std::string& kernel, const CancelToken& cancel) override {
        require_shapes(problem, tensors);
        if (const Support support = supports(problem, kernel); !support) fail_request(support.why_not);
        cancel.check();
        return std::make_unique<CpuExecution>(
            problem, kernel == "direct" ? make_direct(problem, tensors) : make_onednn(problem, tensors));
    }

    Ceilings ceilings() override {
        static const Ceilings measured = measure_cpu_ceilings();
        return measured;
    }
};

}  // namespace

std::shared_ptr<Device> make_cpu_device() {
    return std::make_shared<CpuDevice>();
}

}  // namespace convscope
