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

struct Layout {
    Area banner, problem, views, inspect, kernels, times, status;

    Layout(ImVec2 screen, float top, bool has_banner, size_t kernels_listed) {
        const float gap = px(1), status_height = px(26);
        if (has_banner) {
            banner = {{0, top}, {screen.x, px(42)}};
            top += banner.size.y + gap;
        }
        const float bottom = screen.y - status_height;
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
        status = {{0, bottom + gap}, {screen.x, status_height - gap}};
    }

    // The lines between panels.
    void draw_lines(bool has_banner) const {
        ImDrawList& list = *ImGui::GetBackgroundDrawList();
        const ImU32 line = packed(palette().line);
        const float gap = px(1);
        const auto horizontal = [&](float x0, float x1, float y) {
            list.AddRectFilled({x0, y}, {x1, y + gap}, line);
        };
        const auto vertical = [&](float x, float y0, float y1) {
            list.AddRectFilled({x, y0}, {x + gap, y1}, line);
        };
        horizontal(0, status.size.x, problem.from.y - gap);
        if (has_banner) horizontal(0, status.size.x, banner.from.y - gap);
        horizontal(0, status.size.x, status.from.y - gap);
        horizontal(kernels.from.x, status.size.x, kernels.from.y - gap);
        vertical(views.from.x - gap, problem.from.y, status.from.y);
        vertical(inspect.from.x - gap, inspect.from.y, kernels.from.y);
        vertical(times.from.x - gap, times.from.y, status.from.y);
    }
};

size_t kernels_listed(const State& state) {
    size_t count = 0;
    if (state.devices)
        for (const auto& device : state.devices->present)
            count += device->kernels(state.experiment.spec.op).size();
    return count;
}

}  // namespace

void App::draw_windows(const State& state, Post& post) {
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    draw_menu_bar(state, post);
    const float bar = ImGui::GetFontSize() + 2 * px(8) + px(1);
    const Layout layout(screen, bar, !state.banner.empty(), kernels_listed(state));
    layout.draw_lines(!state.banner.empty());
    if (!state.banner.empty())
        panel(
            "banner", layout.banner, [&] { draw_banner(state, post); }, false);
    panel("problem", layout.problem, [&] { draw_problem_panel(state, memory_, post); });
    panel(
        "views", layout.views, [&] { draw_views_panel(state, memory_, post); }, false);
    panel("inspect", layout.inspect, [&] { draw_inspect_panel(state, memory_, post); });
    panel(
        "kernels", layout.kernels, [&] { draw_kernel_table(state, post); }, false);
    panel(
        "times", layout.times, [&] { draw_times_panel(state, memory_, post); }, false);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(14), px(4)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
    panel(
        "status", layout.status, [&] { draw_status_line(state, post); }, false);
    ImGui::PopStyleVar(2);
    draw_shortcuts(memory_);
    draw_about(state, memory_);
    draw_file_browser(state, memory_, post);
}

}  // namespace convscope
