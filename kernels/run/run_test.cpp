#include "run/run.h"

#include <gtest/gtest.h>

#include "core/taps.h"
#include "devices/cpu/cpu_device.h"
#include "run/flawed_device.h"
#include "run/middle.h"
#include "run/peer.h"
#include "run/random_problem.h"
#include "run/timing.h"
#include "run/verify.h"

namespace convscope {
namespace {

using Status = KernelResult::Status;

TEST(Run, VerifiesAndTimesARightKernel) {
    FlawedRun f;
    const ResultPtr result = f.result_of("none");
    const KernelResult& row = result->rows[0];
    EXPECT_TRUE(result->finished);
    EXPECT_EQ(row.status, Status::done);
    EXPECT_EQ(row.verification.state, Verification::State::verified);
    EXPECT_TRUE(row.verification.integer_run);
    EXPECT_TRUE(row.verification.whole());
    ASSERT_TRUE(row.timing);
    EXPECT_DOUBLE_EQ(row.timing->median_ms, 2.0);
    EXPECT_DOUBLE_EQ(row.timing->gbs, f.problem.minimal_bytes() / 2e6);
}

TEST(Run, CeilingsAreThoseOfTheDeviceWhereTheyWereAskedFor) {
    FlawedRun f;
    EXPECT_FALSE(f.result_of("none")->rows[0].ceilings);
    f.request.timing.ceilings = true;
    const KernelResult row = f.result_of("none")->rows[0];
    ASSERT_TRUE(row.ceilings);
    EXPECT_DOUBLE_EQ(row.ceilings->bandwidth_gbs, 1);
    EXPECT_DOUBLE_EQ(row.ceilings->fp32_tflops, 0.001);
    EXPECT_GT(row.timing->roofline_share, 0);
}

class WrongKernels : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongKernels, LoseTheirTimeAndSayWhy) {
    FlawedRun f;
    const ResultPtr result = f.result_of(GetParam().first);
    const KernelResult& row = result->rows[0];
    EXPECT_EQ(row.verification.state, Verification::State::wrong);
    EXPECT_NE(row.reason.find(GetParam().second), std::string::npos) << row.reason;
    EXPECT_FALSE(row.timing);
    EXPECT_TRUE(row.output);  // a wrong answer can be looked at
}

INSTANTIATE_TEST_SUITE_P(All, WrongKernels,
                         testing::Values(std::pair{"off_by_a_little", "times the rounding bound"},
                                         std::pair{"loses_a_tap", "on small integers"},
                                         std::pair{"writes_nothing", "elements were never written"},
                                         std::pair{"writes_outside", "outside of the output"}));

TEST(Run, AFailedLaunchIsARowNotAnEnd) {
    FlawedRun f;
    f.request.kernels = {{"flawed", "throws"}, {"flawed", "missing"}, {"flawed", ""}};
    const ResultPtr result = run(f.request, f.devices, {});
    EXPECT_EQ(result->rows[0].status, Status::failed);
    EXPECT_EQ(result->rows[0].reason, "the launch failed");
    EXPECT_EQ(result->rows[1].status, Status::unsupported);
    EXPECT_EQ(result->rows[1].reason, "there is no such kernel");
    EXPECT_EQ(result->rows[2].choice.kernel, "none");
    EXPECT_EQ(result->rows[2].verification.state, Verification::State::verified);
}

TEST(Run, RefusesWhatDoesNotFitAndSaysHowMuchIsMissing) {
    FlawedRun f;
    f.device->needed = 3e6;
    const ResultPtr result = f.result_of("none");
    EXPECT_EQ(result->rows[0].status, Status::failed);
    EXPECT_NE(result->rows[0].reason.find("needs 3 MB of memory"), std::string::npos)
        << result->rows[0].reason;
    EXPECT_NE(result->rows[0].reason.find("1 MB are free"), std::string::npos);
    EXPECT_EQ(result->rows[0].reason.find("scratch"), std::string::npos);
}

TEST(Run, SaysHowMuchOfTheMemoryIsScratch) {
    FlawedRun f;
    f.device->scratch = 1000;
    EXPECT_EQ(f.result_of("none")->rows[0].scratch_bytes, 1000);
    f.device->needed = 3e6, f.device->scratch = 2.5e6;
    const ResultPtr result = f.result_of("none");
    EXPECT_EQ(result->rows[0].status, Status::failed);
    EXPECT_NE(result->rows[0].reason.find(", 2.5 MB of it scratch; 1 MB are free"), std::string::npos)
        << result->rows[0].reason;
}

TEST(Run, ShowsOutputsBeforeTheyAreVerified) {
    FlawedRun f;
    f.request.kernels = {{"flawed", "none"}};
    bool early = false;
    int updates = 0;
    run(f.request, f.devices, {}, [&](const ResultPtr& result) {
        ++updates;
        const KernelResult& row = result->rows[0];
        if (row.output && row.verification.state == Verification::State::not_yet) early = true;
    });
    EXPECT_TRUE(early);
    EXPECT_GE(updates, 4);
}

// Stages follow each other without a gap, and each begins with a share of nothing.
TEST(Run, SaysWhichPartOfTheWholeAStageCovers) {
    FlawedRun f;
    f.request.kernels = {{"flawed", "none"}, {"flawed", "loses_a_tap"}};
    const CancelToken token;
    double progress = 0;
    std::vector<std::string> begun;
    run(f.request, f.devices, token, [&](const ResultPtr& result) {
        EXPECT_GE(result->progress, progress);
        EXPECT_DOUBLE_EQ(result->stage_from, result->progress) << result->stage;
        EXPECT_GE(result->stage_to, result->stage_from);
        progress = result->progress;
        if (result->stage_to == result->stage_from || (!begun.empty() && begun.back() == result->stage))
            return;
        begun.push_back(result->stage);
        EXPECT_EQ(token.share(), 0) << result->stage;
    });
    EXPECT_EQ(progress, 1);
    EXPECT_EQ(begun, (std::vector<std::string>{
                         "computing flawed none", "computing flawed loses_a_tap",
                         "computing the float64 reference", "verifying flawed none",
                         "verifying flawed loses_a_tap", "computing the reference on small integers",
                         "verifying on integers, flawed none", "verifying on integers, flawed loses_a_tap",
                         "timing flawed none", "timing flawed loses_a_tap"}));
}

const char* separable =
    R"({"op":"separable_conv2d","input":[2,3,9,8],"out_channels":5,"kernel_size":3,"padding":1,"bias":true})";

TEST(Run, ShowsWhatASeparableProblemHasInTheMiddle) {
    FlawedRun f(separable);
    EXPECT_FALSE(f.result_of("none")->middle);
    f.request.middle = true;
    bool early = false;
    f.request.kernels = {{"flawed", "none"}};
    const ResultPtr result = run(f.request, f.devices, {}, [&](const ResultPtr& now) {
        if (now->middle && !now->reference) early = true;
    });
    EXPECT_TRUE(early);
    ASSERT_TRUE(result->middle);
    EXPECT_EQ(result->why_no_middle, "");
    EXPECT_EQ(result->middle->shape, (Shape{2, 3, 9, 8}));
    const Problem stage =
        problem_of(R"({"op":"depthwise_conv2d","input":[2,3,9,8],"kernel_size":3,"padding":1})");
    const Tensors& all = f.request.tensors;
    const Reference exact = reference_whole(stage, {all.input, all.weights, nullptr, nullptr});
    for (size_t i = 0; i < exact.values.size(); ++i)
        ASSERT_EQ(result->middle->values[i], float(exact.values[i])) << i;
}

TEST(Run, ABigMiddleComesFromTheCpu) {
    FlawedRun f(separable);
    f.request.middle = true;
    f.request.verify.whole_up_to_taps = 10;
    EXPECT_NE(f.result_of("none")->why_no_middle.find("no device 'cpu'"), std::string::npos);
    f.devices.present.push_back(make_cpu_device());
    const ResultPtr result = f.result_of("none");
    ASSERT_TRUE(result->middle) << result->why_no_middle;
    const Problem stage =
        problem_of(R"({"op":"depthwise_conv2d","input":[2,3,9,8],"kernel_size":3,"padding":1})");
    const Tensors& all = f.request.tensors;
    const Reference exact = reference_whole(stage, {all.input, all.weights, nullptr, nullptr});
    EXPECT_EQ(judge(stage, exact, result->middle->values, {}).state, Verification::State::verified);
}

TEST(Run, AMiddleThatIsNotThereSaysWhy) {
    FlawedRun f;
    f.request.middle = true;
    EXPECT_EQ(f.result_of("none")->why_no_middle, "conv2d has a single stage, and nothing in the middle");
    // 2·10⁶ squared elements fit nowhere; nothing computes them.
    const Problem huge = problem_of(
        R"({"op":"separable_conv2d","input":[1,1,1,1],"out_channels":1,"kernel_size":1,"padding":1000000})");
    const Tensors tensors = make_tensors(huge, Fill::ones, Fill::ones, 0);
    for (const double up_to : {0.0, 4e8}) {
        const Middle middle = middle_of(huge, tensors, {{make_cpu_device()}, {}}, up_to, {});
        EXPECT_FALSE(middle.values);
        EXPECT_NE(middle.why_not.find("the depthwise result needs"), std::string::npos) << middle.why_not;
    }
    CancelToken cancel;
    cancel.cancel();
    const FlawedRun s(separable);
    EXPECT_THROW(middle_of(s.problem, s.request.tensors, {}, 4e8, cancel), Error);
}

TEST(Run, CancellingEndsItWithItsOwnKind) {
    FlawedRun f;
    CancelToken cancel;
    f.request.kernels = {{"flawed", "none"}};
    try {
        run(f.request, f.devices, cancel, [&](const ResultPtr&) { cancel.cancel(); });
        FAIL() << "was not cancelled";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
}

TEST(Run, MissingDevicesSayWhy) {
    FlawedRun f;
    f.request.kernels = {{"gpu", "naive"}};
    try {
        run(f.request, f.devices, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::device_missing);
        EXPECT_NE(std::string(error.what()).find("no NVIDIA driver was found"), std::string::npos);
    }
}

TEST(Run, SamplesWhereTheWholeReferenceWouldBeSlow) {
    FlawedRun f;
    f.request.verify.whole_up_to_taps = 10;
    f.request.verify.samples = 100;
    const ResultPtr result = f.result_of("none");
    EXPECT_LT(result->rows[0].verification.share, 0.25);
    EXPECT_GT(result->rows[0].verification.share, 0.1);
    EXPECT_EQ(result->rows[0].verification.state, Verification::State::verified);
}

// What verify_kernel says of one flawed kernel.
Verification verify_flawed(const char* kernel, const FlawedElements& elements = {}) {
    FlawedRun f;
    f.device->elements = elements;
    return verify_kernel(*f.device, make_truth(f.problem, f.request.tensors, {}, 1, {}), kernel, {});
}

TEST(Verify, AKernelThatAnswersDifferentlyTheSecondTimeIsWrong) {
    const Verification right = verify_flawed("none");
    EXPECT_EQ(right.state, Verification::State::verified) << right.reason;
    EXPECT_EQ(right.repeatable, Verification::Repeatable::yes);
    EXPECT_TRUE(right.integer_run);
    for (const bool far : {false, true}) {
        const Verification differs = verify_flawed("differs_again", {.one = 165, .far = far});
        EXPECT_EQ(differs.state, Verification::State::wrong);
        EXPECT_EQ(differs.repeatable, Verification::Repeatable::no);
        EXPECT_EQ(differs.reason.rfind("output[0,1,0,9] is ", 0), 0u) << differs.reason;
        EXPECT_NE(differs.reason.find(" in the first run and "), std::string::npos) << differs.reason;
        EXPECT_TRUE(differs.computed);
    }
}

TEST(Verify, AKernelThatSaysThatItMayDifferIsNotHeldToIt) {
    const Verification may = verify_flawed("may_differ");
    EXPECT_EQ(may.state, Verification::State::verified) << may.reason;
    EXPECT_EQ(may.repeatable, Verification::Repeatable::not_by_design);
}

TEST(Verify, TheSecondRunWritesEveryElementToo) {
    const Verification unwritten = verify_flawed("unwritten_again", {.one = 7});
    EXPECT_EQ(unwritten.state, Verification::State::wrong);
    EXPECT_EQ(unwritten.repeatable, Verification::Repeatable::unknown);
    EXPECT_EQ(unwritten.reason, "in the second run, 1 element was never written, output[0,0,0,7] first");
}

TEST(Verify, WhatIsWrongTheFirstTimeIsNotRunAgain) {
    const Verification wrong = verify_flawed("off_by_a_little");
    EXPECT_EQ(wrong.state, Verification::State::wrong);
    EXPECT_EQ(wrong.repeatable, Verification::Repeatable::unknown);
    const Verification inexact = verify_flawed("inexact_in_one");  // refuted by the integers only
    EXPECT_EQ(inexact.state, Verification::State::wrong);
    EXPECT_EQ(inexact.repeatable, Verification::Repeatable::yes);
}

TEST(Timing, PercentilesInterpolate) {
    EXPECT_DOUBLE_EQ(percentile({4, 1, 3, 2}, 0.5), 2.5);
    EXPECT_DOUBLE_EQ(percentile({1, 2, 3, 4, 5, 6}, 0.2), 2);
    EXPECT_DOUBLE_EQ(percentile({7}, 0.8), 7);
}

TEST(Timing, SamplingTellsHowFarItIs) {
    const Problem p = problem_of(small_problem);
    FlawedExecution execution(p, make_tensors(p, Fill::random, Fill::random, 1), Flaw::none);
    const CancelToken token;
    execution.on_time = [&, last = 0.0](const CancelToken& piece) mutable {
        EXPECT_GE(token.share(), last);
        EXPECT_LE(token.share(), 1);
        last = token.share();
        piece.report(1);
    };
    const auto samples = sample(execution, {.samples_at_least = 50}, token);
    EXPECT_EQ(samples.size(), 50u);
    EXPECT_NEAR(token.share(), 1, 1e-9);
}

TEST(CancelToken, PiecesReportTheirPartOfTheShare) {
    const CancelToken token;
    token.part_of(1, 4).report(0.5);
    EXPECT_EQ(token.share(), 0.375);
    const CancelToken second_half = token.part(0.5, 1);
    second_half.report(0.5);
    EXPECT_DOUBLE_EQ(token.share(), 0.75);
    second_half.part(0.5, 1).report(0);
    EXPECT_DOUBLE_EQ(token.share(), 0.75);
    CancelToken(token).cancel();
    EXPECT_TRUE(second_half.cancelled());
}

TEST(Timing, ThePeerRatioIsASpeed) {
    const Problem p = problem_of(small_problem);
    EXPECT_DOUBLE_EQ(peer_ratio(timing_of(p, {3}, 0, {}), timing_of(p, {2}, 0, {})), 1.5);
}

TEST(Timing, APeerHasTheSameDeviceAndTheSamePromise) {
    const auto row = [](const char* device, const char* kernel, const ErrorModel& error, bool peer) {
        KernelResult result;
        result.choice = {device, kernel};
        result.facts.error = error;
        result.facts.peer = peer;
        return result;
    };
    const KernelResult float32 = row("gpu", "cudnn", {}, true);
    const KernelResult tf32 = row("gpu", "cudnn_tf32", tf32_error, true);
    const KernelResult ours = row("gpu", "implicit_gemm", {}, false);
    const KernelResult ours_tf32 = row("gpu", "implicit_gemm_tf32", tf32_error, false);
    const KernelResult ours_3xtf32 = row("gpu", "implicit_gemm_3xtf32", three_tf32_error, false);
    for (const KernelResult& each : {ours, ours_3xtf32, float32}) {
        EXPECT_TRUE(is_peer_of(float32, each)) << each.choice.kernel;
        EXPECT_FALSE(is_peer_of(tf32, each)) << each.choice.kernel;
    }
    for (const KernelResult& each : {ours_tf32, tf32}) {
        EXPECT_TRUE(is_peer_of(tf32, each)) << each.choice.kernel;
        EXPECT_FALSE(is_peer_of(float32, each)) << each.choice.kernel;
    }
    EXPECT_FALSE(is_peer_of(row("cpu", "onednn", {}, true), ours));
    EXPECT_FALSE(is_peer_of(ours, ours));
}

// PROBLEMS.md's floor of kb83 on an H200: 1.072 GB at 4.3 TB/s.
TEST(Timing, FloorsAreThePublishedOnes) {
    const Problem kb83 =
        problem_of(R"({"op":"depthwise_conv2d","input":[64,8,512,512],"kernel_size":[3,1]})");
    EXPECT_NEAR(floor_ms(kb83, {4300, 67, 494}), 0.249, 5e-4);
    const Problem kb65 = problem_of(
        R"({"op":"conv_transpose2d","input":[8,64,512,512],"out_channels":64,"kernel_size":[3,7]})");
    EXPECT_NEAR(floor_ms(kb65, {4300, 67, 494}), 5.385, 5e-3);
    const ErrorModel tf32{.name = "tf32"}, three_tf32{.name = "3xtf32"};
    EXPECT_NEAR(floor_ms(kb65, {4300, 67, 494}, tf32), 0.730, 5e-3);
    EXPECT_NEAR(floor_ms(kb65, {4300, 67, 494}, three_tf32), 3 * 0.730, 1e-2);
    EXPECT_NEAR(floor_ms(kb65, {4300, 67, 0}, tf32), 5.385, 5e-3);
    EXPECT_NEAR(floor_ms(kb65, {430, 67, 494}, tf32), 2.52, 5e-2);
    const Floors known = floors(kb65, {4300, 67, 494});
    EXPECT_NEAR(known.memory_ms, 0.252, 5e-4);
    EXPECT_NEAR(known.fp32_ms, 5.385, 5e-3);
    EXPECT_NEAR(known.tf32_ms, 0.730, 5e-3);
    EXPECT_EQ(floors(kb65, {}).memory_ms, 0);
    EXPECT_EQ(floor_ms(kb65, {4300, 0, 0}), 0);
    EXPECT_NEAR(timing_of(kb65, {7.3}, 0, {4300, 67, 494}, tf32).roofline_share, 0.1, 1e-3);
}

TEST(RandomProblem, IsReproducibleLegalSmallAndVaried) {
    std::array<int, 6> seen{};
    int grouped = 0, padded_outputs = 0, wide = 0, single_products = 0;
    for (uint64_t i = 0; i < 600; ++i) {
        const Problem p = random_problem(3, i);
        EXPECT_EQ(p, random_problem(3, i));
        EXPECT_LE(exact_taps(p), 4e5);
        ++seen[size_t(p.op())];
        grouped += !facts(p.op()).per_channel && p.groups() > 1;
        padded_outputs += p.output_padding() != Axes{0, 0, 0};
        wide += p.out_channels_per_group() > 64;
        single_products += p.nominal_taps_per_output() == 1;
    }
    for (const int count : seen) EXPECT_GT(count, 50);
    EXPECT_GT(grouped, 50);
    EXPECT_GT(padded_outputs, 40);
    EXPECT_GT(wide, 20);
    EXPECT_GT(single_products, 5);
    EXPECT_EQ(random_problem(1, 2, Operator::conv3d).op(), Operator::conv3d);
}

}  // namespace
}  // namespace convscope
