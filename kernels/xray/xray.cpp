#include "xray/xray.h"

#include <algorithm>
#include <chrono>

#include "core/text.h"
#include "cuda_cpp/simulator/grid_shadow.h"
#include "xray/binding.h"
#include "xray/faults.h"

namespace convscope::xray {
namespace {

// The instructions that made requests, and those that barriers and faults name, by ascending offset.
std::vector<Instruction> instructions_of(const sim::Trace& trace, ModuleText& text) {
    std::vector<Instruction> all;
    std::vector<uint64_t> known, named;
    const auto add = [&](uint64_t offset) -> Instruction& {
        Instruction& added = all.emplace_back();
        added.counts.offset = offset;
        added.places = text.places(offset);
        known.push_back(offset);
        return added;
    };
    for (const sim::InstructionTrace& counts : trace.instructions) add(counts.offset).counts = counts;
    for (const sim::BarrierTrace& barrier : trace.barriers) add(barrier.offset).barriers = barrier.count;
    for (const sim::TraceFault& fault : trace.faults) {
        named.push_back(fault.offset);
        named.push_back(fault.other_offset);
    }
    std::sort(known.begin(), known.end());
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    const std::vector<uint64_t> there = known;
    for (const uint64_t offset : named)
        if (offset != 0 && !std::binary_search(there.begin(), there.end(), offset)) add(offset);
    std::stable_sort(all.begin(), all.end(), [](const Instruction& a, const Instruction& b) {
        return a.counts.offset < b.counts.offset;
    });
    return all;
}

// Those that the trace touched.
std::vector<SharedArray> shared_arrays(const Binding& binding, size_t step, const sim::Trace& trace) {
    std::vector<uint32_t> touched = trace.shared_loads;
    touched.resize(std::max(trace.shared_loads.size(), trace.shared_stores.size()));
    for (size_t word = 0; word < trace.shared_stores.size(); ++word)
        touched[word] |= trace.shared_stores[word];
    return binding.text().shared_arrays(binding.function_offset(step), touched, trace.static_shared_bytes,
                                        trace.dynamic_shared_bytes);
}

StepCounts step_counts(Binding& binding, size_t step, sim::Trace& trace) {
    StepCounts out;
    out.facts = binding.steps()[step];
    out.totals = trace.totals;
    out.instructions = instructions_of(trace, binding.text());
    out.shared = shared_arrays(binding, step, trace);
    out.shared_loads = std::move(trace.shared_loads);
    out.shared_stores = std::move(trace.shared_stores);
    return out;
}

PlacesOf places_of(const Binding& binding) {
    return [&text = binding.text()](uint64_t offset) { return text.places(offset); };
}

// Counting keeps for each element its reads, its writes and what copies of it were read, and of outputs who
// wrote them, of a step and of all; and what it compares between blocks.
void require_memory_for_counts(const Binding& binding) {
    constexpr double bytes_an_element = 2 * 3 * sizeof(uint32_t);
    double bytes = 0, compared = 0;
    for (const ArrayFacts& array : binding.arrays()) {
        const auto elements = static_cast<double>(array.elements);
        bytes += elements * bytes_an_element;
        if (array.role == BufferRole::output) bytes += elements * 2 * sizeof(int64_t);
        if (array.role != BufferRole::output && array.role != BufferRole::scratch) continue;
        compared += elements * sizeof(float);
    }
    bytes += compared;  // the arrays' own, which still count as free
    bytes += sim::GridShadow::bytes_needed(compared);
    require_host_memory(bytes, cat("counting every element of ", binding.problem().text()));
}

}  // namespace

struct KernelXray::Bound : Binding {
    using Binding::Binding;
};

KernelXray::KernelXray(const std::string& modules_folder, const Problem& problem, const std::string& kernel)
    : bound_(std::make_unique<Bound>(modules_folder, problem, kernel)) {}
KernelXray::~KernelXray() = default;

const KernelName& KernelXray::kernel() const {
    return bound_->kernel();
}
const std::vector<StepFacts>& KernelXray::steps() const {
    return bound_->steps();
}
const std::vector<ArrayFacts>& KernelXray::arrays() const {
    return bound_->arrays();
}
int KernelXray::main_step() const {
    return bound_->main_step();
}

void KernelXray::require_block(int step, int64_t block) const {
    const auto steps = static_cast<int>(bound_->steps().size());
    if (step < 0 || step >= steps)
        fail_request(cat(kernel().name, " has no step ", step, "; 0 to ", steps - 1, " is allowed"));
    const StepFacts& facts = bound_->steps()[static_cast<size_t>(step)];
    if (block < 0 || block >= facts.grid.count())
        fail_request(cat("the grid of '", facts.label, "' has no block ", block, "; 0 to ",
                         facts.grid.count() - 1, " is allowed"));
}

BlockXrayPtr KernelXray::block(int step, int64_t block, const CancelToken& cancel, size_t first_requests) {
    require_block(step, block);
    bound_->run_steps_before(static_cast<size_t>(step), Binding::Which::all, cancel);
    return trace_block(step, block, cancel, first_requests);
}

BlockXrayPtr KernelXray::beginning(int step, int64_t block, const CancelToken& cancel,
                                   size_t first_requests) {
    require_block(step, block);
    bound_->run_steps_before(static_cast<size_t>(step), Binding::Which::preparing, cancel);
    return trace_block(step, block, cancel, first_requests);
}

BlockXrayPtr KernelXray::trace_block(int step, int64_t block, const CancelToken& cancel,
                                     size_t first_requests) {
    cancel.check();
    const auto index = static_cast<size_t>(step);
    sim::Trace trace = bound_->trace_block(index, block, cancel, first_requests);

    auto out = std::make_shared<BlockXray>();
    out->step = step;
    out->block = block;
    out->facts = bound_->steps()[index];
    out->totals = trace.totals;
    out->instructions = instructions_of(trace, bound_->text());
    add_faults(out->faults, step, trace, places_of(*bound_));
    out->watched_all = trace.watched_all;
    out->arrays = bound_->arrays();
    out->shared = shared_arrays(*bound_, index, trace);
    out->shared_bytes = trace.static_shared_bytes + trace.dynamic_shared_bytes;
    out->records = std::move(trace.records);
    out->records_cut = trace.records_cut;
    out->earlier_steps_ran = bound_->steps_before_ran(index);
    return out;
}

CountsPtr KernelXray::counts(const CancelToken& cancel) {
    const auto start = std::chrono::steady_clock::now();
    require_memory_for_counts(*bound_);
    auto out = std::make_shared<Counts>(Counts{.problem = bound_->problem(), .kernel = kernel().name});
    out->broken_on_purpose = kernel().broken_on_purpose;
    out->array_facts = arrays();
    bound_->forget_results();
    const size_t steps = this->steps().size();
    const auto output = static_cast<size_t>(bound_->output_array());
    const int main = main_step();
    std::vector<int64_t> writers;
    for (size_t step = 0; step < steps; ++step) {
        cancel.check();
        sim::Trace trace = bound_->trace_step(step, cancel.part_of(step, steps));
        out->totals += trace.totals;
        out->watched_all &= trace.watched_all;
        add_arrays(out->arrays, trace.arrays);
        if (static_cast<int>(step) == main) writers = std::move(trace.arrays[output].element_writer);
        out->fault_count += add_faults(out->faults, static_cast<int>(step), trace, places_of(*bound_));
        out->steps.push_back(step_counts(*bound_, step, trace));
    }
    out->arrays[output].element_writer = std::move(writers);
    if (const auto fault = never_written(out->arrays[output], bound_->output_array(), main,
                                         this->steps()[static_cast<size_t>(main)].label)) {
        out->fault_count += fault->fault.count;
        out->faults.push_back(*fault);
    }
    out->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

const std::vector<SourcePlace>& BlockXray::places(uint64_t offset) const {
    static const std::vector<SourcePlace> none;
    const auto found = std::lower_bound(
        instructions.begin(), instructions.end(), offset,
        [](const Instruction& instruction, uint64_t wanted) { return instruction.counts.offset < wanted; });
    return found != instructions.end() && found->counts.offset == offset ? found->places : none;
}

}  // namespace convscope::xray
