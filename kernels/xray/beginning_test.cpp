// The beginning of a block, which does not wait for the steps before it.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "core/text.h"
#include "xray/xray.h"
#include "xray/xray_test_problems.h"

namespace convscope::xray {
namespace {

// What a record says, without what the arrays hold.
auto touched(const sim::TraceRecord& record) {
    return std::tie(record.offset, record.what, record.kind, record.space, record.bytes, record.warp,
                    record.phase, record.lanes, record.array, record.place, record.sectors,
                    record.sectors_ideal, record.passes);
}

bool same_touches(const sim::TraceRecord& one, const sim::TraceRecord& other) {
    return touched(one) == touched(other);
}

bool same_record(const sim::TraceRecord& one, const sim::TraceRecord& other) {
    return same_touches(one, other) && one.copy_array == other.copy_array &&
           one.copy_element == other.copy_element;
}

// `whole` of a block, and what another X-ray of the same kernel, nothing of which has run, tells of it first.
void compare(const BlockXray& whole, KernelXray& fresh) {
    constexpr size_t first_requests = 300;
    SCOPED_TRACE(cat(whole.facts.label, ", block ", whole.block));
    const auto before = std::span(fresh.steps()).first(static_cast<size_t>(whole.step));
    const BlockXrayPtr beginning = fresh.beginning(whole.step, whole.block, {}, first_requests);
    EXPECT_EQ(beginning->earlier_steps_ran, std::ranges::all_of(before, &StepFacts::prepares_weights));
    EXPECT_EQ(beginning->records_cut, whole.records.size() > first_requests);
    ASSERT_EQ(beginning->records.size(), std::min(whole.records.size(), first_requests));
    EXPECT_GT(beginning->records.size(), 0u);
    EXPECT_TRUE(std::equal(beginning->records.begin(), beginning->records.end(), whole.records.begin(),
                           same_touches));
    EXPECT_TRUE(beginning->faults.empty());
    const BlockXrayPtr followed = fresh.block(whole.step, whole.block, {});
    EXPECT_TRUE(followed->earlier_steps_ran);
    EXPECT_TRUE(std::ranges::equal(followed->records, whole.records, same_record));
    EXPECT_TRUE(fresh.beginning(whole.step, whole.block, {}, first_requests)->earlier_steps_ran);
}

// Every kernel of several steps: what it touches does not depend on what the steps before it would have
// filled, but for those that prepare weights, which have run.
TEST(XrayBeginning, TouchesWhatTheWholeBlockTouchesFirst) {
    int after_others = 0, after_preparing = 0;
    for (const OperatorFacts& op : operators())
        for (const KernelName& name : kernels(modules, op.op)) {
            if (name.broken_on_purpose) continue;
            const Problem problem = small_problem(op, name.name);
            KernelXray xray(modules, problem, name.name);
            const auto steps = static_cast<int>(xray.steps().size());
            // So that none of them reads what a step that is left out would have filled.
            EXPECT_TRUE(std::ranges::is_partitioned(xray.steps(), &StepFacts::prepares_weights)) << name.name;
            for (int step = 1; step < steps; ++step) {
                const StepFacts& facts = xray.steps()[static_cast<size_t>(step)];
                for (const int64_t block : {int64_t{0}, facts.grid.count() - 1}) {
                    KernelXray fresh(modules, problem, name.name);
                    compare(*xray.block(step, block, {}), fresh);
                }
                ++(xray.steps()[static_cast<size_t>(step - 1)].prepares_weights ? after_preparing
                                                                                : after_others);
            }
        }
    EXPECT_GE(after_others, 6);
    EXPECT_GE(after_preparing, 10);
}

TEST(XrayBeginning, OfNoStepOrBlockIsOneSentence) {
    KernelXray xray(modules, Problem(image(16, 16, 3, 1)), "naive");
    EXPECT_THROW(xray.beginning(1, 0, {}, 100), Error);
    EXPECT_THROW(xray.beginning(0, 1, {}, 100), Error);
}

}  // namespace
}  // namespace convscope::xray
