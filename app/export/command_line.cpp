#include "export/command_line.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "experiment_tensors.h"

namespace convscope {
namespace {

// Linux takes 128 KiB in one argument of a program and 2 MiB in all of them together with its environment.
constexpr size_t most_in_argument = 100'000, most_in_line = 1'500'000;

// As it stands where a shell reads nothing into it, else between single quotes.
std::string shell_quoted(const std::string& text) {
    const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) ||
               std::string_view("_-+=.,:/@%").find(c) != std::string_view::npos;
    });
    if (plain) return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

std::string list_of(const Axes& axes, int first) {
    const bool equal = std::all_of(axes.begin() + first, axes.end(), [&](int64_t v) { return v == axes[2]; });
    if (equal) return std::to_string(axes[2]);
    std::string out;
    for (size_t axis = static_cast<size_t>(first); axis < 3; ++axis)
        out += cat(out.empty() ? "" : ",", axes[axis]);
    return out;
}

std::string number_word(float value) {
    if (std::isfinite(value)) return exact_text(value);
    return cat(std::signbit(value) ? "-" : "", std::isnan(value) ? "nan" : "inf");
}

// " --option=a,b,…", again and again where one argument would be too long. The sign of a first number would
// look like an option's without the "=".
std::string values_words(const char* option, const std::vector<float>& values) {
    std::string out, piece;
    for (const float value : values) {
        piece += cat(piece.empty() ? "" : ",", number_word(value));
        if (piece.size() < most_in_argument) continue;
        out += cat(" ", option, "=", piece);
        piece.clear();
    }
    return piece.empty() ? out : out + cat(" ", option, "=", piece);
}

// From every folder the same file: the program's own by their short name, others by their whole path.
std::string path_word(const std::string& path) {
    return shell_quoted(resolved_path(path) == path ? std::filesystem::absolute(path).string() : path);
}

std::string input_words(const InputSource& source) {
    switch (source.kind) {
        case InputSource::Kind::image:
            return " --image " + path_word(source.path);
        case InputSource::Kind::npy:
            return (source.path.ends_with(".npy") ? " --input " : " --image ") + path_word(source.path);
        case InputSource::Kind::constant:
            return " --constant=" + number_word(source.value);
        case InputSource::Kind::values:
            return values_words("--input-values", source.values);
        case InputSource::Kind::fill:
            break;
    }
    // Fills that are for weights only fill an input with random numbers.
    if (source.fill == Fill::random || !facts(source.fill).for_input) return "";
    return cat(" --input-fill ", facts(source.fill).name);
}

// The pointwise weights and the bias follow the fill of the weights, also where those are typed in.
std::string weights_words(const Experiment& e, const Problem& problem) {
    const bool separable = !problem.pointwise_shape().empty();
    const bool followed = (separable && !e.pointwise) || (problem.bias() && e.weights.fill == Fill::integers);
    std::string out;
    if (e.weights.fill != Fill::random && facts(e.weights.fill).for_weights &&
        (e.weights.values.empty() || followed))
        out += cat(" --fill ", facts(e.weights.fill).name);
    out += values_words("--weight-values", e.weights.values);
    if (!separable || !e.pointwise) return out;
    if (!e.pointwise->values.empty()) return out + values_words("--pointwise-values", e.pointwise->values);
    const Fill fill = facts(e.pointwise->fill).for_weights ? e.pointwise->fill : Fill::random;
    return out + cat(" --pointwise-fill ", facts(fill).name);
}

}  // namespace

std::string problem_words(const Problem& problem) {
    const int first = 3 - problem.spatial_axes();
    const bool per_channel = facts(problem.op()).per_channel;
    std::string shape;
    for (const int64_t size : problem.input_shape()) shape += cat(shape.empty() ? "" : ",", size);
    std::string out = cat("--op ", facts(problem.op()).name, " --shape ", shape);
    const auto add = [&](const char* option, const Axes& axes, int64_t usual) {
        const std::string list = list_of(axes, first);
        if (list != std::to_string(usual)) out += cat(" ", option, " ", list);
    };
    if (problem.out_channels() != problem.in_channels())
        out += cat(" --out-channels ", problem.out_channels());
    add("--kernel-size", problem.kernel_size(), 1);
    add("--stride", problem.stride(), 1);
    add("--padding", problem.padding(), 0);
    add("--dilation", problem.dilation(), 1);
    add("--output-padding", problem.output_padding(), 0);
    if (!per_channel && problem.groups() != 1) out += cat(" --groups ", problem.groups());
    if (problem.bias()) out += " --bias";
    return out;
}

std::string command_line(const Experiment& e, const std::optional<KernelChoice>& shown) {
    const Problem problem(e.spec);
    require_typed_values(e, problem);
    std::string line =
        "convscope run " + problem_words(problem) + input_words(e.source) + weights_words(e, problem);
    if (e.seed != 0) line += cat(" --seed ", e.seed);
    if (shown)
        line += " --device " + shell_quoted(shown->device) + " --kernel " + shell_quoted(shown->kernel);
    else if (!e.device.empty())
        line += " --device " + shell_quoted(e.device);
    if (line.size() > most_in_line)
        fail_request(cat("the typed-in values make a line of ", bytes_text(static_cast<double>(line.size())),
                         ", and a shell takes ", bytes_text(static_cast<double>(most_in_line)),
                         "; a saved experiment holds them all"));
    return line;
}

}  // namespace convscope
