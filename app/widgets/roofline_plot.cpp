#include "widgets/roofline_plot.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/text.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float point_radius = 4;

// One drawing of the plot: axes, and what is already written where.
struct Canvas {
    ImDrawList& list;
    Box area;
    PlotAxis x, y;
    std::vector<Box> taken{};

    ImVec2 place(double intensity, double tflops) const { return {x.at(intensity), y.at(tflops)}; }

    // Words that come later stay off the line.
    void line(ImVec2 from, ImVec2 to, ImU32 colour, float thickness) {
        list.AddLine(from, to, colour, thickness);
        const int parts =
            std::max(1, static_cast<int>((std::abs(to.x - from.x) + std::abs(to.y - from.y)) / px(5)));
        for (int i = 0; i <= parts; ++i) {
            const float t = static_cast<float>(i) / static_cast<float>(parts);
            const ImVec2 at{from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)};
            taken.push_back({{at.x - px(1), at.y - px(1)}, {at.x + px(1), at.y + px(1)}});
        }
    }

    // The first of these words that finds a place; the tooltips have the rest.
    void write(const std::vector<std::string>& choices, const std::vector<ImVec2>& anchors, ImVec2 pivot) {
        for (const std::string& words : choices) {
            const ImVec2 size{text_width(words), ImGui::GetFontSize()};
            std::vector<ImVec2> corners;
            for (const ImVec2& anchor : anchors)
                corners.push_back(
                    {std::round(anchor.x - pivot.x * size.x), std::round(anchor.y - pivot.y * size.y)});
            const auto box = free_box(size, corners, taken, area);
            if (!box) continue;
            list.AddText(box->from, packed(palette().text, 0.85f), words.c_str());
            taken.push_back({{box->from.x - px(3), box->from.y}, {box->to.x + px(3), box->to.y}});
            return;
        }
    }
};

// The part of the bandwidth's slope that lies within the axes ends at `peak`.
void draw_roof(Canvas& canvas, const Range& intensity, const Range& tflops, const Roof& roof, double peak,
               ImU32 colour, float thickness) {
    const double per_intensity = roof.ceilings.bandwidth_gbs / 1e3;  // TFLOP/s for each FLOP/byte
    const double start = std::max(intensity.low, tflops.low / per_intensity), ridge = peak / per_intensity;
    canvas.line(canvas.place(start, start * per_intensity), canvas.place(ridge, peak), colour, thickness);
    canvas.line(canvas.place(ridge, peak), canvas.place(intensity.high, peak), colour, thickness);
}

std::vector<std::string> named(const std::string& device, const std::string& figure, const char* kind) {
    std::vector<std::string> choices;
    if (*kind) choices.push_back(cat(device, device.empty() ? "" : " ", figure, " ", kind));
    choices.push_back(cat(device, device.empty() ? "" : " ", figure));
    if (!device.empty()) choices.push_back(figure);
    return choices;
}

// A flat ceiling is labelled at its right end, above it if possible.
void label_flat(Canvas& canvas, const Roof& roof, double peak, const char* kind) {
    const float y = canvas.y.at(peak), text = ImGui::GetFontSize();
    const float right = canvas.area.to.x - px(4),
                ridge = canvas.x.at(peak * 1e3 / roof.ceilings.bandwidth_gbs);
    std::vector<ImVec2> anchors;
    for (const float top : {y - text - px(2), y + px(3)})
        for (const float share : {0.0f, 0.25f, 0.5f, 0.75f})
            anchors.push_back({right + (ridge - right) * share, top});
    canvas.write(named(roof.device, rate_text(peak), kind), anchors, {1, 0});
}

// The slope is labelled at its left, where nothing can be, or below it.
void label_slope(Canvas& canvas, const Range& intensity, const Range& tflops, const Roof& roof) {
    const double per_intensity = roof.ceilings.bandwidth_gbs / 1e3;
    const double start = std::max(intensity.low, tflops.low / per_intensity), ridge = roof.ridge();
    const auto words = named(roof.device, bandwidth_text(roof.ceilings.bandwidth_gbs), "");
    const float gap = px(5);
    std::vector<ImVec2> left, right;
    for (const double share : {0.6, 0.45, 0.75, 0.3, 0.15, 0.9}) {
        const double at = start * std::pow(ridge / start, share);
        const ImVec2 place = canvas.place(at, at * per_intensity);
        left.push_back({place.x - gap, place.y - ImGui::GetFontSize() - px(1)});
        right.push_back({place.x + gap, place.y + px(1)});
    }
    const size_t before = canvas.taken.size();
    canvas.write(words, left, {1, 0});
    if (canvas.taken.size() == before) canvas.write(words, right, {0, 0});
}

// Places of the points within `reach` pixels, in their order.
std::vector<size_t> points_near(const Canvas& canvas, std::span<const RooflinePoint> points, ImVec2 place,
                                float reach) {
    std::vector<size_t> near;
    for (size_t i = 0; i < points.size(); ++i) {
        const ImVec2 at = canvas.place(points[i].intensity, points[i].tflops);
        if (std::hypot(at.x - place.x, at.y - place.y) < reach) near.push_back(i);
    }
    return near;
}

void draw_points(Canvas& canvas, const std::vector<Roof>& roofs, const std::vector<RooflinePoint>& points) {
    for (const RooflinePoint& point : points) {
        const ImVec2 at = canvas.place(point.intensity, point.tflops);
        const ImVec2 roof = canvas.place(point.intensity, roofs[point.roof].at(point.intensity));
        draw_dashes(canvas.list, at, roof, packed(point.colour, 0.6f));
        // Words may stand beside the drop line, not on it.
        canvas.taken.push_back(
            {{at.x - px(1), std::min(at.y, roof.y)}, {at.x + px(1), std::max(at.y, roof.y)}});
    }
    for (size_t i = 0; i < points.size(); ++i) {
        const RooflinePoint& point = points[i];
        const ImVec2 at = canvas.place(point.intensity, point.tflops);
        // What others will cover is wider than they are, so that a ring of it stays.
        const auto above = points_near(canvas, std::span(points).subspan(i + 1), at, px(point_radius));
        const float r = px(point_radius) + px(3) * static_cast<float>(above.size());
        canvas.list.AddCircleFilled(at, r + px(1), packed(palette().panel), 16);
        canvas.list.AddCircleFilled(at, r, packed(point.colour), 16);
        const Box box{{at.x - r, at.y - r}, {at.x + r, at.y + r}};
        canvas.taken.push_back(box);
        registry().add(cat("plot.point.", point.label), box.from, box.to);
    }
}

// Axes and grid, in what the legend and the numbers leave of the box.
Canvas lay_out(const RooflineRanges& ranges, const std::vector<RooflinePoint>& points, const Box& box) {
    const Unit& unit = unit_for(rate_units(), ranges.tflops.high / 3);
    std::vector<LegendEntry> entries;
    for (const RooflinePoint& point : points) entries.push_back({point.label, point.colour});
    const Legend legend(unit.name, std::move(entries), box);
    const float axis_height = ImGui::GetFontSize() + px(5);
    Box area{{box.from.x, box.from.y + legend.height()}, {box.to.x - px(2), box.to.y - axis_height}};
    const PlotAxis y{.low = ranges.tflops.low,
                     .high = ranges.tflops.high,
                     .from = area.to.y,
                     .to = area.from.y,
                     .logarithmic = true};
    const std::vector<Tick> marks =
        ticks_that_fit(y, style_left(unit, area.from.y - px(2), area.to.y + px(2)));
    area.from.x += widest(marks) + px(6);
    const PlotAxis x{.low = ranges.intensity.low,
                     .high = ranges.intensity.high,
                     .from = area.from.x,
                     .to = area.to.x,
                     .logarithmic = true};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const char* title = "FLOP/byte";
    const float title_from = box.to.x - text_width(title);
    TickStyle below = style_below({}, area.from.x - px(6), title_from - px(10));
    below.words = words_in({}, false);
    draw_ticks_left(list, area, marks);
    draw_ticks_below(list, area, ticks_that_fit(x, below));
    list.AddText({title_from, area.to.y + px(3)}, packed(palette().dim), title);
    legend.draw(list);
    return {list, area, x, y};
}

}  // namespace

double Roof::at(double intensity) const {
    return std::min(intensity * ceilings.bandwidth_gbs / 1e3, ceilings.fp32_tflops);
}

RooflineRanges roofline_ranges(const std::vector<Roof>& roofs, const std::vector<RooflinePoint>& points) {
    Range x{roofs.front().ridge(), roofs.front().ridge()}, y{roofs.front().ceilings.fp32_tflops, 0};
    const auto cover = [](Range& range, double value) {
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    };
    for (const Roof& roof : roofs) {
        const double peak = std::max(roof.ceilings.fp32_tflops, roof.ceilings.tf32_tflops);
        for (const double at : {roof.ridge(), peak * 1e3 / roof.ceilings.bandwidth_gbs}) cover(x, at);
        cover(y, peak);
        cover(y, roof.ceilings.fp32_tflops);
    }
    for (const RooflinePoint& point : points) {
        cover(x, point.intensity);
        cover(y, point.tflops);
        cover(y, roofs[point.roof].at(point.intensity));
    }
    // Room to see the slope below its ridge, and for words above the highest ceiling.
    constexpr double headroom = 0.25;  // of the axis below
    y.low /= 2;
    return {{x.low / 4, x.high * 4}, {y.low, y.high * std::max(3.0, std::pow(y.high / y.low, headroom))}};
}

void roofline_plot(const std::vector<Roof>& roofs, const std::vector<RooflinePoint>& points, const Box& box,
                   const TipOf& tip) {
    const RooflineRanges ranges = roofline_ranges(roofs, points);
    Canvas canvas = lay_out(ranges, points, box);
    if (canvas.area.width() < px(40) || canvas.area.height() < px(16)) return;
    for (const Roof& roof : roofs) {
        if (roof.ceilings.tf32_tflops > 0)
            draw_roof(canvas, ranges.intensity, ranges.tflops, roof, roof.ceilings.tf32_tflops,
                      packed(palette().dim, 0.6f), px(1));
        draw_roof(canvas, ranges.intensity, ranges.tflops, roof, roof.ceilings.fp32_tflops,
                  packed(palette().text, 0.7f), px(1.5f));
    }
    draw_points(canvas, roofs, points);
    for (const Roof& roof : roofs) {
        label_flat(canvas, roof, roof.ceilings.fp32_tflops, "fp32");
        if (roof.ceilings.tf32_tflops > 0) label_flat(canvas, roof, roof.ceilings.tf32_tflops, "tf32");
        label_slope(canvas, ranges.intensity, ranges.tflops, roof);
    }
    ImGui::SetCursorScreenPos(canvas.area.from);
    ImGui::InvisibleButton("roofline", {canvas.area.width(), canvas.area.height()});
    registry().add_item("plot.roof");
    if (!ImGui::IsItemHovered()) return;
    const std::vector<size_t> pointed = points_near(canvas, points, ImGui::GetMousePos(), px(9));
    std::string words = pointed.empty() ? tip(points.size()) : "";
    for (const size_t i : pointed) {
        canvas.list.AddCircle(canvas.place(points[i].intensity, points[i].tflops), px(point_radius + 3),
                              packed(points[i].colour), 20, px(1.5f));
        words += cat(words.empty() ? "" : "\n", tip(i));
    }
    tooltip(words);
}

}  // namespace convscope
