#include "xray/faults.h"

#include <gtest/gtest.h>

namespace convscope::xray {
namespace {

// Offsets below 100 are of line 7, the others of line 8; 0 is not known.
std::vector<SourcePlace> place_of(uint64_t offset) {
    if (offset == 0) return {};
    return {{"conv2d/naive.cu", offset < 100 ? 7 : 8, "kernel"}};
}

sim::TraceFault barriers(uint64_t offset, uint64_t other_offset, int64_t count) {
    sim::TraceFault fault{.kind = sim::TraceFault::Kind::stuck, .sentence = {}};
    fault.thread = 33;
    fault.other_thread = 0;
    fault.offset = offset;
    fault.other_offset = other_offset;
    fault.count = count;
    return fault;
}

TEST(XrayFaults, TwoBarriersOfOneLineAreNone) {
    sim::Trace trace;
    trace.faults = {barriers(10, 20, 5), barriers(10, 120, 2), barriers(0, 0, 1)};
    trace.fault_count = 8;
    std::vector<Fault> all;
    EXPECT_EQ(add_faults(all, 3, trace, place_of), 3);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].step, 3);
    EXPECT_EQ(all[0].places[0].line, 7);
    EXPECT_EQ(all[0].other_places[0].line, 8);
    EXPECT_TRUE(all[1].places.empty());  // what has no line may be two
}

TEST(XrayFaults, ThreadsThatCannotGoOnAreAFaultOnAnyLine) {
    sim::Trace trace;
    trace.faults = {barriers(10, 20, 1)};
    trace.faults[0].thread = -1;
    trace.fault_count = 1;
    std::vector<Fault> all;
    EXPECT_EQ(add_faults(all, 0, trace, place_of), 1);
    EXPECT_EQ(all.size(), 1u);
}

TEST(XrayFaults, WhatNothingWroteIsOneFault) {
    sim::ArrayTrace output;
    output.role = BufferRole::output;
    output.element_writes = {1, 1, 2};
    EXPECT_FALSE(never_written(output, 2, 0, "naive"));
    output.element_writes = {1, 0, 2};
    EXPECT_EQ(never_written(output, 2, 0, "naive")->fault.sentence,
              "naive: no thread writes output element 1");
    output.element_writes = {1, 0, 0};
    const std::optional<Fault> fault = never_written(output, 2, 1, "naive");
    EXPECT_EQ(fault->fault.sentence, "naive: no thread writes 2 output elements, the first is 1");
    EXPECT_EQ(fault->fault.count, 2);
    EXPECT_EQ(fault->fault.place, 4);
    EXPECT_EQ(fault->fault.array, 2);
    EXPECT_EQ(fault->step, 1);
}

}  // namespace
}  // namespace convscope::xray
