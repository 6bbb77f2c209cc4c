// Statistics of repeated runs.
#pragma once
#include <vector>

#include "run/run.h"

namespace convscope {

// The value below which `fraction` of the samples lie, interpolated between neighbours; samples not empty.
double percentile(std::vector<double> samples, double fraction);

// Median, spread and rates of the samples.
Timing timing_of(const Problem& problem, std::vector<double> samples_ms, double prepare_ms,
                 const Ceilings& ceilings);

// The time that no kernel can beat on this device: the larger of memory and arithmetic, in milliseconds;
// 0 where the ceilings are unknown. `tf32` kernels are held against the TF32 ceiling.
double floor_ms(const Problem& problem, const Ceilings& ceilings, bool tf32 = false);

// How many times as fast as the peer: the peer's median over ours.
double peer_ratio(const Timing& peer, const Timing& ours);

// Samples as `effort` asks, at most about 20 s for slow kernels (but 3 samples always).
std::vector<double> sample(Execution& execution, const TimingEffort& effort, const CancelToken& cancel);

}  // namespace convscope
