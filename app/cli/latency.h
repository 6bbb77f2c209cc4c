// convscope bench --latency: what the window needs from a change to its pixels.
#pragma once
#include "experiment.h"

namespace convscope::cli {

// Prints the figures; returns the exit code. Throws Error(failed) where nothing can draw.
int bench_latency(const Experiment& experiment, bool json);

}  // namespace convscope::cli
