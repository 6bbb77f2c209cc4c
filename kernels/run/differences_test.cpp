#include "run/differences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/flawed_device.h"
#include "run/verify.h"

namespace convscope {
namespace {

using State = Verification::State;
using Kernels = std::vector<std::string>;

std::shared_ptr<GuardedOutput> output_of(const std::vector<float>& values) {
    auto output = std::make_shared<GuardedOutput>(int64_t(values.size()));
    std::copy(values.begin(), values.end(), output->data());
    return output;
}

TEST(Differences, TheLargestOfBothKindsAreFound) {
    std::vector<float> a(3'000'000, 1000), b = a;
    a[2'500'000] = 1e-6f, b[2'500'000] = 2e-6f;  // relative
    b[17] = 1001;                                // absolute
    b[18] = 1000.5f;
    b[19] = 1000.25f;
    using Indices = std::vector<int64_t>;
    for (const bool far : {false, true}) {
        OutputPtr x = output_of(a), y = output_of(b);
        if (far) x = std::make_shared<FarOutput>(x), y = std::make_shared<FarOutput>(y);
        EXPECT_EQ(most_different(*x, *y, 1, {}), (Indices{17, 2'500'000}));
        EXPECT_EQ(most_different(*y, *x, 2, {}), (Indices{17, 18, 2'500'000}));
        EXPECT_EQ(most_different(*x, *x, 9, {}), Indices{});
        EXPECT_EQ(on_host(x)->host()[2'500'000], 1e-6f);
    }
}

TEST(Differences, ANaNBesideANumberIsTheLargest) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                    inf = std::numeric_limits<float>::infinity();
    const OutputPtr a = output_of({nan, inf, nan, 5, 0}), b = output_of({nan, inf, 7, 1e30f, -0.0f});
    EXPECT_EQ(most_different(*a, *b, 1, {}), (std::vector<int64_t>{2}));
    EXPECT_EQ(most_different(*a, *b, 9, {}), (std::vector<int64_t>{2, 3}));
}

TEST(Differences, TheFirstIsOfBits) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> a(2'000'000, 1), b = a;
    a[3] = b[3] = nan;
    b[1'999'998] = 1.0000001f, b[1'999'999] = 2;
    for (const bool far : {false, true}) {
        OutputPtr x = output_of(a), y = output_of(b);
        if (far) x = std::make_shared<FarOutput>(x), y = std::make_shared<FarOutput>(y);
        EXPECT_EQ(first_difference(*x, *x, {}), -1);
        EXPECT_EQ(first_difference(*x, *output_of(a), {}), -1);
        EXPECT_EQ(first_difference(*x, *y, {}), 1'999'998);
    }
    EXPECT_EQ(first_difference(*output_of({1, 0}), *output_of({1, -0.0f}), {}), 1);
    EXPECT_EQ(first_difference(*output_of({nan}), *output_of({std::copysign(nan, -1.0f)}), {}), 0);
}

TEST(Differences, CanBeCancelled) {
    CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(first_difference(*output_of({1}), *output_of({2}), cancel), Error);
    EXPECT_THROW(most_different(*output_of({1}), *output_of({2}), 1, cancel), Error);
}

TEST(Differences, MoreElementsComeIntoTheReferenceInTheirOrder) {
    FlawedRun f;
    const Reference whole = reference_whole(f.problem, f.request.tensors);
    const Reference some = reference_at(f.problem, f.request.tensors, {3, 100, 200});
    const Reference more = with_elements(some, {1, 100, 150, 467}, f.problem, f.request.tensors, {});
    EXPECT_EQ(more.indices, (std::vector<int64_t>{1, 3, 100, 150, 200, 467}));
    for (size_t k = 0; k < more.indices.size(); ++k) {
        EXPECT_DOUBLE_EQ(more.values[k], whole.values[size_t(more.indices[k])]);
        EXPECT_DOUBLE_EQ(more.magnitude[k], whole.magnitude[size_t(more.indices[k])]);
        EXPECT_EQ(more.terms[k], whole.terms[size_t(more.indices[k])]);
    }
    EXPECT_TRUE(with_elements(whole, {1}, f.problem, f.request.tensors, {}).whole());
}

TEST(Differences, MoreElementsBringWhatWinogradsBoundCounts) {
    FlawedRun f;
    const ErrorModel model{.sums = Sums::winograd_f2x2};
    Reference whole = reference_whole(f.problem, f.request.tensors);
    Reference some = reference_at(f.problem, f.request.tensors, {3, 100, 200});
    complete_for(model, whole, f.problem, f.request.tensors);
    complete_for(model, some, f.problem, f.request.tensors);
    for (const std::vector<int64_t>& indices : {std::vector<int64_t>{100}, {1, 100, 150, 467}}) {
        const Reference more = with_elements(some, indices, f.problem, f.request.tensors, {});
        ASSERT_TRUE(is_complete_for(model, more));
        for (size_t k = 0; k < more.indices.size(); ++k)
            EXPECT_DOUBLE_EQ(rounding_bound(model, more, k),
                             rounding_bound(model, whole, size_t(more.indices[k])));
    }
}

// A run that verifies samples, and whose flawed kernels are wrong only where the sample does not look.
struct SampledRun : FlawedRun {
    SampledRun() {
        request.verify.whole_up_to_taps = 10;
        request.verify.samples = 100;
        std::vector<int64_t> missed;
        const std::vector<int64_t> sampled = sample_indices(problem, 100, 1);
        for (int64_t i = 0; i < element_count(problem.output_shape()); ++i)
            if (!std::ranges::binary_search(sampled, i)) missed.push_back(i);
        device->elements.one = missed[20];
        device->elements.another = missed[40];
    }
    std::vector<State> states(const Kernels& kernels) {
        std::vector<State> found;
        const ResultPtr result = result_of(kernels);
        for (const KernelResult& row : result->rows) {
            found.push_back(row.verification.state);
            EXPECT_EQ(row.verification.state == State::verified, row.timing.has_value()) << row.choice.kernel;
            EXPECT_LT(row.verification.share, 0.5);
        }
        return found;
    }
};

constexpr State right = State::verified, wrong = State::wrong;
using States = std::vector<State>;

TEST(ComparedOutputs, AFlawThatTheSampleMissesStaysUnseenAlone) {
    SampledRun f;
    EXPECT_EQ(f.states({"off_in_one"}), States{right});
    EXPECT_EQ(f.states({"off_in_one", "off_in_one"}), (States{right, right}));
}

TEST(ComparedOutputs, ARightKernelBesideItShowsIt) {
    SampledRun f;
    for (const bool far : {false, true}) {
        f.device->elements.far = far;
        EXPECT_EQ(f.states({"off_in_one", "none"}), (States{wrong, right}));
        EXPECT_EQ(f.states({"none", "off_in_one"}), (States{right, wrong}));
        EXPECT_EQ(f.states({"nan_in_one", "none"}), (States{wrong, right}));
        EXPECT_EQ(f.states({"none", "missing", "nan_in_one"}), (States{right, State::not_yet, wrong}));
    }
    EXPECT_NE(f.result_of(Kernels{"off_in_one", "none"})->rows[0].reason.find("the reference is"),
              std::string::npos);
}

TEST(ComparedOutputs, WrongKernelsShowEachOther) {
    SampledRun f;
    EXPECT_EQ(f.states({"off_in_one", "off_in_another"}), (States{wrong, wrong}));
    EXPECT_EQ(f.states({"off_in_one", "off_in_one", "off_in_another", "none"}),
              (States{wrong, wrong, wrong, right}));
}

TEST(ComparedOutputs, WithoutIntegersTheBoundAloneShowsIt) {
    SampledRun f;
    f.request.verify.integer_run = false;
    EXPECT_EQ(f.states({"off_in_one", "none", "off_in_another"}), (States{wrong, right, wrong}));
    EXPECT_EQ(f.states({"inexact_in_one", "none"}), (States{right, right}));
}

TEST(ComparedOutputs, OnIntegersTheSmallestDifferenceShows) {
    SampledRun f;
    for (const bool far : {false, true}) {
        f.device->elements.far = far;
        EXPECT_EQ(f.states({"inexact_in_one"}), States{right});
        EXPECT_EQ(f.states({"inexact_in_one", "none"}), (States{wrong, right}));
        EXPECT_EQ(f.states({"none", "none", "inexact_in_one", "none"}), (States{right, right, wrong, right}));
        EXPECT_EQ(f.states({"inexact_in_one", "inexact_in_one", "none"}), (States{wrong, wrong, right}));
    }
    EXPECT_NE(f.result_of(Kernels{"inexact_in_one", "none"})->rows[0].reason.find("on small integers"),
              std::string::npos);
}

}  // namespace
}  // namespace convscope
