// The faults of a trace with their lines, and the one that only whole grids tell.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "xray/xray.h"

namespace convscope::xray {

using PlacesOf = std::function<std::vector<SourcePlace>(uint64_t offset)>;

// Appends the faults of a step and gives how many there are. Leaves out barriers that were met in two places
// of one line: the compiler may make two of one __syncthreads(), and the text is right.
int64_t add_faults(std::vector<Fault>& all, int step, const sim::Trace& trace, const PlacesOf& places_of);

// The output elements that no step wrote, as one fault of that step; none where all were written. `output` is
// the array's index.
std::optional<Fault> never_written(const sim::ArrayTrace& array, int output, int step,
                                   const std::string& label);

}  // namespace convscope::xray
