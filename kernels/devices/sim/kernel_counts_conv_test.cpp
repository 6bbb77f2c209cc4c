// What the designs of the convolution kernels predict, worked out by hand, against their traces.
#include <gtest/gtest.h>

#include "core/inputs.h"
#include "core/taps.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

// A traced run without faults in which every output is written once.
ProblemTrace trace_of(const Problem& problem, const std::string& kernel) {
    ProblemTrace t =
        trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel,
                      {.per_element = false});
    EXPECT_EQ(t.fault_count, 0) << kernel << " " << t.faults[0].sentence;
    EXPECT_EQ(t.output_faults.unwritten, 0) << kernel;
    EXPECT_EQ(t.totals.output_writes, element_count(problem.output_shape())) << kernel;
    return t;
}

// n×n outputs of a window×window convolution at stride 1.
ProblemSpec square(int64_t n, int64_t window, int64_t padding, int64_t in = 1, int64_t out = 1) {
    ProblemSpec spec;
    spec.in_channels = in;
    spec.out_channels = out;
    const int64_t side = n + window - 1 - 2 * padding;
    spec.input = {1, side, side};
    spec.kernel_size = {1, window, window};
    spec.padding = {0, padding, padding};
    return spec;
}

// 64×64, 1×1: 128 warps load a weight together, then an input each. Side by side the 32 inputs are 128 bytes,
// 4 sectors; a row apart they are 32 sectors. The outputs lie alike.
TEST(ConvCounts, StridedLanesTouchASectorEach) {
    const Problem problem(square(64, 1, 0));
    constexpr int64_t warps = 64 * 64 / 32;
    for (const auto& [kernel, sectors] : {std::pair{"naive", 4}, std::pair{"strided", 32}}) {
        const ProblemTrace t = trace_of(problem, kernel);
        EXPECT_EQ(t.totals.load_requests, warps * 2) << kernel;
        EXPECT_EQ(t.totals.load_sectors, warps * (1 + sectors)) << kernel;
        EXPECT_EQ(t.totals.store_requests, warps) << kernel;
        EXPECT_EQ(t.totals.store_sectors, warps * sectors) << kernel;
    }
}

// 64×64, 3×3 with padding 1, where a warp is half a column: each of the 3 tap rows is inside for some lane,
// and of the tap columns the first and the last column of the image miss one. Each tap of each lane is a
// sector.
TEST(ConvCounts, StridedNeedsASectorForEachTap) {
    const Problem problem(square(64, 3, 1));
    constexpr int64_t weight_requests = 2 * 3 * (64 * 3 - 2), taps = (64 * 3 - 2) * (64 * 3 - 2);
    const ProblemTrace t = trace_of(problem, "strided");
    EXPECT_EQ(t.totals.input_reads, taps);
    EXPECT_EQ(t.totals.load_requests, 2 * weight_requests);
    EXPECT_EQ(t.totals.load_sectors, weight_requests + taps);
    EXPECT_EQ(t.totals.store_sectors, 64 * 64);
}

// 32×16 tiles, 3×3 with padding 1: a row of tiles stages 34 columns each, of which the first and the last
// miss one; likewise 18 rows. One set of inputs serves 8 output channels.
TEST(ConvCounts, RegisterTileLoadsEachInputOnceForEightChannels) {
    for (const int64_t channels : {8, 16, 19}) {
        const Problem problem(square(64, 3, 1, 2, channels));
        const ProblemTrace t = trace_of(problem, "register_tile");
        constexpr int64_t across = 64 / 32, down = 64 / 16, columns = across * 34 - 2, rows = down * 18 - 2;
        const int64_t channel_tiles = (channels + 7) / 8;
        EXPECT_EQ(t.totals.input_reads, 2 * rows * columns * channel_tiles) << channels;
        EXPECT_EQ(t.totals.weight_reads, across * down * 2 * 9 * channels) << channels;
        EXPECT_EQ(t.totals.barriers, across * down * channel_tiles * 2 * 2) << channels;
    }
}

// A block's 4 warps, for each input channel and without padding: 18·34 inputs are staged by ⌈612/32⌉ requests
// and 9·8 weights by ⌈72/32⌉; then each warp reads, for each tap, 4 rows of inputs and twice four weights:
// 6 requests for 32 multiplications a lane, where shared_tile makes 2 for one. No request has bank conflicts.
TEST(ConvCounts, RegisterTileReadsSharedMemorySixTimesForThirtyTwoProducts) {
    const Problem problem(square(64, 3, 0, 1, 8));
    const ProblemTrace t = trace_of(problem, "register_tile");
    constexpr int64_t blocks = 64 / 32 * 64 / 16, staging = 20 + 3, reads = 4 * 9 * 6;
    EXPECT_EQ(t.totals.shared_requests, blocks * (staging + reads));
    EXPECT_EQ(t.totals.shared_conflicts, 0);
    const int64_t products = 64 * 64 * 8 * 9 / 32;  // of warps
    EXPECT_EQ(products * 6, blocks * reads * 32);
    EXPECT_GT(trace_of(problem, "shared_tile").totals.shared_requests, products * 2);
}

// 4×8×8 boxes of 16×16×16, 3×3×3 with padding 1: along each axis the boxes stage two more than they are, of
// which the outermost miss one each.
TEST(ConvCounts, SharedTileIn3dReadsTheBoxAndItsHalo) {
    ProblemSpec spec = square(16, 3, 1);
    spec.op = Operator::conv3d;
    spec.input[0] = 16;
    spec.kernel_size[0] = 3;
    spec.padding[0] = 1;
    const ProblemTrace t = trace_of(Problem(spec), "shared_tile");
    constexpr int64_t boxes = 4 * 2 * 2;
    EXPECT_EQ(t.totals.input_reads, (4 * 6 - 2) * (2 * 10 - 2) * (2 * 10 - 2));
    EXPECT_EQ(t.totals.weight_reads, boxes * 27);
    EXPECT_EQ(t.totals.barriers, boxes * 2);
}

// Tiles of 2×2 outputs read 4×4 inputs: 4 for every 2 along an axis, of which the outermost miss one each,
// and this for every 32 output channels. The windows are read once; a block of 32 tiles reads 16 transformed
// weights for every window.
TEST(ConvCounts, WinogradReadsEachInputFourTimesForThirtyTwoChannels) {
    const Problem problem(square(16, 3, 1, 10, 40));
    const ProblemTrace t = trace_of(problem, "winograd_f2x2");
    constexpr int64_t windows = 10 * 40, blocks = 16 / 2 * 16 / 2 / 32;
    EXPECT_EQ(t.totals.input_reads, 10 * 2 * (2 * 16 - 2) * (2 * 16 - 2));
    EXPECT_EQ(t.totals.weight_reads, windows * 9);
    ASSERT_EQ(t.arrays.back().role, BufferRole::scratch);
    EXPECT_EQ(t.arrays.back().writes, windows * 16);
    EXPECT_EQ(t.arrays.back().reads, blocks * windows * 16);
    // Two barriers for each 8 input channels and four around the transform of the sums, for 2 tiles of
    // channels.
    EXPECT_EQ(t.totals.barriers, blocks * 2 * (2 * 2 + 4));
    EXPECT_EQ(t.totals.shared_conflicts, 0);
}

}  // namespace
}  // namespace convscope
