// The depthwise and separable kernels where the problems of kernels_test.cpp do not lead: every instance with
// constant sizes at every alignment, several tiles of channels, and what does not fit.
#include <gtest/gtest.h>

#include "core/inputs.h"
#include "devices/sim/sim_device.h"
#include "devices/sim/test_modules.h"

namespace convscope {
namespace {

std::shared_ptr<Device> device(SimOrder order) {
    return make_sim_device(test_modules(), {.order = order, .seed = 3, .workers = 2});
}

OutputPtr answer(Device& sim, const Problem& problem, const Tensors& tensors, const std::string& kernel) {
    OutputFaults faults;
    const OutputPtr output = sim.prepare(problem, tensors, kernel, {})->run({}, faults);
    EXPECT_EQ(faults.unwritten, 0) << kernel << " " << problem.text();
    EXPECT_EQ(faults.written_outside, 0) << kernel << " " << problem.text();
    return output;
}

// Integers are exact in any order of summation, so that every kernel must give what naive gives.
void expect_as_naive(Device& sim, const ProblemSpec& spec, const std::string& kernel) {
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::integers, Fill::integers, 11);
    const OutputPtr expected = answer(sim, problem, tensors, "naive");
    const OutputPtr found = answer(sim, problem, tensors, kernel);
    for (int64_t i = 0; i < expected->elements(); ++i)
        ASSERT_EQ(found->host()[i], expected->host()[i]) << kernel << " " << problem.text() << " " << i;
}

ProblemSpec spec_of(Operator op, int64_t channels, Axes input, Axes kernel_size) {
    ProblemSpec spec;
    spec.op = op;
    spec.in_channels = channels;
    spec.input = input;
    spec.kernel_size = kernel_size;
    return spec;
}

TEST(DepthwiseKernels, EveryInstanceAtEveryAlignment) {
    struct Shape {
        int64_t k_h, k_w, stride, dilation;
    };
    const Shape shapes[] = {{3, 3, 1, 1}, {5, 5, 1, 1}, {7, 7, 1, 1}, {3, 1, 1, 1}, {1, 3, 1, 1},
                            {5, 1, 1, 1}, {1, 5, 1, 1}, {3, 7, 1, 1}, {7, 3, 1, 1}, {3, 3, 2, 1},
                            {5, 5, 2, 1}, {7, 7, 2, 1}, {3, 3, 1, 2}, {4, 2, 1, 1}, {3, 3, 3, 1}};
    const auto sim = device(SimOrder::ascending);
    for (const Shape& shape : shapes)
        for (int64_t width = 16; width < 20; ++width)
            for (int64_t padding = 0; padding < 5; ++padding) {
                ProblemSpec spec =
                    spec_of(Operator::depthwise_conv2d, 2, {1, 19, width}, {1, shape.k_h, shape.k_w});
                spec.stride = {1, shape.stride, shape.stride};
                spec.dilation = {1, shape.dilation, shape.dilation};
                spec.padding = {0, padding / 2, padding};
                spec.bias = padding % 2 == 1;
                expect_as_naive(*sim, spec, "row_march");
            }
}

TEST(DepthwiseKernels, LongStrips) {
    // 80 planes of 128 threads across: 13 strips of 8 rows, the last of 5, are the first to make 128 Ki.
    ProblemSpec spec = spec_of(Operator::depthwise_conv2d, 80, {1, 103, 512}, {1, 3, 1});
    expect_as_naive(*device(SimOrder::ascending), spec, "row_march");
}

TEST(SeparableKernels, SeveralTilesOfChannels) {
    for (const SimOrder order : {SimOrder::ascending, SimOrder::reversed, SimOrder::random}) {
        const auto sim = device(order);
        for (const char* kernel : {"two_pass", "fused"}) {
            for (const int64_t k : {3, 5, 2}) {
                ProblemSpec spec = spec_of(Operator::separable_conv2d, 21, {1, 9, 37}, {1, k, k});
                spec.out_channels = 67;
                spec.padding = {0, 1, 1};
                spec.stride = {1, k == 3 ? 2 : 1, k == 3 ? 2 : 1};
                spec.batch = 2;
                spec.bias = true;
                expect_as_naive(*sim, spec, kernel);
            }
            for (const int64_t channels :
                 {184, 185}) {  // the most that shared memory takes at once, and more
                ProblemSpec spec = spec_of(Operator::separable_conv2d, channels, {1, 5, 36}, {1, 3, 3});
                spec.out_channels = 65;
                spec.padding = {0, 1, 1};
                expect_as_naive(*sim, spec, kernel);
            }
        }
    }
}

TEST(DepthwiseKernels, ATileThatDoesNotFitIsRefusedWithItsNumbers) {
    const auto sim = device(SimOrder::ascending);
    ProblemSpec spec = spec_of(Operator::depthwise_conv2d, 1, {1, 400, 400}, {1, 3, 3});
    spec.dilation = {1, 80, 80};
    const Support support = sim->supports(Problem(spec), "shared_tile");
    EXPECT_EQ(support.why_not,
              "a tile of 8×32 outputs needs 168×192 inputs in 168 rows of 192 words of shared memory, which "
              "holds 12288");
    EXPECT_TRUE(sim->supports(Problem(spec), "row_march"));
    spec = spec_of(Operator::depthwise_conv2d, 1, {1, largest_size, 1}, {1, 1, 1});
    spec.stride = {1, largest_size, largest_size};
    EXPECT_FALSE(sim->supports(Problem(spec), "shared_tile"));
}

TEST(SeparableKernels, AMiddleTensorTooLargeToAddressIsRefused) {
    ProblemSpec spec = spec_of(Operator::separable_conv2d, int64_t{1} << 30, {1, 1, 1}, {1, 1, 1});
    spec.out_channels = 1;
    spec.padding = {0, int64_t{1} << 15, int64_t{1} << 15};
    const auto sim = device(SimOrder::ascending);
    const Support support = sim->supports(Problem(spec), "two_pass");
    EXPECT_FALSE(support);
    EXPECT_NE(support.why_not.find("the depthwise stage cannot be done: the output would have"),
              std::string::npos)
        << support.why_not;
}

}  // namespace
}  // namespace convscope
