// No kernel of ours does anything that a trace finds fault with, on problems with ends that fit no tile.
#include <gtest/gtest.h>

#include "core/inputs.h"
#include "cuda_cpp/module_loader.h"
#include "devices/sim/trace_problem.h"

namespace convscope {
namespace {

ProblemSpec small(Operator op) {
    ProblemSpec spec;
    spec.op = op;
    spec.input = {facts(op).spatial_axes == 3 ? 3 : 1, 9, 13};
    spec.kernel_size = {facts(op).spatial_axes == 3 ? 3 : 1, 3, 3};
    spec.padding = {facts(op).spatial_axes == 3 ? 1 : 0, 1, 1};
    spec.in_channels = 3;
    spec.bias = true;
    return spec;
}

// A plain one; strides, two batches and a window that is no square; rows of four with several channels, for
// kernels that stage one piece after another; windows of one element with more channels than the fused
// kernels hold at once; one output a channel.
std::vector<ProblemSpec> problems(Operator op) {
    ProblemSpec strides = small(op);
    strides.batch = 2;
    strides.stride = {1, 2, 3};
    strides.kernel_size[2] = 5;
    if (facts(op).transposed) strides.output_padding = {0, 1, 0};
    ProblemSpec channels = small(op);
    channels.in_channels = 20;
    if (!facts(op).per_channel) channels.out_channels = 12;
    channels.input[1] = 4;
    channels.input[2] = 8;
    ProblemSpec points = channels;
    if (op == Operator::separable_conv2d) {
        points.in_channels = 148;
        points.out_channels = 72;
    }
    points.kernel_size = {1, 1, 1};
    points.padding = {0, 0, 0};
    ProblemSpec one = small(op);
    one.input = {facts(op).spatial_axes == 3 ? 2 : 1, 1, 1};
    return {small(op), strides, channels, points, one};
}

TEST(KernelsFaults, NoneInAnyKernelOfOurs) {
    const LoadedModule module(CONVSCOPE_MODULES + std::string("/traced.so"));
    int traced = 0;
    for (const KernelEntry& entry : module.kernels().kernels) {
        int of_kernel = 0;
        for (const ProblemSpec& spec : problems(entry.info.op)) {
            const Problem problem(spec);
            if (!entry.supports(problem)) continue;
            ++of_kernel;
            const ProblemTrace trace = trace_problem(CONVSCOPE_MODULES, problem,
                                                     make_tensors(problem, Fill::random, Fill::random, 1),
                                                     entry.info.name, {.per_element = false});
            EXPECT_EQ(trace.fault_count, 0) << entry.info.name << ", " << problem.text();
            for (const sim::TraceFault& fault : trace.faults)
                ADD_FAILURE() << fault.sentence << ", " << fault.count << " times, at " << std::hex
                              << fault.offset << " and " << fault.other_offset;
            EXPECT_EQ(trace.output_faults.unwritten, 0) << entry.info.name << ", " << problem.text();
        }
        EXPECT_GT(of_kernel, 0) << facts(entry.info.op).name << " " << entry.info.name;
        traced += of_kernel;
    }
    EXPECT_GT(traced, 60);
}

}  // namespace
}  // namespace convscope
