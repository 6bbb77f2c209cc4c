// What the designs of the transposed kernels promise, counted in their traces. The numbers are worked out by
// hand for one problem: 16×16 inputs, stride 2, a 4×4 window, padding 1, so 32×32 outputs.
//
// Along an axis, kernel position k stamps input i onto 2i − 1 + k, which lies in [0, 32) for 15, 16, 16 and
// 15 of the inputs at k = 0, 1, 2, 3: 62 taps.
#include <gtest/gtest.h>

#include "core/inputs.h"
#include "core/taps.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

constexpr int64_t taps_2d = 62 * 62;  // for each pair of channels
constexpr int64_t outputs = 32 * 32;  // of each output channel

ProblemSpec doubling(int64_t in_channels, int64_t out_channels) {
    ProblemSpec spec;
    spec.op = Operator::conv_transpose2d;
    spec.in_channels = in_channels;
    spec.out_channels = out_channels;
    spec.input = {1, 16, 16};
    spec.kernel_size = {1, 4, 4};
    spec.stride = {1, 2, 2};
    spec.padding = {0, 1, 1};
    return spec;
}

ProblemTrace trace_of(const ProblemSpec& spec, const std::string& kernel) {
    const Problem problem(spec);
    const ProblemTrace t =
        trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel);
    EXPECT_EQ(t.fault_count, 0) << kernel << ": " << t.faults[0].sentence;
    EXPECT_EQ(t.output_faults.unwritten, 0) << kernel;
    EXPECT_EQ(t.output_faults.written_outside, 0) << kernel;
    return t;
}

const sim::ArrayTrace& array(const ProblemTrace& t, const std::string& name) {
    for (const sim::ArrayTrace& each : t.arrays)
        if (each.name == name) return each;
    ADD_FAILURE() << "no array " << name;
    return t.arrays[0];
}

// The four ways to the same 4 × 1024 outputs of one input channel.
TEST(KernelCounts, ScatterReadsEachInputOnceAndAddsEachTapInMemory) {
    const ProblemTrace t = trace_of(doubling(1, 4), "scatter");
    EXPECT_EQ(static_cast<double>(4 * taps_2d), exact_taps(Problem(doubling(1, 4))));
    EXPECT_EQ(t.totals.input_reads, 256);
    EXPECT_EQ(t.totals.weight_reads, 4 * taps_2d);
    EXPECT_EQ(t.totals.atomics, 4 * taps_2d);
    EXPECT_EQ(t.totals.output_writes, 4 * outputs + 4 * taps_2d);  // the fill, and the atomics
    ASSERT_EQ(t.steps.size(), 2u);
    EXPECT_EQ(t.steps[0].trace.totals.atomics, 0);
    EXPECT_EQ(t.steps[0].trace.totals.store_sectors, 4 * outputs / 8);
    EXPECT_EQ(t.steps[1].trace.totals.store_requests, 0);
}

TEST(KernelCounts, NaiveReadsAnInputForEachTap) {
    const ProblemTrace t = trace_of(doubling(1, 4), "naive");
    EXPECT_EQ(t.totals.input_reads, 4 * taps_2d);
    EXPECT_EQ(t.totals.weight_reads, 4 * taps_2d);
}

// The stuffed input is 31×31. At k = 0, 1, 2, 3 it lies below 30, 31, 31 and 30 of the 32 outputs: 122 loads
// along an axis, where naive has 62 taps.
TEST(KernelCounts, ZeroStuffedReadsTheZerosToo) {
    const ProblemTrace t = trace_of(doubling(1, 4), "zero_stuffed");
    EXPECT_EQ(t.totals.input_reads, 256);
    EXPECT_EQ(array(t, "stuffed input").writes, 31 * 31);
    EXPECT_EQ(array(t, "stuffed input").reads, 4 * 122 * 122);
    EXPECT_EQ(t.totals.weight_reads, 4 * 122 * 122);
    EXPECT_EQ(t.totals.output_writes, 4 * outputs);
}

TEST(KernelCounts, PhaseReadsAnInputForFourProducts) {
    const ProblemTrace t = trace_of(doubling(1, 4), "phase");
    EXPECT_EQ(t.totals.input_reads, taps_2d);
    EXPECT_EQ(t.totals.weight_reads, 4 * 16);                  // by the step that packs them
    EXPECT_EQ(array(t, "packed weights").reads, 4 * taps_2d);  // floats: a load of four a tap
    EXPECT_EQ(t.totals.output_writes, 4 * outputs);
    // Five channels are two fours, and each group has its own, though they hold one channel each.
    EXPECT_EQ(trace_of(doubling(1, 5), "phase").totals.input_reads, 2 * taps_2d);
    ProblemSpec groups = doubling(2, 2);
    groups.groups = 2;
    EXPECT_EQ(trace_of(groups, "phase").totals.input_reads, 2 * taps_2d);
}

// One row of 64 inputs, 128 outputs: each of the two phases is two warps of 32 neighbouring columns.
//   phase 0 reads j at k = 1 and j − 1 at k = 3; phase 1 reads j + 1 at k = 0 and j at k = 2.
// A warp's 32 columns are 4 sectors where they begin at a multiple of 8, else 5; the first lane of phase 0
// has no j − 1 and the last of phase 1 no j + 1:
//   phase 0: 4 and (0…30) 4; 4 and (31…62) 5.    phase 1: (1…32) 5 and 4; (33…63) 4 and 4.
// The last lane of phase 1 is a tap ahead of its warp: it reads column 63 with the others' first tap, and in
// that request one more sector of weights; a float4 of weights is one sector else.
TEST(KernelCounts, LanesOfAPhaseReadNeighbouringColumns) {
    ProblemSpec spec = doubling(1, 4);
    spec.input = {1, 1, 64};
    spec.kernel_size = {1, 1, 4};
    spec.padding = {0, 0, 1};
    spec.stride = {1, 1, 2};
    const ProblemTrace t = trace_of(spec, "phase");
    ASSERT_EQ(t.steps.size(), 2u);
    const sim::TraceTotals& phase = t.steps[1].trace.totals;
    EXPECT_EQ(phase.input_reads, 63 + 64 + 64 + 63);
    EXPECT_EQ(phase.load_requests, 8 + 8);
    EXPECT_EQ(phase.load_sectors, (4 + 4 + 4 + 5 + 5 + 4 + 4 + 4) + (8 + 1));
    // Stores lie two apart: 32 lanes on 8 sectors, for each of two phases, two warps and four channels.
    EXPECT_EQ(phase.store_requests, 16);
    EXPECT_EQ(phase.store_sectors, 16 * 8);
}

// 3D: the same arithmetic along three axes, 8 phases.
TEST(KernelCounts, PhasesOfThreeAxes) {
    ProblemSpec spec = doubling(1, 4);
    spec.op = Operator::conv_transpose3d;
    spec.input = {4, 4, 4};  // along an axis 3 + 4 + 4 + 3 taps
    spec.kernel_size = {4, 4, 4};
    spec.stride = {2, 2, 2};
    spec.padding = {1, 1, 1};
    EXPECT_EQ(trace_of(spec, "naive").totals.input_reads, 4 * 14 * 14 * 14);
    EXPECT_EQ(trace_of(spec, "phase").totals.input_reads, 14 * 14 * 14);
    const ProblemTrace scatter = trace_of(spec, "scatter");
    EXPECT_EQ(scatter.totals.input_reads, 64);
    EXPECT_EQ(scatter.totals.atomics, 4 * 14 * 14 * 14);
}

}  // namespace
}  // namespace convscope
