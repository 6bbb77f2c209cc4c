// The line that the window copies computes, in a shell, what the window shows.
#include "export/command_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "core/errors.h"
#include "core/files/npy.h"
#include "core/text.h"
#include "experiment_tensors.h"
#include "export/random_experiment.h"
#include "program.h"

namespace convscope {
namespace {

const Devices& devices() {
    static const Devices found = find_devices(CONVSCOPE_BINARY_DIR "/modules");
    return found;
}

// What the window computes.
Floats shown_output(const Experiment& e, const KernelChoice& kernel) {
    const Problem problem(e.spec);
    const Request request{
        problem, TensorMaker().make(e, problem), {kernel}, TimingEffort::none(), {.wanted = false}};
    const ResultPtr result = run(request, devices(), {});
    const KernelResult& row = result->rows.front();
    if (!row.output) throw Error(ErrorKind::failed, row.reason);
    Floats values(static_cast<size_t>(row.output->elements()));
    row.output->copy_to_host(0, values);
    return values;
}

// The line goes through a file, because `sh -c` takes its text as one argument.
void expect_same_output(const Experiment& e, const KernelChoice& kernel, const std::string& name) {
    const TemporaryFolder folder;
    std::string line = command_line(e, kernel);
    ASSERT_EQ(line.rfind("convscope run ", 0), 0u) << name;
    line.replace(0, std::strlen("convscope"), CONVSCOPE_BINARY_DIR "/convscope");
    std::ofstream(folder / "line.sh") << line << " --output " << folder / "y.npy"
                                      << " >" << folder / "log"
                                      << " 2>&1\n";
    // In a folder of its own: nothing in the line may depend on where it runs.
    const int status = std::system(("cd / && sh " + (folder / "line.sh")).c_str());
    ASSERT_EQ(status, 0) << name << "\n" << line.substr(0, 2000) << "\n" << content_of(folder / "log");
    const Tensor y = read_npy(folder / "y.npy");
    const Floats expected = shown_output(e, kernel);
    EXPECT_EQ(y.shape, Problem(e.spec).output_shape()) << name;
    ASSERT_EQ(y.values.size(), expected.size()) << name;
    EXPECT_EQ(std::memcmp(y.values.data(), expected.data(), expected.size() * 4), 0) << name << "\n"
                                                                                     << line.substr(0, 2000);
}

KernelChoice default_kernel(const Experiment& e) {
    const auto cpu = devices().find("cpu");
    return {"cpu", cpu->default_kernel(Problem(e.spec))};
}

// A kernel of the cpu or the simulator that supports the problem, another one for each index. Weights may be
// infinite, which kernels that mix taps cannot answer.
KernelChoice some_kernel(const Experiment& e, size_t index) {
    const Problem problem(e.spec);
    std::vector<KernelChoice> all;
    for (const auto& device : devices().present)
        for (const KernelFacts& kernel : device->kernels(problem.op()))
            if (device->name() != "gpu" && kernel.repeatable && !kernel.mixes_taps &&
                device->supports(problem, kernel.name))
                all.push_back({device->name(), kernel.name});
    return all.at(index % all.size());
}

TEST(CommandLineOfAnExperiment, ComputesEveryPreset) {
    for (const ExperimentPreset& preset : experiment_presets())
        expect_same_output(preset.make(), default_kernel(preset.make()), preset.name);
}

TEST(CommandLineOfAnExperiment, ComputesRandomOnes) {
    for (uint64_t index = 0; index < 48; ++index) {
        const Experiment e = random_experiment(index);
        expect_same_output(e, some_kernel(e, index / 6), cat("random experiment ", index));
    }
}

TEST(CommandLineOfAnExperiment, ReadsTheUsersFiles) {
    const TemporaryFolder folder;
    Experiment e;
    e.spec.input = {1, 3, 2};
    e.spec.kernel_size = {1, 2, 1};
    const std::vector<float> values{0.1f, NAN, 3, -4, 5, INFINITY};
    e.source = {.kind = InputSource::Kind::npy, .path = folder / "it's 2D.npy"};
    write_npy(e.source.path, {3, 2}, values);
    expect_same_output(e, {"cpu", "direct"}, "an array of two axes");
    std::ofstream(folder / "$HOME.pgm") << "P2 2 3 9 1 2 3 4 5 6";
    e.source = {.kind = InputSource::Kind::npy, .path = folder / "$HOME.pgm"};
    expect_same_output(e, {"cpu", "direct"}, "a picture as it is");
    e.source.kind = InputSource::Kind::image;
    e.spec.input = {1, 5, 7};
    expect_same_output(e, {"cpu", "direct"}, "a picture, scaled");
    e.source.path = folder / "it's 2D.npy";
    expect_same_output(e, {"cpu", "direct"}, "an array as a picture");
}

TEST(CommandLineOfAnExperiment, HoldsAsManyValuesAsCanBeTyped) {
    Experiment e;
    e.spec.in_channels = 256;
    e.spec.out_channels = 256;
    for (int64_t i = 0; i < most_typed_weights; ++i)
        e.weights.values.push_back(-1.0f / static_cast<float>(3 + i) * 1e-30f);
    expect_same_output(e, {"cpu", "direct"}, "65536 weights");
    e.spec.op = Operator::separable_conv2d;
    e.weights.values.resize(256);
    e.pointwise =
        WeightsSource{.values = TypedValues(static_cast<size_t>(most_typed_weights), -1.2345678e-30f)};
    expect_same_output(e, {"cpu", "direct"}, "65536 pointwise weights");
}

TEST(CommandLineOfAnExperiment, IsShort) {
    Experiment e;
    e.spec.input = {1, 8, 8};
    e.spec.kernel_size = {1, 3, 3};
    EXPECT_EQ(command_line(e, std::nullopt), "convscope run --op conv2d --shape 1,1,8,8 --kernel-size 3");
    e.spec.stride = {1, 2, 1};
    e.spec.bias = true;
    e.seed = 7;
    e.weights = {.fill = Fill::integers, .values = {1, 2, 3, 4, 5, 6, 7, 8, -INFINITY}};
    e.source = {.kind = InputSource::Kind::constant, .value = NAN};
    EXPECT_EQ(command_line(e, KernelChoice{"cpu", "direct"}),
              "convscope run --op conv2d --shape 1,1,8,8 --kernel-size 3 --stride 2,1 --bias --constant=nan "
              "--fill integers --weight-values=1,2,3,4,5,6,7,8,-inf --seed 7 --device cpu --kernel direct");
}

TEST(CommandLineOfAnExperiment, IsRefusedWhereTheWindowComputesNothing) {
    const auto refusal = [](const Experiment& e) {
        try {
            return command_line(e, std::nullopt);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::request);
            return std::string(error.what());
        }
    };
    Experiment e;
    e.spec.stride = {1, 0, 1};
    EXPECT_EQ(refusal(e), "stride (height) must be at least 1; it is 0");
    e.spec.stride = {1, 1, 1};
    e.weights.values = {1, 2};
    EXPECT_EQ(refusal(e), "1 weight is needed for 1×1×1×1; 2 are given");
    e.weights.values.clear();
    e.source = {.kind = InputSource::Kind::values, .values = {1, 2}};
    EXPECT_EQ(refusal(e), "the input 1×1×1×1 has 1 element; 2 are given");
}

}  // namespace
}  // namespace convscope
