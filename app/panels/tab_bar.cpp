// The line of tabs under the menu.
#include <array>

#include "core/text.h"
#include "panels/keyboard.h"
#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

struct TabRow {
    Tab tab;
    Kind kind;
    const char *title, *name, *tip;
};
constexpr std::array<TabRow, 3> tabs{{
    {Tab::explore, Kind::show_explore, "Explore", "tab.explore", "Turn parameters and look at results"},
    {Tab::xray, Kind::show_xray, "X-ray", "tab.xray", "See what each thread of a kernel reads and writes"},
    {Tab::source, Kind::show_source, "Source", "tab.source", "Read the kernel's text"},
}};

void draw_tab_button(const TabRow& row, bool chosen, Post& post) {
    const float height = px(34);
    ImGui::PushStyleColor(ImGuiCol_Text, chosen ? palette().text : palette().dim);
    const bool clicked =
        quiet_button(cat(row.title, "##", row.name), {text_width(row.title) + 2 * px(14), height});
    ImGui::PopStyleColor();
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    registry().add(row.name, from, to);
    tooltip(cat(row.tip, " (", keys_of(row.kind), ")"));
    if (chosen)
        ImGui::GetWindowDrawList()->AddRectFilled({from.x + px(10), to.y - px(3)}, {to.x - px(10), to.y},
                                                  packed(palette().accent), px(1));
    if (clicked) post.command(row.kind);
    ImGui::SameLine(0, 0);
}

}  // namespace

void draw_tab_bar(const State& state, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, 0);
    for (const TabRow& row : tabs) draw_tab_button(row, state.experiment.tab == row.tab, post);
    ImGui::PopStyleVar();
}

}  // namespace convscope
