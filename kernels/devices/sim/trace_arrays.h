// The arrays of a problem as a trace watches them, and what several steps do to them together.
#pragma once
#include <vector>

#include "cuda_cpp/simulator/trace.h"
#include "devices/sim/host_arrays.h"

namespace convscope {

// Every array of the problem that is there, under the name that faults and results call it by.
std::vector<sim::TraceArray> trace_arrays(const HostArrays& arrays, const LaunchPlan& plan, float* output,
                                          int64_t output_elements);

// Adds one step's counts to those of the steps before it; `sum` is empty at first. It has no writers: a
// thread of one step is not that of another.
void add_arrays(std::vector<sim::ArrayTrace>& sum, const std::vector<sim::ArrayTrace>& step);

}  // namespace convscope
