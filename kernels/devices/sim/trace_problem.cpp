#include "devices/sim/trace_problem.h"

#include <algorithm>

#include "core/text.h"
#include "cuda_cpp/module_loader.h"
#include "devices/guarded_output.h"
#include "devices/sim/host_arrays.h"
#include "devices/sim/trace_arrays.h"

namespace convscope {
namespace {

// `wanted` block numbers spread evenly over the grid, its first and last among them; empty: all of them.
std::vector<int64_t> spread_blocks(int64_t count, int64_t wanted) {
    std::vector<int64_t> blocks;
    if (wanted <= 0 || wanted >= count) return blocks;
    if (wanted == 1) return {count / 2};
    for (int64_t i = 0; i < wanted; ++i)
        blocks.push_back(static_cast<int64_t>(static_cast<double>(i) * static_cast<double>(count - 1) /
                                              static_cast<double>(wanted - 1)));
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    return blocks;
}

void add_step(ProblemTrace& sum, const std::string& label, sim::Trace step) {
    sum.totals += step.totals;
    add_arrays(sum.arrays, step.arrays);
    sum.faults.insert(sum.faults.end(), step.faults.begin(), step.faults.end());
    sum.fault_count += step.fault_count;
    sum.steps.push_back({label, std::move(step)});
}

}  // namespace

ProblemTrace trace_problem(const std::string& module_folder, const Problem& problem, const Tensors& tensors,
                           const std::string& kernel, const ProblemTraceOptions& options) {
    const LoadedModule module(module_folder + "/" + options.module + ".so");
    const KernelEntry* entry = module.find(problem.op(), kernel);
    if (!entry) fail_request(cat("there is no kernel '", kernel, "' for ", facts(problem.op()).name));
    if (const Support support = entry->supports(problem); !support)
        fail_request(cat(kernel, " cannot do this problem: ", support.why_not));
    require_shapes(problem, tensors);

    const LaunchPlan plan = entry->plan(problem);
    HostArrays arrays(tensors, plan, Spacing::apart);
    arrays.poison_scratch();
    const auto output = std::make_shared<GuardedOutput>(element_count(problem.output_shape()));
    sim::TraceOptions step_options{.arrays = trace_arrays(arrays, plan, output->data(), output->elements()),
                                   .per_element = options.per_element,
                                   .workers = options.workers,
                                   .keep_going = options.keep_going};
    ProblemTrace result;
    for (const Step& step : plan.steps) {
        step_options.blocks = spread_blocks(step.grid.count(), options.blocks);
        result.whole &= step_options.blocks.empty();
        StepArguments arguments(step, arrays, output->data());
        add_step(result, step.label, sim::trace(step, arguments.get(), step_options));
    }
    if (result.whole) result.output_faults = output->check();
    result.output = output;
    return result;
}

}  // namespace convscope
