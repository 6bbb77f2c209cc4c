#include "cli/command.h"
#include "core/files/image.h"
#include "core/files/npy.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "presets.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

std::vector<std::string> fill_names() {
    std::vector<std::string> names;
    for (const FillFacts& row : fills())
        if (row.for_weights) names.emplace_back(row.name);
    return names;
}

TensorPtr read_shared(const std::string& path) {
    return std::make_shared<const Tensor>(read_npy(path));
}

ProblemSpec spec_from_file(const std::string& path) {
    try {
        return spec_from_json(read_json(path));
    } catch (const Error& error) {
        fail_request(cat("--problem: ", path, ": ", error.what()));
    }
}

}  // namespace

void ProblemArguments::add_to(CLI::App& command) {
    const std::string group = "PROBLEM (one number serves all axes; depth, height, width in that order)";
    const auto list = [&](const char* name, std::vector<int64_t>& to, const char* help) {
        command.add_option(name, to, help)->delimiter(',')->group(group);
    };
    command.add_option("--op", op, operator_names())->group(group);
    list("--shape", shape, "the input: N,C,H,W or N,C,D,H,W; an image or .npy brings its own");
    command.add_option("--out-channels", out_channels, "C_out; left out: C_in")
        ->group(group)
        ->each([this](const std::string&) { out_channels_given = true; });
    list("--kernel-size", kernel_size, "K or K_h,K_w or K_d,K_h,K_w; left out: 1");
    list("--stride", stride, "left out: 1");
    list("--padding", padding, "left out: 0");
    list("--dilation", dilation, "left out: 1");
    list("--output-padding", output_padding, "transposed operators; left out: 0");
    command.add_option("--groups", groups, "left out: 1 (depthwise and separable: C_in)")
        ->group(group)
        ->each([this](const std::string&) { groups_given = true; });
    command.add_flag("--bias", bias, "add a bias")->group(group);
    command.add_option("--problem", file, "a problem.json instead")->group(group);
    command.add_option("--preset", preset, "a preset instead (convscope list presets)")->group(group);
}

ProblemSpec ProblemArguments::spec(const Shape& image_shape) const {
    if (int(!op.empty()) + int(!file.empty()) + int(!preset.empty()) != 1)
        fail_request("a problem is given by one of --op, --problem and --preset; found " +
                     std::string(any_given() ? "several" : "none"));
    const bool others = !shape.empty() || !kernel_size.empty() || !stride.empty() || !padding.empty() ||
                        !dilation.empty() || !output_padding.empty() || out_channels_given || groups_given ||
                        bias;
    if (op.empty() && others)
        fail_request(
            "--shape, --kernel-size, --stride and the other parameters go with --op; --problem and --preset "
            "bring "
            "their own");
    if (!file.empty()) return spec_from_file(file);
    if (!preset.empty()) return preset_named(preset).spec;
    ProblemSpec spec;
    const auto found = operator_named(op);
    if (!found) fail_request(cat("--op: '", op, "' is not an operator; ", operator_names(), " is allowed"));
    spec.op = *found;
    if (shape.empty() && image_shape.empty())
        fail_request("--shape is missing; it gives the input as N,C,H,W or N,C,D,H,W");
    set_input_shape(spec, shape.empty() ? image_shape : shape);
    const auto axes = [&](const char* name, const std::vector<int64_t>& values, Axes& to, int64_t absent) {
        if (!values.empty()) to = axes_from_list(spec.op, values, name, absent);
    };
    axes("--kernel-size", kernel_size, spec.kernel_size, 1);
    axes("--stride", stride, spec.stride, 1);
    axes("--padding", padding, spec.padding, 0);
    axes("--dilation", dilation, spec.dilation, 1);
    axes("--output-padding", output_padding, spec.output_padding, 0);
    if (out_channels_given) spec.out_channels = out_channels;
    if (groups_given) spec.groups = groups;
    spec.bias = bias;
    return spec;
}

void InputArguments::add_to(CLI::App& command) {
    const std::string group = "INPUT (left out: random numbers of seed 0)";
    command.add_option("--image", image, "PNG, JPEG, BMP, HDR, PGM or PPM as (1, C, H, W)")->group(group);
    command.add_option("--input", npy, "an .npy file")->group(group);
    command.add_option("--random", seed, "random numbers of this seed")
        ->group(group)
        ->each([this](const std::string&) { seed_given = true; });
    command.add_option("--weights", weights, "the weights, .npy")->group(group);
    command.add_option("--pointwise", pointwise, "separable: the pointwise weights, .npy")->group(group);
    command.add_option("--bias-file", bias_file, "the bias, .npy")->group(group);
    command.add_option("--fill", fill, "a weight preset: " + joined(fill_names(), " or "))->group(group);
    command.add_flag("--integers", integers, "small integers, whose sums are exact in float32")->group(group);
}

Shape InputArguments::image_shape(TensorPtr& read) const {
    if (int(!image.empty()) + int(!npy.empty()) + int(seed_given) > 1)
        fail_request("the input is given by one of --image, --input and --random; found several");
    if (!image.empty()) read = std::make_shared<const Tensor>(read_image(image));
    if (!npy.empty()) read = read_shared(npy);
    return read ? read->shape : Shape{};
}

Preset ProblemArguments::chosen_preset() const {
    return preset.empty() ? Preset{} : preset_named(preset);
}

Tensors InputArguments::tensors(const Problem& problem, TensorPtr read, const Preset& preset) const {
    if (!read && !seed_given && !integers && !preset.image.empty())
        read = std::make_shared<const Tensor>(read_image(asset_path("images/" + preset.image)));
    if (int(!weights.empty()) + int(!fill.empty()) + int(integers) > 1)
        fail_request("the weights are given by one of --weights, --fill and --integers; found several");
    Fill weights_fill = integers ? Fill::integers : preset.weights_fill;
    if (!fill.empty()) {
        const auto named = fill_named(fill);
        if (!named || !facts(*named).for_weights)
            fail_request(cat("--fill: '", fill, "' is not a weight preset; ", joined(fill_names(), " or "),
                             " is allowed"));
        weights_fill = *named;
    }
    const auto make = [&](TensorRole role, Fill how) {
        return std::make_shared<const Tensor>(make_tensor(problem, role, how, seed));
    };
    Tensors out;
    out.input = read ? read : make(TensorRole::input, integers ? Fill::integers : preset.input_fill);
    out.weights = weights.empty() ? make(TensorRole::weights, weights_fill) : read_shared(weights);
    if (!problem.pointwise_shape().empty())
        out.pointwise =
            pointwise.empty() ? make(TensorRole::pointwise, weights_fill) : read_shared(pointwise);
    else if (!pointwise.empty())
        fail_request(
            cat("--pointwise is for separable_conv2d only; the operator is ", facts(problem.op()).name));
    if (problem.bias())
        out.bias = bias_file.empty() ? make(TensorRole::bias, integers ? Fill::integers : Fill::random)
                                     : read_shared(bias_file);
    else if (!bias_file.empty())
        fail_request("--bias-file needs --bias: the problem has none");
    require_shapes(problem, out);
    return out;
}

}  // namespace convscope::cli
