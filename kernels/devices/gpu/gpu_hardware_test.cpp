// The gpu device on a real GPU. Skipped, with the reason, where there is none.
#include <gtest/gtest.h>

#include "core/inputs.h"
#include "core/text.h"
#include "devices/gpu/gpu_device.h"
#include "reference/verification.h"

namespace convscope {
namespace {

class GpuHardwareTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        std::vector<MissingDevice> missing;
        const auto devices = make_gpu_devices(std::string(CONVSCOPE_BINARY_DIR) + "/modules", missing);
        if (!devices.empty()) gpu = devices.front();
        if (!missing.empty()) reason = missing.front().reason;
    }
    static void TearDownTestSuite() { gpu.reset(); }
    void SetUp() override {
        if (!gpu) GTEST_SKIP() << reason;
    }

    static Problem problem_of(Operator op, int64_t channels, int64_t side) {
        const OperatorFacts& of = facts(op);
        const bool deep = of.spatial_axes == 3;
        ProblemSpec spec;
        spec.op = op;
        spec.batch = 2;
        spec.in_channels = channels;
        spec.out_channels = 2 * channels;
        spec.input = {deep ? 9 : 1, side, side + 3};
        spec.kernel_size = {deep ? 3 : 1, 3, 3};
        spec.padding = {deep ? 1 : 0, 1, 1};
        spec.bias = true;
        return Problem(spec);
    }

    static std::vector<float> values(const OutputBuffer& output) {
        std::vector<float> all(static_cast<size_t>(output.elements()));
        output.copy_to_host(0, all);
        return all;
    }

    static inline std::shared_ptr<Device> gpu;
    static inline std::string reason;
    CancelToken cancel;
    OutputFaults faults;
};

TEST_F(GpuHardwareTest, EveryKernelIsWithinItsBoundAndExactOnIntegers) {
    for (const OperatorFacts& of : operators()) {
        const Problem problem = problem_of(of.op, 16, 37);
        for (const Fill fill : {Fill::random, Fill::integers}) {
            const Tensors tensors = make_tensors(problem, fill, fill, 3);
            Reference reference = reference_whole(problem, tensors);
            for (const KernelFacts& kernel : gpu->kernels(of.op)) {
                if (!gpu->supports(problem, kernel.name)) continue;
                const OutputPtr output =
                    gpu->prepare(problem, tensors, kernel.name, cancel)->run(cancel, faults);
                complete_for(kernel.error, reference, problem, tensors);
                const Verification judged = fill == Fill::integers
                                                ? judge_exact(problem, reference, values(*output))
                                                : judge(problem, reference, values(*output), kernel.error);
                EXPECT_EQ(judged.state, Verification::State::verified)
                    << of.name << " " << kernel.name << ": " << judged.reason;
                EXPECT_EQ(faults.unwritten, 0) << of.name << " " << kernel.name;
                EXPECT_EQ(faults.written_outside, 0) << of.name << " " << kernel.name;
            }
        }
    }
}

TEST_F(GpuHardwareTest, TimesAgreeWithEachOther) {
    const Problem problem = problem_of(Operator::conv2d, 64, 256);
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 3);
    const auto execution = gpu->prepare(problem, tensors, gpu->default_kernel(problem), cancel);
    for (int i = 0; i < 20; ++i) execution->time(5, false, cancel);  // leaves the idle clocks
    std::vector<double> samples = execution->time(21, false, cancel);
    std::sort(samples.begin(), samples.end());
    EXPECT_GT(samples.front(), 0);
    EXPECT_LT(samples[16], 1.5 * samples[4]);
    for (const double sample : execution->time(3, true, cancel)) EXPECT_GT(sample, 0);
}

TEST_F(GpuHardwareTest, CeilingsArePossible) {
    const Ceilings ceilings = gpu->ceilings();
    EXPECT_GT(ceilings.bandwidth_gbs, 20);
    EXPECT_LT(ceilings.bandwidth_gbs, 20000);
    EXPECT_GT(ceilings.fp32_tflops, 0.2);
    EXPECT_LT(ceilings.fp32_tflops, 500);
    RecordProperty("bandwidth_gbs", std::to_string(ceilings.bandwidth_gbs));
    RecordProperty("fp32_tflops", std::to_string(ceilings.fp32_tflops));
    RecordProperty("tf32_tflops", std::to_string(ceilings.tf32_tflops));
}

TEST_F(GpuHardwareTest, MemoryComesBack) {
    const Problem problem = problem_of(Operator::conv2d, 64, 256);
    const auto once = [&] {
        const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 3);
        gpu->prepare(problem, tensors, gpu->default_kernel(problem), cancel)->run(cancel, faults);
    };
    once();
    const double free_before = gpu->bytes_free();
    for (int i = 0; i < 10; ++i) once();
    EXPECT_NEAR(gpu->bytes_free(), free_before, 64e6);
}

TEST_F(GpuHardwareTest, SaysWhatDoesNotFit) {
    ProblemSpec spec;
    spec.batch = 64;
    spec.out_channels = 4096;
    spec.input = {1, 1024, 1024};  // 1.1 TB of output
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::ones, Fill::ones, 0);
    try {
        gpu->prepare(problem, tensors, "naive", cancel)->run(cancel, faults);
        FAIL() << "1.1 TB were found";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("output"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace convscope
