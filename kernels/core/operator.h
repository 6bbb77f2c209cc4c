// The six operators, in teaching order.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace convscope {

enum class Operator {
    conv2d,
    depthwise_conv2d,
    separable_conv2d,
    conv_transpose2d,
    conv3d,
    conv_transpose3d,
};

struct OperatorFacts {
    Operator op;
    const char* name;   // as on the command line and in files
    const char* title;  // as in the window
    int spatial_axes;   // 2 or 3
    bool transposed;
    bool per_channel;  // groups is always C_in
    const char* meaning;
};

std::span<const OperatorFacts> operators();
const OperatorFacts& facts(Operator op);
std::optional<Operator> operator_named(std::string_view name);
// All names, for sentences: "conv2d, …, conv3d or conv_transpose3d".
std::string operator_names();

}  // namespace convscope
