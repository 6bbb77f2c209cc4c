// For tests: small problems that between them have what makes taps and their inverses differ.
#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "core/problem_json.h"

namespace convscope {

inline Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

inline const std::vector<const char*> hand_made_problems{
    // Padding, dilation and groups, different on the two axes.
    R"({"op":"conv2d","input":[2,4,5,6],"out_channels":6,"kernel_size":[3,2],"stride":[2,1],"padding":[1,2],
        "dilation":[1,2],"groups":2})",
    // Strides that skip inputs, stride and dilation with a common divisor, windows wholly in the padding.
    R"({"op":"conv2d","input":[1,2,9,13],"out_channels":3,"kernel_size":[1,4],"stride":[3,4],"padding":[5,6],
        "dilation":[1,2],"bias":true})",
    // Kernel rows that only ever lie on padding.
    R"({"op":"conv2d","input":[2,2,1,4],"out_channels":2,"kernel_size":[3,2],"padding":[1,0]})",
    R"({"op":"depthwise_conv2d","input":[1,3,5,4],"out_channels":6,"kernel_size":[3,1],"padding":[2,0]})",
    R"({"op":"depthwise_conv2d","input":[2,2,7,5],"out_channels":6,"kernel_size":[2,3],"padding":[1,2],
        "stride":[1,2],"dilation":[3,1]})",
    R"({"op":"separable_conv2d","input":[1,3,5,4],"out_channels":2,"kernel_size":3,"padding":1,"stride":2})",
    R"({"op":"separable_conv2d","input":[2,2,6,5],"out_channels":5,"kernel_size":[3,2],"padding":[0,2],
        "dilation":[2,1],"bias":true})",
    R"({"op":"conv_transpose2d","input":[1,4,3,3],"out_channels":2,"kernel_size":[3,2],"stride":[3,2],
        "padding":[1,0],"output_padding":[2,1],"groups":2})",
    // Rows and columns without taps; a padding that cuts off whole inputs.
    R"({"op":"conv_transpose2d","input":[2,2,4,3],"out_channels":3,"kernel_size":[2,1],"stride":[4,3],
        "padding":[5,0],"output_padding":[3,2],"bias":true})",
    // Stride and dilation with a common divisor: every second row has no tap.
    R"({"op":"conv_transpose2d","input":[1,2,5,4],"out_channels":4,"kernel_size":[3,4],"stride":[2,6],
        "padding":[1,3],"dilation":[2,4],"groups":2})",
    R"({"op":"conv3d","input":[1,2,3,4,3],"out_channels":2,"kernel_size":[2,3,2],"padding":[0,1,1],
        "dilation":[2,1,1]})",
    R"({"op":"conv_transpose3d","input":[1,2,2,3,2],"out_channels":2,"kernel_size":[2,3,2],"stride":[2,1,2],
        "padding":[1,1,0],"dilation":[1,2,1],"output_padding":[1,1,1]})",
};

}  // namespace convscope
