// Which panels a frame has, and in which order they are drawn.
#include <imgui.h>

#include <algorithm>
#include <string>

#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/spotlight.h"
#include "widgets/theme.h"
#include "window_app.h"
#include "window_layout.h"

namespace convscope {
namespace {

// A panel that fills its area. The frame is cleared to the panels' colour, so that none of them fills it
// again: where software draws, that is most of a frame's time.
template <class Draw>
void panel(const char* name, const Area& area, const Draw& draw, bool scrolls = true) {
    if (area.empty()) return;
    ImGui::SetNextWindowPos(area.from);
    ImGui::SetNextWindowSize(area.size);
    int flags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings |
                ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav |
                ImGuiWindowFlags_NoBackground;
    if (!scrolls) flags |= ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
    ImGui::Begin(name, nullptr, flags);
    registry().add(std::string("panel.") + name, area.from, {area.right(), area.bottom()});
    draw();
    ImGui::End();
}

size_t kernels_listed(const State& state) {
    if (!state.devices) return 0;
    return listed_kernels(state.experiment, *state.devices, state.experiment.spec.op).size();
}

// In a room only the views are shown, and below them what the step is about: a sum that it explains, or the
// panel that it turns to.
bool explore_needs_lower(const State& state, const PanelMemory& memory) {
    if (!state.lesson.presenting || memory.lower != lessons::LowerPanel::inspect) return true;
    const auto& hover = state.lesson.run->step().look.hover;
    return hover && hover->view != ViewKind::none;
}
bool xray_needs_lower(const State& state) {
    if (!state.lesson.presenting || state.experiment.xray.panel != XrayPanel::request) return true;
    return std::ranges::find(state.lesson.run->step().look.views, "request") !=
           state.lesson.run->step().look.views.end();
}

void draw_explore(const State& state, PanelMemory& memory, const Area& room, Post& post) {
    const bool presenting = state.lesson.presenting;
    const ExploreLayout layout(room, {.kernels_listed = kernels_listed(state),
                                      .lesson = state.lesson.run != nullptr,
                                      .presenting = presenting,
                                      .lower = explore_needs_lower(state, memory)});
    layout.draw_lines();
    panel("problem", layout.problem, [&] { draw_problem_panel(state, memory, post); });
    panel(
        "views", layout.views, [&] { draw_views_panel(state, memory, post); }, false);
    panel("inspect", layout.inspect, [&] { draw_inspect_panel(state, memory, post); });
    panel(
        "kernels", layout.kernels, [&] { draw_kernel_table(state, post); }, false);
    panel(
        "times", layout.times, [&] { draw_times_panel(state, memory, post); }, false);
    panel(
        "lower", layout.lower, [&] { draw_lower_panel(state, memory, post); }, false);
}

void draw_xray(const State& state, PanelMemory& memory, const Area& room, Post& post) {
    const bool presenting = state.lesson.presenting;
    const XrayLayout layout(room, {.heat = state.experiment.xray.heat,
                                   .lesson = state.lesson.run != nullptr,
                                   .presenting = presenting,
                                   .lower = xray_needs_lower(state)});
    layout.draw_lines();
    panel("xray_choice", layout.choice, [&] { draw_xray_choice(state, memory, post); });
    panel(
        "xray_map", layout.map, [&] { draw_xray_map(state, memory, post); }, false);
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
        case Tab::lessons:
            return panel("lessons", room, [&] { draw_lessons_tab(state, memory, post); });
        case Tab::explore:
            return draw_explore(state, memory, room, post);
    }
}

// What the step points at and hides. A widget that is not drawn has neither.
void draw_spotlights(const State& state) {
    if (!state.lesson.run || state.lesson.at_end) return;
    draw_covers(state.lesson.run->hidden());
    draw_lights(state.lesson.run->lights());
}

}  // namespace

void App::draw_windows(const State& state, Post& post) {
    const bool presenting = state.lesson.presenting, has_banner = !state.banner.empty();
    if (!presenting) draw_menu_bar(state, post);
    const float bar = presenting ? 0 : ImGui::GetFontSize() + 2 * px(8) + px(1);
    const Frame frame(
        ImGui::GetIO().DisplaySize, bar,
        {.banner = has_banner, .lesson = state.lesson.run != nullptr, .presenting = presenting});
    frame.draw_lines();
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(8), 0));
    panel(
        "tabs", frame.tabs, [&] { draw_tab_bar(state, post); }, false);
    ImGui::PopStyleVar();
    panel(
        "banner", frame.banner, [&] { draw_banner(state, post); }, false);
    memory_.hover = {};
    draw_tab(state, memory_, frame.room, post);
    panel(
        "lesson", frame.lesson, [&] { draw_lesson_panel(state, memory_, post); }, false);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(14), px(4)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
    panel(
        "status", frame.status, [&] { draw_status_line(state, post); }, false);
    ImGui::PopStyleVar(2);
    draw_spotlights(state);
    draw_shortcuts(memory_);
    draw_about(state, memory_);
    draw_file_browser(state, memory_, post);
}

}  // namespace convscope
