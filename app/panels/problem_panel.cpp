// Everything that defines the problem: operator, input, sizes, parameters, weights.
#include <algorithm>

#include "core/text.h"
#include "panels/problem_fields.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float label_column = 96;

// What stands beside the arrow of a combo box that is as wide as there is room.
std::string preview(const std::string& words) {
    const float arrow = ImGui::GetFrameHeight(), padding = ImGui::GetStyle().FramePadding.x;
    return fitted(words, ImGui::GetContentRegionAvail().x - arrow - 2 * padding);
}

// A combo box over a table; returns the row that was picked.
template <class Rows, class Title>
std::optional<size_t> choice(const std::string& name, const std::string& present, const Rows& rows,
                             const Title& title) {
    std::optional<size_t> picked;
    ImGui::SetNextItemWidth(-1);
    const bool open =
        ImGui::BeginCombo(cat("##", name).c_str(), preview(present).c_str(), ImGuiComboFlags_HeightLarge);
    registry().add_item(name);
    if (!open) return picked;
    for (size_t i = 0; i < std::size(rows); ++i) {
        const std::string words = title(rows[i]);
        if (words.empty()) continue;
        if (ImGui::Selectable(cat(words, "##", i).c_str(), words == present)) picked = i;
        registry().add_item(cat(name, ".", i));
    }
    ImGui::EndCombo();
    return picked;
}

void operator_rows(const State& state, Post& post) {
    const ProblemSpec& spec = state.experiment.spec;
    // Without a label: the longest name takes the panel's whole width.
    const auto op = choice("operator", facts(spec.op).title, operators(),
                           [](const OperatorFacts& row) { return std::string(row.title); });
    if (op) post.action(SetOperator{operators()[*op].op});
    tooltip(facts(spec.op).meaning);
}

std::string source_title(const InputSource& source) {
    switch (source.kind) {
        case InputSource::Kind::image:
        case InputSource::Kind::npy:
            return source.path.substr(source.path.find_last_of('/') + 1);
        case InputSource::Kind::constant:
            return "Constant";
        case InputSource::Kind::fill:
            return facts(source.fill).title;
        case InputSource::Kind::values:
            return "Typed in";
    }
    return {};
}

void source_rows(const State& state, Post& post) {
    const InputSource& source = state.experiment.source;
    label("Input", label_column);
    const std::string present = source_title(source);
    ImGui::SetNextItemWidth(-1);
    const bool open = ImGui::BeginCombo("##source", preview(present).c_str(), ImGuiComboFlags_HeightLarge);
    registry().add_item("source");
    if (open) {
        for (const char* image : {"astronaut", "chelsea", "coffee"}) {
            if (ImGui::Selectable(cat(image, ".png").c_str(), present == cat(image, ".png")))
                post.command(Command::Kind::open_file, cat("assets/images/", image, ".png"));
            registry().add_item(cat("source.", image));
        }
        if (ImGui::Selectable("Open a file …")) post.command(Command::Kind::ask_open);
        ImGui::Separator();
        for (const FillFacts& row : fills()) {
            if (!row.for_input) continue;
            if (ImGui::Selectable(row.title, present == row.title))
                post.action(SetSource{{.kind = InputSource::Kind::fill, .fill = row.fill}, {}});
            registry().add_item(cat("source.", row.name));
        }
        if (ImGui::Selectable("Constant", present == "Constant"))
            post.action(SetSource{{.kind = InputSource::Kind::constant, .value = 1}, {}});
        registry().add_item("source.constant");
        ImGui::EndCombo();
    }
    if (source.kind == InputSource::Kind::constant) {
        label("Value", label_column);
        float value = source.value;
        ImGui::SetNextItemWidth(px(90));
        if (ImGui::DragFloat("##constant", &value, 0.01f, 0, 0, "%.4g"))
            post.action(SetSource{{.kind = InputSource::Kind::constant, .value = value}, {}});
        registry().add_item("source.value");
    }
}

void seed_row(const State& state, Post& post) {
    label("Seed", label_column);
    const auto changed = number_field({.name = "seed",
                                       .value = static_cast<int64_t>(state.experiment.seed & 0x7fffffff),
                                       .least = 0,
                                       .largest = [] { return std::optional<int64_t>(9999); },
                                       .width = 54});
    if (changed && *changed >= 0) post.action(SetSeed{static_cast<uint64_t>(*changed)});
    tooltip("Random numbers with the same seed are the same on every machine and device.");
}

void weights_row(const State& state, Post& post) {
    const WeightsSource& weights = state.experiment.weights;
    label("Weights", label_column);
    const std::string present = weights.values.empty() ? facts(weights.fill).title : "Typed in";
    const auto picked = choice("weights", present, fills(), [](const FillFacts& row) {
        return row.for_weights ? std::string(row.title) : std::string();
    });
    if (picked) post.action(SetWeightsFill{fills()[*picked].fill});
}

void pointwise_row(const State& state, Post& post) {
    if (state.experiment.spec.op != Operator::separable_conv2d) return;
    const std::optional<WeightsSource>& pointwise = state.experiment.pointwise;
    label("Pointwise", label_column);
    const char* follows = "As the weights";
    const std::string present = !pointwise                  ? follows
                                : pointwise->values.empty() ? facts(pointwise->fill).title
                                                            : "Typed in";
    ImGui::SetNextItemWidth(-1);
    const bool open = ImGui::BeginCombo("##pointwise", preview(present).c_str(), ImGuiComboFlags_HeightLarge);
    registry().add_item("pointwise");
    if (!open) return;
    if (ImGui::Selectable(follows, !pointwise)) post.action(SetPointwiseFill{});
    registry().add_item("pointwise.follows");
    for (const Fill fill : {Fill::random, Fill::integers, Fill::identity, Fill::ones, Fill::zeros}) {
        if (ImGui::Selectable(facts(fill).title, present == facts(fill).title))
            post.action(SetPointwiseFill{fill});
        registry().add_item(cat("pointwise.", facts(fill).name));
    }
    ImGui::EndCombo();
}

void bias_row(const State& state, Post& post) {
    label("Bias", label_column);
    bool bias = state.experiment.spec.bias;
    if (ImGui::Checkbox("##bias", &bias)) post.action(SetBias{bias});
    registry().add_item("bias");
    tooltip("Adds one number to each output channel.");
}

void parameter_rows(const State& state, PanelMemory& memory, Post& post) {
    const bool transposed = facts(state.experiment.spec.op).transposed;
    const auto row = [&](AxisField field, const char* title, int64_t most, const char* meaning) {
        axis_row(state, memory, post, field, title, most, meaning);
    };
    row(AxisField::kernel_size, "Kernel size", 31, "how many weights there are.");
    row(AxisField::stride, "Stride", 16,
        transposed ? "output elements from one stamp to the next."
                   : "input elements from one window to the next.");
    row(AxisField::padding, "Padding", 31,
        transposed ? "output elements cut off at each side."
                   : "empty cells added at each side of the input.");
    row(AxisField::dilation, "Dilation", 16, "elements from one weight to the next.");
    if (transposed)
        row(AxisField::output_padding, "Out padding", 15,
            "how much larger the output is at its end (output_padding); a stride hides which of several "
            "sizes "
            "was meant.");
    ImGui::SetCursorPosX(px(label_column) + ImGui::GetStyle().WindowPadding.x);
    const WithFont small(fonts().small);
    if (ImGui::Button("Same size")) post.action(SamePadding{});
    registry().add_item("same_padding");
    tooltip("Sets the padding that keeps the size at stride 1: ⌊dilation · (kernel size − 1) / 2⌋.");
}

void output_size_rows(const State& state) {
    const ProblemSpec& spec = state.experiment.spec;
    section("Output size");
    for (int axis = 3 - facts(spec.op).spatial_axes; axis < 3; ++axis) {
        const WithFont small(fonts().small);
        dim_text(axis == axis_depth ? "D" : axis == axis_height ? "H" : "W");
        ImGui::SameLine(ImGui::GetStyle().WindowPadding.x + px(18));
        note(output_size(spec, axis) < 1 ? palette().bad : palette().text, output_size_formula(spec, axis));
        registry().add_item(cat("formula.", axis_names[static_cast<size_t>(axis)]));
    }
}

}  // namespace

void draw_problem_panel(const State& state, PanelMemory& memory, Post& post) {
    section("Problem");
    operator_rows(state, post);
    source_rows(state, post);
    const bool deep = facts(state.experiment.spec.op).spatial_axes == 3;
    count_row(state, post, CountField::batch, "Batch N", "How many inputs are computed at once.");
    count_row(state, post, CountField::in_channels, "Channels in", "C_in, the channels of the input.");
    axis_row(state, memory, post, AxisField::input, deep ? "Size D H W" : "Size H W", 4096,
             "size of the input. An image is scaled to it.");
    seed_row(state, post);
    section("Convolution");
    weights_row(state, post);
    pointwise_row(state, post);
    count_row(state, post, CountField::out_channels, "Channels out", "C_out, the channels of the output.");
    parameter_rows(state, memory, post);
    count_row(
        state, post, CountField::groups, "Groups",
        "Channels are split into groups that do not see each other; C_in and C_out must be divisible by it.");
    bias_row(state, post);
    output_size_rows(state);
}

}  // namespace convscope
