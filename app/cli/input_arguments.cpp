// INPUT of a command: an Experiment and the files that stand in place of its tensors.
#include "cli/command.h"
#include "core/files/npy.h"
#include "core/text.h"
#include "experiment_tensors.h"
#include "numbers.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

std::vector<std::string> fill_names(bool for_input) {
    std::vector<std::string> names;
    for (const FillFacts& row : fills())
        if (for_input ? row.for_input : row.for_weights) names.emplace_back(row.name);
    return names;
}

Fill fill_of(const std::string& name, const char* option, bool for_input) {
    const auto named = fill_named(name);
    if (!named || !(for_input ? facts(*named).for_input : facts(*named).for_weights))
        fail_request(cat(option, ": '", name, "' is not ", for_input ? "an input" : "a weight", " preset; ",
                         joined(fill_names(for_input), " or "), " is allowed"));
    return *named;
}

// Numbers with commas between them, in one option or in several of the same name: a single argument of a
// program is at most 128 KiB long.
std::vector<float> values_of(const std::vector<std::string>& lists, const char* option, int64_t most) {
    std::vector<float> values;
    for (const std::string& list : lists)
        for (size_t at = 0; at <= list.size();) {
            const size_t comma = std::min(list.find(',', at), list.size());
            if (int64_t(values.size()) == most)
                fail_request(
                    cat(option, " has more than ", most, " numbers; at most ", most, " are allowed"));
            values.push_back(float_of(std::string_view(list).substr(at, comma - at),
                                      cat(option, ", number ", values.size() + 1)));
            at = comma + 1;
        }
    return values;
}

void require_one(const std::vector<std::pair<const char*, bool>>& options, const char* what) {
    std::vector<std::string> names;
    int given = 0;
    for (const auto& [name, is_given] : options) {
        names.emplace_back(name);
        given += is_given;
    }
    if (given > 1)
        fail_request(cat("the ", what, " given by one of ", joined(names), "; found ",
                         names.size() == 2 ? "both" : "several"));
}

TensorPtr read_shared(const std::string& path) {
    return path.empty() ? nullptr : std::make_shared<const Tensor>(read_npy(path));
}

}  // namespace

void InputArguments::add_to(CLI::App& command) {
    const std::string group = "INPUT (left out: random numbers of seed 0)";
    const std::string weight_fills = joined(fill_names(false), " or ");
    const auto option = [&](const char* name, std::string& to, const std::string& help) {
        return command.add_option(name, to, help)->group(group)->check(not_empty);
    };
    const auto list = [&](const char* name, std::vector<std::string>& to, const std::string& help) {
        command.add_option(name, to, help)->group(group)->allow_extra_args(false)->type_name("NUMBERS");
    };
    option("--image", image,
           "PNG, JPEG, BMP, HDR, PGM or PPM as (1, C, H, W); scaled where the problem "
           "has another size");
    option("--input", npy, "an .npy file");
    option("--random", random, "random numbers of this seed, also in the weights and the bias")
        ->type_name("SEED");
    option("--input-fill", input_fill, "an input preset: " + joined(fill_names(true), " or "));
    option("--constant", constant, "the same number everywhere")->type_name("NUMBER");
    list("--input-values", input_values, cat("the numbers themselves, a,b,…, at most ", most_typed_inputs));
    option("--seed", seed, "of all random numbers, whatever the input is; left out: 0")->type_name("SEED");
    option("--weights", weights, "the weights, .npy");
    option("--fill", fill, "a weight preset: " + weight_fills);
    list("--weight-values", weight_values,
         cat("the weights themselves, a,b,…, at most ", most_typed_weights,
             "; --fill is then for the pointwise weights and the bias only"));
    option("--pointwise", pointwise, "separable: the pointwise weights, .npy");
    option("--pointwise-fill", pointwise_fill, "separable: a preset of theirs; left out: as --fill");
    list("--pointwise-values", pointwise_values, "separable: the pointwise weights themselves, a,b,…");
    option("--bias-file", bias_file,
           "the bias, .npy; left out: small integers where the weights are, else random");
    command.add_flag("--integers", integers, "small integers, whose sums are exact in float32")->group(group);
}

void InputArguments::require_one_of_each() const {
    require_one({{"--image", !image.empty()},
                 {"--input", !npy.empty()},
                 {"--random", !random.empty()},
                 {"--input-fill", !input_fill.empty()},
                 {"--constant", !constant.empty()},
                 {"--input-values", !input_values.empty()}},
                "input is");
    require_one({{"--random", !random.empty()}, {"--seed", !seed.empty()}}, "seed is");
    require_one({{"--weights", !weights.empty()}, {"--fill", !fill.empty()}, {"--integers", integers}},
                "weights are");
    require_one({{"--weights", !weights.empty()},
                 {"--weight-values", !weight_values.empty()},
                 {"--integers", integers}},
                "weights are");
    require_one({{"--pointwise", !pointwise.empty()},
                 {"--pointwise-fill", !pointwise_fill.empty()},
                 {"--pointwise-values", !pointwise_values.empty()}},
                "pointwise weights are");
}

Shape InputArguments::image_shape(TensorPtr& read) const {
    require_one_of_each();
    if (!image.empty()) read = std::make_shared<const Tensor>(read_input_file(resolved_path(image)));
    if (!npy.empty()) read = std::make_shared<const Tensor>(read_input_npy(npy));
    return read ? read->shape : Shape{};
}

InputSource InputArguments::source(const Preset& preset) const {
    using Kind = InputSource::Kind;
    if (!image.empty()) return {.kind = Kind::image, .path = image};
    if (!npy.empty()) return {.kind = Kind::npy, .path = npy};
    if (!constant.empty()) return {.kind = Kind::constant, .value = float_of(constant, "--constant")};
    if (!input_values.empty())
        return {.kind = Kind::values, .values = values_of(input_values, "--input-values", most_typed_inputs)};
    if (!input_fill.empty()) return {.fill = fill_of(input_fill, "--input-fill", true)};
    if (random.empty() && !integers && !preset.image.empty())
        return {.kind = Kind::image, .path = asset_path("images/" + preset.image)};
    return {.fill = integers ? Fill::integers : preset.input_fill};
}

WeightsSource InputArguments::weights_source(const Preset& preset) const {
    WeightsSource out{.fill = integers ? Fill::integers : preset.weights_fill};
    if (!fill.empty()) out.fill = fill_of(fill, "--fill", false);
    if (!weight_values.empty()) out.values = values_of(weight_values, "--weight-values", most_typed_weights);
    return out;
}

std::optional<WeightsSource> InputArguments::pointwise_source() const {
    if (!pointwise_fill.empty())
        return WeightsSource{.fill = fill_of(pointwise_fill, "--pointwise-fill", false)};
    if (pointwise_values.empty()) return std::nullopt;
    return WeightsSource{.values = values_of(pointwise_values, "--pointwise-values", most_typed_weights)};
}

Tensors InputArguments::files(const Problem& problem) const {
    if (problem.pointwise_shape().empty())
        for (const auto& [name, given] : {std::pair{"--pointwise", !pointwise.empty()},
                                          std::pair{"--pointwise-fill", !pointwise_fill.empty()},
                                          std::pair{"--pointwise-values", !pointwise_values.empty()}})
            if (given)
                fail_request(
                    cat(name, " is for separable_conv2d only; the operator is ", facts(problem.op()).name));
    if (!problem.bias() && !bias_file.empty()) fail_request("--bias-file needs --bias: the problem has none");
    Tensors out;
    out.weights = read_shared(weights);
    out.pointwise = read_shared(pointwise);
    out.bias = read_shared(bias_file);
    return out;
}

Tensors InputArguments::tensors(const Problem& problem, TensorPtr read, const Preset& preset) const {
    require_one_of_each();
    Experiment e;
    e.spec = problem.spec();
    e.source = source(preset);
    e.weights = weights_source(preset);
    e.pointwise = pointwise_source();
    if (!random.empty()) e.seed = seed_of(random, "--random");
    if (!seed.empty()) e.seed = seed_of(seed, "--seed");
    TensorMaker maker;
    if (read) maker.remember(e.source.path, read);
    const Tensors out = maker.make(e, problem, files(problem));
    require_shapes(problem, out);
    return out;
}

}  // namespace convscope::cli
