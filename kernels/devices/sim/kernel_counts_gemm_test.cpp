// What the implicit GEMMs' design predicts, counted by the simulator: what is read and stored, in which
// pieces, and that no fragment meets a bank conflict.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/inputs.h"
#include "core/taps.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

Problem image(int64_t channels, int64_t side, int64_t out_channels, int64_t window) {
    ProblemSpec spec;
    spec.in_channels = channels;
    spec.input = {1, side, side};
    spec.out_channels = out_channels;
    spec.kernel_size = {1, window, window};
    spec.padding = {0, window / 2, window / 2};
    return Problem(spec);
}

ProblemTrace trace_of(const Problem& problem, const std::string& kernel) {
    ProblemTrace trace = trace_problem(CONVSCOPE_MODULES, problem,
                                       make_tensors(problem, Fill::integers, Fill::integers, 3), kernel);
    EXPECT_EQ(trace.fault_count, 0) << kernel;
    return trace;
}

int64_t reads_of_scratch(const ProblemTrace& trace, size_t step, const std::string& name) {
    for (const sim::ArrayTrace& array : trace.steps[step].trace.arrays)
        if (array.name == name) return array.reads;
    ADD_FAILURE() << "there is no array " << name;
    return 0;
}

// 3×3 over 8 channels are 72 rows: five stages of 16. 16×16 pixels are two tiles of 128, 64 channels one.
TEST(GemmCounts, ImplicitGemmReadsATapOnceForAllChannels) {
    const Problem problem = image(8, 16, 64, 3);
    for (const char* kernel : {"implicit_gemm", "implicit_gemm_tf32", "implicit_gemm_3xtf32"}) {
        const ProblemTrace trace = trace_of(problem, kernel);
        ASSERT_EQ(trace.steps.size(), 2u) << kernel;
        const sim::TraceTotals& product = trace.steps[1].trace.totals;
        // Of the taps inside the input one copy serves all 64 channels: (3·16 − 2)² pairs of row and column.
        EXPECT_EQ(product.input_reads, 8 * 46 * 46) << kernel;
        EXPECT_EQ(static_cast<int64_t>(exact_taps(problem)), 64 * product.input_reads) << kernel;
        EXPECT_EQ(reads_of_scratch(trace, 1, "packed weights"), 2 * 72 * 64) << kernel;
        EXPECT_EQ(product.output_writes, 64 * 256) << kernel;
        EXPECT_EQ(product.barriers, 2 * 5) << kernel;
        EXPECT_EQ(product.shared_conflicts, 0) << kernel;
        // 32 lanes store 128 bytes: 16 pixels of 2 channels, or 8 pixels of 4.
        EXPECT_EQ(product.store_requests, 64 * 256 / 32) << kernel;
        EXPECT_EQ(product.store_sectors, 4 * product.store_requests) << kernel;
        // Packing reads each weight once.
        EXPECT_EQ(trace.steps[0].trace.totals.weight_reads, 64 * 72) << kernel;
    }
}

// No width of the tile has bank conflicts: 8, 24 and 32 channels have pitches of 8, 24 and 40.
TEST(GemmCounts, NoTileHasBankConflicts) {
    for (const int64_t channels : {8, 24, 32, 64})
        for (const char* kernel : {"implicit_gemm", "implicit_gemm_tf32", "implicit_gemm_3xtf32"}) {
            const ProblemTrace trace = trace_of(image(3, 12, channels, 3), kernel);
            EXPECT_EQ(trace.totals.shared_conflicts, 0) << kernel << " " << channels;
        }
}

// Two stride-2 axes cut the 5×5 taps into phases of 9, 6, 6 and 4: together each tap is met once a pixel of
// its phase, and no inserted zero is read.
TEST(GemmCounts, TransposedPhasesReadTapsOnly) {
    ProblemSpec spec;
    spec.op = Operator::conv_transpose2d;
    spec.in_channels = 4;
    spec.input = {1, 8, 8};
    spec.out_channels = 8;
    spec.kernel_size = {1, 5, 5};
    spec.stride = {1, 2, 2};
    spec.padding = {0, 2, 2};
    spec.output_padding = {0, 1, 1};
    const Problem problem(spec);
    const ProblemTrace trace = trace_of(problem, "implicit_gemm");
    EXPECT_EQ(8 * trace.steps[1].trace.totals.input_reads, static_cast<int64_t>(exact_taps(problem)));
    EXPECT_EQ(trace.steps[1].trace.totals.output_writes, 8 * 16 * 16);
}

// 32 channels are two stages; 16×16 pixels are two tiles, 64 output channels one: the input is read once, 16
// bytes a lane and four sectors for eight lanes.
TEST(GemmCounts, PointwiseReadsTheInputOnceInVectors) {
    const Problem problem = image(32, 16, 64, 1);
    const ProblemTrace trace = trace_of(problem, "pointwise");
    const sim::Trace& product = trace.steps[1].trace;
    EXPECT_EQ(product.totals.input_reads, 32 * 256);
    EXPECT_EQ(product.totals.shared_conflicts, 0);
    int64_t lanes = 0, sectors = 0;
    for (const sim::InstructionTrace& instruction : product.instructions) {
        if (instruction.kind != sim::AccessKind::load || instruction.space != sim::MemorySpace::global)
            continue;
        EXPECT_EQ(instruction.bytes, 16);
        lanes += instruction.lanes;
        sectors += instruction.sectors;
    }
    EXPECT_EQ(lanes, (32 * 256 + 2 * 32 * 64) / 4);  // input once, packed weights once a tile
    EXPECT_EQ(sectors, lanes / 2);
    // 15×15 pixels are no multiple of four: single floats.
    const ProblemTrace odd = trace_of(image(32, 15, 64, 1), "pointwise");
    EXPECT_EQ(odd.steps[1].trace.totals.input_reads, 32 * 225);
}

// The columns of a 3×3 window with padding are nine times the input; all of them are written, zeros too.
TEST(GemmCounts, Im2colWritesNineTimesTheInput) {
    const ProblemTrace trace = trace_of(image(2, 16, 8, 3), "im2col_gemm");
    ASSERT_EQ(trace.steps.size(), 3u);
    EXPECT_EQ(trace.steps[1].trace.totals.input_reads, 2 * 46 * 46);
    int64_t written = 0;
    for (const sim::ArrayTrace& array : trace.steps[1].trace.arrays)
        if (array.name == "columns") written = array.writes;
    EXPECT_EQ(written, 9 * 2 * 256);
    EXPECT_EQ(reads_of_scratch(trace, 2, "columns"), 9 * 2 * 256);
}

}  // namespace
}  // namespace convscope
