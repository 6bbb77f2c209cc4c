// The listed taps, multiplied and summed, are the convolution: against the reference, whose rows walk the
// tensors another way, and against PyTorch's float64.
#include <gtest/gtest.h>

#include <cmath>

#include "core/case.h"
#include "core/separable.h"
#include "core/taps.h"
#include "reference/verification.h"

namespace convscope {
namespace {

// Of the magnitude sum: what float64 may round in sums of some thousand terms. A lost or doubled tap is off
// by its share of the sum.
constexpr double tolerance = 1e-12;

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const std::string& folder : find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases"))
        cases.push_back(read_case(folder));
    return cases;
}

double bias_of(const Case& c, int64_t output) {
    return c.problem.bias() ? c.tensors.bias->values[size_t(output_position(c.problem, output).c)] : 0.0;
}

double sum_of_taps(const Case& c, int64_t output) {
    double sum = bias_of(c, output);
    for (const Tap& tap : taps(c.problem, output)) {
        double product = double(c.tensors.weights->values[size_t(tap.weight)]) *
                         double(c.tensors.input->values[size_t(tap.input)]);
        if (c.problem.op() == Operator::separable_conv2d)
            product *= double(c.tensors.pointwise->values[size_t(tap.pointwise)]);
        sum += product;
    }
    return sum;
}

TEST(TapsValues, AreTheConvolutionOnAllCases) {
    const auto cases = all_cases();
    ASSERT_EQ(cases.size(), 120u);
    size_t elements = 0, without_taps = 0;
    for (const Case& c : cases) {
        const Reference reference = reference_whole(c.problem, c.tensors);
        elements += reference.values.size();
        for (size_t i = 0; i < reference.values.size(); ++i) {
            const double sum = sum_of_taps(c, int64_t(i)), allowed = tolerance * reference.magnitude[i];
            ASSERT_LE(std::fabs(sum - reference.values[i]), allowed) << c.name << " element " << i;
            ASSERT_LE(std::fabs(sum - c.expected.values[i]), allowed) << c.name << " element " << i;
            without_taps += taps(c.problem, int64_t(i)).empty();
        }
    }
    EXPECT_EQ(elements, 388631u);
    EXPECT_EQ(without_taps, 227542u);  // their value is the bias, or exactly 0
}

// The middle tensor is the depthwise stage's own answer, and the second stage sums it.
TEST(TapsValues, TwoStagesAreTheSeparableConvolutionOnAllCases) {
    int separable = 0;
    for (const Case& c : all_cases()) {
        if (c.problem.op() != Operator::separable_conv2d) continue;
        ++separable;
        const Reference whole = reference_whole(c.problem, c.tensors);
        Tensors first_stage = c.tensors;
        first_stage.pointwise = first_stage.bias = nullptr;
        const Reference middle = reference_whole(depthwise_stage(c.problem), first_stage);
        for (size_t i = 0; i < whole.values.size(); ++i) {
            double sum = bias_of(c, int64_t(i));
            for (const MiddleTap& tap : middle_taps(c.problem, int64_t(i)))
                sum += double(c.tensors.pointwise->values[size_t(tap.pointwise)]) *
                       middle.values[size_t(tap.middle)];
            ASSERT_LE(std::fabs(sum - c.expected.values[i]), tolerance * whole.magnitude[i])
                << c.name << " element " << i;
        }
    }
    EXPECT_EQ(separable, 20);
}

}  // namespace
}  // namespace convscope
