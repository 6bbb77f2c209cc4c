#include "xray/numbered_tensors.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

namespace convscope::xray {
namespace {

uint32_t bits_of(float value) {
    return std::bit_cast<uint32_t>(value);
}

// Every element holds its number, and none of another tensor the same.
void expect_numbers(const TensorPtr& tensor, uint32_t tag, std::set<uint32_t>& all) {
    ASSERT_NE(tag, 0u);
    for (int64_t i = 0; i < tensor->elements(); ++i) {
        const float value = tensor->values[static_cast<size_t>(i)];
        ASSERT_EQ(bits_of(value), tag + static_cast<uint32_t>(i));
        ASSERT_TRUE(std::isfinite(value));
        ASSERT_GE(value, 1.0f);
        ASSERT_TRUE(all.insert(bits_of(value)).second);
    }
}

ProblemSpec separable() {
    ProblemSpec spec;
    spec.op = Operator::separable_conv2d;
    spec.in_channels = 5;
    spec.out_channels = 70;
    spec.input = {1, 20, 30};
    spec.kernel_size = {1, 3, 3};
    spec.bias = true;
    return spec;
}

TEST(NumberedTensors, NoTwoElementsAreAlike) {
    for (const bool rounded : {false, true}) {
        const NumberedTensors numbered = numbered_tensors(Problem(separable()), rounded);
        std::set<uint32_t> all;
        expect_numbers(numbered.tensors.input, numbered.input_tag, all);
        expect_numbers(numbered.tensors.weights, numbered.weights_tag, all);
        expect_numbers(numbered.tensors.pointwise, numbered.pointwise_tag, all);
        expect_numbers(numbered.tensors.bias, numbered.bias_tag, all);
        EXPECT_EQ(all.size(), 5u * 20 * 30 + 5 * 9 + 70 * 5 + 70);
        EXPECT_EQ(numbered.tag(BufferRole::pointwise), numbered.pointwise_tag);
        EXPECT_EQ(numbered.tag(BufferRole::output), 0u);
    }
}

// A weight that a kernel rounds to TF32 is no other weight's number.
TEST(NumberedTensors, RoundedWeightsAreNotTakenForOthers) {
    const NumberedTensors numbered = numbered_tensors(Problem(separable()), true);
    for (const TensorPtr& tensor : {numbered.tensors.weights, numbered.tensors.pointwise})
        for (const float value : tensor->values) EXPECT_NE(bits_of(value) % (1u << 13), 0u);

    ProblemSpec many = separable();
    many.in_channels = 128;
    many.out_channels = 128;
    const NumberedTensors too_many = numbered_tensors(Problem(many), true);
    EXPECT_EQ(too_many.pointwise_tag, 0u);
    for (const float value : too_many.tensors.pointwise->values) ASSERT_EQ(value, 1.0f);
    EXPECT_NE(too_many.weights_tag, 0u);
    EXPECT_NE(numbered_tensors(Problem(many), false).pointwise_tag, 0u);
}

}  // namespace
}  // namespace convscope::xray
