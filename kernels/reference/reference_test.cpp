#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/case.h"
#include "core/errors.h"
#include "core/inputs.h"
#include "core/problem_json.h"
#include "core/taps.h"
#include "reference/verification.h"

namespace convscope {
namespace {

Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

// PyTorch's float64 answers: float64 rounding of sums of a few hundred terms is all that may differ.
TEST(Reference, AgreesWithPyTorchOnAllCases) {
    const auto folders = find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases");
    ASSERT_EQ(folders.size(), 120u);
    for (const std::string& folder : folders) {
        const Case c = read_case(folder);
        const Reference reference = reference_whole(c.problem, c.tensors);
        ASSERT_EQ(reference.values.size(), c.expected.values.size());
        for (size_t i = 0; i < reference.values.size(); ++i)
            ASSERT_LE(std::fabs(reference.values[i] - c.expected.values[i]), 1e-14 * reference.magnitude[i])
                << folder << " element " << i;
    }
}

// The whole reference walks rows, the sampled one walks taps: two ways to one answer.
TEST(Reference, WholeAndSampledAgreeOnAllCases) {
    for (const std::string& folder : find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases")) {
        const Case c = read_case(folder);
        const Reference whole = reference_whole(c.problem, c.tensors);
        const Reference some = reference_at(c.problem, c.tensors, sample_indices(c.problem, 300, 5));
        for (size_t k = 0; k < some.values.size(); ++k) {
            const auto i = size_t(some.index(k));
            ASSERT_LE(std::fabs(some.values[k] - whole.values[i]), 1e-14 * whole.magnitude[i]) << folder;
            ASSERT_NEAR(some.magnitude[k], whole.magnitude[i], 1e-13 * whole.magnitude[i]) << folder;
            ASSERT_EQ(some.terms[k], whole.terms[i]) << folder;
        }
    }
}

TEST(Reference, HandChecked) {
    const Problem p =
        problem_of(R"({"op":"depthwise_conv2d","input":[1,2,5,5],"kernel_size":[3,1],"padding":[1,0]})");
    Tensors tensors = make_tensors(p, Fill::ramp, Fill::ones, 0);
    const Reference reference = reference_whole(p, tensors);
    EXPECT_EQ(reference.values[0], 0 + 5);
    EXPECT_EQ(reference.values[6], 1 + 6 + 11);
    EXPECT_EQ(reference.values[49], 44 + 49);
    EXPECT_EQ(reference.terms[0], 2);
    EXPECT_EQ(reference.terms[6], 3);
}

TEST(Reference, DoesNotMultiplyPadding) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,2,2],"kernel_size":3,"padding":1})");
    Tensors tensors = make_tensors(p, Fill::ones, Fill::ones, 0);
    Tensor weights = *tensors.weights;
    weights.values[0] = INFINITY;  // meets padding only in output (0, 0)
    tensors.weights = std::make_shared<const Tensor>(weights);
    const Reference reference = reference_whole(p, tensors);
    EXPECT_EQ(reference.values[0], 4);
    EXPECT_TRUE(std::isinf(reference.values[3]));
}

TEST(Reference, CanBeCancelled) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,64,64],"kernel_size":3})");
    const Tensors tensors = make_tensors(p, Fill::ones, Fill::ones, 0);
    EXPECT_THROW(reference_whole(p, tensors, [] { return false; }), Error);
}

TEST(Sampling, KeepsCornersAndStaysWithinCount) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[2,3,100,90],"out_channels":4})");
    const auto picked = sample_indices(p, 2000, 1);
    EXPECT_LE(picked.size(), 2000u);
    EXPECT_GT(picked.size(), 1500u);
    EXPECT_TRUE(std::is_sorted(picked.begin(), picked.end()));
    EXPECT_EQ(picked.front(), 0);
    EXPECT_EQ(picked.back(), 2 * 4 * 100 * 90 - 1);
    EXPECT_TRUE(std::binary_search(picked.begin(), picked.end(), 31 * 90 + 32));
}

}  // namespace
}  // namespace convscope
