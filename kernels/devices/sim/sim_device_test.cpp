#include "devices/sim/sim_device.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/inputs.h"
#include "core/text.h"
#include "devices/guarded_output.h"

namespace convscope {
namespace {

Problem small_problem() {
    ProblemSpec spec;
    spec.in_channels = 2;
    spec.input = {1, 40, 40};
    spec.kernel_size = {1, 3, 3};
    return Problem(spec);
}

TEST(SimDevice, AMissingModuleIsAMissingDevice) {
    try {
        make_sim_device("/nowhere");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::device_missing);
        EXPECT_STREQ(error.what(), "the kernel module /nowhere/sim.so was not built");
    }
}

TEST(SimDevice, SaysWhatItIs) {
    const auto sim = make_sim_device(CONVSCOPE_MODULES);
    EXPECT_EQ(sim->name(), "sim");
    EXPECT_FALSE(sim->measures_time());
    EXPECT_NE(sim->description().find("g++"), std::string::npos);
    EXPECT_EQ(sim->default_kernel(small_problem()), "naive");
    std::vector<std::string> names;
    for (const KernelFacts& kernel : sim->kernels(Operator::conv2d)) names.push_back(kernel.name);
    EXPECT_EQ(sim->supports(small_problem(), "magic").why_not,
              cat("sim has no kernel 'magic' for conv2d; it has ", joined(names)));
    EXPECT_EQ(sim->bytes_needed(small_problem(), "naive"), small_problem().minimal_bytes());
    EXPECT_THROW(sim->prepare(small_problem(), {}, "magic", {}), Error);
}

TEST(SimDevice, EvenAndOddRunsAgree) {
    const auto sim = make_sim_device(CONVSCOPE_MODULES);
    const Problem problem = small_problem();
    const auto execution =
        sim->prepare(problem, make_tensors(problem, Fill::random, Fill::random, 3), "shared_tile", {});
    OutputFaults faults;
    const OutputPtr first = execution->run({}, faults);
    const OutputPtr second = execution->run({}, faults);
    for (int64_t i = 0; i < first->elements(); ++i) ASSERT_EQ(first->host()[i], second->host()[i]);
    EXPECT_TRUE(execution->time(3, false, {}).empty());
    EXPECT_NE(execution->plan_text().find("conv2d shared_tile: 3×3×2 blocks of 16×16 threads"),
              std::string::npos)
        << execution->plan_text();
}

std::string refusal(Device& device, const Problem& problem, const char* kernel) {
    try {
        device.prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel, {});
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
    return "";
}

TEST(SimDevice, ScratchIsSaidAndRefusedWhereItDoesNotFit) {
    const auto sim = make_sim_device(CONVSCOPE_SCRATCH_MODULES);
    const Problem problem = small_problem();
    const auto outputs = double(element_count(problem.output_shape()));
    EXPECT_EQ(sim->scratch_bytes(problem, "small"), outputs * sizeof(float));
    EXPECT_EQ(sim->bytes_needed(problem, "small"), problem.minimal_bytes() + outputs * sizeof(float));
    const auto execution =
        sim->prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), "small", {});
    OutputFaults faults;
    EXPECT_EQ(execution->run({}, faults)->host()[17], 3);
    EXPECT_NE(execution->plan_text().find("scratch threes: 12 kB"), std::string::npos)
        << execution->plan_text();

    EXPECT_EQ(sim->scratch_bytes(problem, "large"), 0x1p61);
    EXPECT_EQ(refusal(*sim, problem, "large")
                  .rfind("the scratch of 'fill the scratch' needs 2.3 EB of memory; ", 0),
              0u);
    EXPECT_EQ(sim->scratch_bytes(problem, "saturated"), 0x1p63);
    EXPECT_NE(refusal(*sim, problem, "saturated").find("needs 9.2 EB of memory; "), std::string::npos);
    EXPECT_EQ(
        refusal(*sim, problem, "wrapped"),
        "the scratch 'columns' of 'fill the scratch' is larger than 2⁶³ bytes, which is more than can be "
        "addressed");
    EXPECT_THROW(sim->bytes_needed(problem, "wrapped"), Error);
}

TEST(SimDevice, TellsHowFarItIs) {
    const auto sim = make_sim_device(CONVSCOPE_MODULES);
    const Problem problem = small_problem();
    const CancelToken token;
    OutputFaults faults;
    sim->prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), "naive", token)
        ->run(token, faults);
    EXPECT_EQ(token.share(), 1);
}

TEST(SimDevice, ACancelledRunThrows) {
    const auto sim = make_sim_device(CONVSCOPE_MODULES);
    const Problem problem = small_problem();
    const auto execution =
        sim->prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), "naive", {});
    CancelToken cancel;
    cancel.cancel();
    OutputFaults faults;
    try {
        execution->run(cancel, faults);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
}

TEST(GuardedOutput, FindsWhatWasNotWrittenAndWhatWasWrittenOutside) {
    GuardedOutput output(100);
    EXPECT_EQ(output.check().unwritten, 100);
    for (int i = 0; i < 100; ++i) output.data()[i] = static_cast<float>(i);
    EXPECT_EQ(output.check().unwritten, 0);
    EXPECT_EQ(output.check().written_outside, 0);
    output.data()[-1] = 1;
    output.data()[100] = 2;
    output.data()[100 + GuardedOutput::guard_elements - 1] = 3;
    EXPECT_EQ(output.check().written_outside, 3);
    std::vector<float> some(3);
    output.copy_to_host(97, some);
    EXPECT_EQ(some, (std::vector<float>{97, 98, 99}));
    output.poison();
    output.data()[0] = 0;
    output.data()[2] += 1;  // arithmetic on the poison stays poison
    EXPECT_EQ(output.check().unwritten, 99);
    EXPECT_EQ(output.check().first_unwritten, 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(output.data()) % 64, 0u);
}

// A window keeps the facts while devices come and go.
TEST(SimDevice, FactsOutliveItsModule) {
    const std::vector<KernelFacts> all = make_sim_device(CONVSCOPE_MODULES)->kernels(Operator::conv2d);
    const auto model_of = [&](const std::string& name) {
        const auto at = std::ranges::find(all, name, &KernelFacts::name);
        return at == all.end() ? std::string("none") : std::string(at->error.name);
    };
    EXPECT_EQ(model_of("naive"), "float32");
    EXPECT_EQ(model_of("implicit_gemm_tf32"), "tf32");
}

TEST(Devices, FindNamesTheReason) {
    Devices devices;
    EXPECT_THROW(devices.find(""), Error);
    devices.present.push_back(make_sim_device(CONVSCOPE_MODULES));
    devices.missing.push_back({"gpu", "no NVIDIA driver was found"});
    EXPECT_EQ(devices.find("")->name(), "sim");
    EXPECT_EQ(devices.find("sim")->name(), "sim");
    const auto sentence = [&](const char* name) {
        try {
            devices.find(name);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::device_missing);
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(sentence("gpu"), "the device gpu is not there: no NVIDIA driver was found");
    EXPECT_EQ(sentence("tpu"), "there is no device 'tpu' on this machine; there is sim");
}

}  // namespace
}  // namespace convscope
