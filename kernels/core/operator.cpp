#include "core/operator.h"

#include <array>
#include <vector>

#include "core/text.h"

namespace convscope {
namespace {

constexpr std::array<OperatorFacts, 6> table{{
    {Operator::conv2d, "conv2d", "Convolution 2D", 2, false, false,
     "every output channel sums over all input channels of its group"},
    {Operator::depthwise_conv2d, "depthwise_conv2d", "Depthwise 2D", 2, false, true,
     "every output channel sees one input channel"},
    {Operator::separable_conv2d, "separable_conv2d", "Depthwise separable 2D", 2, false, true,
     "a depthwise convolution, then a 1×1 convolution that mixes the channels"},
    {Operator::conv_transpose2d, "conv_transpose2d", "Transposed 2D", 2, true, false,
     "every input element stamps its weights onto the output"},
    {Operator::conv3d, "conv3d", "Convolution 3D", 3, false, false, "conv2d with a depth axis"},
    {Operator::conv_transpose3d, "conv_transpose3d", "Transposed 3D", 3, true, false,
     "conv_transpose2d with a depth axis"},
}};

}  // namespace

std::span<const OperatorFacts> operators() {
    return table;
}

const OperatorFacts& facts(Operator op) {
    return table[static_cast<size_t>(op)];
}

std::optional<Operator> operator_named(std::string_view name) {
    for (const OperatorFacts& row : table)
        if (name == row.name) return row.op;
    return std::nullopt;
}

std::string operator_names() {
    std::vector<std::string> names;
    for (const OperatorFacts& row : table) names.emplace_back(row.name);
    return joined(names, " or ");
}

}  // namespace convscope
