// What a kernel does to memory while it computes a problem: its traced text, run by the simulator.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "cuda_cpp/simulator/trace.h"
#include "devices/device.h"

namespace convscope {

struct ProblemTraceOptions {
    // At most so many blocks of each step, spread over its grid from the first to the last; 0: all. Counts
    // are then of these blocks, and the output is incomplete.
    int64_t blocks = 0;
    bool per_element = true;
    int workers = 0;  // OS threads; 0: one a core
    std::function<bool()> keep_going{};
    std::string module = "traced";  // the file without .so; "gallery_traced": kernels broken on purpose
};

struct ProblemTrace {
    sim::TraceTotals totals;  // of all steps
    std::vector<sim::ArrayTrace>
        arrays;  // input, weights, pointwise, bias, output, scratch…: those there are
    std::vector<sim::TraceFault> faults;  // in the order of the steps
    int64_t fault_count = 0;
    struct StepTrace {
        std::string label;
        sim::Trace trace;
    };
    std::vector<StepTrace> steps;
    bool whole = true;  // every block ran
    OutputPtr output;
    OutputFaults output_faults;  // where whole
};

// Loads the traced module from `module_folder`. Throws Error: device_missing (no such module), request (an
// unknown or unsupported kernel, wrong tensors, too little memory), cancelled.
ProblemTrace trace_problem(const std::string& module_folder, const Problem& problem, const Tensors& tensors,
                           const std::string& kernel, const ProblemTraceOptions& options = {});

}  // namespace convscope
