// What is kept of counts where their elements are dropped.
#include <gtest/gtest.h>

#include "xray/xray.h"
#include "xray/xray_test_problems.h"

namespace convscope::xray {
namespace {

TEST(Xray, CountsWithoutTheirElementsAreOtherwiseTheSame) {
    ProblemSpec spec;
    spec.op = Operator::depthwise_conv2d;
    spec.in_channels = 3;
    spec.input = {1, 20, 40};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    KernelXray xray(modules, Problem(spec), "missing_barrier");
    const CountsPtr all = xray.counts({}), some = without_elements(*all);
    ASSERT_GT(all->fault_count, 0);
    EXPECT_EQ(some->problem, all->problem);
    EXPECT_EQ(some->kernel, all->kernel);
    EXPECT_EQ(some->broken_on_purpose, all->broken_on_purpose);
    EXPECT_EQ(some->totals, all->totals);
    EXPECT_EQ(some->array_facts.size(), all->array_facts.size());
    EXPECT_EQ(some->steps.size(), all->steps.size());
    EXPECT_EQ(some->faults.size(), all->faults.size());
    EXPECT_EQ(some->fault_count, all->fault_count);
    EXPECT_EQ(some->watched_all, all->watched_all);
    EXPECT_EQ(some->seconds, all->seconds);
    ASSERT_EQ(some->arrays.size(), all->arrays.size());
    for (size_t i = 0; i < all->arrays.size(); ++i) {
        const sim::ArrayTrace &with = all->arrays[i], &without = some->arrays[i];
        EXPECT_EQ(without.role, with.role);
        EXPECT_EQ(without.name, with.name);
        EXPECT_EQ(without.reads, with.reads);
        EXPECT_EQ(without.writes, with.writes);
        EXPECT_EQ(without.shared_reads, with.shared_reads);
        EXPECT_FALSE(with.element_reads.empty());
        EXPECT_TRUE(without.element_reads.empty() && without.element_writes.empty() &&
                    without.element_shared_reads.empty() && without.element_writer.empty());
    }
}

}  // namespace
}  // namespace convscope::xray
