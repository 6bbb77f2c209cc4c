// Statistics of repeated runs.
#pragma once
#include <vector>

#include "run/run.h"

namespace convscope {

// The value below which `fraction` of the samples lie, interpolated between neighbours; samples not empty.
double percentile(std::vector<double> samples, double fraction);

// Median, spread and rates of the samples, and their share of the roofline under `model`.
Timing timing_of(const Problem& problem, std::vector<double> samples_ms, double prepare_ms,
                 const Ceilings& ceilings, const ErrorModel& model = {});

// The times that no kernel can beat on this device: minimal bytes at its bandwidth, and nominal FLOPs at its
// rate of each kind of arithmetic, in milliseconds; 0 where the ceiling is unknown.
struct Floors {
    double memory_ms = 0;
    double fp32_ms = 0;
    double tf32_ms = 0;
};
Floors floors(const Problem& problem, const Ceilings& ceilings);

// What a kernel that rounds as `model` does cannot beat: the larger of memory and its kind of arithmetic; 0
// where the ceilings are unknown. A model named tf32 is held against the TF32 ceiling, 3xtf32 against a third
// of it, for it makes three products of each; all others, and both where that ceiling is unknown, against
// float32's.
double floor_ms(const Problem& problem, const Ceilings& ceilings, const ErrorModel& model = {});
double arithmetic_floor_ms(const Floors& floors, const ErrorModel& model);

// How many times as fast as the peer: the peer's median over ours.
double peer_ratio(const Timing& peer, const Timing& ours);

// Samples as `effort` asks, at most about 20 s for slow kernels (but 3 samples always).
std::vector<double> sample(Execution& execution, const TimingEffort& effort, const CancelToken& cancel);

}  // namespace convscope
