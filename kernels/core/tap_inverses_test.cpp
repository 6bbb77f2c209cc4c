#include "core/tap_inverses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/case.h"
#include "core/hand_made_problems.h"
#include "core/separable.h"
#include "core/taps.h"

namespace convscope {
namespace {

// (output, input, weight, pointwise)
using Product = std::array<int64_t, 4>;

int64_t elements(const Shape& shape) {
    return shape.empty() ? 0 : element_count(shape);
}

std::vector<Product> products_of_outputs(const Problem& p) {
    std::vector<Product> all;
    for (int64_t o = 0; o < elements(p.output_shape()); ++o)
        for (const Tap& tap : taps(p, o)) all.push_back({o, tap.input, tap.weight, tap.pointwise});
    return all;
}

std::vector<Product> products_of_inputs(const Problem& p) {
    std::vector<Product> all;
    for (int64_t i = 0; i < elements(p.input_shape()); ++i) {
        const auto fed = fed_outputs(p, i);
        EXPECT_EQ(fed_output_count(p, i), int64_t(fed.size()));
        for (const FedOutput& f : fed) all.push_back({f.output, i, f.weight, f.pointwise});
    }
    return all;
}

std::vector<Product> products_of_weights(const Problem& p) {
    std::vector<Product> all;
    for (int64_t w = 0; w < elements(p.weights_shape()); ++w) {
        const auto uses = weight_uses(p, w);
        EXPECT_EQ(weight_use_count(p, w), int64_t(uses.size()));
        for (const WeightUse& use : uses) all.push_back({use.output, use.input, w, use.pointwise});
    }
    return all;
}

template <class T>
bool distinct(const std::vector<T>& sorted) {
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

// No product is listed twice, and the products are the same whichever tensor's elements are walked.
void expect_one_set(std::vector<Product> of_outputs, const Problem& p) {
    std::vector<Product> of_inputs = products_of_inputs(p), of_weights = products_of_weights(p);
    for (auto* products : {&of_outputs, &of_inputs, &of_weights})
        std::sort(products->begin(), products->end());
    EXPECT_TRUE(distinct(of_outputs));
    EXPECT_TRUE(of_inputs == of_outputs);
    EXPECT_TRUE(of_weights == of_outputs);
}

void expect_pointwise_uses_invert_middle_taps(const Problem& p) {
    using Use = std::array<int64_t, 3>;  // (output, middle, pointwise)
    std::vector<Use> of_outputs, of_pointwise;
    for (int64_t o = 0; o < elements(p.output_shape()); ++o)
        for (const MiddleTap& tap : middle_taps(p, o)) of_outputs.push_back({o, tap.middle, tap.pointwise});
    for (int64_t w = 0; w < elements(p.pointwise_shape()); ++w) {
        const auto uses = pointwise_uses(p, w);
        EXPECT_EQ(pointwise_use_count(p), int64_t(uses.size()));
        for (const PointwiseUse& use : uses) of_pointwise.push_back({use.output, use.middle, w});
    }
    std::sort(of_outputs.begin(), of_outputs.end());
    std::sort(of_pointwise.begin(), of_pointwise.end());
    EXPECT_TRUE(distinct(of_outputs));
    EXPECT_TRUE(of_pointwise == of_outputs);
}

// The taps of a separable output are those of its middle elements, in order.
void expect_two_stages_make_the_taps(const Problem& p) {
    const Problem stage = depthwise_stage(p);
    ASSERT_EQ(stage.output_shape(), middle_shape(p));
    ASSERT_EQ(stage.weights_shape(), p.weights_shape());
    for (int64_t o = 0; o < elements(p.output_shape()); ++o) {
        std::vector<Product> direct, staged;
        for (const Tap& tap : taps(p, o)) direct.push_back({o, tap.input, tap.weight, tap.pointwise});
        for (const MiddleTap& middle : middle_taps(p, o))
            for (const Tap& tap : taps(stage, middle.middle))
                staged.push_back({o, tap.input, tap.weight, middle.pointwise});
        ASSERT_TRUE(direct == staged) << "output " << o;
    }
}

void expect_positions_return(const Problem& p) {
    for (int64_t o = 0; o < elements(p.output_shape()); ++o)
        ASSERT_EQ(output_index(p, output_position(p, o)), o);
    for (int64_t i = 0; i < elements(p.input_shape()); ++i)
        ASSERT_EQ(input_index(p, input_position(p, i)), i);
    for (int64_t w = 0; w < elements(p.weights_shape()); ++w)
        ASSERT_EQ(weight_index(p, weight_position(p, w)), w);
    for (int64_t w = 0; w < elements(p.pointwise_shape()); ++w)
        ASSERT_EQ(pointwise_index(p, pointwise_position(p, w)), w);
}

// Each tap's three positions must tell one story: one image, the weight's channels, one link on each axis.
void expect_positions_agree(const Problem& p, const std::vector<Product>& products) {
    const bool separable = p.op() == Operator::separable_conv2d;
    for (const auto& [output, input, weight, pointwise] : products) {
        const OutputPosition o = output_position(p, output);
        const InputPosition i = input_position(p, input);
        const WeightPosition w = weight_position(p, weight);
        ASSERT_EQ(o.n, i.n);
        ASSERT_EQ(w.in_channel, i.c);
        ASSERT_EQ(w.out_channel, separable ? i.c : o.c);
        if (separable) {
            ASSERT_EQ(pointwise_position(p, pointwise).out_channel, o.c);
            ASSERT_EQ(pointwise_position(p, pointwise).in_channel, i.c);
        } else {
            ASSERT_EQ(pointwise, -1);
            ASSERT_EQ(o.c / p.out_channels_per_group(), i.c / p.in_channels_per_group());
        }
        for (int axis = 0; axis < 3; ++axis)
            ASSERT_EQ(input_coordinate(p, axis, o.at[axis], w.k[axis]), i.at[axis]);
    }
}

void expect_everything_agrees(const Problem& p, const std::vector<Product>& products) {
    expect_one_set(products, p);
    expect_positions_return(p);
    expect_positions_agree(p, products);
    if (p.op() != Operator::separable_conv2d) return;
    expect_pointwise_uses_invert_middle_taps(p);
    expect_two_stages_make_the_taps(p);
}

class HandMade : public testing::TestWithParam<const char*> {};

TEST_P(HandMade, OneSetOfProductsFromEverySide) {
    const Problem p = problem_of(GetParam());
    expect_everything_agrees(p, products_of_outputs(p));
}

INSTANTIATE_TEST_SUITE_P(TapInverses, HandMade, testing::ValuesIn(hand_made_problems));

TEST(TapInverses, OneSetOfProductsFromEverySideOnAllCases) {
    const auto folders = find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases");
    ASSERT_EQ(folders.size(), 120u);
    size_t compared = 0;
    for (const std::string& folder : folders) {
        SCOPED_TRACE(folder);
        const Problem p = read_case(folder).problem;
        const auto products = products_of_outputs(p);
        ASSERT_LT(products.size(), 300000u) << "too many to compare in a test of a second";
        compared += products.size();
        expect_everything_agrees(p, products);
    }
    EXPECT_EQ(compared, 1166594u);  // from problem.json and PyTorch's definitions, by a script
}

// What makes an inverse wrong unnoticed is an element without any product: each kind must occur.
TEST(TapInverses, HandMadeProblemsHaveElementsWithoutProducts) {
    int outputs = 0, inputs = 0, weights = 0;
    for (const char* text : hand_made_problems) {
        const Problem p = problem_of(text);
        for (int64_t o = 0; o < elements(p.output_shape()); ++o) outputs += taps(p, o).empty();
        for (int64_t i = 0; i < elements(p.input_shape()); ++i) inputs += fed_outputs(p, i).empty();
        for (int64_t w = 0; w < elements(p.weights_shape()); ++w) weights += weight_uses(p, w).empty();
    }
    EXPECT_GT(outputs, 100);
    EXPECT_GT(inputs, 100);
    EXPECT_GT(weights, 0);
}

TEST(TapInverses, CornerOfAPaddedConvolution) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,3,3],"kernel_size":3,"padding":1})");
    const auto fed = fed_outputs(p, 0);
    ASSERT_EQ(fed.size(), 4u);
    const std::array<std::array<int64_t, 2>, 4> expected{{{4, 0}, {3, 1}, {1, 3}, {0, 4}}};
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(fed[i].output, expected[i][0]);
        EXPECT_EQ(fed[i].weight, expected[i][1]);
    }
    const auto uses = weight_uses(p, 0);  // joins input (y, x) with output (y + 1, x + 1)
    ASSERT_EQ(uses.size(), 4u);
    EXPECT_EQ(uses[3].input, 4);
    EXPECT_EQ(uses[3].output, 8);
}

TEST(TapInverses, GroupsChooseTheirChannels) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[2,4,1,1],"out_channels":6,"groups":2})");
    const auto fed = fed_outputs(p, 4 + 2);  // batch 1, input channel 2: the first of the second group
    ASSERT_EQ(fed.size(), 3u);
    EXPECT_EQ(fed[1].output, 6 + 4);
    EXPECT_EQ(fed[1].weight, 8);
    EXPECT_EQ(weight_position(p, 8).out_channel, 4);
    EXPECT_EQ(weight_position(p, 8).in_channel, 2);
    const auto uses = weight_uses(p, 8);
    ASSERT_EQ(uses.size(), 2u);
    EXPECT_EQ(uses[1].input, 4 + 2);
    EXPECT_EQ(uses[1].output, 6 + 4);
}

TEST(TapInverses, WeightsOfATransposedConvolutionBeginWithTheInputChannel) {
    const Problem p = problem_of(
        R"({"op":"conv_transpose2d","input":[1,4,1,1],"out_channels":6,"kernel_size":[1,2],"groups":2})");
    const WeightPosition w = weight_position(p, 2 * 7 + 1);  // row 7 is (2, 1) of (4, 3)
    EXPECT_EQ(w.in_channel, 2);
    EXPECT_EQ(w.out_channel, 3 + 1);
    EXPECT_EQ(w.k, (Axes{0, 0, 1}));
    const auto uses = weight_uses(p, 2 * 7 + 1);
    ASSERT_EQ(uses.size(), 1u);
    EXPECT_EQ(uses[0].input, 2);
    EXPECT_EQ(uses[0].output, 4 * 2 + 1);
}

TEST(TapInverses, SeparableFeedsEveryOutputChannel) {
    const Problem p = problem_of(R"({"op":"separable_conv2d","input":[2,2,1,1],"out_channels":3})");
    const auto fed = fed_outputs(p, 2 + 1);  // batch 1, channel 1
    ASSERT_EQ(fed.size(), 3u);
    EXPECT_EQ(fed[2].output, 3 + 2);
    EXPECT_EQ(fed[2].weight, 1);
    EXPECT_EQ(fed[2].pointwise, 2 * 2 + 1);
    EXPECT_EQ(weight_use_count(p, 1), 2 * 3);
    const auto uses = pointwise_uses(p, 2 * 2 + 1);
    ASSERT_EQ(uses.size(), 2u);
    EXPECT_EQ(uses[1].middle, 2 + 1);
    EXPECT_EQ(uses[1].output, 3 + 2);
    EXPECT_EQ(middle_shape(p), (Shape{2, 2, 1, 1}));
    EXPECT_EQ(middle_taps(p, 3 + 2)[1].middle, 2 + 1);
    EXPECT_EQ(middle_taps(p, 3 + 2)[1].pointwise, 2 * 2 + 1);
}

TEST(TapInverses, ChannelMultiplierSharesAnInputChannel) {
    const Problem p = problem_of(R"({"op":"depthwise_conv2d","input":[1,2,1,1],"out_channels":6})");
    EXPECT_EQ(weight_position(p, 4).out_channel, 4);
    EXPECT_EQ(weight_position(p, 4).in_channel, 1);
    EXPECT_EQ(fed_output_count(p, 1), 3);
    EXPECT_EQ(fed_outputs(p, 1)[0].output, 3);
}

}  // namespace
}  // namespace convscope
