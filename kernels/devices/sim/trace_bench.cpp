// Prints what counting a kernel's whole grid costs, and what tracing one block does.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "core/inputs.h"
#include "cuda_cpp/module_loader.h"
#include "devices/sim/trace_problem.h"

namespace {

using namespace convscope;

double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void measure(const Problem& problem, const Tensors& tensors, const std::string& kernel, int64_t blocks) {
    const double start = seconds_of(CLOCK_MONOTONIC), worked = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const ProblemTrace trace = trace_problem(CONVSCOPE_MODULES, problem, tensors, kernel, {.blocks = blocks});
    std::printf(
        "%-16s %-10s %8.3f s, %8.3f s of processors, %9lld threads, %6.2f us a thread, %lld faults\n",
        kernel.c_str(), blocks ? "one block" : "whole", seconds_of(CLOCK_MONOTONIC) - start,
        seconds_of(CLOCK_PROCESS_CPUTIME_ID) - worked, static_cast<long long>(trace.totals.threads),
        (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - worked) * 1e6 / static_cast<double>(trace.totals.threads),
        static_cast<long long>(trace.fault_count));
}

}  // namespace

// trace_bench [operator [side]]: every kernel of the operator, 1×3×side×side, K = 3.
int main(int argc, char** argv) {
    ProblemSpec spec;
    spec.op = Operator::depthwise_conv2d;
    for (const OperatorFacts& op : operators())
        if (argc > 1 && std::strcmp(argv[1], op.name) == 0) spec.op = op.op;
    const int64_t side = argc > 2 ? std::stoll(argv[2]) : 512;
    spec.in_channels = 3;
    spec.input = {1, side, side};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
    const LoadedModule module(CONVSCOPE_MODULES + std::string("/traced.so"));
    std::printf("%s\n", problem.text().c_str());
    for (const int64_t blocks : {0, 1})
        for (const KernelEntry& entry : module.kernels().kernels)
            if (entry.info.op == spec.op && entry.supports(problem))
                measure(problem, tensors, entry.info.name, blocks);
    return 0;
}
