// Every kernel where its tiles and its grid end: more output channels than any tile has, more planes than a
// grid's z dimension, padding of one axis only. Integers are exact in any order of summation, so that all
// must give what naive gives.
#include <gtest/gtest.h>

#include <limits>

#include "core/inputs.h"
#include "devices/sim/sim_device.h"
#include "devices/sim/test_modules.h"

namespace convscope {
namespace {

OutputPtr answer(Device& sim, const Problem& problem, const Tensors& tensors, const std::string& kernel) {
    OutputFaults faults;
    const OutputPtr output = sim.prepare(problem, tensors, kernel, {})->run({}, faults);
    EXPECT_EQ(faults.unwritten, 0) << kernel << " " << problem.text();
    EXPECT_EQ(faults.written_outside, 0) << kernel << " " << problem.text();
    return output;
}

void expect_all_as_naive(Device& sim, const ProblemSpec& spec) {
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::integers, Fill::integers, 13);
    const OutputPtr expected = answer(sim, problem, tensors, "naive");
    for (const KernelFacts& kernel : sim.kernels(problem.op())) {
        if (kernel.name == "naive" || !sim.supports(problem, kernel.name)) continue;
        const OutputPtr found = answer(sim, problem, tensors, kernel.name);
        for (int64_t i = 0; i < expected->elements(); ++i)
            ASSERT_EQ(found->host()[i], expected->host()[i])
                << kernel.name << " " << problem.text() << " " << i;
    }
}

ProblemSpec spec_of(Operator op, int64_t channels, Axes input, int64_t out_channels, Axes kernel_size) {
    ProblemSpec spec;
    spec.op = op;
    spec.in_channels = channels;
    spec.input = input;
    spec.out_channels = out_channels;
    spec.kernel_size = kernel_size;
    return spec;
}

TEST(KernelTiles, MoreChannelsThanATile) {
    for (const SimOrder order : {SimOrder::ascending, SimOrder::random}) {
        const auto sim = make_sim_device(test_modules(), {.order = order, .seed = 3, .workers = 2});
        for (const OperatorFacts& op : operators()) {
            const int64_t depth = op.spatial_axes == 3 ? 2 : 1;
            const int64_t channels = op.op == Operator::depthwise_conv2d ? 65 : 5;
            ProblemSpec spec = spec_of(op.op, channels, {depth, 5, 9}, 130, {depth, 3, 3});
            spec.padding = {0, 1, 1};
            spec.bias = true;
            expect_all_as_naive(*sim, spec);
            spec = spec_of(op.op, channels, {1, 3, 22}, 130, {1, 1, 1});
            spec.batch = 2;  // 132 pixels, a tile and four; planes of 66 do not fall into fours
            expect_all_as_naive(*sim, spec);
            if (op.per_channel) continue;
            spec = spec_of(op.op, 4, {depth, 4, 5}, 134, {1, 2, 2});
            spec.groups = 2;
            spec.stride = {1, 1, 2};
            spec.bias = true;
            expect_all_as_naive(*sim, spec);
        }
    }
}

// The depthwise sums of 200 channels do not fit beside the weights, and two tiles of outputs need them.
TEST(KernelTiles, MoreInputChannelsThanSharedMemoryHolds) {
    for (const SimOrder order : {SimOrder::ascending, SimOrder::random}) {
        const auto sim = make_sim_device(test_modules(), {.order = order, .seed = 4, .workers = 2});
        expect_all_as_naive(*sim, spec_of(Operator::separable_conv2d, 200, {1, 3, 5}, 70, {1, 3, 3}));
    }
}

// 65,540 planes, each a group; 65,535 fit.
TEST(KernelTiles, MorePlanesThanAGridHoldsInZ) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sixty million threads; the plain build runs them";
#endif
    const auto sim = make_sim_device(test_modules(), {.order = SimOrder::ascending, .workers = 2});
    for (const OperatorFacts& op : operators()) {
        if (op.op == Operator::separable_conv2d) continue;  // its pointwise weights would take 17 GB
        ProblemSpec spec = spec_of(op.op, 65540, {1, 1, 1}, 65540, {1, 3, 3});
        spec.padding = {0, 1, 1};
        if (!op.per_channel) spec.groups = 65540;
        expect_all_as_naive(*sim, spec);
    }
}

// Where only one axis has padding, a kernel that looks at a whole window at once may take the other one's
// word.
TEST(KernelTiles, PaddingOfOneAxisIsNotMultiplied) {
    const auto sim = make_sim_device(test_modules(), {.order = SimOrder::ascending, .workers = 2});
    for (const OperatorFacts& op : operators())
        for (const int axis : {1, 2})
            for (const size_t corner : {0, 2, 6, 8}) {
                ProblemSpec spec = spec_of(op.op, 1, {1, 6, 9}, 1, {1, 3, 3});
                spec.padding[static_cast<size_t>(axis)] = 1;
                const Problem problem(spec);
                Tensors tensors = make_tensors(problem, Fill::ones, Fill::ones, 0);
                auto weights = std::make_shared<Tensor>(*tensors.weights);
                weights->values[corner] = std::numeric_limits<float>::infinity();
                tensors.weights = weights;
                const OutputPtr expected = answer(*sim, problem, tensors, "naive");
                for (const KernelFacts& kernel : sim->kernels(op.op)) {
                    if (kernel.mixes_taps || !sim->supports(problem, kernel.name)) continue;
                    const OutputPtr found = answer(*sim, problem, tensors, kernel.name);
                    for (int64_t i = 0; i < expected->elements(); ++i)
                        ASSERT_EQ(found->host()[i], expected->host()[i]) << op.name << " " << kernel.name;
                }
            }
}

// Kernels have instances for the usual windows; a size that differs along one axis only must not take them.
TEST(KernelTiles, UsualWindowsWithUnusualStrides) {
    const auto sim = make_sim_device(test_modules(), {.order = SimOrder::ascending, .workers = 2});
    for (const OperatorFacts& op : operators())
        for (const int64_t k : {3, 5})
            for (const int64_t steps : {0, 1, 2, 3, 4}) {
                ProblemSpec spec = spec_of(op.op, 2, {1, 11, 14}, 4, {1, k, k});
                spec.padding = {0, 1, 2};
                spec.stride = {1, steps == 1 ? 2 : 1, steps == 2 ? 2 : 1};
                spec.dilation = {1, steps == 3 ? 2 : 1, steps == 4 ? 2 : 1};
                expect_all_as_naive(*sim, spec);
            }
}

}  // namespace
}  // namespace convscope
