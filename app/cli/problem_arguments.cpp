#include "cli/command.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "numbers.h"
#include "presets.h"

namespace convscope::cli {
namespace {

ProblemSpec spec_from_file(const std::string& path) {
    try {
        const nlohmann::json json = read_json(path);
        const ProblemSpec spec = spec_from_json(json);
        if (broken_rules(spec).empty()) require_output(json, Problem(spec));
        return spec;
    } catch (const Error& error) {
        fail_request(cat("--problem: ", path, ": ", error.what()));
    }
}

// One number of the problem. `title` is what the rules of problem.h call it.
int64_t number_of(const std::string& text, const char* option, const std::string& title, int64_t least) {
    return whole_number(text, option, title, least, largest_size);
}

std::string on_axis(const char* title, size_t axis) {
    return cat(title, " (", axis_names[std::min<size_t>(axis, 2)], ")");
}

}  // namespace

void ProblemArguments::add_to(CLI::App& command) {
    const std::string group = "PROBLEM (one number serves all axes; depth, height, width in that order)";
    const auto list = [&](const char* name, std::vector<std::string>& to, const char* help) {
        command.add_option(name, to, help)->delimiter(',')->group(group)->type_name("INT");
    };
    command.add_option("--op", op, operator_names())->group(group);
    list("--shape", shape, "the input: N,C,H,W or N,C,D,H,W; an image or .npy brings its own");
    command.add_option("--out-channels", out_channels, "C_out; left out: C_in")
        ->group(group)
        ->type_name("INT")
        ->check(not_empty);
    list("--kernel-size", kernel_size, "K or K_h,K_w or K_d,K_h,K_w; left out: 1");
    list("--stride", stride, "left out: 1");
    list("--padding", padding, "left out: 0");
    list("--dilation", dilation, "left out: 1");
    list("--output-padding", output_padding, "transposed operators; left out: 0");
    command.add_option("--groups", groups, "left out: 1 (depthwise and separable: C_in)")
        ->group(group)
        ->type_name("INT")
        ->check(not_empty);
    command.add_flag("--bias", bias, "add a bias")->group(group);
    command.add_option("--problem", file, "a problem.json instead")->group(group);
    command.add_option("--preset", preset, "a preset instead (convscope list presets)")->group(group);
}

ProblemSpec ProblemArguments::spec(const Shape& image_shape) const {
    if (int(!op.empty()) + int(!file.empty()) + int(!preset.empty()) != 1)
        fail_request("a problem is given by one of --op, --problem and --preset; found " +
                     std::string(any_given() ? "several" : "none"));
    const bool others = !shape.empty() || !kernel_size.empty() || !stride.empty() || !padding.empty() ||
                        !dilation.empty() || !output_padding.empty() || !out_channels.empty() ||
                        !groups.empty() || bias;
    if (op.empty() && others)
        fail_request(
            "--shape, --kernel-size, --stride and the other parameters go with --op; --problem and --preset "
            "bring "
            "their own");
    if (!file.empty()) return spec_from_file(file);
    if (!preset.empty()) return preset_named(preset).spec;
    return spec_of_numbers(image_shape);
}

ProblemSpec ProblemArguments::spec_of_numbers(const Shape& image_shape) const {
    ProblemSpec spec;
    const auto found = operator_named(op);
    if (!found) fail_request(cat("--op: '", op, "' is not an operator; ", operator_names(), " is allowed"));
    spec.op = *found;
    const size_t first_axis = 3 - size_t(facts(spec.op).spatial_axes);
    if (shape.empty() && image_shape.empty())
        fail_request("--shape is missing; it gives the input as N,C,H,W or N,C,D,H,W");
    Shape sizes = image_shape;
    if (!shape.empty()) sizes.clear();
    for (size_t i = 0; i < shape.size(); ++i)
        sizes.push_back(number_of(shape[i], "--shape",
                                  i == 0   ? "batch size N"
                                  : i == 1 ? "C_in"
                                           : on_axis("input size", first_axis + i - 2),
                                  1));
    set_input_shape(spec, sizes);
    const auto axes = [&](const char* name, const char* title, const std::vector<std::string>& texts,
                          Axes& to, int64_t absent, int64_t least) {
        if (texts.empty()) return;
        std::vector<int64_t> values;
        for (const std::string& text : texts)
            values.push_back(number_of(text, name, on_axis(title, first_axis + values.size()), least));
        to = axes_from_list(spec.op, values, name, absent);
    };
    axes("--kernel-size", "kernel size", kernel_size, spec.kernel_size, 1, 1);
    axes("--stride", "stride", stride, spec.stride, 1, 1);
    axes("--padding", "padding", padding, spec.padding, 0, 0);
    axes("--dilation", "dilation", dilation, spec.dilation, 1, 1);
    axes("--output-padding", "output_padding", output_padding, spec.output_padding, 0, 0);
    if (!out_channels.empty()) spec.out_channels = number_of(out_channels, "--out-channels", "C_out", 1);
    if (!groups.empty()) spec.groups = number_of(groups, "--groups", "groups", 1);
    spec.bias = bias;
    return spec;
}

Preset ProblemArguments::chosen_preset() const {
    return preset.empty() ? Preset{} : preset_named(preset);
}

}  // namespace convscope::cli
