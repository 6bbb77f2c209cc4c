// Traces of the real kernels against closed formulas and a small enumeration of their warps.
#include "devices/sim/trace_problem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/inputs.h"
#include "core/taps.h"
#include "core/text.h"
#include "devices/sim/sim_device.h"

namespace convscope {
namespace {

ProblemTrace trace_of(const Problem& problem, const std::string& kernel,
                      const ProblemTraceOptions& options = {}) {
    return trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel,
                         options);
}

ProblemSpec image(int64_t height, int64_t width, int64_t window, int64_t padding) {
    ProblemSpec spec;
    spec.input = {1, height, width};
    spec.kernel_size = {1, window, window};
    spec.padding = {0, padding, padding};
    return spec;
}

struct Counts {
    int64_t requests = 0;
    int64_t sectors = 0;
};

// The loads of the naive conv2d, warp by warp and tap by tap: the lanes whose tap lies inside the input load
// a weight together, then an input element. Arrays start at a sector.
Counts naive_loads(const Problem& p) {
    const auto& [depth, height, width] = p.output();
    const int64_t outputs = p.batch() * p.out_channels() * height * width;
    Counts counts;
    const auto request = [&](const std::set<int64_t>& elements) {
        if (elements.empty()) return;
        std::set<int64_t> sectors;
        for (const int64_t element : elements) sectors.insert(element / 8);
        ++counts.requests;
        counts.sectors += static_cast<int64_t>(sectors.size());
    };
    const int64_t taps = p.in_channels_per_group() * p.kernel_size()[1] * p.kernel_size()[2];
    for (int64_t warp = 0; warp < outputs; warp += 32) {
        std::set<int64_t> bias;
        for (int64_t tap = 0; tap < taps; ++tap) {
            const int64_t k_h = tap / p.kernel_size()[2] % p.kernel_size()[1], k_w = tap % p.kernel_size()[2];
            const int64_t c = tap / (p.kernel_size()[1] * p.kernel_size()[2]);
            std::set<int64_t> weights, inputs;
            for (int64_t e = warp; e < std::min(warp + 32, outputs); ++e) {
                const OutputPosition at = output_position(p, e);
                bias.insert(at.c);
                const auto row = input_coordinate(p, axis_height, at.at[1], k_h);
                const auto column = input_coordinate(p, axis_width, at.at[2], k_w);
                if (!row || !column) continue;
                const int64_t channel = at.c / p.out_channels_per_group() * p.in_channels_per_group() + c;
                weights.insert(at.c * taps + tap);
                inputs.insert(((at.n * p.in_channels() + channel) * p.input()[1] + *row) * p.input()[2] +
                              *column);
            }
            request(weights);
            request(inputs);
        }
        if (p.bias()) request(bias);
    }
    return counts;
}

void expect_naive_counts(const ProblemSpec& spec) {
    const Problem problem(spec);
    const ProblemTrace t = trace_of(problem, "naive");
    const Counts counts = naive_loads(problem);
    EXPECT_EQ(t.totals.load_requests, counts.requests) << problem.text();
    EXPECT_EQ(t.totals.load_sectors, counts.sectors) << problem.text();
    EXPECT_EQ(t.totals.input_reads, static_cast<int64_t>(exact_taps(problem))) << problem.text();
    EXPECT_EQ(t.totals.weight_reads, static_cast<int64_t>(exact_taps(problem)));
    EXPECT_EQ(t.totals.output_writes, element_count(problem.output_shape()));
    EXPECT_EQ(t.output_faults.unwritten, 0);
    EXPECT_EQ(t.fault_count, 0) << t.faults[0].sentence;
}

TEST(TraceProblem, NaiveLanesStayTogetherAtBorders) {
    expect_naive_counts(image(64, 64, 3, 1));
    expect_naive_counts(image(13, 29, 3, 1));  // warps run over the ends of rows
    expect_naive_counts(image(7, 5, 5, 2));
    ProblemSpec spec = image(20, 33, 3, 2);
    spec.stride = {1, 2, 3};
    spec.dilation = {1, 2, 1};
    spec.in_channels = 4;
    spec.out_channels = 6;
    spec.groups = 2;
    spec.batch = 2;
    spec.bias = true;
    expect_naive_counts(spec);
}

TEST(TraceProblem, ReadsOfEachElementAreItsWindows) {
    const Problem problem(image(16, 16, 3, 1));
    const ProblemTrace t = trace_of(problem, "naive");
    const std::vector<uint32_t>& reads = t.arrays[0].element_reads;
    EXPECT_EQ(t.arrays[0].name, "input");
    EXPECT_EQ(reads[0], 4u);                        // a corner lies in 2×2 windows
    EXPECT_EQ(reads[1], 6u);                        // an edge in 2×3
    EXPECT_EQ(reads[16 + 1], 9u);                   // the rest in 3×3
    EXPECT_EQ(t.arrays[1].element_reads[4], 256u);  // the middle weight
    EXPECT_EQ(t.arrays[1].element_reads[0], 225u);
}

// 16×16 tiles of an n×n image, 3×3 with padding 1: each of the n/16 tiles of a row stages 18 columns, of
// which the first and the last miss one.
TEST(TraceProblem, SharedTileReadsTheTileAndItsHalo) {
    for (const int64_t n : {64, 256}) {
        const Problem problem(image(n, n, 3, 1));
        const ProblemTrace t = trace_of(problem, "shared_tile", {.per_element = false});
        const int64_t side = n / 16 * 18 - 2, tiles = n / 16 * n / 16;
        EXPECT_EQ(t.totals.input_reads, side * side);
        EXPECT_EQ(t.totals.weight_reads, tiles * 9);
        EXPECT_EQ(t.totals.barriers, tiles * 2);
        EXPECT_EQ(t.totals.output_writes, n * n);
        EXPECT_EQ(t.fault_count, 0);
        EXPECT_EQ(t.output_faults.unwritten, 0);
    }
}

TEST(TraceProblem, EveryKernelIsFreeOfFaultsAndWritesOnce) {
    for (const OperatorFacts& op : operators()) {
        ProblemSpec spec = image(9, 11, 3, 1);
        spec.op = op.op;
        spec.in_channels = 2;
        spec.stride = {1, 2, 2};
        if (op.transposed) spec.output_padding = {0, 1, 0};
        if (op.spatial_axes == 3) spec.input[0] = 2;
        spec.bias = true;
        const Problem problem(spec);
        for (const char* kernel : {"naive", "shared_tile"}) {
            if (op.op != Operator::conv2d && std::string(kernel) != "naive") continue;
            const ProblemTrace t = trace_of(problem, kernel);
            EXPECT_EQ(t.fault_count, 0) << op.name;
            EXPECT_EQ(t.totals.output_writes, element_count(problem.output_shape())) << op.name;
            EXPECT_EQ(t.output_faults.unwritten, 0) << op.name;
            const bool once_a_tap = op.op != Operator::separable_conv2d && std::string(kernel) == "naive";
            if (once_a_tap) {
                EXPECT_EQ(t.totals.input_reads, static_cast<int64_t>(exact_taps(problem))) << op.name;
            }
        }
    }
}

TEST(TraceProblem, TheSimDeviceShowsCounts) {
    const auto sim = make_sim_device(CONVSCOPE_MODULES);
    const Problem problem(image(16, 16, 3, 1));  // one block of naive: 46² reads for 256 outputs
    const auto execution =
        sim->prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), "naive", {});
    const Counts counts = naive_loads(problem);
    EXPECT_EQ(execution->counts().substr(0, 16), "8.3 reads/output");
    EXPECT_NEAR(std::stod(execution->counts().substr(18)),
                static_cast<double>(counts.sectors) / static_cast<double>(counts.requests), 0.05);
}

TEST(TraceProblem, SomeBlocksOnly) {
    const ProblemTrace t = trace_of(Problem(image(64, 64, 3, 1)), "naive", {.blocks = 3});
    EXPECT_FALSE(t.whole);
    EXPECT_EQ(t.totals.threads, 3 * 256);
    EXPECT_EQ(t.arrays[0].element_reads[0], 4u);
    EXPECT_THROW(trace_of(Problem(image(8, 8, 3, 1)), "magic"), Error);
}

// Holes are filled by one step and the rest is written by another: a writer is a thread of its step.
TEST(TraceProblem, WritersAreOfAStep) {
    ProblemSpec spec = image(8, 8, 2, 0);
    spec.op = Operator::conv_transpose2d;
    spec.in_channels = spec.out_channels.emplace(1);
    spec.stride = {1, 3, 3};
    const ProblemTrace trace = trace_of(Problem(spec), "scatter");
    const auto is_output = [](const sim::ArrayTrace& array) { return array.role == BufferRole::output; };
    EXPECT_TRUE(std::ranges::find_if(trace.arrays, is_output)->element_writer.empty());
    ASSERT_EQ(trace.steps.size(), 2u);
    std::vector<int64_t> of_hole;
    for (const ProblemTrace::StepTrace& step : trace.steps)
        of_hole.push_back(std::ranges::find_if(step.trace.arrays, is_output)->element_writer.at(2));
    EXPECT_EQ(of_hole[0], 2);
    EXPECT_EQ(of_hole[1], -1);
}

}  // namespace
}  // namespace convscope
