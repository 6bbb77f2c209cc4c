#include "devices/sim/sim_device.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/text.h"
#include "cuda_cpp/module_loader.h"
#include "cuda_cpp/simulator/simulator.h"
#include "devices/default_kernel.h"
#include "devices/guarded_output.h"
#include "devices/sim/host_arrays.h"
#include "devices/sim/trace_problem.h"
#include "devices/sim/traced_execution.h"

namespace convscope {
namespace {

struct SimModule : LoadedModule {
    SimModule(const std::string& module_folder, const std::string& name)
        : LoadedModule(cat(module_folder, "/", name, ".so")), folder(module_folder) {}
    std::string folder;
};
using ModulePtr = std::shared_ptr<const SimModule>;

// What a few blocks of a kernel's one launch do: "9.0 reads/output, 4.3 sectors/request". Empty where a
// single block would take long to trace, and where there is no traced module.
std::string traced_counts(const std::string& module_folder, const Problem& problem, const Tensors& tensors,
                          const char* kernel, const LaunchPlan& plan) {
    constexpr double most_taps = 1e6;  // some 0.3 s
    constexpr int64_t most_blocks = 8;
    if (plan.steps.size() != 1) return {};
    const Step& step = plan.steps.front();
    const double block_taps = problem.flops() / 2 / static_cast<double>(step.grid.count());
    if (block_taps > most_taps) return {};
    const auto affordable = static_cast<int64_t>(most_taps / std::max(block_taps, 1.0));
    try {
        const ProblemTrace trace =
            trace_problem(module_folder, problem, tensors, kernel,
                          {.blocks = std::clamp<int64_t>(affordable, 1, most_blocks), .per_element = false});
        const sim::TraceTotals& totals = trace.totals;
        if (totals.output_writes == 0 || totals.load_requests == 0) return {};
        const auto ratio = [](int64_t a, int64_t b) {
            const double tenths = std::round(10 * static_cast<double>(a) / static_cast<double>(b));
            return cat(number_text(tenths / 10), std::fmod(tenths, 10) == 0 ? ".0" : "");
        };
        return cat(ratio(totals.input_reads, totals.output_writes), " reads/output, ",
                   ratio(totals.load_sectors, totals.load_requests), " sectors/request");
    } catch (const Error&) {
        return {};
    }
}

sim::FiberOrder fiber_order(const SimOptions& options, uint64_t run) {
    if (!options.order) return run % 2 == 0 ? sim::FiberOrder::ascending : sim::FiberOrder::random;
    switch (*options.order) {
        case SimOrder::ascending:
            return sim::FiberOrder::ascending;
        case SimOrder::reversed:
            return sim::FiberOrder::reversed;
        case SimOrder::random:
            break;
    }
    return sim::FiberOrder::random;
}

class SimExecution : public Execution {
  public:
    SimExecution(ModulePtr module, const KernelEntry& entry, const Problem& problem, const Tensors& tensors,
                 const SimOptions& options)
        : module_(std::move(module)),
          entry_(entry),
          plan_(entry.plan(problem)),
          problem_(problem),
          tensors_(tensors),
          arrays_(tensors, plan_),
          options_(options) {}

    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) override {
        auto output = std::make_shared<GuardedOutput>(element_count(problem_.output_shape()));
        arrays_.poison_scratch();
        sim::Options options{.order = fiber_order(options_, runs_),
                             .seed = options_.seed + runs_,
                             .workers = options_.workers,
                             .keep_going = [&cancel] { return !cancel.cancelled(); }};
        ++runs_;
        run_steps(plan_, arrays_, output->data(), cancel, options,
                  [](const Step& step, void** arguments, const sim::Options& with) {
                      sim::launch(step, arguments, with);
                  });
        faults = output->check();
        return output;
    }

    std::vector<double> time(int, bool, const CancelToken&) override { return {}; }
    std::string plan_text() const override { return plan_.text(); }
    std::string counts() const override {
        return traced_counts(module_->folder, problem_, tensors_, entry_.info.name, plan_);
    }

  private:
    ModulePtr module_;  // holds the kernels' text
    const KernelEntry& entry_;
    LaunchPlan plan_;
    Problem problem_;
    Tensors tensors_;
    HostArrays arrays_;
    SimOptions options_;
    uint64_t runs_ = 0;
};

class SimDevice : public Device {
  public:
    SimDevice(const std::string& module_folder, const SimOptions& options,
              const std::string& module_name = "sim")
        : module_(std::make_shared<SimModule>(module_folder, module_name)), options_(options) {}

    std::string name() const override { return "sim"; }
    std::string description() const override {
        return cat("simulator, ", module_->kernels().compiler, ", ", std::thread::hardware_concurrency(),
                   " threads");
    }
    bool measures_time() const override { return false; }

    std::vector<KernelFacts> kernels(Operator op) const override {
        std::vector<KernelFacts> all;
        for (const KernelEntry& entry : module_->kernels().kernels) {
            const KernelInfo& info = entry.info;
            if (info.op != op) continue;
            all.push_back({.op = op,
                           .name = info.name,
                           .idea = info.idea,
                           .traffic = info.traffic,
                           .wins_when = info.wins_when,
                           .error = info.error,
                           .repeatable = info.repeatable,
                           .mixes_taps = info.mixes_taps,
                           .source_file = info.source_file});
        }
        return all;
    }

    Support supports(const Problem& problem, const std::string& kernel) const override {
        const KernelEntry* entry = module_->find(problem.op(), kernel);
        if (entry) return entry->supports(problem);
        return Support::no(cat(name(), " has no kernel '", kernel, "' for ", facts(problem.op()).name,
                               "; it has ", joined(names(problem.op()))));
    }

    std::string default_kernel(const Problem& problem) const override {
        return plainest_kernel(kernels(problem.op()),
                               [&](const std::string& kernel) { return supports(problem, kernel); });
    }

    double bytes_needed(const Problem& problem, const std::string& kernel) const override {
        return problem.minimal_bytes() + scratch_bytes(problem, kernel);
    }
    double scratch_bytes(const Problem& problem, const std::string& kernel) const override {
        const KernelEntry* entry = module_->find(problem.op(), kernel);
        return entry && entry->supports(problem) ? entry->plan(problem).scratch_bytes() : 0;
    }
    double bytes_free() const override { return available_host_bytes(); }

    std::unique_ptr<Execution> prepare(const Problem& problem, const Tensors& tensors,
                                       const std::string& kernel, const CancelToken& cancel) override {
        if (const Support support = supports(problem, kernel); !support)
            fail_request(cat(kernel, " on ", name(), " cannot do this problem: ", support.why_not));
        require_shapes(problem, tensors);
        cancel.check();
        return execution(*module_->find(problem.op(), kernel), problem, tensors);
    }

  protected:
    virtual std::unique_ptr<Execution> execution(const KernelEntry& entry, const Problem& problem,
                                                 const Tensors& tensors) const {
        return std::make_unique<SimExecution>(module_, entry, problem, tensors, options_);
    }
    const ModulePtr& module() const { return module_; }

  private:
    std::vector<std::string> names(Operator op) const {
        std::vector<std::string> all;
        for (const KernelEntry& entry : module_->kernels().kernels)
            if (entry.info.op == op) all.emplace_back(entry.info.name);
        return all;
    }

    ModulePtr module_;
    SimOptions options_;
};

class GalleryDevice : public SimDevice {
  public:
    explicit GalleryDevice(const std::string& module_folder)
        : SimDevice(module_folder, {}, "gallery_traced") {}

    std::string name() const override { return "gallery"; }
    std::string description() const override {
        return "kernels that are broken on purpose, on the simulator";
    }
    // Tracing costs some microseconds a thread, on one core.
    Support supports(const Problem& problem, const std::string& kernel) const override {
        constexpr double most_taps = 1e7;
        if (const double taps = problem.flops() / 2; taps > most_taps)
            return Support::no(cat("a broken kernel runs slowly, and only on problems of up to ",
                                   static_cast<int64_t>(most_taps), " taps; this one has ",
                                   number_text(taps, 9)));
        return SimDevice::supports(problem, kernel);
    }
    double bytes_needed(const Problem& problem, const std::string& kernel) const override {
        return SimDevice::bytes_needed(problem, kernel) + traced_bytes(problem);
    }

  protected:
    std::unique_ptr<Execution> execution(const KernelEntry& entry, const Problem& problem,
                                         const Tensors& tensors) const override {
        return traced_execution(module(), entry, problem, tensors);
    }
};

}  // namespace

std::shared_ptr<Device> make_sim_device(const std::string& module_folder) {
    return make_sim_device(module_folder, {});
}

std::shared_ptr<Device> make_sim_device(const std::string& module_folder, const SimOptions& options) {
    return std::make_shared<SimDevice>(module_folder, options);
}

std::shared_ptr<Device> make_gallery_device(const std::string& module_folder) {
    return std::make_shared<GalleryDevice>(module_folder);
}

}  // namespace convscope
