// Tensors whose every element tells which one it is.
#pragma once
#include <cstdint>

#include "core/tensor.h"
#include "cuda_cpp/kernel.h"

namespace convscope::xray {

// Element i of a tensor holds the bits tag + i, a finite float from 1.0 upwards that no other tensor holds.
// Where the tag is 0 all elements are 1.
struct NumberedTensors {
    Tensors tensors;
    uint32_t input_tag = 0, weights_tag = 0, pointwise_tag = 0, bias_tag = 0;

    uint32_t tag(BufferRole role) const;
};

// The numbers lie as high as they can, so that products and sums of them go beyond what is finite instead of
// looking like other elements. `rounded_weights`: the kernel keeps weights rounded to TF32; weights that such
// a rounding would make look like others then get no numbers. Throws Error(request) where the memory is not
// there.
NumberedTensors numbered_tensors(const Problem& problem, bool rounded_weights);

}  // namespace convscope::xray
