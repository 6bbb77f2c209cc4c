// Below the pictures while a lesson runs: one of what stands around them otherwise.
#include <array>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using lessons::LowerPanel;

struct Row {
    LowerPanel panel;
    const char *title, *name, *tip;
};
constexpr std::array<Row, 3> rows{{
    {LowerPanel::inspect, "Inspect", "lower.inspect", "The element that is looked at, and its sum"},
    {LowerPanel::kernels, "Kernels", "lower.kernels", "What each kernel took, and whether it was right"},
    {LowerPanel::times, "Times", "lower.times", "The kernels' times in pictures"},
}};

void draw_choices(PanelMemory& memory) {
    for (const Row& row : rows) {
        const bool present = memory.lower == row.panel;
        ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().dim);
        if (quiet_button(cat(row.title, "##", row.name))) memory.lower = row.panel;
        ImGui::PopStyleColor();
        registry().add_item(row.name);
        tooltip(row.tip);
        ImGui::SameLine(0, px(2));
    }
    ImGui::NewLine();
}

}  // namespace

void draw_lower_panel(const State& state, PanelMemory& memory, Post& post) {
    draw_choices(memory);
    const bool inspects = memory.lower == LowerPanel::inspect;
    const int flags = inspects ? 0 : ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
    ImGui::BeginChild("rest", ImGui::GetContentRegionAvail(), false, flags);
    const ImVec2 from = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    const char* name = inspects                              ? "panel.inspect"
                       : memory.lower == LowerPanel::kernels ? "panel.kernels"
                                                             : "panel.times";
    registry().add(name, from, {from.x + size.x, from.y + size.y});
    if (inspects)
        draw_inspect_panel(state, memory, post);
    else if (memory.lower == LowerPanel::kernels)
        draw_kernel_table(state, post);
    else
        draw_times_panel(state, memory, post);
    ImGui::EndChild();
}

}  // namespace convscope
