// The counts that the X-ray shows, in a dozen situations that every course on coalescing and bank conflicts
// has, against values worked out by hand. A sector has 32 bytes, 8 floats; arrays begin at one. `ideal` is
// the fewest sectors that the distinct bytes of a request fit into.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/inputs.h"
#include "cuda_cpp/simulator/test_bench.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

struct Moved {
    int64_t requests = 0, sectors = 0, ideal = 0;
};

struct Expected {
    int64_t input_reads;  // elements
    Moved loads, stores;
    int64_t shared_requests = 0, shared_conflicts = 0, barriers = 0;
};

ProblemSpec conv(Operator op, int64_t height, int64_t width, int64_t window, int64_t padding) {
    ProblemSpec spec;
    spec.op = op;
    spec.input = {1, height, width};
    spec.kernel_size = {1, window, window};
    spec.padding = {0, padding, padding};
    return spec;
}

ProblemTrace trace_of(const ProblemSpec& spec, const std::string& kernel) {
    const Problem problem(spec);
    ProblemTrace t =
        trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel);
    EXPECT_EQ(t.fault_count, 0) << kernel << " " << t.faults[0].sentence;
    EXPECT_EQ(t.output_faults.unwritten, 0) << kernel;
    return t;
}

void expect(const sim::TraceTotals& t, const Expected& e) {
    EXPECT_EQ(t.input_reads, e.input_reads);
    EXPECT_EQ(t.load_requests, e.loads.requests);
    EXPECT_EQ(t.load_sectors, e.loads.sectors);
    EXPECT_EQ(t.load_sectors_ideal, e.loads.ideal);
    EXPECT_EQ(t.store_requests, e.stores.requests);
    EXPECT_EQ(t.store_sectors, e.stores.sectors);
    EXPECT_EQ(t.store_sectors_ideal, e.stores.ideal);
    EXPECT_EQ(t.shared_requests, e.shared_requests);
    EXPECT_EQ(t.shared_conflicts, e.shared_conflicts);
    EXPECT_EQ(t.barriers, e.barriers);
}

// The instruction of the last step whose loads from global memory touched most sectors: that of the input.
const sim::InstructionTrace& input_load(const ProblemTrace& t) {
    const sim::InstructionTrace* most = nullptr;
    for (const sim::InstructionTrace& i : t.steps.back().trace.instructions)
        if (i.space == sim::MemorySpace::global && i.kind == sim::AccessKind::load &&
            (!most || i.sectors > most->sectors))
            most = &i;
    return *most;
}

// 1. Aligned rows. 64×64, 3×3, padding 1: a warp is half a row. Its three taps of a row begin at columns
//    −1, 0, 1 or 31, 32, 33: 4, 4, 5 and 5, 4, 4 sectors for 4 that would do. The weight is one sector more
//    for each request. Rows: 64·3 − 2 are inside.
TEST(XrayCounts, AlignedRows) {
    constexpr int64_t rows = 64 * 3 - 2, requests = rows * 6;
    const ProblemTrace t = trace_of(conv(Operator::conv2d, 64, 64, 3, 1), "naive");
    expect(t.totals, {.input_reads = rows * rows,
                      .loads = {2 * requests, rows * 26 + requests, requests * 4 + requests},
                      .stores = {128, 128 * 4, 128 * 4}});
    EXPECT_EQ(t.totals.load_bytes, 2 * rows * rows * 4);  // each tap asks for an input and a weight
    EXPECT_EQ(t.totals.store_bytes, 64 * 64 * 4);
    EXPECT_EQ(t.arrays[0].element_reads[0], 4u);       // a corner is a tap of four outputs,
    EXPECT_EQ(t.arrays[0].element_reads[1], 6u);       // the border of six,
    EXPECT_EQ(t.arrays[0].element_reads[64 + 1], 9u);  // the rest of nine
}

// 2. Misaligned rows. 66×66 without padding, 64×64 outputs: row r begins 2r floats into a sector (modulo 8).
//    The request for tap column j begins there plus j: at a sector's start for j = 0 where r mod 4 = 0, for
//    j = 2 where r mod 4 = 3, a quarter of the 3·64 rows each, in both halves. It takes 4 sectors there,
//    else 5.
TEST(XrayCounts, MisalignedRows) {
    constexpr int64_t rows = 3 * 64, requests = rows * 6, aligned = 2 * 2 * rows / 4;
    expect(trace_of(conv(Operator::conv2d, 66, 66, 3, 0), "naive").totals,
           {.input_reads = 64 * 64 * 9,
            .loads = {2 * requests, requests * 5 - aligned + requests, requests * 4 + requests},
            .stores = {128, 128 * 4, 128 * 4}});
}

// 3. Stores to misaligned rows. Depthwise tiles of 32 columns on 62-wide outputs, a window of 1×1: row y of
//    the output begins −2y floats into a sector. The first tile's 32 lanes take 4 sectors where y mod 4 = 0,
//    else 5; the second's 30 lanes, which begin at the same place of a sector, take 4 where that is 0 or 2
//    (y mod 4 is 0 or 3), else 5. Loads are the same, and a sector a warp and row for the weight: 8 warps
//    have 32 rows of a tile, 2×2 tiles. What is staged is stored and read without conflicts, 4 bytes a lane
//    in a row.
TEST(XrayCounts, MisalignedStores) {
    constexpr int64_t rows = 64, sectors = rows / 4 * (4 + 5 + 5 + 5) + rows / 4 * (4 + 5 + 5 + 4);
    expect(trace_of(conv(Operator::depthwise_conv2d, 64, 62, 1, 0), "shared_tile").totals,
           {.input_reads = 64 * 62,
            .loads = {2 * rows + 2 * rows, sectors + 2 * rows, 2 * rows * 4 + 2 * rows},
            .stores = {2 * rows, sectors, 2 * rows * 4},
            .shared_requests = 2 * rows + 2 * rows,
            .barriers = 4});
}

// 4. Stride 2. 64×64, a window of 2×2: a warp is a row of 32 outputs, whose lanes read every second column
//    for each tap: 63 columns of a row, 8 sectors, for 128 bytes. Each input is read once.
TEST(XrayCounts, StrideTwo) {
    ProblemSpec spec = conv(Operator::conv2d, 64, 64, 2, 0);
    spec.stride = {1, 2, 2};
    expect(trace_of(spec, "naive").totals, {.input_reads = 64 * 64,
                                            .loads = {32 * 8, 32 * 4 * (8 + 1), 32 * 4 * (4 + 1)},
                                            .stores = {32, 32 * 4, 32 * 4}});
}

// 5. Dilation 2. 64×64, 3×3, padding 2: the taps lie two columns apart, but the lanes side by side. They
// begin
//    at −2, 0, 2 and 30, 32, 34: 4, 4, 5 and 5, 4, 4 sectors. Rows: 64·3 − 2·2 are inside.
TEST(XrayCounts, DilationTwo) {
    ProblemSpec spec = conv(Operator::conv2d, 64, 64, 3, 2);
    spec.dilation = {1, 2, 2};
    constexpr int64_t rows = 64 * 3 - 4, requests = rows * 6;
    expect(trace_of(spec, "naive").totals,
           {.input_reads = rows * rows,
            .loads = {2 * requests, rows * 26 + requests, requests * 4 + requests},
            .stores = {128, 128 * 4, 128 * 4}});
}

// 6. Depthwise with two output channels to each of two input channels: four times the loads of situation 1,
//    for every output channel reads its input plane anew. An input element is read 2·9 times.
TEST(XrayCounts, DepthwiseReadsAPlaneForEachOfItsOutputChannels) {
    ProblemSpec spec = conv(Operator::depthwise_conv2d, 64, 64, 3, 1);
    spec.in_channels = 2;
    spec.out_channels = 4;
    constexpr int64_t rows = 64 * 3 - 2, requests = rows * 6;
    const ProblemTrace t = trace_of(spec, "naive");
    expect(t.totals, {.input_reads = 4 * rows * rows,
                      .loads = {4 * 2 * requests, 4 * (rows * 26 + requests), 4 * requests * 5},
                      .stores = {4 * 128, 4 * 128 * 4, 4 * 128 * 4}});
    EXPECT_EQ(t.arrays[0].element_reads[64 + 1], 18u);
}

// 7. Loads of four. Depthwise 3×3, padding 1, 3 planes of 32×128: 32 lanes have four outputs each, so a warp
// is
//    a row; strips of 4 rows load 6, less one at each end of a plane. For a row a warp loads the column
//    before the four (31 lanes), the four, and the one behind (31 lanes). The four are 512 bytes in a row.
//    The single floats lie 16 bytes apart and touch the same 16 sectors for 124 bytes. 9 weights a strip, a
//    sector each.
TEST(XrayCounts, LoadsOfFourFloats) {
    ProblemSpec spec = conv(Operator::depthwise_conv2d, 32, 128, 3, 1);
    spec.in_channels = 3;
    constexpr int64_t strips = 3 * 8, rows = 3 * (8 * 6 - 2), weights = strips * 9;
    const ProblemTrace t = trace_of(spec, "row_march");
    expect(t.totals,
           {.input_reads = rows * (31 + 4 * 32 + 31),
            .loads = {rows * 3 + weights, rows * (16 + 16 + 16) + weights, rows * (4 + 16 + 4) + weights},
            .stores = {3 * 32, 3 * 32 * 16, 3 * 32 * 16}});
    EXPECT_EQ(t.arrays[0].element_reads[5 * 128 + 1], 1u);       // in the middle of a strip's rows and a four
    EXPECT_EQ(t.arrays[0].element_reads[5 * 128 + 3], 2u);       // the next thread's column before its four
    EXPECT_EQ(t.arrays[0].element_reads[4 * 128 + 3], 2u * 2u);  // and two strips' row
}

// 8. A tile in shared memory. 64×64, 3×3, padding 1, 16 blocks of 16×16, each of 8 warps of two rows. The
//    18·18 inputs are staged by 8 + 3 requests, but in the last row of blocks the third of these has nothing
//    inside of the input; 9 weights by one. Then 9 taps load a weight, the same for all lanes, and an input
//    each. The second row lies 18 words behind the first: its last two lanes meet the banks of the first
//    row's first two, a second pass for each tap, except where one of the two rows is padding: 3 taps in one
//    warp of each of the 4 blocks at the top and of the 4 at the bottom. Staging misses the sectors' starts:
//    warp by warp it reads 32 places of an 18-wide window. That sum is made below, from the places alone.
TEST(XrayCounts, ATileInSharedMemory) {
    Moved staged;
    for (int64_t block = 0; block < 16; ++block)
        for (int64_t first = 0; first < 18 * 18; first += 32) {
            std::vector<bool> touched(64 * 64 / 8, false);
            int64_t lanes = 0;
            for (int64_t place = first; place < std::min<int64_t>(first + 32, 18 * 18); ++place) {
                const int64_t row = block / 4 * 16 - 1 + place / 18, column = block % 4 * 16 - 1 + place % 18;
                if (row < 0 || row >= 64 || column < 0 || column >= 64) continue;
                ++lanes;
                touched[static_cast<size_t>((row * 64 + column) / 8)] = true;
            }
            staged.requests += lanes > 0;
            staged.ideal += (lanes + 7) / 8;
            staged.sectors += std::count(touched.begin(), touched.end(), true);
        }
    constexpr int64_t requests = 16 * 11 - 4, side = 4 * 18 - 2, taps = 16 * 8 * 9;
    EXPECT_EQ(staged.requests, requests);
    const ProblemTrace t = trace_of(conv(Operator::conv2d, 64, 64, 3, 1), "shared_tile");
    expect(t.totals, {.input_reads = side * side,
                      .loads = {requests + 16, staged.sectors + 16 * 2, staged.ideal + 16 * 2},
                      .stores = {128, 128 * 4, 128 * 4},
                      .shared_requests = requests + 16 + 2 * taps,
                      .shared_conflicts = taps - 8 * 3,
                      .barriers = 16 * 2});
    EXPECT_EQ(t.arrays[0].element_reads[2 * 64 + 2],
              1u);  // inside of a tile: once, where naive reads it 9 times
    EXPECT_EQ(t.arrays[0].element_reads[15 * 64 + 2], 2u);   // in the halo of the tile below, too
    EXPECT_EQ(t.arrays[0].element_reads[15 * 64 + 15], 4u);  // in that of three others
}

// 9. A tile that is 33 words wide. Reading a 32-wide tile by its columns, 32 lanes want 32 words of one bank:
//    31 passes more. A 33rd column puts each row's word into the next bank.
TEST(XrayCounts, AColumnMoreAgainstBankConflicts) {
    for (const auto& [kernel, conflicts] :
         {std::pair{"transpose_32_wide", 32 * 31}, {"transpose_33_wide", 0}}) {
        sim::Bench bench("test_kernels_traced.so", kernel, {1}, {32, 8});
        constexpr int64_t bytes = 4096 * sizeof(float);
        const sim::Trace t =
            sim::trace(bench.step, bench.arguments(),
                       {.arrays = {{BufferRole::input, "in", bench.in.data(), bytes},
                                   {BufferRole::output, "out", bench.out.data(), bytes},
                                   {BufferRole::scratch, "counts", bench.counts.data(), bytes}}});
        EXPECT_EQ(t.fault_count, 0);
        expect(t.totals, {.input_reads = 32 * 32,
                          .loads = {32, 32 * 4, 32 * 4},
                          .stores = {32, 32 * 4, 32 * 4},
                          .shared_requests = 32 + 32,
                          .shared_conflicts = conflicts,
                          .barriers = 1});
    }
}

// One row of 64, stride 2, 1×4, padding 1: 128 outputs. Output o meets input (o + 1 − k)/2 through weight k.
ProblemSpec doubled_row() {
    ProblemSpec spec = conv(Operator::conv_transpose2d, 1, 64, 1, 0);
    spec.kernel_size = {1, 1, 4};
    spec.padding = {0, 0, 1};
    spec.stride = {1, 1, 2};
    return spec;
}

// 10. Transposed, as a gather. Every second lane of the four warps has a tap for each k, 16 neighbours of the
//     input: from 16w + 1 on (k = 0: the last warp has 15), 16w (k = 1 and 2) and 16w − 1 (k = 3: the first
//     has 15). 16 floats are two sectors where they begin at one, else three.
TEST(XrayCounts, TransposedAsAGather) {
    const ProblemTrace t = trace_of(doubled_row(), "naive");
    constexpr int64_t sectors = (3 + 3 + 3 + 2) + 4 * 2 + 4 * 2 + (2 + 3 + 3 + 3);
    expect(t.totals, {.input_reads = 4 * 64 - 2,
                      .loads = {16 + 16, sectors + 16, 16 * 2 + 16},
                      .stores = {4, 4 * 4, 4 * 4}});
    EXPECT_EQ(input_load(t).requests, 16);
    EXPECT_EQ(input_load(t).lanes, 16 * 16 - 2);
}

// 11. Transposed by phases. Two phases of two warps: 32 lanes with two taps each read 32 neighbours. The
// place
//     where these begin is kernel_counts_transpose_test's: 34 sectors of inputs; of weights, fours of which
//     one is for this channel, 8 sectors and one more in the warp whose last lane is a tap ahead. Stores lie
//     two columns apart: 8 sectors for 128 bytes.
TEST(XrayCounts, TransposedByPhases) {
    const ProblemTrace t = trace_of(doubled_row(), "phase");
    ASSERT_EQ(t.steps.size(), 2u);
    expect(t.steps[1].trace.totals,
           {.input_reads = 4 * 64 - 2, .loads = {8 + 8, 34 + 8 + 1, 8 * 4 + 8}, .stores = {4, 4 * 8, 4 * 4}});
}

// 12. Divergence at the border. 32×32, 3×3, padding 1: a warp is a row; of its three taps in a row the first
//     and the last are padding for one lane, which sits out: 31, 32 and 31 lanes. Rows: 32·3 − 2.
TEST(XrayCounts, LanesAtTheBorderSitOut) {
    constexpr int64_t rows = 32 * 3 - 2;
    const ProblemTrace t = trace_of(conv(Operator::conv2d, 32, 32, 3, 1), "naive");
    expect(t.totals, {.input_reads = rows * 94,
                      .loads = {2 * rows * 3, rows * 3 * 4 + rows * 3, rows * 3 * 4 + rows * 3},
                      .stores = {32, 32 * 4, 32 * 4}});
    EXPECT_EQ(input_load(t).requests, rows * 3);
    EXPECT_EQ(input_load(t).lanes, rows * (31 + 32 + 31));
    EXPECT_LT(t.totals.active_lanes(), 32);
}

// 13. The last block's tail. 40 outputs, 1×1, one block of 256 threads: a whole warp, 8 lanes of the next
//     one, and six warps that only find out that they have nothing to do.
TEST(XrayCounts, TheTailOfTheGrid) {
    ProblemSpec spec = conv(Operator::conv2d, 1, 40, 1, 0);
    const ProblemTrace t = trace_of(spec, "naive");
    expect(t.totals, {.input_reads = 40, .loads = {4, 4 + 1 + 2, 4 + 1 + 2}, .stores = {2, 4 + 1, 4 + 1}});
    EXPECT_EQ(t.totals.threads, 256);
    EXPECT_EQ(input_load(t).lanes, 40);
}

// 14. Down the columns. 64×64, 1×1: neighbouring lanes write and read a row apart, a sector for each float.
TEST(XrayCounts, DownTheColumns) {
    constexpr int64_t warps = 128;
    expect(trace_of(conv(Operator::conv2d, 64, 64, 1, 0), "strided").totals,
           {.input_reads = 64 * 64,
            .loads = {warps * 2, warps * (32 + 1), warps * (4 + 1)},
            .stores = {warps, warps * 32, warps * 4}});
}

}  // namespace
}  // namespace convscope
