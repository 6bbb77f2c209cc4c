#include "devices/sim/traced_execution.h"

#include "cuda_cpp/simulator/grid_shadow.h"
#include "devices/guarded_output.h"
#include "devices/sim/host_arrays.h"
#include "devices/sim/trace_arrays.h"

namespace convscope {
namespace {

class TracedExecution : public Execution {
  public:
    TracedExecution(std::shared_ptr<const LoadedModule> module, const KernelEntry& entry,
                    const Problem& problem, const Tensors& tensors)
        : module_(std::move(module)), plan_(entry.plan(problem)), problem_(problem), tensors_(tensors) {}

    OutputPtr run(const CancelToken& cancel, OutputFaults& faults) override {
        const auto output = std::make_shared<GuardedOutput>(element_count(problem_.output_shape()));
        // Copies of its own: a kernel that writes where it must not does not change the user's tensors, nor
        // what the next run reads.
        HostArrays arrays(tensors_, plan_, Spacing::apart);
        arrays.poison_scratch();
        sim::TraceOptions options{.arrays = trace_arrays(arrays, plan_, output->data(), output->elements()),
                                  .per_element = false,
                                  // Where two blocks write one element, the later one is to win in every run.
                                  .workers = 1,
                                  .keep_going = [&cancel] { return !cancel.cancelled(); }};
        run_steps(plan_, arrays, output->data(), cancel, options,
                  [](const Step& step, void** arguments, const sim::TraceOptions& with) {
                      sim::trace(step, arguments, with);
                  });
        faults = output->check();
        return output;
    }

    std::vector<double> time(int, bool, const CancelToken&) override { return {}; }
    std::string plan_text() const override { return plan_.text(); }

  private:
    std::shared_ptr<const LoadedModule> module_;  // holds the kernels' text
    LaunchPlan plan_;
    Problem problem_;
    Tensors tensors_;
};

}  // namespace

std::unique_ptr<Execution> traced_execution(std::shared_ptr<const LoadedModule> module,
                                            const KernelEntry& entry, const Problem& problem,
                                            const Tensors& tensors) {
    return std::make_unique<TracedExecution>(std::move(module), entry, problem, tensors);
}

double traced_bytes(const Problem& problem) {
    const auto outputs = static_cast<double>(element_count(problem.output_shape()));
    return problem.minimal_bytes() + sim::GridShadow::bytes_needed(outputs * sizeof(float));
}

}  // namespace convscope
