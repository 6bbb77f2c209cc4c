#include "export/pytorch_code.h"

#include "core/text.h"
#include "experiment_tensors.h"
#include "export/python_parts.h"
#include "export/python_text.h"

namespace convscope {
namespace {

std::string per_axis(const Problem& problem, const Axes& axes) {
    return python_tuple(std::span(axes).last(static_cast<size_t>(problem.spatial_axes())));
}

// stride=(1, 1), padding=(0, 0), …
std::string parameters(const Problem& problem) {
    std::string out = cat("stride=", per_axis(problem, problem.stride()),
                          ", padding=", per_axis(problem, problem.padding()));
    if (problem.transposed()) out += ", output_padding=" + per_axis(problem, problem.output_padding());
    return out + cat(", groups=", problem.groups(), ", dilation=", per_axis(problem, problem.dilation()));
}

std::string computation(const Problem& problem) {
    const char* const bias = problem.bias() ? ", b" : "";
    if (problem.op() == Operator::separable_conv2d)
        return cat("middle = F.conv2d(x, w, ", parameters(problem), ")\ny = F.conv2d(middle, p", bias, ")\n");
    const bool deep = problem.spatial_axes() == 3;
    const char* const function = problem.transposed() ? deep ? "conv_transpose3d" : "conv_transpose2d"
                                 : deep               ? "conv3d"
                                                      : "conv2d";
    return cat("y = F.", function, "(x, w", bias, ", ", parameters(problem), ")\n");
}

// Those of the standard library first, as Python people sort them.
std::string imports_of(const PythonScript& script) {
    std::string standard, others;
    for (const std::string& line : script.imports)
        (line == "import math" || line == "import re" ? standard : others) += line + "\n";
    return standard.empty() ? others : standard + "\n" + others;
}

}  // namespace

std::string pytorch_code(const Experiment& e) {
    const Problem problem(e.spec);
    require_typed_values(e, problem);
    PythonScript script;
    add_input(script, e, problem);
    add_weights(script, e.weights, problem, TensorRole::weights, e.seed);
    if (!problem.pointwise_shape().empty())
        add_weights(script, pointwise_source(e), problem, TensorRole::pointwise, e.seed);
    if (problem.bias()) add_weights(script, {.fill = bias_fill(e)}, problem, TensorRole::bias, e.seed);

    std::string out = cat("# ", problem.text(), ", written by ConvScope.\n", imports_of(script), "\n");
    for (const std::string& function : script.functions) out += "\n" + function + "\n";
    if (!script.functions.empty()) out += "\n";
    return out + script.body + computation(problem) + "print(y.shape)\n";
}

}  // namespace convscope
