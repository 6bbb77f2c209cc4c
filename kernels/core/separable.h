// The two stages of a separable convolution: depthwise makes the middle tensor (N, C_in, H_out, W_out), the
// pointwise step sums its channels. So taps(separable, o) are, for each m of middle_taps(separable, o), the
// taps(depthwise_stage(separable), m.middle) times the pointwise weight m.pointwise.
//
// Flat indices as in core/positions.h. Any other operator is a programmer's error.
#pragma once
#include <cstdint>
#include <vector>

#include "core/problem.h"

namespace convscope {

// The depthwise_conv2d whose output is the middle tensor; it has no bias, which enters after the second
// stage. Throws Error(request) where it is not a problem: the middle tensor has too many elements.
Problem depthwise_stage(const Problem& separable);
Shape middle_shape(const Problem& separable);  // (N, C_in, H_out, W_out)

// A product of the second stage: pointwise weight × middle element.
struct MiddleTap {
    int64_t middle;
    int64_t pointwise;
};
// The C_in of one output element, in the order of channels.
std::vector<MiddleTap> middle_taps(const Problem& separable, int64_t output_index);

// The inverse: a product of one pointwise weight.
struct PointwiseUse {
    int64_t middle;
    int64_t output;
};
// All N·H_out·W_out of them, in the order of images, then positions.
std::vector<PointwiseUse> pointwise_uses(const Problem& separable, int64_t pointwise_index);
int64_t pointwise_use_count(const Problem& separable);  // the same for every pointwise weight

}  // namespace convscope
