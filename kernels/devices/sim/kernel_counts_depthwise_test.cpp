// What the designs of the depthwise and separable kernels promise to memory, against formulas worked out by
// hand. Sectors have 32 bytes: a warp's 32 accesses of 16 bytes side by side make 16.
#include <gtest/gtest.h>

#include <algorithm>

#include <stdexcept>

#include "core/inputs.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

ProblemSpec depthwise(int64_t planes, int64_t height, int64_t width, int64_t k_h, int64_t k_w) {
    ProblemSpec spec;
    spec.op = Operator::depthwise_conv2d;
    spec.in_channels = planes;
    spec.input = {1, height, width};
    spec.kernel_size = {1, k_h, k_w};
    return spec;
}

ProblemSpec separable(int64_t in_channels, int64_t out_channels, int64_t height, int64_t width) {
    ProblemSpec spec = depthwise(in_channels, height, width, 3, 3);
    spec.op = Operator::separable_conv2d;
    spec.out_channels = out_channels;
    spec.padding = {0, 1, 1};
    return spec;
}

ProblemTrace trace_of(const Problem& problem, const std::string& kernel,
                      const ProblemTraceOptions& options = {.per_element = false}) {
    return trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel,
                         options);
}

void expect_whole(const ProblemTrace& t, const Problem& problem) {
    EXPECT_EQ(t.fault_count, 0) << t.faults[0].sentence;
    EXPECT_EQ(t.totals.output_writes, element_count(problem.output_shape()));
    EXPECT_EQ(t.output_faults.unwritten, 0);
    EXPECT_EQ(t.output_faults.written_outside, 0);
}

// Accesses of single threads to global memory, by how many bytes they move.
int64_t lanes(const ProblemTrace& t, sim::AccessKind kind, int bytes) {
    int64_t count = 0;
    for (const ProblemTrace::StepTrace& step : t.steps)
        for (const sim::InstructionTrace& i : step.trace.instructions)
            if (i.space == sim::MemorySpace::global && i.kind == kind && i.bytes == bytes) count += i.lanes;
    return count;
}

// The shape of kb83, with as many rows as make whole strips: 8·8·(512/32)·(512/4) threads are the 128 Ki that
// leave strips 32 rows long. A block of 128 threads is one strip of one plane, 512 columns: it loads 32 + 2
// rows, a warp 128 columns of each by one request of 16 sectors, and 3 weights a warp by one sector each.
TEST(DepthwiseCounts, RowMarchLoadsEachRowOnceAStripSixteenBytesAThread) {
    ProblemSpec spec = depthwise(8, 514, 512, 3, 1);
    spec.batch = 8;
    constexpr int64_t blocks = 4, warps = 4 * blocks;
    const ProblemTrace t = trace_of(Problem(spec), "row_march", {.blocks = blocks, .per_element = false});
    EXPECT_EQ(t.fault_count, 0);
    EXPECT_EQ(t.totals.threads, blocks * 128);
    EXPECT_EQ(t.totals.output_writes, blocks * 32 * 512);
    EXPECT_EQ(t.totals.input_reads, blocks * 34 * 512);  // 1.0625 an output
    EXPECT_EQ(t.totals.load_requests, warps * (34 + 3));
    EXPECT_EQ(t.totals.load_sectors, warps * (34 * 16 + 3));
    EXPECT_EQ(t.totals.store_requests, warps * 32);
    EXPECT_EQ(t.totals.store_sectors, warps * 32 * 16);
    EXPECT_EQ(lanes(t, sim::AccessKind::load, 16) * 4, t.totals.input_reads);
    EXPECT_EQ(lanes(t, sim::AccessKind::store, 16) * 4, t.totals.output_writes);
}

// 66×512 → 64×510, one plane: strips of 4 rows load 6 each. Of a row, each of 128 threads loads 6 columns,
// 4 by one access and 2 by another, but the last thread's 2 lie outside. The request for the fours meets 16
// sectors. That for the twos, 8 of every 16 bytes from the fifth column on, meets 17, and 16 in the last
// warp.
TEST(DepthwiseCounts, RowMarchTakesNeighboursByASecondLoad) {
    const Problem problem(depthwise(1, 66, 512, 3, 3));
    const ProblemTrace t = trace_of(problem, "row_march");
    expect_whole(t, problem);
    constexpr int64_t strips = 64 / 4, rows = strips * 6, warps = strips * 4;
    EXPECT_EQ(t.totals.input_reads, rows * (128 * 6 - 2));
    EXPECT_EQ(t.totals.load_requests, rows * 4 * 2 + warps * 9);
    EXPECT_EQ(t.totals.load_sectors, rows * (4 * 16 + 3 * 17 + 16) + warps * 9);
    EXPECT_EQ(lanes(t, sim::AccessKind::load, 16), rows * 128);
    EXPECT_EQ(lanes(t, sim::AccessKind::load, 8), rows * 127);
    // Rows of 510 outputs start at multiples of 8 bytes; the last thread has two outputs.
    EXPECT_EQ(lanes(t, sim::AccessKind::store, 8), 64 * 255);
}

// Padding 1: the aligned load is the middle one of three, 1 + 4 + 1 columns; the first and the last thread of
// a row miss one column. The first and the last strip miss a row.
TEST(DepthwiseCounts, RowMarchStaysAlignedBesidePadding) {
    ProblemSpec spec = depthwise(3, 32, 128, 3, 3);
    spec.padding = {0, 1, 1};
    const Problem problem(spec);
    const ProblemTrace t = trace_of(problem, "row_march");
    expect_whole(t, problem);
    constexpr int64_t rows = 3 * (32 / 4 * 6 - 2);
    EXPECT_EQ(t.totals.input_reads, rows * (32 * 6 - 2));
    EXPECT_EQ(lanes(t, sim::AccessKind::load, 16), rows * 32);
    EXPECT_EQ(lanes(t, sim::AccessKind::store, 16) * 4, t.totals.output_writes);
}

// Tiles of 32×32 of an n×n plane with padding 1 stage 34 rows and columns, of which the outer ones miss one;
// the channel multiplier reads nothing again.
TEST(DepthwiseCounts, SharedTileStagesAPlaneOnceForAllItsOutputs) {
    for (const int64_t multiplier : {1, 3}) {
        ProblemSpec spec = depthwise(2, 64, 64, 3, 3);
        spec.out_channels = 2 * multiplier;
        spec.padding = {0, 1, 1};
        const Problem problem(spec);
        const ProblemTrace t = trace_of(problem, "shared_tile");
        expect_whole(t, problem);
        constexpr int64_t side = 64 / 32 * 34 - 2;
        EXPECT_EQ(t.totals.input_reads, 2 * side * side);
        EXPECT_EQ(t.totals.barriers, 2 * 4);
        EXPECT_EQ(t.totals.shared_conflicts, 0);
    }
}

TEST(DepthwiseCounts, SharedTileHasNoBankConflictsWithStrides) {
    for (const int64_t stride : {2, 3, 4, 8}) {
        ProblemSpec spec = depthwise(1, 40, 32 * stride + 2, 3, 3);
        spec.stride = {1, 1, stride};
        const Problem problem(spec);
        const ProblemTrace t = trace_of(problem, "shared_tile");
        expect_whole(t, problem);
        EXPECT_GT(t.totals.shared_requests, 0);
        EXPECT_EQ(t.totals.shared_conflicts, 0) << stride;
    }
}

const sim::ArrayTrace& array_of(const ProblemTrace& t, size_t step, const std::string& name) {
    const auto& arrays = t.steps.at(step).trace.arrays;
    return *std::ranges::find(arrays, name, &sim::ArrayTrace::name);
}

// The middle tensor is written once, and read once for every 64 output channels: 2 times for 70. The
// pointwise weights are read once, where they are packed.
TEST(SeparableCounts, TwoPassMovesTheMiddleTensorOnceEachWay) {
    const Problem problem(separable(20, 70, 16, 24));
    const ProblemTrace t = trace_of(problem, "two_pass");
    expect_whole(t, problem);
    ASSERT_EQ(t.steps.size(), 3u);
    constexpr int64_t middle = 20 * 16 * 24;
    EXPECT_EQ(t.steps[0].trace.totals.weight_reads, 70 * 20);
    EXPECT_EQ(array_of(t, 1, "middle tensor").writes, middle);
    EXPECT_EQ(array_of(t, 1, "middle tensor").reads, 0);
    EXPECT_EQ(array_of(t, 2, "middle tensor").reads, 2 * middle);
    EXPECT_EQ(array_of(t, 2, "packed weights").reads,
              3 * 128 * 20);  // once for each of 3 tiles of 128 pixels
    EXPECT_EQ(t.totals.shared_conflicts, 0);
}

// A thread makes 4 neighbouring sums of one row from 3 rows of 6 columns, of which the 64/4 threads of a row
// miss 2 and the 8 rows of outputs miss 2: (8·3 − 2)·(64/4·6 − 2) loads a channel, however many outputs.
TEST(SeparableCounts, FusedComputesEachDepthwiseSumOnce) {
    for (const int64_t out_channels : {8, 128}) {
        const Problem problem(separable(20, out_channels, 8, 64));
        const ProblemTrace t = trace_of(problem, "fused");
        expect_whole(t, problem);
        ASSERT_EQ(t.steps.size(), 2u);
        EXPECT_EQ(t.totals.input_reads, 20 * 22 * 94);
        EXPECT_EQ(t.totals.shared_conflicts, 0);
        // What is stored fills whole sectors.
        EXPECT_EQ(t.steps[1].trace.totals.store_sectors * 8, t.totals.output_writes);
        // Pointwise weights once, where they are packed; depthwise weights once for every warp's 128 sums.
        EXPECT_EQ(t.steps[0].trace.totals.weight_reads, out_channels * 20);
        EXPECT_EQ(t.steps[1].trace.totals.weight_reads, 4 * 20 * 9 * 32);
    }
    // More channels than shared memory takes: once for each 64 outputs.
    const Problem problem(separable(200, 65, 4, 32));
    const ProblemTrace t = trace_of(problem, "fused");
    expect_whole(t, problem);
    EXPECT_EQ(t.totals.input_reads, 2 * 200 * (4 * 3 - 2) * (32 / 4 * 6 - 2));
}

}  // namespace
}  // namespace convscope
