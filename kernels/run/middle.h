// What lies between the two stages of a separable problem.
#pragma once
#include <string>

#include "core/tensor.h"
#include "devices/device.h"

namespace convscope {

struct Middle {
    TensorPtr values;     // the depthwise result (N, C_in, H_out, W_out), or
    std::string why_not;  // a sentence
};

// The float64 reference's values, rounded, where the depthwise stage has up to `reference_up_to_taps` and the
// reference fits into memory; else those of the cpu device. Throws where it is cancelled, and for nothing
// else.
Middle middle_of(const Problem& problem, const Tensors& tensors, const Devices& devices,
                 double reference_up_to_taps, const CancelToken& cancel);

}  // namespace convscope
