// Every kernel on a table of problems, in every order of fibers, against a plain float64 loop that is
// written the other way round: it scatters where the kernels gather.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/inputs.h"
#include "core/text.h"
#include "devices/sim/sim_device.h"
#include "devices/sim/test_modules.h"

namespace convscope {
namespace {

std::shared_ptr<Device> device(SimOrder order) {
    return make_sim_device(test_modules(), {.order = order, .seed = 5, .workers = 2});
}

// What `input element × window position` adds to: the output coordinate, or −1. Convolution:
// out·stride = in + padding − k·dilation; transposed: out = in·stride − padding + k·dilation.
int64_t target(const Problem& p, int axis, int64_t in, int64_t k) {
    const int64_t tap = k * p.dilation()[axis] - p.padding()[axis];
    int64_t out = p.transposed() ? in * p.stride()[axis] + tap : in - tap;
    if (!p.transposed()) {
        if (out < 0 || out % p.stride()[axis] != 0) return -1;
        out /= p.stride()[axis];
    }
    return out >= 0 && out < p.output()[axis] ? out : -1;
}

int64_t volume(const Axes& axes) {
    return axes[0] * axes[1] * axes[2];
}
int64_t flat(const Axes& axes, const Axes& at) {
    return (at[0] * axes[1] + at[1]) * axes[2] + at[2];
}

template <class Visit>
void for_each_position(const Axes& axes, const Visit& visit) {
    for (int64_t d = 0; d < axes[0]; ++d)
        for (int64_t h = 0; h < axes[1]; ++h)
            for (int64_t w = 0; w < axes[2]; ++w) visit(Axes{d, h, w});
}

// Adds one input plane (D, H, W) times one window (K_d, K_h, K_w) to one output plane.
void scatter_plane(const Problem& p, const float* input, const float* window, double* output) {
    for_each_position(p.input(), [&](const Axes& in) {
        for_each_position(p.kernel_size(), [&](const Axes& k) {
            Axes out;
            for (int axis = 0; axis < 3; ++axis)
                if ((out[axis] = target(p, axis, in[axis], k[axis])) < 0) return;
            output[flat(p.output(), out)] += static_cast<double>(window[flat(p.kernel_size(), k)]) *
                                             static_cast<double>(input[flat(p.input(), in)]);
        });
    });
}

std::vector<double> expected(const Problem& p, const Tensors& t) {
    const int64_t in_size = volume(p.input()), out_size = volume(p.output());
    const int64_t window = volume(p.kernel_size());
    const bool separable = p.op() == Operator::separable_conv2d;
    std::vector<double> output(static_cast<size_t>(p.batch() * p.out_channels() * out_size));
    for (int64_t n = 0; n < p.batch(); ++n)
        for (int64_t m = 0; m < p.out_channels(); ++m) {
            double* plane = &output[static_cast<size_t>((n * p.out_channels() + m) * out_size)];
            const int64_t group = m / p.out_channels_per_group();
            for (int64_t c = 0; c < p.in_channels(); ++c) {
                const float* in = t.input->values.data() + (n * p.in_channels() + c) * in_size;
                const float* weights = t.weights->values.data();
                if (separable) {
                    std::vector<double> middle(static_cast<size_t>(out_size));
                    scatter_plane(p, in, weights + c * window, middle.data());
                    const double factor = t.pointwise->values[static_cast<size_t>(m * p.in_channels() + c)];
                    for (int64_t i = 0; i < out_size; ++i)
                        plane[i] += factor * middle[static_cast<size_t>(i)];
                    continue;
                }
                if (c / p.in_channels_per_group() != group) continue;
                const int64_t at = p.transposed()
                                       ? c * p.out_channels_per_group() + m % p.out_channels_per_group()
                                       : m * p.in_channels_per_group() + c % p.in_channels_per_group();
                scatter_plane(p, in, weights + at * window, plane);
            }
            if (p.bias())
                for (int64_t i = 0; i < out_size; ++i) plane[i] += t.bias->values[static_cast<size_t>(m)];
        }
    return output;
}

ProblemSpec spec(Operator op, int64_t channels, Axes input, int64_t out_channels, Axes kernel_size) {
    ProblemSpec s;
    s.op = op;
    s.in_channels = channels;
    s.input = input;
    s.out_channels = out_channels;
    s.kernel_size = kernel_size;
    return s;
}

// The same dozen of situations for each operator, where it allows them.
std::vector<Problem> problems_of(Operator op) {
    const OperatorFacts& about = facts(op);
    const int64_t d = about.spatial_axes == 3 ? 1 : 0;  // 1: the depth axis takes part
    const auto axes = [&](int64_t depth, int64_t height, int64_t width) {
        return Axes{d ? depth : 1, height, width};
    };
    const auto only = [&](int64_t depth, int64_t height, int64_t width) {
        return Axes{d ? depth : 0, height, width};
    };
    std::vector<ProblemSpec> specs;
    const auto add = [&](int64_t in, Axes input, int64_t out, Axes window) -> ProblemSpec& {
        return specs.emplace_back(spec(op, in, input, out, window));
    };
    add(1, axes(3, 5, 6), 1, axes(3, 3, 3));
    add(2, axes(4, 20, 37), 4, axes(3, 3, 3)).padding = only(1, 1, 1);
    add(4, axes(3, 9, 11), 8, axes(2, 3, 5)).stride = axes(1, 2, 3);
    {
        ProblemSpec& s = add(2, axes(5, 12, 10), 2, axes(2, 3, 2));
        s.dilation = axes(2, 2, 3);
        s.padding = only(1, 2, 0);
        s.bias = true;
        s.batch = 2;
    }
    add(3, axes(2, 1, 40), 3, axes(1, 1, 4)).bias = true;             // one row
    add(2, axes(2, 33, 1), 2, axes(1, 5, 1));                         // one column
    add(2, axes(2, 2, 3), 2, axes(3, 5, 7)).padding = only(1, 2, 3);  // a window larger than the input
    add(3, axes(1, 17, 33), 6, axes(1, 1, 1)).batch = 3;
    {
        ProblemSpec& s = add(2, axes(3, 8, 8), 4, axes(3, 3, 3));
        s.stride = axes(2, 3, 2);
        s.padding = only(2, 2, 1);
        s.dilation = axes(1, 2, 1);
        s.bias = true;
    }
    add(2, axes(2, 6, 50), 2, axes(2, 2, 2)).padding = only(2, 3, 4);  // outputs that see padding only
    {
        ProblemSpec& s = add(10, axes(2, 5, 9), 36, axes(1, 3, 3));  // whole and broken tiles of channels
        s.padding = only(0, 4, 1);
        s.bias = true;
    }
    if (!about.per_channel) {
        ProblemSpec& s = add(6, axes(3, 7, 8), 9, axes(2, 3, 3));
        s.groups = 3;
        s.padding = only(1, 0, 2);
    }
    if (about.transposed) {
        ProblemSpec& s = add(4, axes(2, 5, 6), 2, axes(3, 3, 4));
        s.groups = 2;
        s.stride = axes(2, 2, 3);
        s.padding = only(1, 1, 0);
        s.output_padding = only(1, 1, 2);
        s.bias = true;
    }
    if (about.transposed) {
        // Phases without taps, a padding that cuts off whole inputs, and fours of channels that are not full.
        ProblemSpec& s = add(4, axes(4, 5, 6), 10, axes(2, 3, 2));
        s.groups = 2;
        s.stride = axes(2, 4, 6);
        s.dilation = axes(1, 2, 4);
        s.padding = only(2, 5, 5);
    }
    std::vector<Problem> problems;
    for (ProblemSpec& s : specs) {
        if (op == Operator::depthwise_conv2d && *s.out_channels % s.in_channels != 0)
            s.out_channels = s.in_channels;
        if (broken_rules(s).empty()) problems.emplace_back(s);
    }
    return problems;
}

void expect_exact(Device& sim, const Problem& problem, const std::string& kernel) {
    const Tensors tensors = make_tensors(problem, Fill::integers, Fill::integers, 7);
    const std::vector<double> answer = expected(problem, tensors);
    const CancelToken cancel;
    const auto execution = sim.prepare(problem, tensors, kernel, cancel);
    OutputFaults faults;
    const OutputPtr output = execution->run(cancel, faults);
    EXPECT_EQ(faults.unwritten, 0) << kernel << " " << problem.text();
    EXPECT_EQ(faults.written_outside, 0) << kernel << " " << problem.text();
    ASSERT_EQ(output->elements(), static_cast<int64_t>(answer.size()));
    for (size_t i = 0; i < answer.size(); ++i)
        ASSERT_EQ(output->host()[i], static_cast<float>(answer[i]))
            << kernel << " " << problem.text() << " " << i;
}

TEST(Kernels, EveryKernelIsExactOnIntegers) {
    for (const SimOrder order : {SimOrder::ascending, SimOrder::reversed, SimOrder::random}) {
        const auto sim = device(order);
        for (const OperatorFacts& op : operators()) {
            const std::vector<Problem> problems = problems_of(op.op);
            EXPECT_GE(problems.size(), 8u) << op.name;
            for (const KernelFacts& kernel : sim->kernels(op.op))
                for (const Problem& problem : problems)
                    if (sim->supports(problem, kernel.name)) expect_exact(*sim, problem, kernel.name);
        }
    }
}

TEST(Kernels, PaddingIsNotMultiplied) {
    // An infinite weight in a corner of the window spoils only the outputs that it meets an input for; but
    // kernels that mix the products of neighbouring outputs say so (KernelFacts::mixes_taps).
    const auto sim = device(SimOrder::ascending);
    for (const OperatorFacts& op : operators()) {
        ProblemSpec s = spec(op.op, 1, {1, 4, 4}, 1, {1, 3, 3});
        s.padding = {0, 1, 1};
        const Problem problem(s);
        Tensors tensors = make_tensors(problem, Fill::ones, Fill::ones, 0);
        auto weights = std::make_shared<Tensor>(*tensors.weights);
        weights->values[0] = std::numeric_limits<float>::infinity();
        tensors.weights = weights;
        const std::vector<double> answer = expected(problem, tensors);
        for (const KernelFacts& kernel : sim->kernels(op.op)) {
            if (kernel.mixes_taps || !sim->supports(problem, kernel.name)) continue;
            OutputFaults faults;
            const auto execution = sim->prepare(problem, tensors, kernel.name, {});
            const OutputPtr output = execution->run({}, faults);
            int finite = 0;
            for (size_t i = 0; i < answer.size(); ++i) {
                ASSERT_FALSE(std::isnan(output->host()[i])) << op.name << " " << kernel.name << " " << i;
                ASSERT_EQ(std::isinf(output->host()[i]), std::isinf(answer[i])) << op.name << " " << i;
                finite += std::isfinite(output->host()[i]);
            }
            EXPECT_EQ(finite, 7) << op.name;
        }
    }
}

// Stride 2 leaves places between the inputs. Where the infinite weight falls on one of them it meets no
// input; a kernel that multiplies it with a zero there says so.
TEST(Kernels, WhatStandsBetweenInputsIsMultipliedOnlyByKernelsThatSaySo) {
    const auto sim = device(SimOrder::ascending);
    for (const Operator op : {Operator::conv_transpose2d, Operator::conv_transpose3d}) {
        ProblemSpec s = spec(op, 1, {1, 4, 4}, 1, {1, 3, 3});
        s.stride = {1, 2, 2};
        const Problem problem(s);
        Tensors tensors = make_tensors(problem, Fill::ones, Fill::ones, 0);
        auto weights = std::make_shared<Tensor>(*tensors.weights);
        weights->values[4] = std::numeric_limits<float>::infinity();  // the middle one, which 16 outputs meet
        tensors.weights = weights;
        for (const KernelFacts& kernel : sim->kernels(op)) {
            // The implicit GEMMs mix the taps of a phase only: the padding's, and infinity split in three.
            if (kernel.mixes_taps && kernel.name != "zero_stuffed") continue;
            OutputFaults faults;
            const OutputPtr output = sim->prepare(problem, tensors, kernel.name, {})->run({}, faults);
            const std::span<const float> values(output->host(), static_cast<size_t>(output->elements()));
            const auto count = [&](auto is) { return std::ranges::count_if(values, is); };
            const auto infinities = count([](float v) { return std::isinf(v); }),
                       nans = count([](float v) { return std::isnan(v); });
            EXPECT_TRUE(kernel.mixes_taps || (infinities == 16 && nans == 0)) << kernel.name;
            EXPECT_TRUE(kernel.name != "zero_stuffed" || nans > 0);
        }
    }
}

TEST(Kernels, EveryOperatorHasNaiveAndItsFacts) {
    const auto sim = device(SimOrder::ascending);
    for (const OperatorFacts& op : operators()) {
        const std::vector<KernelFacts> kernels = sim->kernels(op.op);
        EXPECT_EQ(std::ranges::count(kernels, "naive", &KernelFacts::name), 1) << op.name;
        for (const KernelFacts& kernel : kernels) {
            EXPECT_EQ(std::ranges::count(kernels, kernel.name, &KernelFacts::name), 1) << kernel.name;
            EXPECT_FALSE(kernel.idea.empty() || kernel.traffic.empty() || kernel.wins_when.empty());
            EXPECT_FALSE(kernel.source_file.empty());
        }
    }
}

TEST(Kernels, ATileThatDoesNotFitIsRefusedWithItsNumbers) {
    const auto sim = device(SimOrder::ascending);
    ProblemSpec s = spec(Operator::conv2d, 1, {1, 400, 400}, 1, {1, 3, 3});
    s.dilation = {1, 100, 100};
    const Support support = sim->supports(Problem(s), "shared_tile");
    EXPECT_EQ(support.why_not,
              "a 16×16 tile needs 216×216 inputs and 9 weights in shared memory, which holds 12288 floats");
    s = spec(Operator::conv2d, 1, {1, largest_size, 1}, 1, {1, 1, 1});
    s.stride = {1, largest_size, largest_size};
    EXPECT_FALSE(sim->supports(Problem(s), "shared_tile"));
    EXPECT_FALSE(sim->supports(Problem(s), "register_tile"));
}

TEST(Kernels, WhatATileCannotHoldIsSaid) {
    const auto sim = device(SimOrder::ascending);
    ProblemSpec s = spec(Operator::conv2d, 1, {1, 400, 400}, 1, {1, 3, 3});
    s.dilation = {1, 100, 3};
    EXPECT_EQ(sim->supports(Problem(s), "register_tile").why_not, "");
    s.dilation = {1, 100, 100};
    EXPECT_EQ(sim->supports(Problem(s), "register_tile").why_not,
              "a 32×16 tile of eight channels needs 216×232 inputs and 9×8 weights in shared memory, which "
              "holds 12288 floats");
    s = spec(Operator::conv3d, 1, {40, 40, 40}, 1, {3, 3, 3});
    s.dilation = {15, 12, 11};
    EXPECT_EQ(sim->supports(Problem(s), "shared_tile").why_not,
              "a 4×8×8 box needs 34×32×30 inputs and 27 weights in shared memory, which holds 12288 floats");
    s = spec(Operator::conv3d, 1, {1, largest_size, 1}, 1, {1, 1, 1});
    EXPECT_FALSE(sim->supports(Problem(s), "shared_tile"));
    s.stride = {1, largest_size, largest_size};
    EXPECT_FALSE(sim->supports(Problem(s), "shared_tile"));
}

TEST(Kernels, WinogradIsForOneWindowOnly) {
    const auto sim = device(SimOrder::ascending);
    ProblemSpec s = spec(Operator::conv2d, 1, {1, 9, 9}, 1, {1, 3, 3});
    EXPECT_TRUE(sim->supports(Problem(s), "winograd_f2x2"));
    s.stride = {1, 1, 2};
    EXPECT_EQ(
        sim->supports(Problem(s), "winograd_f2x2").why_not,
        "F(2×2, 3×3) is for 3×3 windows at stride 1 and dilation 1; along the width they are 3, 2 and 1");
    s.stride = {1, 1, 1};
    s.dilation = {1, 2, 1};
    EXPECT_FALSE(sim->supports(Problem(s), "winograd_f2x2"));
    s.dilation = {1, 1, 1};
    s.kernel_size = {1, 3, 5};
    EXPECT_FALSE(sim->supports(Problem(s), "winograd_f2x2"));
}

// The padding cuts off all but the middle one of three inputs that lie very far apart.
TEST(Kernels, AVeryLongStrideIsNoTroubleUnlessItsZerosAreStored) {
    const auto sim = device(SimOrder::ascending);
    ProblemSpec s = spec(Operator::conv_transpose2d, 2, {1, 1, 3}, 5, {1, 1, 1});
    s.stride = s.padding = {1, 1, largest_size};
    s.padding[0] = s.padding[1] = 0;
    const Problem problem(s);
    EXPECT_EQ(problem.output(), (Axes{1, 1, 1}));
    for (const char* kernel : {"scatter", "naive", "phase"}) expect_exact(*sim, problem, kernel);
    EXPECT_EQ(sim->supports(problem, "zero_stuffed").why_not,
              "the input with its zeros would take 18 TB of scratch memory; a grid with a thread a float "
              "writes at most 2.2 TB");
    s = spec(Operator::conv_transpose2d, 1, {1, 1, 1}, 1, {1, 1, int64_t{1} << 32});
    EXPECT_EQ(sim->supports(Problem(s), "phase").why_not,
              "phase counts elements of a channel and of a window in 32 bits, up to 2147483647; they have 1 "
              "and 4294967296");
}

}  // namespace
}  // namespace convscope
