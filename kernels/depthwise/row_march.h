// The step of row_march, for plans that need a depthwise convolution as one of theirs.
#pragma once
#include "cuda_cpp/kernel.h"

namespace convscope::depthwise_conv2d::row_march {

Support supports(const Problem& depthwise);

// Computes `depthwise` from `input` into `output` with the problem's weights, and with its bias if it has
// one.
Step step(const Problem& depthwise, const std::string& label, BufferRef input, BufferRef output);

}  // namespace convscope::depthwise_conv2d::row_march
