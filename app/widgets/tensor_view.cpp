#include "widgets/tensor_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float largest_cell = 220;  // units of scale 1: enough for a value with all digits
constexpr double largest_zoom = 1e6;
constexpr float least_thickness = 12;  // of a fitted slice, in units of scale 1: a row of thousands is seen

// From cells of the slice to pixels of the screen and back. Cell (x, y) covers [x, x + 1) × [y, y + 1); the
// slice's point (box.x · columns, box.y · rows) stands in the middle of the canvas.
struct Geometry {
    ImVec2 from, to;  // the canvas
    double columns, rows;
    double cell_x, cell_y;  // pixels; equal but where a slice is so thin that it would not be seen
    ViewBox box;

    Geometry(ImVec2 canvas_from, ImVec2 canvas_to, int64_t row_count, int64_t column_count,
             const ViewBox& wanted)
        : from(canvas_from),
          to(canvas_to),
          columns(static_cast<double>(column_count)),
          rows(static_cast<double>(row_count)),
          box(wanted) {
        const double most_zoom = std::min(std::max(px(largest_cell) / fit(), 1.0), largest_zoom);
        box.zoom = std::clamp(box.zoom, 1.0, most_zoom);
        const double cell = fit() * box.zoom;
        cell_x = std::max(cell, std::min(px(least_thickness), to.x - from.x) / columns);
        cell_y = std::max(cell, std::min(px(least_thickness), to.y - from.y) / rows);
        box.x = inside(box.x, (to.x - from.x) / (columns * cell_x));
        box.y = inside(box.y, (to.y - from.y) / (rows * cell_y));
    }
    double fit() const {
        const double room = std::min((to.x - from.x) / columns, (to.y - from.y) / rows);
        return std::min(room, static_cast<double>(px(96)));  // a 1×1 tensor is a cell, not a wall
    }
    // Keeps the slice's edges at the canvas's edges; a slice smaller than the canvas stays in the middle.
    static double inside(double centre, double visible) {
        return visible >= 1 ? 0.5 : std::clamp(centre, visible / 2, 1 - visible / 2);
    }
    ImVec2 corner() const {  // of cell (0, 0)
        return {std::round((from.x + to.x) / 2 - static_cast<float>(box.x * columns * cell_x)),
                std::round((from.y + to.y) / 2 - static_cast<float>(box.y * rows * cell_y))};
    }
    ImVec2 to_screen(double column, double row) const {
        const ImVec2 origin = corner();
        return {origin.x + static_cast<float>(column * cell_x), origin.y + static_cast<float>(row * cell_y)};
    }
    double column_at(float x) const { return (x - corner().x) / cell_x; }
    double row_at(float y) const { return (y - corner().y) / cell_y; }
};

ViewBox zoomed(const Geometry& g, ImVec2 mouse, float wheel) {
    const double column = g.column_at(mouse.x), row = g.row_at(mouse.y);
    ViewBox box = g.box;
    box.zoom = std::clamp(box.zoom * std::pow(1.25, static_cast<double>(wheel)), 1.0, largest_zoom);
    Geometry after(g.from, g.to, static_cast<int64_t>(g.rows), static_cast<int64_t>(g.columns), box);
    // The cell under the mouse stays there.
    box.zoom = after.box.zoom;
    box.x = (column - (mouse.x - (g.from.x + g.to.x) / 2) / after.cell_x) / g.columns;
    box.y = (row - (mouse.y - (g.from.y + g.to.y) / 2) / after.cell_y) / g.rows;
    return Geometry(g.from, g.to, static_cast<int64_t>(g.rows), static_cast<int64_t>(g.columns), box).box;
}

void handle_input(const Geometry& g, CanvasEvents& events) {
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsItemHovered()) {
        const double column = std::floor(g.column_at(io.MousePos.x)),
                     row = std::floor(g.row_at(io.MousePos.y));
        if (column >= 0 && row >= 0 && column < g.columns && row < g.rows)
            events.hovered = CanvasCell{static_cast<int64_t>(row), static_cast<int64_t>(column)};
        if (io.MouseWheel != 0) events.box = zoomed(g, io.MousePos, io.MouseWheel);
        if (ImGui::IsMouseDoubleClicked(0)) events.box = ViewBox{};
    }
    const bool dragged = ImGui::IsItemActive() && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0);
    if (dragged && !events.box) {
        ViewBox box = g.box;
        box.x -= io.MouseDelta.x / (g.columns * g.cell_x);
        box.y -= io.MouseDelta.y / (g.rows * g.cell_y);
        events.box =
            Geometry(g.from, g.to, static_cast<int64_t>(g.rows), static_cast<int64_t>(g.columns), box).box;
    }
}

void paint_slice(const TensorCanvas& canvas, const Geometry& g, gl::TensorTextures& textures,
                 gl::TensorPainter& painter, ImDrawList& list) {
    gl::Painting p;
    p.composite = canvas.composite;
    for (int64_t c = 0; c < (canvas.composite ? 3 : 1); ++c) {
        gl::SliceIndex index = canvas.index;
        if (canvas.composite) index.channel = c;
        const gl::Slice& slice = textures.slice(canvas.tensor, index);
        if (!slice.texture) {
            const std::string words = fitted(slice.why_not_drawn, g.to.x - g.from.x - px(20));
            list.AddText({g.from.x + px(10), (g.from.y + g.to.y) / 2}, packed(palette().dim), words.c_str());
            return;
        }
        p.planes[static_cast<size_t>(c)] = slice.texture;
    }
    const ImVec2 first = g.corner(), last = g.to_screen(g.columns, g.rows);
    p.from = {std::max(first.x, g.from.x), std::max(first.y, g.from.y)};
    p.to = {std::min(last.x, g.to.x), std::min(last.y, g.to.y)};
    if (p.to.x <= p.from.x || p.to.y <= p.from.y) return;
    const auto cells = [&](ImVec2 at) {
        return ImVec2(static_cast<float>(g.column_at(at.x)), static_cast<float>(g.row_at(at.y)));
    };
    p.cells_from = cells(p.from);
    p.cells_to = cells(p.to);
    p.low = canvas.low;
    p.high = canvas.high;
    p.map = canvas.map;
    const ImVec4& line = palette().canvas;
    p.grid = {line.x, line.y, line.z, 0.55f};
    painter.paint(list, p);
}

// Black or white, whichever can be read on the colour that the value has.
ImU32 ink_on(const TensorCanvas& canvas, float value) {
    Rgb c = colour_of_nan;
    if (std::isinf(value))
        c = colour_of_inf;
    else if (!std::isnan(value))
        c = colour_at(canvas.map,
                      canvas.high > canvas.low ? (value - canvas.low) / (canvas.high - canvas.low) : 0.5f);
    const double luminance = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
    return luminance > 118 ? IM_COL32(15, 17, 20, 235) : IM_COL32(245, 246, 248, 235);
}

// How all values of a view are written, so that its cells look alike: "0.07", and ".07" where that is all
// there is room for.
struct CellFormat {
    int decimals = 0;
    bool leading_zero = true, exponent = false;

    std::string operator()(float value) const {
        if (!std::isfinite(value)) return value_text(value);
        char words[64];
        if (exponent) {
            std::snprintf(words, sizeof words, "%.1e", static_cast<double>(value));
            return words[0] == '-' ? cat("−", words + 1) : words;
        }
        std::snprintf(words, sizeof words, "%.*f", decimals, std::abs(static_cast<double>(value)));
        std::string out = words;
        const bool zero = out.find_first_not_of("0.") == std::string::npos;
        if (!leading_zero && decimals > 0 && out[0] == '0') out.erase(0, 1);
        return value < 0 && !zero ? cat("−", out) : out;
    }
};

// The visible values' own range; of no values at all, least is larger than largest.
struct Extremes {
    float least = INFINITY, largest = -INFINITY;
    bool whole = true;

    explicit Extremes(const std::vector<float>& values) {
        for (const float v : values) {
            if (!std::isfinite(v)) continue;
            least = std::min(least, v);
            largest = std::max(largest, v);
            whole = whole && v == std::round(v);
        }
    }
    float magnitude() const { return std::max(std::abs(least), std::abs(largest)); }
};

bool all_fit(const std::vector<float>& values, const CellFormat& format, float room) {
    return std::ranges::all_of(values, [&](float v) { return text_width(format(v)) <= room; });
}

// The format with the most decimals that leaves every visible value inside its cell; an exponent only where
// decimals would show nothing but zeros; empty where nothing fits.
std::optional<CellFormat> cell_format(const std::vector<float>& values, float room) {
    const Extremes extremes(values);
    if (extremes.least > extremes.largest) return std::nullopt;
    constexpr int most_decimals = 4;
    std::optional<CellFormat> with_exponent{{.exponent = true}};
    if (!all_fit(values, *with_exponent, room)) with_exponent.reset();
    for (int decimals = extremes.whole ? 0 : most_decimals; decimals >= 0; --decimals) {
        const float step = std::pow(10.0f, static_cast<float>(-decimals));
        if (!extremes.whole && extremes.magnitude() < (decimals == 0 ? 10 : 2) * step) return with_exponent;
        for (const bool leading_zero : {true, false}) {
            const CellFormat format{decimals, leading_zero};
            // The longest first: most formats are ruled out without looking at every cell.
            const float longest =
                std::max(text_width(format(extremes.least)), text_width(format(extremes.largest)));
            if (longest <= room && all_fit(values, format, room)) return format;
        }
    }
    return with_exponent;
}

void print_values(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    const WithFont small(fonts().cells);
    const auto room = static_cast<float>(g.cell_x) - px(6);
    if (canvas.composite || room < text_width("0") || g.cell_y < 1.3 * ImGui::GetFontSize()) return;
    const auto bounded = [](double value, double size) {
        return static_cast<int64_t>(std::clamp(std::floor(value), 0.0, size - 1));
    };
    const int64_t first = bounded(g.column_at(g.from.x), g.columns),
                  last = bounded(g.column_at(g.to.x), g.columns);
    const int64_t top = bounded(g.row_at(g.from.y), g.rows), bottom = bounded(g.row_at(g.to.y), g.rows);
    const int64_t columns = last - first + 1,
                  start = canvas.tensor.first(canvas.tensor.clamped(canvas.index));
    std::vector<float> values(static_cast<size_t>(columns * (bottom - top + 1)));
    for (int64_t y = top; y <= bottom; ++y)
        canvas.tensor.read(start + y * static_cast<int64_t>(g.columns) + first,
                           {values.data() + (y - top) * columns, static_cast<size_t>(columns)});
    const auto format = cell_format(values, room);
    if (!format) return;
    for (size_t i = 0; i < values.size(); ++i) {
        const std::string words = (*format)(values[i]);
        const auto column = static_cast<double>(first + static_cast<int64_t>(i) % columns);
        const auto row = static_cast<double>(top + static_cast<int64_t>(i) / columns);
        const ImVec2 from = g.to_screen(column, row), to = g.to_screen(column + 1, row + 1);
        const ImVec4 cell{from.x, from.y, to.x, to.y};
        list.AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                     {std::round((from.x + to.x - text_width(words)) / 2),
                      std::round((from.y + to.y - ImGui::GetFontSize()) / 2)},
                     ink_on(canvas, values[i]), words.c_str(), nullptr, 0, &cell);
    }
}

void frame_cells(const Geometry& g, const ImVec4& cells, ImDrawList& list) {
    ImVec2 a = g.to_screen(cells.x, cells.y), b = g.to_screen(cells.z, cells.w);
    // A frame smaller than a few pixels would not be found.
    const float least = px(5);
    if (b.x - a.x < least) a.x -= (least - (b.x - a.x)) / 2, b.x = a.x + least;
    if (b.y - a.y < least) a.y -= (least - (b.y - a.y)) / 2, b.y = a.y + least;
    compat::add_rect(list, {a.x - px(1), a.y - px(1)}, {b.x + px(1), b.y + px(1)}, IM_COL32(10, 12, 15, 200),
                     0, px(3));
    compat::add_rect(list, a, b, packed(palette().accent), 0, px(1.5f));
}

}  // namespace

std::string value_text(float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "−Inf";
    std::string words = number_text(value, 4);
    if (!words.empty() && words[0] == '-') words.replace(0, 1, "−");
    return words;
}

ColourMap automatic_map(float least) {
    return least < 0 ? ColourMap::diverging : ColourMap::viridis;
}

ValueRange range_of(const Display& display, const gl::SliceStatistics& s, ColourMap map) {
    const float magnitude = std::max(std::abs(s.least), std::abs(s.largest));
    switch (display.range) {
        case RangeMode::fixed:
            return {display.low, display.high};
        case RangeMode::symmetric:
            return {-magnitude, magnitude};
        case RangeMode::percentile:
            if (!s.has_percentiles) break;
            if (map != ColourMap::diverging) return {s.p1, s.p99};
            return {-std::max(std::abs(s.p1), std::abs(s.p99)), std::max(std::abs(s.p1), std::abs(s.p99))};
        case RangeMode::automatic:
            break;
    }
    // A diverging map has its neutral colour in the middle: that is 0.
    if (map == ColourMap::diverging) return {-magnitude, magnitude};
    return {s.least, s.largest};
}

CanvasEvents tensor_view(const TensorCanvas& canvas, ImVec2 size, gl::TensorTextures& textures,
                         gl::TensorPainter& painter) {
    CanvasEvents events;
    size = {std::max(size.x, 8.0f), std::max(size.y, 8.0f)};
    ImGui::InvisibleButton(canvas.name.c_str(), size);
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    registry().add(canvas.name, from, to);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(from, to, packed(palette().canvas), px(4));
    const gl::Extent extent = canvas.tensor.extent();
    if (!canvas.tensor || extent.plane() <= 0) return events;
    const float margin = px(8);
    const Geometry g({from.x + margin, from.y + margin}, {to.x - margin, to.y - margin}, extent.height,
                     extent.width, canvas.box);
    handle_input(g, events);
    list.PushClipRect(from, to, true);
    paint_slice(canvas, g, textures, painter, list);
    print_values(canvas, g, list);
    if (events.hovered)
        frame_cells(
            g,
            {static_cast<float>(events.hovered->column), static_cast<float>(events.hovered->row),
             static_cast<float>(events.hovered->column + 1), static_cast<float>(events.hovered->row + 1)},
            list);
    if (canvas.framed) frame_cells(g, *canvas.framed, list);
    if (canvas.stale) list.AddRectFilled(from, to, packed(palette().ground, 0.35f), px(4));
    list.PopClipRect();
    return events;
}

}  // namespace convscope
