#include "xray/binding.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>

#include "core/text.h"
#include "cuda_cpp/simulator/simulator.h"

namespace convscope::xray {
namespace {

LaunchPlan plan_of(const FoundKernel& found, const Problem& problem) {
    if (const Support support = found.entry->supports(problem); !support)
        fail_request(cat(found.name.name, " cannot do this problem: ", support.why_not));
    return found.entry->plan(problem);
}

NumberedTensors tensors_of(const FoundKernel& found, const Problem& problem) {
    const bool rounds_to_tf32 = found.entry->info.error.product_error == tf32_error.product_error;
    return numbered_tensors(problem, rounds_to_tf32);
}

Shape shape_of(BufferRole role, const Problem& problem, int64_t elements) {
    switch (role) {
        case BufferRole::input:
            return problem.input_shape();
        case BufferRole::weights:
            return problem.weights_shape();
        case BufferRole::pointwise:
            return problem.pointwise_shape();
        case BufferRole::bias:
            return problem.bias_shape();
        case BufferRole::output:
            return problem.output_shape();
        case BufferRole::scratch:
            break;
    }
    return {elements};
}

uint64_t offset_in_module(const void* function) {
    Dl_info object{};
    if (dladdr(function, &object) == 0) return 0;
    return reinterpret_cast<uintptr_t>(function) - reinterpret_cast<uintptr_t>(object.dli_fbase);
}

// With a guard zone on each side, as the other arrays have it.
FreshFloats output_for(const Problem& problem) {
    const int64_t elements = element_count(problem.output_shape()) + 2 * HostArrays::guard_elements;
    require_host_memory(static_cast<double>(elements) * sizeof(float), "the output");
    return FreshFloats(elements);
}

bool writes_output(const Step& step) {
    for (const BufferRef& array : step.buffers)
        if (array.role == BufferRole::output) return true;
    return false;
}

}  // namespace

Binding::Binding(const std::string& modules_folder, const Problem& problem, const std::string& kernel)
    : Binding(modules_folder, problem, find_kernel(modules_folder, problem.op(), kernel)) {}

Binding::Binding(const std::string& modules_folder, const Problem& problem, const FoundKernel& found)
    : Binding(modules_folder, problem, found, tensors_of(found, problem)) {}

Binding::Binding(const std::string& modules_folder, const Problem& problem, const FoundKernel& found,
                 const NumberedTensors& tensors)
    : modules_folder_(modules_folder),
      problem_(problem),
      found_(found),
      plan_(plan_of(found_, problem)),
      host_arrays_(tensors.tensors, plan_, Spacing::apart),
      output_(output_for(problem)),
      trace_arrays_(trace_arrays(host_arrays_, plan_, output(), element_count(problem.output_shape()))),
      text_(ModuleText::of(found_.module_path)) {
    for (sim::TraceArray& array : trace_arrays_) array.tag = tensors.tag(array.role);
    describe_steps();
    describe_arrays();
    ran_.resize(plan_.steps.size());
}

void Binding::describe_steps() {
    for (const Step& step : plan_.steps)
        step_facts_.push_back({.label = step.label,
                               .reason = step.reason,
                               .function = text_->function(offset_in_module(step.function)),
                               .grid = step.grid,
                               .block = step.block,
                               .shared_bytes = step.shared_bytes,
                               .prepares_weights = step.prepares_weights});
}

void Binding::describe_arrays() {
    for (const sim::TraceArray& array : trace_arrays_) {
        const int64_t elements = array.bytes / array.element_bytes;
        array_facts_.push_back({array.role, array.name, shape_of(array.role, problem_, elements), elements});
    }
}

int Binding::main_step() const {
    int last = 0;
    for (size_t step = 0; step < plan_.steps.size(); ++step)
        if (writes_output(plan_.steps[step])) last = static_cast<int>(step);
    return last;
}

int Binding::output_array() const {
    int index = 0;
    while (array_facts_[static_cast<size_t>(index)].role != BufferRole::output) ++index;
    return index;
}

uint64_t Binding::function_offset(size_t step) const {
    return offset_in_module(plan_.steps[step].function);
}

void Binding::forget_results() {
    host_arrays_.poison_scratch();
    ran_.assign(plan_.steps.size(), false);
}

void Binding::run_steps_before(size_t step, Which which, const CancelToken& cancel) {
    std::vector<size_t> missing;
    for (size_t before = 0; before < step; ++before)
        if (!ran_[before] && (which == Which::all || plan_.steps[before].prepares_weights))
            missing.push_back(before);
    for (size_t i = 0; i < missing.size(); ++i) {
        cancel.check();
        const CancelToken piece = cancel.part_of(i, missing.size());
        // A kernel that is broken on purpose may write anywhere: only the tracing stops it before it does.
        if (found_.name.broken_on_purpose)
            trace(missing[i], {.per_element = false}, piece);
        else
            launch(missing[i], piece);
        ran_[missing[i]] = true;
    }
}

bool Binding::steps_before_ran(size_t step) const {
    return std::find(ran_.begin(), ran_.end(), false) - ran_.begin() >= static_cast<std::ptrdiff_t>(step);
}

void Binding::launch(size_t step, const CancelToken& cancel) {
    if (!plain_plan_) {
        plain_module_ = std::make_shared<LoadedModule>(modules_folder_ + "/sim.so");
        const KernelEntry* entry = plain_module_->find(problem_.op(), found_.name.name);
        if (!entry)
            throw Error(ErrorKind::failed, cat("sim.so lacks the kernel '", found_.name.name,
                                               "' that traced.so has: build both again"));
        plain_plan_ = entry->plan(problem_);
    }
    const Step& plain = plain_plan_->steps.at(step);
    StepArguments arguments(plain, host_arrays_, output());
    sim::launch(plain, arguments.get(),
                {.keep_going = [&cancel] { return !cancel.cancelled(); },
                 .report = [&cancel](double share) { cancel.report(share); }});
}

sim::Trace Binding::trace(size_t step, sim::TraceOptions options, const CancelToken& cancel) {
    options.arrays = trace_arrays_;
    options.shared_arrays = text_->declared_shared_arrays(function_offset(step));
    options.keep_going = [&cancel] { return !cancel.cancelled(); };
    options.report = [&cancel](double share) { cancel.report(share); };
    StepArguments arguments(plan_.steps[step], host_arrays_, output());
    return sim::trace(plan_.steps[step], arguments.get(), options);
}

sim::Trace Binding::trace_block(size_t step, int64_t block, const CancelToken& cancel,
                                size_t first_requests) {
    sim::TraceOptions options{.blocks = {block}, .per_element = false, .record = true};
    options.stop_when_cut = first_requests > 0;
    if (options.stop_when_cut) options.most_records = first_requests;
    return trace(step, options, cancel);
}

sim::Trace Binding::trace_step(size_t step, const CancelToken& cancel) {
    sim::Trace found = trace(step, {}, cancel);
    ran_[step] = true;
    return found;
}

}  // namespace convscope::xray
