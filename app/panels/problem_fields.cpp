#include "panels/problem_fields.h"

#include <algorithm>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float label_column = 96, field_width = 46;

bool breaks(const State& state, const std::string& field) {
    return std::ranges::any_of(state.broken, [&](const BrokenRule& rule) { return rule.field == field; });
}

// Which rule stands in the way of a value one higher.
std::string limit_sentence(const ProblemSpec& spec, AxisField field, int axis, bool linked, int64_t largest) {
    ProblemSpec trial = spec;
    for (int a = 3 - facts(spec.op).spatial_axes; a < 3; ++a)
        if (linked || a == axis) axes_of(trial, field)[static_cast<size_t>(a)] = largest + 1;
    const auto broken = broken_rules(trial);
    return broken.empty()
               ? std::string()
               : cat("At most ", largest, " here: with ", largest + 1, ", ", broken.front().sentence, ".");
}

// The same below the least value, told where the value stands on it.
std::string least_sentence(const ProblemSpec& spec, AxisField field, int axis) {
    const int64_t least = least_value(field);
    if (axes_of(spec, field)[static_cast<size_t>(axis)] > least) return {};
    ProblemSpec trial = spec;
    axes_of(trial, field)[static_cast<size_t>(axis)] = least - 1;
    const auto broken = broken_rules(trial);
    return broken.empty() ? std::string() : cat("At least ", least, ": ", broken.front().sentence, ".");
}

// Which rule the next value of a count breaks.
std::string count_sentence(const ProblemSpec& spec, CountField field) {
    if (value_of(spec, field) >= largest_size) return {};
    const int64_t next = value_of(spec, field) + 1;
    const auto broken = broken_rules(apply({.spec = spec}, SetCount{field, next}).spec);
    return broken.empty() ? std::string() : cat("\nNot ", next, ": ", broken.front().sentence, ".");
}

void axis_tooltip(const State& state, AxisField field, int axis, bool linked, std::optional<int64_t> largest,
                  const char* meaning) {
    if (ImGui::IsMouseDragging(0)) return;
    std::string words = cat("Along the ", axis_names[static_cast<size_t>(axis)], ": ", meaning,
                            "\nDrag to change, double-click to type.");
    if (largest) {
        const std::string limit = limit_sentence(state.experiment.spec, field, axis, linked, *largest);
        if (!limit.empty()) words += "\n" + limit;
    }
    const std::string lower = least_sentence(state.experiment.spec, field, axis);
    if (!lower.empty()) words += "\n" + lower;
    tooltip(words);
}

// Two links of a chain over the last item, joined or apart.
void draw_link(bool linked) {
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    const ImVec2 middle{(from.x + to.x) / 2, (from.y + to.y) / 2};
    const ImU32 ink = packed(linked ? palette().accent : palette().dim);
    const float length = px(9), height = px(6), apart = linked ? -px(2) : px(2);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (const float side : {-1.0f, 1.0f}) {
        const float near = middle.x + side * apart / 2, far = near + side * length;
        compat::add_rect(list, {std::min(near, far), middle.y - height / 2},
                         {std::max(near, far), middle.y + height / 2}, ink, height / 2, px(1.5f));
    }
}

void link_toggle(PanelMemory& memory, Post& post, AxisField field, const ProblemSpec& spec) {
    bool& linked = memory.linked[static_cast<size_t>(field)];
    ImGui::SameLine(0, px(6));
    const bool clicked = quiet_button(cat("##link.", field_name(field)), {px(26), ImGui::GetFrameHeight()});
    draw_link(linked);
    if (clicked) {
        linked = !linked;
        // Linking makes the axes equal at once: all take the width's value.
        const int64_t value = axes_of(spec, field)[axis_width];
        if (linked) post.action(SetAxis{field, axis_width, value, true});
    }
    registry().add_item(cat(field_name(field), ".link"));
    tooltip(linked ? "All axes are kept equal. Click to set each axis by itself."
                   : "Each axis has its own value. Click to keep them equal.");
}

}  // namespace

std::string flops_text(double flops) {
    constexpr const char* units[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"};
    size_t unit = 0;
    while (flops >= 1000 && unit + 1 < std::size(units)) flops /= 1000, ++unit;
    return cat(number_text(flops, 3), " ", units[unit]);
}

void broken_sentences(const State& state, const std::string& field) {
    for (const BrokenRule& rule : state.broken)
        if (rule.field == field || rule.field.rfind(field + ".", 0) == 0) {
            note(palette().bad, rule.sentence);
            registry().add_item("rule." + field);
        }
}

void axis_row(const State& state, PanelMemory& memory, Post& post, AxisField field, const char* title,
              int64_t most, const char* meaning) {
    const ProblemSpec& spec = state.experiment.spec;
    const bool linked = memory.linked[static_cast<size_t>(field)];
    label(title, label_column);
    const int first = 3 - facts(spec.op).spatial_axes;
    for (int axis = first; axis < 3; ++axis) {
        const auto a = static_cast<size_t>(axis);
        const std::string name = cat(field_name(field), ".", axis_names[a]);
        const auto largest = [&, axis] { return largest_legal(spec, field, axis, linked, most); };
        if (axis > first) ImGui::SameLine(0, px(4));
        const auto changed = number_field({.name = name,
                                           .value = axes_of(spec, field)[a],
                                           .least = least_value(field),
                                           .largest = largest,
                                           .broken = breaks(state, name),
                                           .width = field == AxisField::input ? 54 : field_width});
        if (changed) post.action(SetAxis{field, axis, *changed, linked});
        if (ImGui::IsItemHovered() && !breaks(state, name))
            axis_tooltip(state, field, axis, linked, largest(), meaning);
    }
    if (field != AxisField::input) link_toggle(memory, post, field, spec);
    broken_sentences(state, field_name(field));
}

void count_row(const State& state, Post& post, CountField field, const char* title, const char* meaning) {
    const ProblemSpec& spec = state.experiment.spec;
    label(title, label_column);
    const bool per_channel = facts(spec.op).per_channel && field == CountField::groups;
    if (per_channel) {
        ImGui::AlignTextToFramePadding();
        dim_text(cat(value_of(spec, field), " = C_in"));
        return;
    }
    const int64_t most = field == CountField::batch ? 64 : 1024;
    const auto changed = number_field(
        {.name = field_name(field),
         .value = value_of(spec, field),
         .least = 1,
         .largest = [most] { return std::optional(most); },
         .next_legal = [&](int64_t from, bool up) { return next_legal(spec, field, from, up, most); },
         .broken = breaks(state, field_name(field)),
         .width = 54});
    if (changed) post.action(SetCount{field, *changed});
    if (ImGui::IsItemHovered() && !breaks(state, field_name(field)) && !ImGui::IsMouseDragging(0))
        tooltip(cat(meaning, "\nDrag to change, double-click to type.", count_sentence(spec, field)));
    broken_sentences(state, field_name(field));
}

}  // namespace convscope
