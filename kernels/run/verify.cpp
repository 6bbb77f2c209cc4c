#include "run/verify.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <iterator>
#include <utility>

#include "core/taps.h"
#include "core/text.h"
#include "reference/tile_sums.h"
#include "run/differences.h"

namespace convscope {
namespace {

constexpr int64_t chunk_elements = 16 << 20;

KeepGoing until_cancelled(const CancelToken& cancel) {
    return [cancel] { return !cancel.cancelled(); };
}

ReportShare report_to(const CancelToken& cancel) {
    return [cancel](double share) { cancel.report(share); };
}

// The truth is shared by kernels of all models, so that what only some need is added to a copy.
Verification judge_by_bound(const ProblemTruth& truth, const std::vector<float>& output,
                            const ErrorModel& model, const CancelToken& cancel) {
    if (is_complete_for(model, truth.reference)) return judge(truth.problem, truth.reference, output, model);
    Reference complete = truth.reference;
    complete_for(model, complete, truth.problem, truth.tensors, until_cancelled(cancel));
    return judge(truth.problem, complete, output, model);
}

// Values that print alike but differ (a zero's sign, a NaN's payload) show their bits.
std::string value_text(float value, bool with_bits) {
    if (!with_bits) return exact_text(value);
    char bits[16];
    std::snprintf(bits, sizeof bits, "0x%08X", std::bit_cast<uint32_t>(value));
    return cat(exact_text(value), " (", bits, ")");
}

std::string repeat_sentence(const Problem& problem, int64_t index, float first, float second) {
    const bool alike = exact_text(first) == exact_text(second);
    return cat(element_name(problem, index), " is ", value_text(first, alike), " in the first run and ",
               value_text(second, alike),
               " in the second; the kernel says that running twice gives the same");
}

float element(const OutputBuffer& output, int64_t index) {
    float value = 0;
    output.copy_to_host(index, {&value, 1});
    return value;
}

// Runs again what was prepared once: the simulator then takes another order of threads.
void run_again(Execution& execution, const Problem& problem, OutputPtr first, const CancelToken& cancel,
               Verification& result) {
    first = on_host(first);  // a device's memory holds one output
    OutputFaults faults;
    const OutputPtr second = execution.run(cancel, faults);
    apply_faults(problem, faults, result);
    if (result.state != Verification::State::verified) {
        result.reason = cat("in the second run, ", result.reason);
        return;
    }
    const int64_t index = first_difference(*first, *second, cancel);
    result.repeatable = index < 0 ? Verification::Repeatable::yes : Verification::Repeatable::no;
    if (index < 0) return;
    result.state = Verification::State::wrong;
    result.reason = repeat_sentence(problem, index, element(*first, index), element(*second, index));
}

// By the rounding bound, and by each other.
Verification judge_two_runs(Device& device, const ProblemTruth& truth, const KernelFacts& facts,
                            const CancelToken& cancel) {
    const Problem& problem = truth.problem;
    const auto execution = device.prepare(problem, truth.tensors, facts.name, cancel);
    OutputFaults faults;
    OutputPtr output = execution->run(cancel, faults);
    Verification result = judge_by_bound(truth, gather(*output, truth.reference), facts.error, cancel);
    apply_faults(problem, faults, result);
    if (!facts.repeatable) result.repeatable = Verification::Repeatable::not_by_design;
    if (result.state == Verification::State::verified && facts.repeatable)
        run_again(*execution, problem, std::move(output), cancel, result);
    return result;
}

}  // namespace

Reference whole_reference(const Problem& problem, const Tensors& tensors, const CancelToken& cancel) {
    return reference_whole(problem, tensors, until_cancelled(cancel), report_to(cancel));
}

Reference make_reference(const Problem& problem, const Tensors& tensors, const ReferencePlan& plan,
                         const CancelToken& cancel) {
    const double elements = double(element_count(problem.output_shape()));
    const bool fits = reference_bytes_per_element * elements <= available_host_bytes() / 2;
    if (exact_taps(problem) <= plan.whole_up_to_taps && fits)
        return whole_reference(problem, tensors, cancel);
    // Fewer samples where each has millions of taps: at most about a second of summing.
    constexpr double most_sampled_taps = 1e9;
    const auto affordable = int64_t(most_sampled_taps / double(problem.nominal_taps_per_output()));
    const int64_t samples = std::clamp<int64_t>(affordable, std::min<int64_t>(16, plan.samples),
                                                std::max<int64_t>(plan.samples, 16));
    return reference_at(problem, tensors, sample_indices(problem, samples, plan.seed),
                        until_cancelled(cancel), report_to(cancel));
}

Reference with_elements(const Reference& reference, const std::vector<int64_t>& indices,
                        const Problem& problem, const Tensors& tensors, const CancelToken& cancel) {
    if (reference.whole()) return reference;
    std::vector<int64_t> lacking;
    std::ranges::set_difference(indices, reference.indices, std::back_inserter(lacking));
    if (lacking.empty()) return reference;
    Reference more =
        reference_at(problem, tensors, std::move(lacking), until_cancelled(cancel), report_to(cancel));
    const bool tiles = !reference.tiles.magnitude.empty();
    if (tiles) add_tile_sums(more, problem, tensors, until_cancelled(cancel));
    Reference all;
    all.tiles.terms = reference.tiles.terms;
    const auto take = [&all, tiles](const Reference& from, size_t k) {
        all.indices.push_back(from.indices[k]);
        all.values.push_back(from.values[k]);
        all.magnitude.push_back(from.magnitude[k]);
        all.terms.push_back(from.terms[k]);
        if (tiles) all.tiles.magnitude.push_back(from.tiles.magnitude[k]);
    };
    size_t next = 0;
    for (size_t k = 0; k < reference.indices.size(); ++k) {
        while (next < more.indices.size() && more.indices[next] < reference.indices[k]) take(more, next++);
        take(reference, k);
    }
    while (next < more.indices.size()) take(more, next++);
    return all;
}

std::vector<float> gather(const OutputBuffer& output, const Reference& reference) {
    std::vector<float> values(reference.values.size());
    if (const float* host = output.host()) {
        for (size_t k = 0; k < values.size(); ++k) values[k] = host[reference.index(k)];
        return values;
    }
    std::vector<float> chunk;
    for (size_t k = 0; k < values.size();) {
        const int64_t first = reference.index(k);
        chunk.resize(size_t(std::min(chunk_elements, output.elements() - first)));
        output.copy_to_host(first, chunk);
        for (; k < values.size() && reference.index(k) < first + int64_t(chunk.size()); ++k)
            values[k] = chunk[size_t(reference.index(k) - first)];
    }
    return values;
}

void apply_faults(const Problem& problem, const OutputFaults& faults, Verification& verification) {
    if (faults.unwritten == 0 && faults.written_outside == 0) return;
    verification.state = Verification::State::wrong;
    if (faults.unwritten > 0)
        verification.reason =
            cat(faults.unwritten, faults.unwritten == 1 ? " element was" : " elements were",
                " never written, ", element_name(problem, faults.first_unwritten), " first");
    else
        verification.reason = cat(faults.written_outside, " elements outside of the output were overwritten");
}

KernelFacts facts_of(const Device& device, Operator op, const std::string& kernel) {
    for (const KernelFacts& row : device.kernels(op))
        if (row.name == kernel) return row;
    KernelFacts unknown;
    unknown.op = op;
    unknown.name = kernel;
    return unknown;
}

KernelRun run_once(Device& device, const Problem& problem, const Tensors& tensors, const std::string& kernel,
                   const CancelToken& cancel) {
    KernelRun result;
    result.output = device.prepare(problem, tensors, kernel, cancel)->run(cancel, result.faults);
    return result;
}

ProblemTruth make_truth(const Problem& problem, const Tensors& tensors, const ReferencePlan& plan,
                        uint64_t seed, const CancelToken& cancel) {
    ProblemTruth truth{problem, tensors, make_reference(problem, tensors, plan, cancel), std::nullopt, {}};
    if (integers_are_exact(problem)) {
        truth.integers = make_tensors(problem, Fill::integers, Fill::integers, seed);
        truth.exact_reference = make_reference(problem, *truth.integers, plan, cancel);
    }
    return truth;
}

Verification verify_kernel(Device& device, const ProblemTruth& truth, const std::string& kernel,
                           const CancelToken& cancel) {
    const Problem& problem = truth.problem;
    const KernelFacts facts = facts_of(device, problem.op(), kernel);
    Verification result;
    try {
        result = judge_two_runs(device, truth, facts, cancel);
        if (result.state != Verification::State::verified || !truth.integers) return result;
        const KernelRun run = run_once(device, problem, *truth.integers, kernel, cancel);
        Verification exact =
            judge_exact(problem, truth.exact_reference, gather(*run.output, truth.exact_reference));
        apply_faults(problem, run.faults, exact);
        if (exact.state == Verification::State::verified) {
            result.integer_run = true;
        } else {
            exact.repeatable = result.repeatable;
            result = exact;
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::device_missing) throw;
        result.state = Verification::State::wrong;
        result.computed = false;
        result.reason = error.what();
    }
    return result;
}

}  // namespace convscope
