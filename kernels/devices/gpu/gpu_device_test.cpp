// The gpu device's answers, memory, timing and checks.
#include <cmath>

#include "devices/gpu/gpu_test_bench.h"
#include "devices/guarded_output.h"
#include "reference/verification.h"

namespace convscope {
namespace {

// conv2d with stride and dilation 1, element by element; (N, C, H, W) throughout.
std::vector<double> conv2d_in_float64(const Problem& problem, const Tensors& tensors) {
    const int64_t height = problem.input()[1], width = problem.input()[2], channels = problem.in_channels();
    const int64_t rows = problem.output()[1], columns = problem.output()[2];
    const int64_t kh = problem.kernel_size()[1], kw = problem.kernel_size()[2];
    std::vector<double> output;
    for (int64_t m = 0; m < problem.out_channels(); ++m)
        for (int64_t y = 0; y < rows; ++y)
            for (int64_t x = 0; x < columns; ++x) {
                double sum = tensors.bias ? tensors.bias->values[m] : 0;
                for (int64_t c = 0; c < channels; ++c)
                    for (int64_t i = 0; i < kh; ++i)
                        for (int64_t j = 0; j < kw; ++j) {
                            const int64_t h = y + i - problem.padding()[1], w = x + j - problem.padding()[2];
                            if (h < 0 || h >= height || w < 0 || w >= width) continue;
                            sum += double{tensors.input->values[(c * height + h) * width + w]} *
                                   tensors.weights->values[((m * channels + c) * kh + i) * kw + j];
                        }
                output.push_back(sum);
            }
    return output;
}

Problem small_problem(Operator op) {
    const OperatorFacts& of = facts(op);
    ProblemSpec spec;
    spec.op = op;
    spec.batch = 2;
    spec.in_channels = 4;
    spec.out_channels = 8;
    spec.input = {of.spatial_axes == 3 ? 4 : 1, 9, 7};
    spec.kernel_size = {of.spatial_axes == 3 ? 2 : 1, 3, 3};
    spec.stride = {1, 2, 1};
    spec.padding = {0, 1, 1};
    spec.bias = true;
    return Problem(spec);
}

TEST_F(GpuTest, EqualsALoopInFloat64) {
    const std::vector<double> expected = conv2d_in_float64(problem, tensors);
    const OutputPtr output = gpu().prepare(problem, tensors, "naive", cancel)->run(cancel, faults);
    EXPECT_EQ(output->host(), nullptr);
    const std::vector<float> got = values(*output);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-5) << i;
    EXPECT_EQ(faults.unwritten, 0);
    EXPECT_EQ(faults.written_outside, 0);
}

TEST_F(GpuTest, EveryKernelOfEveryOperatorIsWithinItsBound) {
    int ran = 0;
    for (const OperatorFacts& of : operators()) {
        const Problem each = small_problem(of.op);
        const Tensors with = make_tensors(each, Fill::random, Fill::random, 7);
        Reference reference = reference_whole(each, with);
        for (const KernelFacts& kernel : gpu().kernels(of.op)) {
            if (!gpu().supports(each, kernel.name)) continue;
            const OutputPtr output = gpu().prepare(each, with, kernel.name, cancel)->run(cancel, faults);
            complete_for(kernel.error, reference, each, with);
            const Verification judged = judge(each, reference, values(*output), kernel.error);
            EXPECT_EQ(judged.state, Verification::State::verified)
                << of.name << " " << kernel.name << ": " << judged.reason;
            EXPECT_EQ(faults.unwritten + faults.written_outside, 0) << of.name << " " << kernel.name;
            ++ran;
        }
        EXPECT_TRUE(gpu().supports(each, gpu().default_kernel(each))) << of.name;
    }
    EXPECT_GE(ran, 6);
}

TEST_F(GpuTest, CopiesAPartOfTheOutput) {
    const OutputPtr output = gpu().prepare(problem, tensors, "naive", cancel)->run(cancel, faults);
    const std::vector<float> all = values(*output);
    std::vector<float> part(5);
    output->copy_to_host(17, part);
    EXPECT_EQ(part, std::vector<float>(all.begin() + 17, all.begin() + 22));
}

TEST_F(GpuTest, KernelsOfOneRequestShareTheirInputs) {
    const auto first = gpu().prepare(problem, tensors, "naive", cancel);
    const int uploads = cuda.calls_of("copy_to_device");
    EXPECT_EQ(uploads, 3);  // input, weights, bias
    const auto second = gpu().prepare(problem, tensors, "naive", cancel);
    EXPECT_EQ(cuda.calls_of("copy_to_device"), uploads);

    Tensors changed = tensors;
    changed.weights = std::make_shared<const Tensor>(*tensors.weights);
    const auto third = gpu().prepare(problem, changed, "naive", cancel);
    EXPECT_EQ(cuda.calls_of("copy_to_device"), uploads + 1);
}

TEST_F(GpuTest, ForgetsTensorsThatAreGone) {
    gpu().prepare(problem, tensors, "naive", cancel);
    const int64_t with_tensors = cuda.allocated_bytes();
    EXPECT_GT(with_tensors, 0);
    tensors = make_tensors(problem, Fill::random, Fill::random, 2);
    gpu().prepare(problem, tensors, "naive", cancel);
    EXPECT_EQ(cuda.allocated_bytes(), with_tensors);
}

TEST_F(GpuTest, AnOutputThatIsStillHeldIsNotWrittenAgain) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    const OutputPtr first = execution->run(cancel, faults);
    const std::vector<float> before = values(*first);
    cuda.launch_fault = StandInCuda::LaunchFault::writes_nothing;
    execution->time(1, false, cancel);
    const OutputPtr second = execution->run(cancel, faults);
    EXPECT_EQ(values(*first), before);
    EXPECT_NE(first, second);
}

TEST_F(GpuTest, AnOutputOutlivesItsDevice) {
    OutputPtr output = gpu().prepare(problem, tensors, "naive", cancel)->run(cancel, faults);
    device.reset();
    EXPECT_EQ(values(*output).size(), static_cast<size_t>(output->elements()));
    output.reset();
    EXPECT_EQ(cuda.owned(), 0);
}

TEST_F(GpuTest, TimesWithEventsAfterAWarmUp) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.launch_ms = 0.5;
    const int launches = cuda.calls_of("launch");
    const std::vector<double> samples = execution->time(3, false, cancel);
    ASSERT_EQ(samples.size(), 3U);
    for (const double sample : samples) EXPECT_NEAR(sample, 0.5, 1e-9);
    EXPECT_GE(cuda.calls_of("launch") - launches, 4);  // one or more to warm up, then one a sample
    const int warm = cuda.calls_of("launch");
    execution->time(2, false, cancel);
    EXPECT_EQ(cuda.calls_of("launch") - warm, 2);
}

TEST_F(GpuTest, ShortKernelsAreTimedInBatches) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.launch_ms = 0.02;
    execution->time(1, false, cancel);
    const int launches = cuda.calls_of("launch");
    const std::vector<double> samples = execution->time(2, false, cancel);
    EXPECT_NEAR(samples.at(1), 0.02, 1e-9);
    EXPECT_EQ(cuda.calls_of("launch") - launches, 2 * 10);
}

TEST_F(GpuTest, ColdSamplesFlushTheCacheOutsideOfTheEvents) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.launch_ms = 0.5;
    const int fills = cuda.calls_of("fill_words");
    const std::vector<double> samples = execution->time(3, true, cancel);
    EXPECT_EQ(cuda.calls_of("fill_words") - fills, 3);
    for (const double sample : samples) EXPECT_NEAR(sample, 0.5, 1e-9);
}

TEST_F(GpuTest, FindsWhatAKernelDoesNotWrite) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.launch_fault = StandInCuda::LaunchFault::writes_nothing;
    const OutputPtr output = execution->run(cancel, faults);
    EXPECT_EQ(faults.unwritten, output->elements());
    EXPECT_EQ(faults.first_unwritten, 0);
    EXPECT_EQ(faults.written_outside, 0);
    for (const float value : values(*output)) EXPECT_TRUE(std::isnan(value));
}

TEST_F(GpuTest, FindsWhatAKernelWritesOutside) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.launch_fault = StandInCuda::LaunchFault::writes_outside;
    execution->run(cancel, faults);
    EXPECT_EQ(faults.unwritten, 0);
    EXPECT_EQ(faults.written_outside, 2);
}

TEST_F(GpuTest, CancelledBetweenLaunches) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cancel.cancel();
    const int launches = cuda.calls_of("launch");
    const auto kind_of = [](const auto& work) {
        try {
            work();
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::request;
    };
    EXPECT_EQ(kind_of([&] { execution->run(cancel, faults); }), ErrorKind::cancelled);
    EXPECT_EQ(kind_of([&] { execution->time(5, false, cancel); }), ErrorKind::cancelled);
    EXPECT_EQ(kind_of([&] { gpu().prepare(problem, tensors, "naive", cancel); }), ErrorKind::cancelled);
    EXPECT_EQ(cuda.calls_of("launch"), launches);
}

TEST_F(GpuTest, SaysWhatItNeedsAndWhatIsFree) {
    EXPECT_EQ(gpu().bytes_free(), static_cast<double>(cuda.memory_bytes));
    const double tensors_and_output = 4.0 * (3 * 9 * 11 + 4 * 3 * 9 + 4 + 4 * 9 * 11);
    EXPECT_GT(gpu().bytes_needed(problem, "naive"), tensors_and_output);
    gpu().prepare(problem, tensors, "naive", cancel);
    EXPECT_LT(gpu().bytes_free(), static_cast<double>(cuda.memory_bytes));
}

TEST_F(GpuTest, AnUnknownKernelIsANoThatListsTheKnown) {
    const Support support = gpu().supports(problem, "magic");
    EXPECT_FALSE(support);
    EXPECT_NE(support.why_not.find("naive"), std::string::npos) << support.why_not;
    EXPECT_THROW(gpu().prepare(problem, tensors, "magic", cancel), Error);
    EXPECT_THROW(gpu().bytes_needed(problem, "magic"), Error);
}

TEST_F(GpuTest, PlanTextNamesTheRegisters) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    EXPECT_NE(execution->plan_text().find("32 registers"), std::string::npos) << execution->plan_text();
}

TEST_F(GpuTest, ScratchIsSaidAndRefusedWhereItDoesNotFit) {
    std::vector<MissingDevice> missing;
    const auto devices = make_gpu_devices(
        StandInCuda::table(),
        std::make_shared<const LoadedModule>(std::string(CONVSCOPE_SCRATCH_MODULES) + "/sim.so"), missing);
    ASSERT_EQ(devices.size(), 1u);
    Device& scratchy = *devices.front();
    const auto outputs = static_cast<double>(element_count(problem.output_shape()));
    EXPECT_EQ(scratchy.scratch_bytes(problem, "small"), outputs * 4);
    EXPECT_GT(scratchy.bytes_needed(problem, "small"), problem.minimal_bytes() + outputs * 4);
    EXPECT_GE(scratchy.bytes_needed(problem, "saturated"), 0x1p63);
    {
        const auto execution = scratchy.prepare(problem, tensors, "small", cancel);
        EXPECT_EQ(values(*execution->run(cancel, faults)).at(5), 3);
        EXPECT_NE(execution->plan_text().find("scratch threes: "), std::string::npos);
    }
    const auto refusal = [&](const char* kernel) {
        try {
            scratchy.prepare(problem, tensors, kernel, cancel);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::request);
            return std::string(error.what());
        }
        return std::string();
    };
    // 64 MiB, less what the tensors take.
    EXPECT_EQ(refusal("large"),
              "the scratch of 'fill the scratch' needs 2.3 EB of the GPU's memory; 67 MB are free");
    EXPECT_EQ(refusal("saturated"),
              "the scratch of 'fill the scratch' needs 9.2 EB of the GPU's memory; 67 MB are free");
    EXPECT_NE(refusal("wrapped").find("is larger than 2⁶³ bytes"), std::string::npos);
    EXPECT_THROW(scratchy.bytes_needed(problem, "wrapped"), Error);
}

TEST_F(GpuTest, CeilingsAreMeasuredOnce) {
    const Ceilings ceilings = gpu().ceilings();
    EXPECT_GT(ceilings.bandwidth_gbs, 0);
    EXPECT_GT(ceilings.fp32_tflops, 0);
    EXPECT_GT(ceilings.tf32_tflops, 0);
    const int calls = cuda.calls();
    gpu().ceilings();
    EXPECT_EQ(cuda.calls(), calls);
}

TEST_F(GpuTest, NoTf32BeforeCapability8) {
    cuda.capability_major = 7;
    EXPECT_EQ(gpu().ceilings().tf32_tflops, 0);
}

}  // namespace
}  // namespace convscope
