// The X-ray's pictures as PNG files. Each function gives the sentence that says what the picture shows.
#pragma once
#include <optional>
#include <string>

#include "core/tensor.h"
#include "xray/xray.h"

namespace convscope::cli {

// How often each element of one input channel (of the first image, in the middle of its depth) is read from
// global memory. Throws Error(request): no such channel, a file that cannot be written.
std::string draw_heat(const std::string& path, const xray::Counts& counts, int64_t channel);

// Which lane of the block reads each element of the input first, over the input's values, and beside it which
// lane writes each output element. Of large slices the part around these elements. Without `channel`: the
// first that the block reads. Throws Error(request) as above.
std::string draw_map(const std::string& path, const xray::BlockXray& block, const Problem& problem,
                     const Tensor& input, std::optional<int64_t> channel);

}  // namespace convscope::cli
