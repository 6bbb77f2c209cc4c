#include "widgets/history_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

Range range_of(const std::vector<HistoryLine>& lines) {
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (const HistoryLine& line : lines)
        for (const double value : line.values)
            if (value > 0) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
    constexpr double least_ratio = 4;
    return most > 0 ? log_range(least, most, least_ratio) : Range{};
}

// The axis counts back from now, which is 0.
std::vector<Tick> ticks_of_changes(const HistoryScale& scale, float room_from, float room_to) {
    const PlotAxis axis{
        .low = -static_cast<double>(scale.shown() - 1), .high = 0, .from = scale.from, .to = scale.to};
    const TickStyle style{.extent = text_width,
                          .gap = px(18),
                          .room_from = room_from,
                          .room_to = room_to,
                          .words =
                              [](double value, bool first, bool last) {
                                  if (last) return TickWords{"now"};
                                  const char* unit = value == -1 ? " change ago" : " changes ago";
                                  return TickWords{number_text(-value, 12), first ? unit : ""};
                              },
                          .least_step = 1};
    return ticks_that_fit(axis, style);
}

void draw_line(ImDrawList& list, const HistoryLine& line, const HistoryScale& scale, const PlotAxis& y) {
    const ImU32 ink = packed(line.colour);
    const auto place = [&](size_t i) { return ImVec2(scale.at(i), y.at(line.values[i])); };
    const auto there = [&](size_t i) { return i < line.values.size() && line.values[i] > 0; };
    for (size_t i = 0; i < line.values.size(); ++i) {
        if (!there(i)) continue;
        if (there(i + 1)) list.AddLine(place(i), place(i + 1), ink, px(1.5f));
        // A point between two gaps has no line to be seen by.
        const bool alone = !there(i + 1) && (i == 0 || !there(i - 1));
        const bool newest = i + 1 == line.values.size();
        if (scale.step() >= px(7) || alone || newest) list.AddCircleFilled(place(i), px(2.6f), ink, 10);
    }
}

}  // namespace

size_t HistoryScale::shown() const {
    constexpr size_t least = 6;
    return std::max(changes, least);
}

float HistoryScale::step() const {
    return (to - from) / static_cast<float>(shown() - 1);
}

float HistoryScale::at(size_t change) const {
    return to - static_cast<float>(changes - 1 - change) * step();
}

size_t HistoryScale::nearest(float pixel) const {
    const float ago = std::round((to - pixel) / step());
    return changes - 1 - static_cast<size_t>(std::clamp(ago, 0.0f, static_cast<float>(changes - 1)));
}

void history_plot(const std::vector<HistoryLine>& lines, const Box& box, const TipOf& tip) {
    if (lines.empty() || lines.front().values.empty()) return;
    const Range range = range_of(lines);
    const Unit& unit = unit_for(time_units(), range.high);
    std::vector<LegendEntry> entries;
    for (const HistoryLine& line : lines) entries.push_back({line.label, line.colour});
    const Legend legend(unit.name, std::move(entries), box);
    const float axis_height = ImGui::GetFontSize() + px(5);
    Box area{{box.from.x, box.from.y + legend.height()}, {box.to.x - px(6), box.to.y - axis_height}};
    const PlotAxis y{
        .low = range.low, .high = range.high, .from = area.to.y, .to = area.from.y, .logarithmic = true};
    const std::vector<Tick> marks =
        ticks_that_fit(y, style_left(unit, area.from.y - px(2), area.to.y + px(2)));
    area.from.x += widest(marks) + px(6);
    if (area.width() < px(30) || area.height() < px(12)) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    legend.draw(list);
    const HistoryScale scale{lines.front().values.size(), area.from.x + px(5), area.to.x - px(5)};
    draw_ticks_left(list, area, marks);
    draw_ticks_below(list, area, ticks_of_changes(scale, area.from.x, box.to.x));
    ImGui::SetCursorScreenPos(area.from);
    ImGui::InvisibleButton("changes", {area.width(), area.height()});
    registry().add_item("plot.changes");
    if (ImGui::IsItemHovered()) {
        const size_t change = scale.nearest(ImGui::GetMousePos().x);
        list.AddRectFilled({scale.at(change) - px(1), area.from.y}, {scale.at(change) + px(1), area.to.y},
                           packed(palette().accent, 0.5f));
        tooltip(tip(change));
    }
    for (const HistoryLine& line : lines) draw_line(list, line, scale, y);
}

}  // namespace convscope
