// The kernels' times in four pictures.
#include <array>

#include "core/text.h"
#include "panels/plot_data.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Plot = PanelMemory::Plot;

struct Tab {
    Plot plot;
    const char *title, *name, *tip;
};
constexpr std::array<Tab, 4> tabs{{
    {Plot::bars, "Bars", "plot.bars", "The median of each kernel, with the middle 60 % of its runs."},
    {Plot::history, "History", "plot.history", "The medians over the last changes of the experiment."},
    {Plot::spread, "Spread", "plot.spread", "Every run of each kernel: the samples behind the medians."},
    {Plot::roofline, "Roofline", "plot.roofline",
     "What the device's measured bandwidth and arithmetic allow, and what each kernel reaches."},
}};

bool small_button(const char* title, const char* name, const char* tip) {
    const bool clicked = quiet_button(cat(title, "##", name));
    registry().add_item(name);
    tooltip(tip);
    return clicked;
}

float button_width(const char* title) {
    return text_width(title) + 2 * ImGui::GetStyle().FramePadding.x;
}

void draw_tabs(PanelMemory& memory, Post& post) {
    const WithFont small(fonts().small);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(4), px(2)));
    const float start = ImGui::GetCursorPosX() - px(4), gap = px(4);
    ImGui::SetCursorPosX(start);
    float used = start;
    for (const Tab& tab : tabs) {
        const bool present = memory.plot == tab.plot;
        ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().dim);
        if (small_button(tab.title, tab.name, tab.tip)) memory.plot = tab.plot;
        ImGui::PopStyleColor();
        const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
        if (present)
            ImGui::GetWindowDrawList()->AddRectFilled({from.x + px(4), to.y}, {to.x - px(4), to.y + px(2)},
                                                      packed(palette().accent));
        ImGui::SameLine(0, gap);
        used += button_width(tab.title) + gap;
    }
    const float right = ImGui::GetWindowWidth() - ImGui::GetStyle().WindowPadding.x + px(4);
    const float place = right - button_width("CSV") - button_width("PNG");
    if (place < used) ImGui::NewLine();
    ImGui::SetCursorPosX(place);
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    if (small_button("CSV", "plot.csv", "Copy the plot's numbers.")) post.command(Command::Kind::copy_plot);
    ImGui::SameLine(0, 0);
    if (small_button("PNG", "plot.png", "Save the plot as a picture."))
        post.command(Command::Kind::ask_save_view, {}, "plot");
    ImGui::PopStyleColor();
    ImGui::PopStyleVar();
}

// Why the present plot is empty; no words where it is not.
const char* why_empty(const State& state, Plot plot) {
    if (plot == Plot::history) return state.history.empty() ? "Every change adds its times here." : "";
    const std::vector<TimedRow> rows = timed_rows(state, plot == Plot::bars);
    if (rows.empty()) return "Times appear here.";
    if (plot == Plot::roofline && roofline_data(state).roofs.empty())
        return "The ceilings of this device are not measured yet: that happens while nothing changes.";
    return "";
}

void draw_plot(const State& state, Plot plot, const Box& box) {
    const TipOf tip = [&](size_t index) { return plot_tip(state, plot, index); };
    switch (plot) {
        case Plot::bars:
            bar_plot(bars(state), box, tip);
            break;
        case Plot::history:
            history_plot(history_lines(state), box, tip);
            break;
        case Plot::spread:
            spread_plot(spread_rows(state), box, tip);
            break;
        case Plot::roofline: {
            const RooflineData data = roofline_data(state);
            roofline_plot(data.roofs, data.points, box, tip);
            break;
        }
    }
}

}  // namespace

void draw_times_panel(const State& state, PanelMemory& memory, Post& post) {
    draw_tabs(memory, post);
    const WithFont small(fonts().small);
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    const Box box{{from.x, from.y + px(3)}, {from.x + room.x, from.y + room.y}};
    registry().add("plot", box.from, box.to);
    const char* words = why_empty(state, memory.plot);
    if (*words) {
        ImGui::SetCursorScreenPos(box.from);
        note(palette().dim, words);
        return;
    }
    draw_plot(state, memory.plot, box);
}

}  // namespace convscope
