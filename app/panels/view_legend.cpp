#include "panels/view_legend.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float bar_height = 7, histogram_height = 17;

// An end of the colour map: three significant digits.
std::string end_text(float value) {
    std::string words = number_text(static_cast<double>(value), 3);
    if (!words.empty() && words[0] == '-') words.replace(0, 1, "−");
    return words;
}

// The histogram's bins stand over the colours that their values have.
void draw_histogram(const Picture& picture, ImVec2 from, float width, ImDrawList& list) {
    const gl::SliceStatistics& s = picture.statistics;
    const TensorCanvas& canvas = picture.canvas;
    if (!(s.largest > s.least) || !(canvas.high > canvas.low)) return;
    const float bins = static_cast<float>(s.bins.size()), height = px(histogram_height);
    const auto x = [&](float value) {
        return from.x + std::clamp((value - canvas.low) / (canvas.high - canvas.low), 0.0f, 1.0f) * width;
    };
    const ImU32 ink = packed(palette().dim, 0.75f);
    for (size_t i = 0; i < s.bins.size(); ++i) {
        if (s.bins[i] <= 0) continue;
        const float step = (s.largest - s.least) / bins, low = s.least + step * static_cast<float>(i);
        const float left = x(low), right = x(low + step);
        // The square root keeps rare values visible beside frequent ones.
        const float top = from.y + height * (1 - std::sqrt(s.bins[i]));
        list.AddRectFilled({left, top}, {std::max(right, left + 1), from.y + height}, ink);
    }
}

void draw_colours(const TensorCanvas& canvas, ImVec2 from, float width, ImDrawList& list) {
    constexpr int parts = 24;
    const float height = px(bar_height);
    for (int i = 0; i < parts; ++i) {
        const Rgb c = canvas.high > canvas.low ? colour_at(canvas.map, (static_cast<float>(i) + 0.5f) / parts)
                                               : colour_at(canvas.map, 0.5f);  // a constant has one colour
        list.AddRectFilled({from.x + width * static_cast<float>(i) / parts, from.y},
                           {from.x + width * static_cast<float>(i + 1) / parts, from.y + height},
                           IM_COL32(c.r, c.g, c.b, 255));
    }
}

std::string statistics_tip(const Picture& picture) {
    const gl::SliceStatistics& s = picture.statistics;
    std::string words = cat("values from ", value_text(s.least), " to ", value_text(s.largest));
    if (s.has_percentiles) words += cat("\n1–99 %: ", value_text(s.p1), " to ", value_text(s.p99));
    if (s.not_finite > 0) words += cat("\nNaN or Inf: ", s.not_finite);
    return words + "\nDrag to set a fixed range; double-click for the automatic one.";
}

// Dragging moves the nearer end of the range to the mouse.
void handle_range(const State& state, const Picture& picture, ImVec2 from, float width, Post& post) {
    Display next = state.experiment.display;
    if (picture.view != ViewKind::input && picture.view != ViewKind::output &&
        picture.view != ViewKind::middle)
        return;
    const bool fixed_meaning = picture.derived && picture.view == ViewKind::output;
    if (fixed_meaning) return;  // counts and errors have ranges of their own
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
        next.range = RangeMode::automatic;
    } else if (ImGui::IsItemActive() && ImGui::IsMouseDragging(0, px(3))) {
        const TensorCanvas& canvas = picture.canvas;
        const float share =
            std::clamp((ImGui::GetIO().MousePos.x - from.x) / std::max(width, 1.0f), -0.2f, 1.2f);
        const float value = canvas.low + share * (canvas.high - canvas.low);
        next.low = canvas.low;
        next.high = canvas.high;
        const ImVec2 pressed = ImGui::GetIO().MouseClickedPos[0];
        (pressed.x - from.x < width / 2 ? next.low : next.high) = value;
        if (!(next.low < next.high)) return;
        next.range = RangeMode::fixed;
    }
    if (next != state.experiment.display) post.action(SetDisplay{next});
}

void draw_range(const State& state, const Picture& picture, float width, Post& post) {
    const WithFont small(fonts().small);
    const TensorCanvas& canvas = picture.canvas;
    const std::string low = end_text(canvas.low), high = end_text(canvas.high);
    const float bar = std::clamp(width - text_width(low) - text_width(high) - 2 * px(6), px(8), px(260));
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float text_top = start.y + px(histogram_height) - (ImGui::GetFontSize() - px(bar_height)) / 2;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (canvas.composite) {
        list.AddText({start.x, text_top}, packed(palette().dim), cat(low, " … ", high).c_str());
        return;
    }
    list.AddText({start.x, text_top}, packed(palette().dim), low.c_str());
    const ImVec2 from{start.x + text_width(low) + px(6), start.y};
    ImGui::SetCursorScreenPos(from);
    ImGui::InvisibleButton(cat(canvas.name, ".range").c_str(), {bar, px(bar_height + histogram_height)});
    registry().add_item(canvas.name + ".range");
    handle_range(state, picture, from, bar, post);
    tooltip(statistics_tip(picture));
    draw_histogram(picture, from, bar, list);
    draw_colours(canvas, {from.x, from.y + px(histogram_height)}, bar, list);
    list.AddText({from.x + bar + px(6), text_top}, packed(palette().dim), high.c_str());
}

}  // namespace

float legend_height() {
    return px(bar_height + histogram_height) + px(6);
}

void draw_legend(const State& state, const Pictures& pictures, const Picture& picture,
                 const std::optional<PlaneCell>& hovered, float width, Post& post) {
    if (!hovered || picture.canvas.composite) {
        draw_range(state, picture, width, post);
        return;
    }
    const WithFont small(fonts().small);
    const auto element = picture.element(pictures, *hovered);
    std::string words = "padding";
    if (picture.stuffed) words = "a zero between";
    if (element) words = view_element_name(pictures.problem(), {picture.view, *element});
    float value = NAN;
    picture.canvas.tensor.read_row(picture.canvas.index, hovered->row, hovered->column, {&value, 1});
    if (element) words += cat(" = ", value_text(value));
    if (picture.derived && element && !picture.stuffed) words += cat("   ", picture.caption);
    text(fitted(words, width));
    registry().add_item(picture.canvas.name + ".readout");
}

}  // namespace convscope
