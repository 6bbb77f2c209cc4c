#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/case.h"
#include "core/inputs.h"
#include "core/problem_json.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/host_kernel.h"
#include "devices/guarded_output.h"
#include "reference/verification.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

class OneDnn : public testing::Test {
  protected:
    void SetUp() override {
        if (!onednn_missing().empty()) GTEST_SKIP() << onednn_missing();
    }
};

// Computes with calls no longer than that and expects what the reference has: exactly, where the tensors are
// integers.
void expect_right(const Problem& problem, bool integers, double longest_call_s) {
    const Fill fill = integers ? Fill::integers : Fill::random;
    const Tensors tensors = make_tensors(problem, fill, fill, 7);
    GuardedOutput output(element_count(problem.output_shape()));
    const CancelToken token;
    make_onednn(problem, tensors, longest_call_s)->compute(output.data(), token);
    EXPECT_NEAR(token.share(), 1, 1e-9);
    const OutputFaults faults = output.check();
    ASSERT_EQ(faults.unwritten, 0) << problem.text();
    ASSERT_EQ(faults.written_outside, 0) << problem.text();
    const std::span<const float> values(output.host(), size_t(output.elements()));
    const Reference reference = reference_whole(problem, tensors);
    const Verification v =
        integers ? judge_exact(problem, reference, values) : judge(problem, reference, values, {});
    ASSERT_EQ(v.state, Verification::State::verified)
        << problem.text() << ", calls of " << longest_call_s << " s: " << v.reason;
}

TEST_F(OneDnn, CutCallsPassAllCasesByBothCriteria) {
    for (const std::string& folder : find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases")) {
        const Problem problem = read_case(folder).problem;
        if (!onednn_supports(problem)) continue;
        expect_right(problem, false, 3e-6);
        expect_right(problem, true, 1e-6);
    }
}

// Outputs that see only padding, in front, behind and between; strides beyond the kernel; groups of many
// channels and many groups of few.
TEST_F(OneDnn, CutCallsPassDelicateShapes) {
    for (
        const char* text :
        {R"({"op":"conv2d","input":[1,2,4,5],"out_channels":3,"kernel_size":3,"padding":[9,11],"bias":true})",
         R"({"op":"conv2d","input":[1,2,7,7],"out_channels":3,"kernel_size":2,"padding":6,"dilation":9,"bias":true})",
         R"({"op":"conv2d","input":[2,3,17,19],"out_channels":5,"kernel_size":2,"stride":5,"padding":4})",
         R"({"op":"conv2d","input":[2,6,9,9],"out_channels":80,"kernel_size":3,"groups":2,"bias":true})",
         R"({"op":"conv2d","input":[1,48,9,9],"out_channels":96,"kernel_size":3,"groups":48,"bias":true})",
         R"({"op":"conv3d","input":[1,3,5,6,7],"out_channels":4,"kernel_size":3,"padding":[1,4,0],"stride":[2,1,3]})",
         R"({"op":"depthwise_conv2d","input":[1,40,9,9],"kernel_size":5,"padding":2,"bias":true})",
         R"({"op":"depthwise_conv2d","input":[1,20,9,9],"out_channels":60,"kernel_size":5,"padding":2})",
         R"({"op":"separable_conv2d","input":[2,36,9,9],"out_channels":50,"kernel_size":5,"padding":4,"bias":true})",
         R"({"op":"conv_transpose2d","input":[1,3,5,6],"out_channels":4,"kernel_size":2,"stride":5,"bias":true})",
         R"({"op":"conv_transpose2d","input":[2,3,5,6],"out_channels":40,"kernel_size":3,"stride":4,"dilation":3,"padding":2,"output_padding":3})",
         R"({"op":"conv_transpose2d","input":[1,34,5,6],"out_channels":34,"kernel_size":1,"stride":3,"groups":34,"bias":true})",
         R"({"op":"conv_transpose3d","input":[1,4,3,4,5],"out_channels":6,"kernel_size":[2,3,1],"stride":[3,2,4],"padding":[1,0,0],"groups":2,"bias":true})"}) {
        const Problem problem = problem_of(text);
        expect_right(problem, false, 3e-6);
        expect_right(problem, true, 2e-7);
    }
}

// Cutting must not change what anybody sees.
TEST_F(OneDnn, AnExecutionThatIsCutComputesEachTimeTheSame) {
    const Problem p =
        problem_of(R"({"op":"separable_conv2d","input":[3,20,30,30],"out_channels":40,"kernel_size":3})");
    const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 1);
    const auto kernel = make_onednn(p, tensors, 1e-5);
    GuardedOutput first(element_count(p.output_shape())), second(first.elements());
    kernel->compute(first.data(), {});
    kernel->compute(second.data(), {});
    for (int64_t i = 0; i < first.elements(); ++i) ASSERT_EQ(first.host()[i], second.host()[i]);
}

// On a few cores each of these runs for seconds, and so would its single calls; many cores may be done first.
TEST_F(OneDnn, ALongComputationIsCancelledSoon) {
    const bool surely_long = std::thread::hardware_concurrency() <= 4;
    for (
        const char* text :
        {R"({"op":"depthwise_conv2d","input":[1,3,1024,1024],"kernel_size":201,"padding":100})",
         R"({"op":"depthwise_conv2d","input":[1,3,512,512],"out_channels":6,"kernel_size":201,"padding":100})",
         R"({"op":"conv2d","input":[1,64,512,512],"kernel_size":31,"padding":15})",
         R"({"op":"separable_conv2d","input":[1,256,512,512],"out_channels":512,"kernel_size":61,"padding":30})",
         R"({"op":"conv_transpose2d","input":[1,64,512,512],"kernel_size":31,"padding":15})",
         R"({"op":"conv3d","input":[1,16,64,128,128],"kernel_size":15,"padding":7,"groups":16})",
         R"({"op":"conv_transpose3d","input":[1,64,64,64,64],"kernel_size":11,"padding":5})"}) {
        const Problem p = problem_of(text);
        const auto kernel = make_onednn(p, make_tensors(p, Fill::ones, Fill::ones, 0));
        Floats output(size_t(element_count(p.output_shape())));
        CancelToken token;
        auto running = std::async(std::launch::async, [&] { kernel->compute(output.data(), token); });
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        const auto start = Clock::now();
        token.cancel();
        bool cancelled = false;
        try {
            running.get();
        } catch (const Error& error) {
            cancelled = error.kind() == ErrorKind::cancelled;
        }
        EXPECT_LT(seconds_since(start), 2) << p.text();
        EXPECT_TRUE(cancelled || !surely_long) << p.text();
        std::printf("%s: %.3f s\n", p.text().c_str(), seconds_since(start));
    }
}

}  // namespace
}  // namespace convscope
