#include "window_layout.h"

#include <algorithm>

#include "widgets/theme.h"

namespace convscope {
namespace {

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

// Of the step beside the tabs.
float lesson_width(float screen, bool presenting) {
    return presenting ? std::clamp(screen * 0.31f, px(250), px(420))
                      : std::clamp(screen * 0.28f, px(262), px(360));
}

}  // namespace

Frame::Frame(ImVec2 screen, float top, const Parts& parts) {
    const float gap = px(1), status_height = parts.presenting ? 0 : px(26);
    if (!parts.presenting) {
        tabs = {{0, top}, {screen.x, px(34)}};
        top += tabs.size.y + gap;
    }
    if (parts.banner) {
        banner = {{0, top}, {screen.x, px(42)}};
        top += banner.size.y + gap;
    }
    const float bottom = screen.y - status_height;
    if (!parts.presenting) status = {{0, bottom + gap}, {screen.x, status_height - gap}};
    room = {{0, top}, {screen.x, bottom - top}};
    if (!parts.lesson) return;
    const float width = lesson_width(screen.x, parts.presenting);
    room.size.x -= width + gap;
    lesson = {{screen.x - width, top}, {width, bottom - top}};
}

void Frame::draw_lines() const {
    const float right = lesson.empty() ? room.size.x : lesson.right();
    if (!tabs.empty()) horizontal_line(0, right, room.from.y);
    if (!banner.empty()) horizontal_line(0, right, banner.from.y);
    if (!status.empty()) horizontal_line(0, right, status.from.y);
    if (!lesson.empty()) vertical_line(lesson, lesson.from.x);
}

ExploreLayout::ExploreLayout(const Area& room, const Parts& parts) {
    const float gap = px(1), top = room.from.y, bottom = room.bottom();
    const ImVec2 screen{room.size.x, bottom};
    // Beside a lesson the fields are as narrow as the longest of their lines.
    const float left = parts.presenting ? -gap
                       : parts.lesson   ? std::clamp(screen.x * 0.34f, px(278), px(320))
                                        : px(320);
    // As high as the table's rows, as far as that leaves most of the window to the tensors, and as a plot
    // needs to be read.
    const float rows = px(58) + px(25) * static_cast<float>(parts.kernels_listed), least = px(184);
    const float table = std::clamp(rows, least, std::max((bottom - top) * 0.36f, least));
    problem = {{0, top}, {std::max(left, 0.0f), bottom - top}};
    if (parts.lesson) {
        // In a low window the pictures keep more of it than what is below them.
        const float small = bottom - top < px(460) ? px(112) : px(196);
        const float height = parts.lower ? std::clamp((bottom - top) * 0.34f, small, px(330)) : -gap;
        views = {{left + gap, top}, {screen.x - left - gap, bottom - top - height - gap}};
        if (parts.lower) lower = {{left + gap, bottom - height}, {screen.x - left - gap, height}};
        return;
    }
    const float right = std::clamp(screen.x * 0.19f, px(272), px(350));
    const float middle = bottom - table;
    views = {{left + gap, top}, {screen.x - left - right - 2 * gap, middle - top - gap}};
    inspect = {{screen.x - right, top}, {right, middle - top - gap}};
    // From px(292) on the plots' tabs have room in a line: beside * 0.305 has it in a window of 1280.
    const float beside = screen.x - left;
    const float plot = std::clamp(beside * 0.305f, px(230), px(460));
    kernels = {{left + gap, middle}, {screen.x - left - plot - 2 * gap, table}};
    times = {{screen.x - plot, middle}, {plot, table}};
}

void ExploreLayout::draw_lines() const {
    if (!problem.empty()) vertical_line(problem, views.from.x);
    if (!lower.empty()) horizontal_line(lower.from.x, lower.right(), lower.from.y);
    if (inspect.empty()) return;
    horizontal_line(kernels.from.x, times.right(), kernels.from.y);
    vertical_line(inspect, inspect.from.x);
    vertical_line(times, times.from.x);
}

XrayLayout::XrayLayout(const Area& room, const Parts& parts) {
    const float gap = px(1), top = room.from.y, bottom = room.bottom();
    const float left = parts.presenting ? -gap : std::clamp(room.size.x * 0.16f, px(236), px(270));
    // No narrower than a short line of text, where the window is too narrow for a long one.
    const float least = std::clamp(room.size.x - px(784), px(230), px(290));
    // Beside a lesson a narrow window leaves room for the pictures alone: the text has a tab of its own.
    const bool no_text = parts.lesson && !parts.presenting && room.size.x < px(680);
    const float right =
        no_text ? -gap : std::clamp(room.size.x * (parts.presenting ? 0.36f : 0.27f), least, px(520));
    // Heat is of the whole grid: in a low window the scrubber over a block's requests leaves it its room.
    const bool low_heat = parts.heat && room.size.y < px(460);
    const bool low_lesson = parts.lesson && room.size.y < px(460);
    const float least_lower = low_heat ? px(146) : low_lesson ? px(164) : px(200);
    const float height = parts.lower ? std::clamp(room.size.y * 0.34f, least_lower, px(330)) : -gap;
    const float bar = low_heat ? 0 : px(40);
    const float middle = room.size.x - left - right - 2 * gap;
    choice = {{0, top}, {std::max(left, 0.0f), bottom - top}};
    if (parts.lower) lower = {{left + gap, bottom - height}, {middle, height}};
    player = {{left + gap, bottom - height - (bar > 0 ? gap : 0) - bar}, {middle, bar}};
    map = {{left + gap, top}, {middle, player.from.y - gap - top}};
    if (!no_text) source = {{room.size.x - right, top}, {right, bottom - top}};
}

void XrayLayout::draw_lines() const {
    if (!choice.empty()) vertical_line(choice, map.from.x);
    if (!source.empty()) vertical_line(source, source.from.x);
    horizontal_line(map.from.x, map.right(), player.from.y);
    if (!lower.empty()) horizontal_line(map.from.x, map.right(), lower.from.y);
}

}  // namespace convscope
