#include "core/taps.h"

#include <gtest/gtest.h>

#include "core/hand_made_problems.h"

namespace convscope {
namespace {

TEST(Taps, CornerOfAPaddedConvolution) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,4,4],"kernel_size":3,"padding":1})");
    const auto list = taps(p, 0);
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0].input, 0);
    EXPECT_EQ(list[0].weight, 4);  // the window's centre lies on the first pixel
    EXPECT_EQ(list[3].input, 5);
    EXPECT_EQ(list[3].weight, 8);
}

TEST(Taps, GroupsChooseTheirChannels) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[2,4,1,1],"out_channels":6,"groups":2})");
    const auto list = taps(p, 6 + 4);  // batch 1, output channel 4: the second group
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].input, 4 + 2);
    EXPECT_EQ(list[1].input, 4 + 3);
    EXPECT_EQ(list[0].weight, 8);
}

TEST(Taps, TransposedStrideSkipsOutputs) {
    const Problem p = problem_of(R"({"op":"conv_transpose2d","input":[1,1,1,3],"stride":[1,2]})");
    EXPECT_EQ(p.output()[2], 5);
    EXPECT_EQ(taps(p, 1).size(), 0u);
    ASSERT_EQ(taps(p, 2).size(), 1u);
    EXPECT_EQ(taps(p, 2)[0].input, 1);
    EXPECT_DOUBLE_EQ(fed_share(p), 0.6);
}

// PROBLEMS.md: the share of outputs that receive any tap in three KernelBench problems.
TEST(Taps, FedSharesOfKnownProblems) {
    EXPECT_NEAR(fed_share(problem_of(R"({"op":"conv_transpose3d","input":[16,32,16,32,32],"out_channels":64,
        "kernel_size":3,"stride":2,"padding":1,"dilation":2})")),
                0.118, 5e-4);
    EXPECT_NEAR(fed_share(problem_of(R"({"op":"conv_transpose2d","input":[16,32,64,128],"out_channels":64,
        "kernel_size":3,"stride":5,"padding":1,"dilation":2})")),
                0.358, 5e-4);
    EXPECT_NEAR(fed_share(problem_of(R"({"op":"conv_transpose2d","input":[16,32,128,256],"out_channels":64,
        "kernel_size":[3,5],"stride":[2,3],"padding":[1,2],"dilation":[2,1],"groups":4})")),
                0.498, 5e-4);
}

class EveryOperator : public testing::TestWithParam<const char*> {};

TEST_P(EveryOperator, CountsAgreeWithTheLists) {
    const Problem p = problem_of(GetParam());
    const int64_t outputs = element_count(p.output_shape());
    double total = 0;
    for (int64_t i = 0; i < outputs; ++i) {
        const auto list = taps(p, i);
        if (p.op() == Operator::separable_conv2d)
            EXPECT_EQ(tap_count(p, i), int64_t(list.size()) / p.in_channels() + p.in_channels());
        else
            EXPECT_EQ(tap_count(p, i), int64_t(list.size()));
        for (const Tap& tap : list) {
            ASSERT_LT(tap.input, element_count(p.input_shape()));
            ASSERT_LT(tap.weight, element_count(p.weights_shape()));
        }
        total += double(list.size());
        EXPECT_EQ(output_index(p, output_position(p, i)), i);
    }
    if (p.op() == Operator::separable_conv2d)
        total = total / double(p.out_channels()) + double(outputs * p.in_channels());
    EXPECT_DOUBLE_EQ(exact_taps(p), total);
}

INSTANTIATE_TEST_SUITE_P(HandMade, EveryOperator, testing::ValuesIn(hand_made_problems));

}  // namespace
}  // namespace convscope
