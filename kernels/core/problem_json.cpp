#include "core/problem_json.h"

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

using nlohmann::json;

std::vector<int64_t> spatial(Operator op, const Axes& axes) {
    return {axes.end() - facts(op).spatial_axes, axes.end()};
}

int64_t integer(const json& value, const std::string& field) {
    if (!value.is_number_integer())
        fail_request(cat("'", field, "' must be a whole number; found ", value.dump().substr(0, 40)));
    if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(INT64_MAX))
        fail_request(cat("'", field, "' must be at most ", INT64_MAX, "; found ", value.dump()));
    return value.get<int64_t>();
}

std::vector<int64_t> integers(const json& value, const std::string& field) {
    if (!value.is_array()) return {integer(value, field)};
    std::vector<int64_t> out;
    for (const json& item : value) out.push_back(integer(item, field));
    return out;
}

bool known_field(const std::string& name) {
    for (const char* field : {"op", "input", "out_channels", "kernel_size", "stride", "padding", "dilation",
                              "output_padding", "groups", "bias", "output"})
        if (name == field) return true;
    return false;
}

Operator read_operator(const json& value) {
    if (!value.is_object())
        fail_request(cat("a problem is a JSON object; found ", value.dump().substr(0, 40)));
    for (const auto& item : value.items())
        if (!known_field(item.key()))
            fail_request(cat("a problem has no field '", item.key(),
                             "'; op, input, out_channels, kernel_size, stride, padding, dilation, "
                             "output_padding, groups and bias are known"));
    if (!value.contains("op") || !value["op"].is_string())
        fail_request(cat("'op' is missing; ", operator_names(), " is allowed"));
    const auto name = value["op"].get<std::string>();
    const auto op = operator_named(name);
    if (!op) fail_request(cat("'", name, "' is not an operator; ", operator_names(), " is allowed"));
    return *op;
}

}  // namespace

json to_json(const ProblemSpec& spec) {
    json out;
    std::vector<int64_t> input{spec.batch, spec.in_channels};
    for (const int64_t size : spatial(spec.op, spec.input)) input.push_back(size);
    out["op"] = facts(spec.op).name;
    out["input"] = input;
    if (spec.out_channels) out["out_channels"] = *spec.out_channels;
    out["kernel_size"] = spatial(spec.op, spec.kernel_size);
    out["stride"] = spatial(spec.op, spec.stride);
    out["padding"] = spatial(spec.op, spec.padding);
    out["dilation"] = spatial(spec.op, spec.dilation);
    if (facts(spec.op).transposed) out["output_padding"] = spatial(spec.op, spec.output_padding);
    if (spec.groups) out["groups"] = *spec.groups;
    out["bias"] = spec.bias;
    return out;
}

json to_json(const Problem& problem) {
    json out = to_json(problem.spec());
    out["output"] = problem.output_shape();
    return out;
}

void require_output(const json& value, const Problem& problem) {
    if (value.contains("output") && value["output"] != json(problem.output_shape()))
        fail_request(cat("'output' is ", value["output"].dump().substr(0, 80), "; the problem's output is ",
                         dims(problem.output_shape())));
}

void set_input_shape(ProblemSpec& spec, const Shape& shape) {
    const size_t wanted = size_t(2 + facts(spec.op).spatial_axes);
    if (shape.size() != wanted)
        fail_request(cat("the input of ", facts(spec.op).name, " has ", wanted, " sizes (",
                         wanted == 4 ? "N, C, H, W" : "N, C, D, H, W", "); found ", shape.size()));
    spec.batch = shape[0];
    spec.in_channels = shape[1];
    spec.input = {1, 1, 1};
    std::copy(shape.begin() + 2, shape.end(), spec.input.end() - facts(spec.op).spatial_axes);
}

Axes axes_from_list(Operator op, const std::vector<int64_t>& values, const std::string& field,
                    int64_t absent) {
    const size_t count = size_t(facts(op).spatial_axes);
    if (values.size() != 1 && values.size() != count)
        fail_request(cat("'", field, "' of ", facts(op).name, " takes one number or ", count, " (",
                         count == 2 ? "height, width" : "depth, height, width", "); found ", values.size()));
    Axes axes{absent, absent, absent};
    for (size_t i = 0; i < count; ++i) axes[3 - count + i] = values[values.size() == 1 ? 0 : i];
    return axes;
}

ProblemSpec spec_from_json(const json& value) {
    ProblemSpec spec;
    spec.op = read_operator(value);
    if (!value.contains("input")) fail_request("'input' is missing; it lists N, C, [D,] H, W");
    set_input_shape(spec, integers(value["input"], "input"));
    const auto axes = [&](const char* field, Axes& to, int64_t absent) {
        if (value.contains(field)) to = axes_from_list(spec.op, integers(value[field], field), field, absent);
    };
    axes("kernel_size", spec.kernel_size, 1);
    axes("stride", spec.stride, 1);
    axes("padding", spec.padding, 0);
    axes("dilation", spec.dilation, 1);
    axes("output_padding", spec.output_padding, 0);
    if (value.contains("out_channels")) spec.out_channels = integer(value["out_channels"], "out_channels");
    if (value.contains("groups")) spec.groups = integer(value["groups"], "groups");
    if (value.contains("bias")) {
        if (!value["bias"].is_boolean())
            fail_request(cat("'bias' must be true or false; found ", value["bias"].dump().substr(0, 40)));
        spec.bias = value["bias"].get<bool>();
    }
    return spec;
}

}  // namespace convscope
