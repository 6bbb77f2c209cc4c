// The inverses of taps(): which products an input element or a weight enters. Each list holds exactly the
// products that taps() gives over all outputs. Flat indices as in core/positions.h. A list may be long (a
// weight enters every image and nearly every output position); the counts are not worked out from it.
#pragma once
#include <cstdint>
#include <vector>

#include "core/problem.h"

namespace convscope {

// A product of one input element.
struct FedOutput {
    int64_t output;
    int64_t weight;
    int64_t pointwise = -1;  // separable only
};
// All of them, in the order of output channels, then kernel positions; separable: through every output
// channel's pointwise weight.
std::vector<FedOutput> fed_outputs(const Problem& problem, int64_t input_index);
int64_t fed_output_count(const Problem& problem, int64_t input_index);

// A product of one weight; in separable of a depthwise weight.
struct WeightUse {
    int64_t input;
    int64_t output;
    int64_t pointwise = -1;  // separable only
};
// All of them, in the order of images, output channels (separable only: others have one), then output
// positions.
std::vector<WeightUse> weight_uses(const Problem& problem, int64_t weight_index);
int64_t weight_use_count(const Problem& problem, int64_t weight_index);

}  // namespace convscope
