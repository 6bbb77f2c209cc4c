// The verification of all rows: by the reference, by each other, and on small integers.
#include <algorithm>
#include <utility>

#include "core/inputs.h"
#include "run/differences.h"
#include "run/stages.h"

namespace convscope {
namespace {

using State = Verification::State;

bool refuted(const KernelResult& row) {
    return row.status != KernelResult::Status::done || row.verification.state == State::wrong;
}

}  // namespace

void Stages::verify() {
    const Verify& wanted = request_.verify;
    const ReferencePlan plan{wanted.whole_up_to_taps, wanted.samples, 1};
    begin("computing the float64 reference", reference_steps());
    Reference reference = make_reference(request_.problem, request_.tensors, plan, cancel_);
    for (const KernelResult& row : result_.rows)
        if (!refuted(row))
            complete_for(row.facts.error, reference, request_.problem, request_.tensors,
                         [this] { return !cancel_.cancelled(); });
    result_.reference = std::make_shared<const Reference>(std::move(reference));
    end(reference_steps());
    const bool comparing = !result_.reference->whole() && outputs_are_comparable();
    for_each_row("verifying", comparing ? 0.25 : 0.5,
                 [&](size_t i, KernelResult& row) { judge_row(i, row); });
    if (comparing) compare_outputs();
    if (wanted.integer_run && integers_are_exact(request_.problem)) verify_on_integers(plan);
}

// A reference takes about as long as all rows that are held against it.
double Stages::reference_steps() const {
    return 0.5 * double(result_.rows.size());
}

// By the reference as far as it is known.
void Stages::judge_row(size_t i, KernelResult& row) {
    const Reference& reference = *result_.reference;
    Verification judged = judge(request_.problem, reference, gather(*row.output, reference), row.facts.error);
    apply_faults(request_.problem, faults_[i], judged);
    if (judged.state == State::verified && request_.verify.integer_run)
        judged.state = State::not_yet;  // until the integers agree as well
    set_verification(row, judged);
}

void Stages::set_verification(KernelResult& row, const Verification& judged) {
    row.verification = judged;
    if (judged.state != State::wrong) return;
    row.reason = judged.reason;
    row.timing.reset();  // a wrong answer has no time
}

bool Stages::outputs_are_comparable() const {
    return result_.rows.size() > 1 && comparable(element_count(request_.problem.output_shape()));
}

// As many of each pair as make at most about a second of summing.
size_t Stages::elements_to_compare() const {
    constexpr double most_taps = 1e9;
    const double affordable = most_taps / double(request_.problem.nominal_taps_per_output());
    return size_t(std::clamp(affordable / double(2 * result_.rows.size()), 4.0, 64.0));
}

// Of those that are not refuted the one whose bound is the narrowest; beyond the last row where there is
// none.
size_t Stages::strictest_row() const {
    std::pair<double, size_t> strictest{0, result_.rows.size()};
    for (size_t i = 0; i < result_.rows.size(); ++i) {
        const KernelResult& row = result_.rows[i];
        if (refuted(row)) continue;
        const double bound = rounding_bound(row.facts.error, request_.problem.nominal_taps_per_output(), 1);
        if (strictest.second == result_.rows.size() || bound < strictest.first) strictest = {bound, i};
    }
    return strictest.second;
}

// A sample misses elements, but outputs that are right differ by no more than their bounds: where two of them
// differ most, the reference is asked as well. A row that this refutes says nothing about those that were
// compared with it, so that they are compared with another one.
void Stages::compare_outputs() {
    double steps = 0.25;
    for (size_t base = strictest_row(); base < result_.rows.size(); base = strictest_row()) {
        std::vector<int64_t> indices;
        for_each_row("comparing", std::exchange(steps, 0), [&](size_t i, KernelResult& row) {
            if (i == base || refuted(row)) return;
            const std::vector<int64_t> more =
                most_different(*result_.rows[base].output, *row.output, elements_to_compare(), cancel_);
            indices.insert(indices.end(), more.begin(), more.end());
        });
        if (indices.empty()) return;
        std::sort(indices.begin(), indices.end());
        indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
        begin("computing the reference where outputs differ", 0);
        result_.reference = std::make_shared<const Reference>(
            with_elements(*result_.reference, indices, request_.problem, request_.tensors, cancel_));
        end(0);
        for_each_row("", 0, [&](size_t i, KernelResult& row) { judge_row(i, row); });
        if (!refuted(result_.rows[base])) return;
    }
}

void Stages::verify_on_integers(const ReferencePlan& plan) {
    begin("computing the reference on small integers", reference_steps());
    const Tensors tensors = make_tensors(request_.problem, Fill::integers, Fill::integers, 1);
    IntegerRun integers{tensors, make_reference(request_.problem, tensors, plan, cancel_)};
    end(reference_steps());
    const bool comparing = !integers.reference.whole() && outputs_are_comparable();
    for_each_row("verifying on integers,", 0.5, [&](size_t i, KernelResult& row) {
        if (row.verification.state == State::wrong) return;
        const KernelRun run = run_once(*devices_[i], request_.problem, tensors, row.choice.kernel,
                                       cancel_.part(0, comparing ? 0.9 : 1));
        Verification exact = judge_integers(*run.output, integers);
        apply_faults(request_.problem, run.faults, exact);
        if (comparing && exact.state == State::verified) compare_on_integers(i, run.output, integers, exact);
        Verification judged = row.verification;
        if (exact.state == State::verified) {
            judged.state = State::verified;
            judged.integer_run = true;
        } else {
            judged = exact;
        }
        set_verification(row, judged);
    });
}

Verification Stages::judge_integers(const OutputBuffer& output, const IntegerRun& integers) const {
    return judge_exact(request_.problem, integers.reference, gather(output, integers.reference));
}

// Outputs that are right are the same in every element here: where a row's differs from that of the rows
// before it, the reference is asked as well, and refutes one side or both.
void Stages::compare_on_integers(size_t i, const OutputPtr& output, IntegerRun& integers,
                                 Verification& exact) {
    std::vector<int64_t> indices;
    if (integers.agreed)
        indices = most_different(*integers.agreed, *output, elements_to_compare(), cancel_.part(0.9, 1));
    if (!indices.empty()) {
        integers.reference =
            with_elements(integers.reference, indices, request_.problem, integers.tensors, cancel_);
        exact = judge_integers(*output, integers);
        const Verification theirs = judge_integers(*integers.agreed, integers);
        if (theirs.state == State::wrong) {
            for (const size_t row : integers.rows) set_verification(result_.rows[row], theirs);
            integers.agreed.reset();
            integers.rows.clear();
        }
        if (exact.state == State::wrong) return;
    }
    if (!integers.agreed) integers.agreed = on_host(output);
    integers.rows.push_back(i);
}

}  // namespace convscope
