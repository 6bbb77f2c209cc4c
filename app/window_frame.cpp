// Where the panels stand.
#include <imgui.h>

#include <algorithm>

#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"
#include "window_app.h"

namespace convscope {
namespace {

struct Area {
    ImVec2 from, size;
};

// The lines between panels: above `y`, left of `x` beside the area.
void horizontal_line(float x0, float x1, float y) {
    const float gap = px(1);
    ImGui::GetBackgroundDrawList()->AddRectFilled({x0, y - gap}, {x1, y}, packed(palette().line));
}
void vertical_line(const Area& beside, float x) {
    const float gap = px(1), top = beside.from.y;
    ImGui::GetBackgroundDrawList()->AddRectFilled({x - gap, top}, {x, top + beside.size.y},
                                                  packed(palette().line));
}

// A panel that fills its area. The frame is cleared to the panels' colour, so that none of them fills it
// again: where software draws, that is most of a frame's time.
template <class Draw>
void panel(const char* name, const Area& area, const Draw& draw, bool scrolls = true) {
    ImGui::SetNextWindowPos(area.from);
    ImGui::SetNextWindowSize(area.size);
    int flags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings |
                ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav |
                ImGuiWindowFlags_NoBackground;
    if (!scrolls) flags |= ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
    ImGui::Begin(name, nullptr, flags);
    registry().add(std::string("panel.") + name, area.from,
                   {area.from.x + area.size.x, area.from.y + area.size.y});
    draw();
    ImGui::End();
}

// What is there on every tab: the line of tabs, a banner, the status line, and the rest for the tab.
struct Frame {
    Area tabs, banner, status, room;

    Frame(ImVec2 screen, float top, bool has_banner) {
        const float gap = px(1), status_height = px(26);
        tabs = {{0, top}, {screen.x, px(34)}};
        top += tabs.size.y + gap;
        if (has_banner) {
            banner = {{0, top}, {screen.x, px(42)}};
            top += banner.size.y + gap;
        }
        const float bottom = screen.y - status_height;
        status = {{0, bottom + gap}, {screen.x, status_height - gap}};
        room = {{0, top}, {screen.x, bottom - top}};
    }

    void draw_lines(bool has_banner) const {
        horizontal_line(0, room.size.x, room.from.y);
        if (has_banner) horizontal_line(0, room.size.x, banner.from.y);
        horizontal_line(0, room.size.x, status.from.y);
    }
};

struct ExploreLayout {
    Area problem, views, inspect, kernels, times;

    ExploreLayout(const Area& room, size_t kernels_listed) {
        const float gap = px(1), top = room.from.y, bottom = room.from.y + room.size.y;
        const ImVec2 screen{room.size.x, bottom};
        const float left = px(320), right = std::clamp(screen.x * 0.19f, px(272), px(350));
        // As high as the table's rows, as far as that leaves most of the window to the tensors, and as a plot
        // needs to be read.
        const float rows = px(58) + px(25) * static_cast<float>(kernels_listed), least = px(184);
        const float table = std::clamp(rows, least, std::max((bottom - top) * 0.36f, least));
        const float middle = bottom - table;
        problem = {{0, top}, {left, bottom - top}};
        views = {{left + gap, top}, {screen.x - left - right - 2 * gap, middle - top - gap}};
        inspect = {{screen.x - right, top}, {right, middle - top - gap}};
        // From px(292) on the plots' tabs have room in a line: beside * 0.305 has it in a window of 1280.
        const float beside = screen.x - left;
        const float plot = std::clamp(beside * 0.305f, px(230), px(460));
        kernels = {{left + gap, middle}, {screen.x - left - plot - 2 * gap, table}};
        times = {{screen.x - plot, middle}, {plot, table}};
    }

    void draw_lines() const {
        horizontal_line(kernels.from.x, times.from.x + times.size.x, kernels.from.y);
        vertical_line(problem, views.from.x);
        vertical_line(inspect, inspect.from.x);
        vertical_line(times, times.from.x);
    }
};

// What is looked at, its pictures, the kernel's text; below the pictures the scrubber and what a request or
// the whole grid amounts to.
struct XrayLayout {
    Area choice, map, source, player, lower;

    XrayLayout(const Area& room, bool heat) {
        const float gap = px(1), top = room.from.y, bottom = room.from.y + room.size.y;
        const float left = std::clamp(room.size.x * 0.16f, px(236), px(270));
        // No narrower than a short line of text, where the window is too narrow for a long one.
        const float right =
            std::clamp(room.size.x * 0.27f, std::clamp(room.size.x - px(784), px(230), px(290)), px(520));
        // Heat is of the whole grid: in a low window the scrubber over a block's requests leaves it its room.
        const bool low_heat = heat && room.size.y < px(460);
        const float height = std::clamp(room.size.y * 0.34f, px(low_heat ? 146 : 200), px(330));
        const float bar = low_heat ? 0 : px(40);
        const float middle = room.size.x - left - right - 2 * gap;
        choice = {{0, top}, {left, bottom - top}};
        lower = {{left + gap, bottom - height}, {middle, height}};
        player = {{left + gap, lower.from.y - (bar > 0 ? gap : 0) - bar}, {middle, bar}};
        map = {{left + gap, top}, {middle, player.from.y - gap - top}};
        source = {{room.size.x - right, top}, {right, bottom - top}};
    }

    void draw_lines() const {
        vertical_line(choice, map.from.x);
        vertical_line(source, source.from.x);
        horizontal_line(map.from.x, map.from.x + map.size.x, player.from.y);
        horizontal_line(map.from.x, map.from.x + map.size.x, lower.from.y);
    }
};

size_t kernels_listed(const State& state) {
    if (!state.devices) return 0;
    return listed_kernels(state.experiment, *state.devices, state.experiment.spec.op).size();
}

void draw_explore(const State& state, PanelMemory& memory, const Area& room, Post& post) {
    const ExploreLayout layout(room, kernels_listed(state));
    layout.draw_lines();
    panel("problem", layout.problem, [&] { draw_problem_panel(state, memory, post); });
    panel(
        "views", layout.views, [&] { draw_views_panel(state, memory, post); }, false);
    panel("inspect", layout.inspect, [&] { draw_inspect_panel(state, memory, post); });
    panel(
        "kernels", layout.kernels, [&] { draw_kernel_table(state, post); }, false);
    panel(
        "times", layout.times, [&] { draw_times_panel(state, memory, post); }, false);
}

void draw_xray(const State& state, PanelMemory& memory, const Area& room, Post& post) {
    const XrayLayout layout(room, state.experiment.xray.heat);
    layout.draw_lines();
    panel("xray_choice", layout.choice, [&] { draw_xray_choice(state, memory, post); });
    panel(
        "xray_map", layout.map, [&] { draw_xray_map(state, memory, post); }, false);
    if (layout.player.size.y > 0)
        panel(
            "xray_player", layout.player, [&] { draw_xray_player(state, memory, post); }, false);
    panel(
        "xray_lower", layout.lower, [&] { draw_xray_lower(state, memory, post); }, false);
    panel(
        "xray_source", layout.source, [&] { draw_xray_source(state, memory, post); }, false);
}

void draw_tab(const State& state, PanelMemory& memory, const Area& room, Post& post) {
    switch (state.experiment.tab) {
        case Tab::xray:
            return draw_xray(state, memory, room, post);
        case Tab::source:
            return panel(
                "source", room, [&] { draw_source_tab(state, memory, post); }, false);
        case Tab::explore:
        case Tab::lessons:  // of a newer program's file
            return draw_explore(state, memory, room, post);
    }
}

}  // namespace

void App::draw_windows(const State& state, Post& post) {
    draw_menu_bar(state, post);
    const float bar = ImGui::GetFontSize() + 2 * px(8) + px(1);
    const Frame frame(ImGui::GetIO().DisplaySize, bar, !state.banner.empty());
    frame.draw_lines(!state.banner.empty());
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(8), 0));
    panel(
        "tabs", frame.tabs, [&] { draw_tab_bar(state, post); }, false);
    ImGui::PopStyleVar();
    if (!state.banner.empty())
        panel(
            "banner", frame.banner, [&] { draw_banner(state, post); }, false);
    memory_.hover = {};
    draw_tab(state, memory_, frame.room, post);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(14), px(4)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
    panel(
        "status", frame.status, [&] { draw_status_line(state, post); }, false);
    ImGui::PopStyleVar(2);
    draw_shortcuts(memory_);
    draw_about(state, memory_);
    draw_file_browser(state, memory_, post);
}

}  // namespace convscope
