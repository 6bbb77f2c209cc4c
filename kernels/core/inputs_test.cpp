#include "core/inputs.h"

#include <gtest/gtest.h>

#include <numeric>

#include <nlohmann/json.hpp>
#include "core/problem_json.h"
#include "core/text.h"

namespace convscope {
namespace {

Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

// The generator's published answer for a zero counter and a zero key.
TEST(Philox, GivesItsKnownAnswer) {
    EXPECT_EQ(random_bits(0, TensorRole::input, 0), 0x6627e8d5u);
}

TEST(Philox, DiffersByTensorSeedAndIndex) {
    EXPECT_NE(random_bits(1, TensorRole::input, 0), random_bits(1, TensorRole::weights, 0));
    EXPECT_NE(random_bits(1, TensorRole::input, 0), random_bits(2, TensorRole::input, 0));
    EXPECT_NE(random_bits(1, TensorRole::input, 0), random_bits(1, TensorRole::input, 1));
    EXPECT_NE(random_bits(1, TensorRole::input, 1), random_bits(1, TensorRole::input, (1ull << 32) + 1));
}

TEST(Inputs, RandomInputIsUniformInUnitInterval) {
    const Tensor t = make_tensor(problem_of(R"({"op":"conv2d","input":[1,1,400,400]})"), TensorRole::input,
                                 Fill::random, 7);
    double sum = 0;
    for (const float value : t.values) {
        ASSERT_GE(value, 0.0f);
        ASSERT_LT(value, 1.0f);
        sum += value;
    }
    EXPECT_NEAR(sum / 160000, 0.5, 0.003);
}

TEST(Inputs, WeightsAreBoundedByFanIn) {
    const Tensor t =
        make_tensor(problem_of(R"({"op":"conv2d","input":[1,4,9,9],"out_channels":8,"kernel_size":2})"),
                    TensorRole::weights, Fill::random, 7);
    ASSERT_EQ(t.shape, (Shape{8, 4, 2, 2}));
    const auto [low, high] = std::minmax_element(t.values.begin(), t.values.end());
    EXPECT_GE(*low, -0.25f);
    EXPECT_LE(*high, 0.25f);
    EXPECT_GT(*high - *low, 0.4f);
}

TEST(Inputs, IntegersStaySmallAndTakeEveryValue) {
    const Tensor t = make_tensor(problem_of(R"({"op":"conv2d","input":[1,1,30,30]})"), TensorRole::input,
                                 Fill::integers, 3);
    std::array<int, 5> seen{};
    for (const float value : t.values) {
        ASSERT_EQ(value, float(int(value)));
        ASSERT_LE(std::abs(value), 2.0f);
        ++seen[size_t(value + 2)];
    }
    for (const int count : seen) EXPECT_GT(count, 100);
}

std::vector<float> pattern(const char* kernel_size, Fill fill) {
    const std::string text =
        cat(R"({"op":"depthwise_conv2d","input":[1,1,9,9],"kernel_size":)", kernel_size, "}");
    const Tensor t = make_tensor(problem_of(text.c_str()), TensorRole::weights, fill, 0);
    return {t.values.begin(), t.values.end()};
}

TEST(Inputs, WeightPatternsAreTheTextbookOnes) {
    EXPECT_EQ(pattern("3", Fill::sobel_x), (std::vector<float>{-1, 0, 1, -2, 0, 2, -1, 0, 1}));
    EXPECT_EQ(pattern("3", Fill::sobel_y), (std::vector<float>{-1, -2, -1, 0, 0, 0, 1, 2, 1}));
    EXPECT_EQ(pattern("3", Fill::laplacian), (std::vector<float>{0, 1, 0, 1, -4, 1, 0, 1, 0}));
    EXPECT_EQ(pattern("3", Fill::sharpen), (std::vector<float>{0, -1, 0, -1, 5, -1, 0, -1, 0}));
    EXPECT_EQ(pattern("3", Fill::emboss), (std::vector<float>{-2, -1, 0, -1, 1, 1, 0, 1, 2}));
    EXPECT_EQ(pattern("[3,1]", Fill::identity), (std::vector<float>{0, 1, 0}));
    EXPECT_EQ(pattern("[1,2]", Fill::box), (std::vector<float>{0.5f, 0.5f}));
    const std::vector<float> blur = pattern("5", Fill::gaussian);
    EXPECT_NEAR(std::accumulate(blur.begin(), blur.end(), 0.0), 1.0, 1e-6);
    EXPECT_EQ(blur[0], blur[24]);
    EXPECT_GT(blur[12], blur[11]);
    const std::vector<float> gabor = pattern("7", Fill::gabor);
    EXPECT_FLOAT_EQ(gabor[24], 1.0f);
}

TEST(Inputs, PatternsKeepBrightnessAcrossChannels) {
    const Tensor t =
        make_tensor(problem_of(R"({"op":"conv2d","input":[1,4,9,9],"out_channels":2,"kernel_size":3})"),
                    TensorRole::weights, Fill::box, 0);
    EXPECT_NEAR(std::accumulate(t.values.begin(), t.values.end(), 0.0), 2.0, 1e-5);
}

TEST(Inputs, UpsamplingKeepsBrightness) {
    const Tensor t = make_tensor(
        problem_of(R"({"op":"conv_transpose2d","input":[1,1,9,9],"kernel_size":4,"stride":2,"padding":1})"),
        TensorRole::weights, Fill::box, 0);
    for (const float value : t.values) EXPECT_EQ(value, 0.25f);  // four taps reach each output element
}

TEST(Inputs, RampAndImpulse) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,2,5,5]})");
    const Tensor ramp = make_tensor(p, TensorRole::input, Fill::ramp, 0);
    EXPECT_EQ(ramp.values[49], 49.0f);
    const Tensor impulse = make_tensor(p, TensorRole::input, Fill::impulse, 0);
    EXPECT_EQ(impulse.values[12], 1.0f);
    EXPECT_EQ(impulse.values[37], 1.0f);
    EXPECT_EQ(std::accumulate(impulse.values.begin(), impulse.values.end(), 0.0f), 2.0f);
}

TEST(Inputs, FillTableIsInEnumOrderWithUniqueNames) {
    for (size_t i = 0; i < fills().size(); ++i) {
        EXPECT_EQ(size_t(fills()[i].fill), i);
        EXPECT_EQ(fill_named(fills()[i].name), fills()[i].fill);
    }
    EXPECT_FALSE(fill_named("nonsense"));
}

TEST(Inputs, SaysWhenIntegersStopBeingExact) {
    EXPECT_TRUE(integers_are_exact(problem_of(R"({"op":"conv2d","input":[1,512,9,9],"kernel_size":3})")));
    EXPECT_FALSE(integers_are_exact(
        problem_of(R"({"op":"conv2d","input":[1,1,3000,3000],"kernel_size":[2100,2000]})")));
}

}  // namespace
}  // namespace convscope
