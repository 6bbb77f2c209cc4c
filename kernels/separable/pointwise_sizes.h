// The second half of a separable convolution as a GEMM: a 1×1 convolution of the middle tensor.
#pragma once
#include "common/implicit_gemm_plan.h"

namespace convscope::separable_conv2d {

inline gemm::Sizes pointwise_sizes(const Problem& problem, int64_t tile_channels) {
    ConvSizes s = conv_sizes(problem);
    s.group_in = s.in_channels;
    s.group_out = s.out_channels;
    s.height = {s.height.output, s.height.output, 1, 1, 0, 1};
    s.width = {s.width.output, s.width.output, 1, 1, 0, 1};
    return gemm::gemm_sizes(s, 1, 1, tile_channels);
}

// Packs the pointwise weights (C_out, C_in) into scratch arrays `first` and `first` + 1.
inline Step pack_pointwise_step(const std::string& kernel, gemm::PackKernel pack, const gemm::Sizes& sizes,
                                int first = 0) {
    Step step = gemm::pack_step(kernel, pack, sizes, first);
    step.buffers.front() = buffer::pointwise;
    return step;
}

}  // namespace convscope::separable_conv2d
