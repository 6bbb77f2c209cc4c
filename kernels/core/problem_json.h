// Problems in files: {"op", "input": [N, C, …], "out_channels", "kernel_size", "stride", "padding",
// "dilation", "output_padding" (transposed), "groups", "bias", "output"}, lists per axis.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/problem.h"

namespace convscope {

nlohmann::json to_json(const ProblemSpec& spec);
// The same with out_channels, groups and "output" filled in.
nlohmann::json to_json(const Problem& problem);
// A number serves all axes; what is left out has its default; "output" is not read (require_output). Throws
// Error(request) for an unknown name or a value of the wrong type, naming the field. The spec may still
// break rules of problem.h.
ProblemSpec spec_from_json(const nlohmann::json& json);
// Throws Error(request) with both shapes where `json` has an "output" that is not the problem's.
void require_output(const nlohmann::json& json, const Problem& problem);

// Sets (batch, in_channels, input) from N, C, [D,] H, W. Throws Error(request) for the wrong number of sizes.
void set_input_shape(ProblemSpec& spec, const Shape& shape);
// One number for all axes, or one per spatial axis (height, width or depth, height, width).
Axes axes_from_list(Operator op, const std::vector<int64_t>& values, const std::string& field,
                    int64_t absent);

}  // namespace convscope
