// What the X-ray's tests look through.
#pragma once
#include <string>

#include "xray/xray.h"

namespace convscope::xray {

inline const std::string modules = CONVSCOPE_MODULES;

inline ProblemSpec image(int64_t height, int64_t width, int64_t window, int64_t padding) {
    ProblemSpec spec;
    spec.input = {1, height, width};
    spec.kernel_size = {1, window, window};
    spec.padding = {0, padding, padding};
    return spec;
}

// One of the operator that most kernels can do.
inline Problem small_problem(const OperatorFacts& op, const std::string& kernel) {
    ProblemSpec spec = image(12, 12, kernel == "pointwise" ? 1 : 3, kernel == "pointwise" ? 0 : 1);
    spec.op = op.op;
    spec.in_channels = 4;
    if (op.spatial_axes == 3) spec.input[0] = 3, spec.kernel_size[0] = 3, spec.padding[0] = 1;
    return Problem(spec);
}

}  // namespace convscope::xray
