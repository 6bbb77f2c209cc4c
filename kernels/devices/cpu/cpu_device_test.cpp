#include "devices/cpu/cpu_device.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/case.h"
#include "core/inputs.h"
#include "core/problem_json.h"
#include "reference/verification.h"

namespace convscope {
namespace {

Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

std::vector<std::string> kernel_names() {
    std::vector<std::string> names{"direct"};
    if (onednn_missing().empty()) names.push_back("onednn");
    return names;
}

// Runs the kernel and expects a whole output within the bound (exact where the tensors are integers).
void expect_right(const Problem& problem, const Tensors& tensors, const std::string& kernel, bool exact) {
    const auto device = make_cpu_device();
    if (!device->supports(problem, kernel)) return;  // counted in KernelsSupportWhatTheyShould
    OutputFaults faults;
    const OutputPtr output = device->prepare(problem, tensors, kernel, {})->run({}, faults);
    EXPECT_EQ(faults.unwritten, 0) << kernel << " " << problem.text();
    EXPECT_EQ(faults.written_outside, 0) << kernel << " " << problem.text();
    const std::span<const float> values(output->host(), size_t(output->elements()));
    const Reference reference = reference_whole(problem, tensors);
    const Verification v =
        exact ? judge_exact(problem, reference, values) : judge(problem, reference, values, {});
    EXPECT_EQ(v.state, Verification::State::verified) << kernel << " " << problem.text() << ": " << v.reason;
}

TEST(CpuDevice, PassesAllCasesByBothCriteria) {
    for (const std::string& folder : find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases")) {
        const Case c = read_case(folder);
        const Tensors integers = make_tensors(c.problem, Fill::integers, Fill::integers, 11);
        for (const std::string& kernel : kernel_names()) {
            expect_right(c.problem, c.tensors, kernel, false);
            expect_right(c.problem, integers, kernel, true);
        }
    }
}

// Only a deconvolution whose output_padding reaches padding + stride is beyond oneDNN: four of the cases.
TEST(CpuDevice, KernelsSupportWhatTheyShould) {
    const auto device = make_cpu_device();
    std::array<int, 2> supported{};
    for (const std::string& folder : find_cases(CONVSCOPE_SOURCE_DIR "/tests/cases")) {
        const Problem problem = read_case(folder).problem;
        supported[0] += bool(device->supports(problem, "direct"));
        supported[1] += bool(device->supports(problem, "onednn"));
    }
    EXPECT_EQ(supported[0], 120);
    if (onednn_missing().empty())
        EXPECT_EQ(supported[1], 116);
    else
        EXPECT_EQ(supported[1], 0);
}

// Shapes that broke others: padding beyond the kernel, width 1, leftovers of a stride, many channels.
TEST(CpuDevice, PassesDelicateShapes) {
    for (
        const char* text :
        {R"({"op":"conv2d","input":[1,1,1,1],"kernel_size":1})",
         R"({"op":"conv2d","input":[1,7,9,1],"out_channels":5,"kernel_size":[3,5],"padding":[0,9],"dilation":[2,3]})",
         R"({"op":"conv2d","input":[2,3,10,10],"out_channels":9,"kernel_size":2,"stride":4})",
         R"({"op":"conv2d","input":[1,130,5,5],"out_channels":67,"kernel_size":3,"bias":true})",
         R"({"op":"depthwise_conv2d","input":[1,1,4,100],"out_channels":7,"kernel_size":[1,9],"padding":[0,20]})",
         R"({"op":"separable_conv2d","input":[2,5,7,33],"out_channels":3,"kernel_size":[3,1],"padding":[1,0],"bias":true})",
         R"({"op":"conv_transpose2d","input":[1,3,4,1],"out_channels":2,"kernel_size":1,"stride":[3,5],"output_padding":[2,4]})",
         R"({"op":"conv_transpose2d","input":[1,4,5,9],"out_channels":6,"kernel_size":[5,1],"padding":[4,2],"groups":2,"bias":true})",
         R"({"op":"conv_transpose3d","input":[1,2,2,1,3],"out_channels":4,"kernel_size":[1,3,2],"stride":[2,1,3],"dilation":[3,1,2],"output_padding":[2,0,1],"groups":2})"}) {
        const Problem p = problem_of(text);
        for (const std::string& kernel : kernel_names()) {
            expect_right(p, make_tensors(p, Fill::random, Fill::random, 1), kernel, false);
            expect_right(p, make_tensors(p, Fill::integers, Fill::integers, 1), kernel, true);
        }
    }
}

TEST(CpuDevice, RunsABatchInPiecesWhereItIsLarge) {
    const Problem p =
        problem_of(R"({"op":"conv2d","input":[6,64,64,64],"out_channels":256,"kernel_size":3,"padding":1})");
    ASSERT_GT(p.flops(), 2e9);
    const Tensors tensors = make_tensors(p, Fill::integers, Fill::integers, 2);
    const auto device = make_cpu_device();
    OutputFaults faults;
    const OutputPtr output = device->prepare(p, tensors, kernel_names().back(), {})->run({}, faults);
    const Reference some = reference_at(p, tensors, sample_indices(p, 2000, 3));
    for (size_t k = 0; k < some.values.size(); ++k)
        ASSERT_EQ(output->host()[some.index(k)], some.values[k]) << element_name(p, some.index(k));
}

TEST(CpuDevice, SaysWhatItLacks) {
    const auto device = make_cpu_device();
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,4,4]})");
    EXPECT_NE(device->supports(p, "naive").why_not.find("no kernel 'naive'"), std::string::npos);
    Tensors tensors = make_tensors(p, Fill::ones, Fill::ones, 0);
    tensors.weights = nullptr;
    EXPECT_THROW(device->prepare(p, tensors, "direct", {}), Error);
}

TEST(CpuDevice, TellsHowFarItIs) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,512,16],"kernel_size":3})");
    for (const std::string& kernel : kernel_names()) {
        const CancelToken token;
        const auto execution =
            make_cpu_device()->prepare(p, make_tensors(p, Fill::ones, Fill::ones, 0), kernel, token);
        OutputFaults faults;
        execution->run(token.part(0, 0.5), faults);
        EXPECT_GT(token.share(), 0.4) << kernel;
        EXPECT_LE(token.share(), 0.5) << kernel;
    }
}

TEST(CpuDevice, CanBeCancelled) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,64,64],"kernel_size":3})");
    CancelToken cancel;
    const auto execution =
        make_cpu_device()->prepare(p, make_tensors(p, Fill::ones, Fill::ones, 0), "direct", {});
    cancel.cancel();
    OutputFaults faults;
    EXPECT_THROW(execution->run(cancel, faults), Error);
}

TEST(CpuDevice, TimesAndMeasuresItsCeilings) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,3,64,64],"out_channels":4,"kernel_size":3})");
    const auto device = make_cpu_device();
    const auto execution = device->prepare(p, make_tensors(p, Fill::ones, Fill::ones, 0), "direct", {});
    const auto samples = execution->time(3, true, {});
    ASSERT_EQ(samples.size(), 3u);
    for (const double ms : samples) EXPECT_GT(ms, 0);
    EXPECT_GT(device->ceilings().bandwidth_gbs, 0.1);
    EXPECT_GT(device->ceilings().fp32_tflops, 0.0001);
}

}  // namespace
}  // namespace convscope
