#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/problem_json.h"
#include "reference/verification.h"

namespace convscope {
namespace {

const Problem& four() {
    static const Problem problem(
        spec_from_json(nlohmann::json::parse(R"({"op":"conv2d","input":[1,1,2,2]})")));
    return problem;
}

Reference reference_of(std::vector<double> values) {
    Reference out;
    for (const double value : values) out.magnitude.push_back(std::fabs(value));
    out.terms.assign(values.size(), 2);
    out.values = std::move(values);
    return out;
}

TEST(RoundingBound, IsHighamsGamma) {
    const double u = 0x1p-24;
    EXPECT_DOUBLE_EQ(rounding_bound({}, 3, 2.0), 3 * u / (1 - 3 * u) * 2.0 + 3 * 0x1p-149);
    EXPECT_DOUBLE_EQ(rounding_bound({}, 0, 0.0), 0.0);
    EXPECT_TRUE(std::isinf(rounding_bound({}, int64_t{1} << 25, 1.0)));
}

TEST(Judge, PassesWithinTheBound) {
    const std::vector<float> output{1, 2, std::nextafter(3.0f, 4.0f), 4};
    const Verification v = judge(four(), reference_of({1, 2, 3, 4}), output, {});
    EXPECT_EQ(v.state, Verification::State::verified);
    EXPECT_EQ(v.worst_index, 2);
    EXPECT_NEAR(v.bound_ratio, 0x1p-22 / (3 * 2 * 0x1p-24), 1e-6);  // one unit of 3 over γ(2)·3
    EXPECT_EQ(v.share, 1);
}

TEST(Judge, FailsBeyondTheBoundWithASentence) {
    const std::vector<float> output{1, 2, 3.001f, 4};
    const Verification v = judge(four(), reference_of({1, 2, 3, 4}), output, {});
    EXPECT_EQ(v.state, Verification::State::wrong);
    EXPECT_NE(v.reason.find("output[0,0,1,0] is 3.00"), std::string::npos);
    EXPECT_NE(v.reason.find("times the rounding bound"), std::string::npos);
}

TEST(Judge, NonFiniteValuesFailWhereTheReferenceHasNone) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    for (const float bad : {nan, inf, -inf}) {
        const std::vector<float> output{1, 2, bad, 4.5f};
        const Verification v = judge(four(), reference_of({1, 2, 3, 4}), output, {});
        EXPECT_EQ(v.state, Verification::State::wrong);
        EXPECT_EQ(v.worst_index, 2);
        EXPECT_TRUE(std::isinf(v.max_abs_error));
    }
}

TEST(Judge, NonFiniteReferencesWantTheSame) {
    const double inf = std::numeric_limits<double>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(
        judge(four(), reference_of({inf, -inf, NAN, 0}), std::vector<float>{INFINITY, -INFINITY, nan, 0}, {})
            .state,
        Verification::State::verified);
    EXPECT_EQ(judge(four(), reference_of({inf, 1, 1, 1}), std::vector<float>{-INFINITY, 1, 1, 1}, {}).state,
              Verification::State::wrong);
}

TEST(Judge, ZeroOverZeroIsZeroAndAnythingOverZeroFails) {
    EXPECT_EQ(judge(four(), reference_of({0, 0, 0, 0}), std::vector<float>{0, 0, -0.0f, 0}, {}).bound_ratio,
              0);
    Reference no_taps = reference_of({0, 0, 0, 0});
    no_taps.terms.assign(4, 0);
    const Verification v = judge(four(), no_taps, std::vector<float>{0, 1e-40f, 0, 0}, {});
    EXPECT_EQ(v.state, Verification::State::wrong);
    EXPECT_TRUE(std::isinf(v.bound_ratio));
}

TEST(JudgeExact, AllowsNoDifference) {
    EXPECT_TRUE(judge_exact(four(), reference_of({1, 2, 3, 4}), std::vector<float>{1, 2, 3, 4}).integer_run);
    const Verification v = judge_exact(four(), reference_of({1, 2, 3, 4}), std::vector<float>{1, 2, 2, 4});
    EXPECT_EQ(v.state, Verification::State::wrong);
    EXPECT_NE(v.reason.find("on small integers"), std::string::npos);
}

}  // namespace
}  // namespace convscope
