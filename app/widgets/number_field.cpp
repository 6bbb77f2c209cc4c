#include "widgets/number_field.h"

#include <algorithm>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {

namespace {

// Under the number: where it stands between its limits.
void draw_place(int64_t value, int64_t least, int64_t largest) {
    const ImVec2 a = ImGui::GetItemRectMin(), b = ImGui::GetItemRectMax();
    const float share = std::clamp(
        (static_cast<float>(value) - static_cast<float>(least)) / static_cast<float>(largest - least), 0.0f,
        1.0f);
    const float left = a.x + px(4), right = b.x - px(4), y = b.y - px(2);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({left, y - px(1)}, {right, y}, packed(palette().dim, 0.35f));
    list.AddRectFilled({left, y - px(1)}, {left + (right - left) * share, y}, packed(palette().accent));
}

// Where a drag to `value` ends: on the next legal value in its direction, else on the last one before.
int64_t legal_step(const NumberField& field, int64_t value) {
    const bool up = value > field.value;
    if (const auto next = field.next_legal(value, up)) return *next;
    return field.next_legal(value, !up).value_or(field.value);
}

}  // namespace

std::optional<int64_t> number_field(const NumberField& field) {
    int64_t value = field.value;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const bool reachable =
        ImGui::IsAnyItemActive() ||
        ImGui::IsMouseHoveringRect(corner, {corner.x + px(field.width), corner.y + ImGui::GetFrameHeight()});
    const int64_t least = field.least;
    const int64_t largest = reachable && field.largest ? field.largest().value_or(field.value) : field.value;
    // Without room to move, Dear ImGui would drag without limits: a speed of 0 stops it.
    const bool fixed = largest <= least;
    const float speed = fixed ? 0.0f : std::clamp(static_cast<float>(largest - least) / 400.0f, 0.05f, 4.0f);
    ImGui::SetNextItemWidth(px(field.width));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(6), ImGui::GetStyle().FramePadding.y));
    bool changed = false;
    {
        const WithFont numbers(fonts().numbers);
        changed = ImGui::DragScalar(cat("##", field.name).c_str(), ImGuiDataType_S64, &value, speed,
                                    fixed ? nullptr : &least, fixed ? nullptr : &largest, "%lld");
    }
    ImGui::PopStyleVar();
    registry().add_item(field.name);
    const bool dragged = changed && ImGui::IsItemActive() && ImGui::IsMouseDown(0);
    if (dragged && field.next_legal) value = legal_step(field, value);
    if (reachable && !fixed && (ImGui::IsItemHovered() || ImGui::IsItemActive()))
        draw_place(value, least, largest);
    if (field.broken)
        compat::add_rect(*ImGui::GetWindowDrawList(), ImGui::GetItemRectMin(), ImGui::GetItemRectMax(),
                         packed(palette().bad), ImGui::GetStyle().FrameRounding, px(1.5f));
    return changed && value != field.value ? std::optional(value) : std::nullopt;
}

namespace {

constexpr float stepper_gap = 2, stepper_padding = 4, after_label = 6;

float stepper_side() {
    return (ImGui::GetFontSize() + 2 * px(2)) * 0.9f;
}
float stepper_field(int64_t count) {
    return std::max(text_width(std::to_string(count - 1)), px(14)) + 2 * px(stepper_padding);
}

}  // namespace

float stepper_width(const char* words, int64_t count) {
    return text_width(words) + px(after_label) + 2 * (stepper_side() + px(stepper_gap)) +
           stepper_field(count);
}

std::optional<int64_t> stepper(const std::string& name, const char* words, int64_t value, int64_t count) {
    if (count <= 1) return std::nullopt;
    std::optional<int64_t> out;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(stepper_gap), ImGui::GetStyle().ItemSpacing.y));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(stepper_padding), px(2)));
    ImGui::AlignTextToFramePadding();
    dim_text(words);
    ImGui::SameLine(0, px(after_label));
    const ImVec2 side{stepper_side(), 0};
    if (quiet_button(cat("◂##", name, ".previous"), side)) out = (value + count - 1) % count;
    registry().add_item(name + ".previous");
    ImGui::SameLine();
    int64_t dragged = value;
    const int64_t least = 0, largest = count - 1;
    ImGui::SetNextItemWidth(stepper_field(count));
    ImGui::PushStyleColor(ImGuiCol_FrameBg, ImVec4(0, 0, 0, 0));
    if (ImGui::DragScalar(cat("##", name).c_str(), ImGuiDataType_S64, &dragged,
                          std::clamp(static_cast<float>(count) / 300.0f, 0.05f, 4.0f), &least, &largest,
                          "%lld"))
        out = std::clamp(dragged, least, largest);
    ImGui::PopStyleColor();
    registry().add_item(name);
    tooltip(cat(words, " ", value, " of 0 … ", largest, ". Drag, or double-click to type."));
    ImGui::SameLine();
    if (quiet_button(cat("▸##", name, ".next"), side)) out = (value + 1) % count;
    registry().add_item(name + ".next");
    ImGui::PopStyleVar(2);
    return out;
}

}  // namespace convscope
