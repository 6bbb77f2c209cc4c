#include "widgets/tensor_view.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "widgets/canvas_geometry.h"
#include "widgets/canvas_marks.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Geometry = CanvasGeometry;

// What the left button does since it went down on a canvas.
struct Press {
    std::string canvas{};
    PlaneCell cell{};
    bool on_cell = false, on_line = false, moved = false, doubled = false;
};
Press& press() {
    static Press state;
    return state;
}

constexpr float click_slack = 4;  // units of scale 1 that a click may move

std::optional<PlaneCell> cell_at(const Geometry& g, ImVec2 at) {
    const double column = std::floor(g.column_at(at.x)), row = std::floor(g.row_at(at.y));
    if (!(column >= 0 && row >= 0 && column < g.columns && row < g.rows)) return std::nullopt;
    return PlaneCell{static_cast<int64_t>(row), static_cast<int64_t>(column)};
}

float line_x(const TensorCanvas& canvas, const Geometry& g) {
    const ImVec2 first = g.to_screen(0, 0), last = g.to_screen(g.columns, g.rows);
    const float left = std::max(first.x, g.from.x), right = std::min(last.x, g.to.x);
    return std::round(left + (right - left) * canvas.wipe);
}

bool near_line(const TensorCanvas& canvas, const Geometry& g, float x) {
    return canvas.second && std::abs(x - line_x(canvas, g)) <= px(7);
}

// Cells can be changed where they are large and nothing can be moved by dragging instead.
bool can_edit(const TensorCanvas& canvas, const Geometry& g) {
    return canvas.editable && g.large_cells() && g.box.zoom <= 1.0001;
}

void begin_press(const TensorCanvas& canvas, const Geometry& g) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const auto cell = cell_at(g, mouse);
    press() = {.canvas = canvas.name,
               .cell = cell.value_or(PlaneCell{}),
               .on_cell = cell.has_value(),
               .on_line = near_line(canvas, g, mouse.x)};
}

void drag(const TensorCanvas& canvas, const Geometry& g, CanvasEvents& events) {
    const ImGuiIO& io = ImGui::GetIO();
    Press& p = press();
    p.moved = p.moved || ImGui::IsMouseDragging(0, px(click_slack));
    if (!p.moved || (io.MouseDelta.x == 0 && io.MouseDelta.y == 0)) return;
    if (p.on_line) {
        const ImVec2 first = g.to_screen(0, 0), last = g.to_screen(g.columns, g.rows);
        const float left = std::max(first.x, g.from.x), right = std::min(last.x, g.to.x);
        events.wipe = std::clamp((io.MousePos.x - left) / std::max(right - left, 1.0f), 0.0f, 1.0f);
    } else if (p.on_cell && can_edit(canvas, g)) {
        events.dragged = CanvasEvents::Drag{p.cell, (io.MouseDelta.x - io.MouseDelta.y) / px(1)};
    } else if (!events.box) {
        events.box = g.moved(io.MouseDelta);
    }
}

void handle_input(const TensorCanvas& canvas, const Geometry& g, CanvasEvents& events) {
    const ImGuiIO& io = ImGui::GetIO();
    Press& p = press();
    if (ImGui::IsItemActivated()) begin_press(canvas, g);
    if (ImGui::IsItemHovered()) {
        events.hovered = cell_at(g, io.MousePos);
        if (near_line(canvas, g, io.MousePos.x))
            ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
        else if (events.hovered && can_edit(canvas, g))
            ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeNS);
        if (io.MouseWheel != 0) events.box = g.zoomed(io.MousePos, io.MouseWheel);
        if (ImGui::IsMouseDoubleClicked(0)) {
            p.doubled = true;
            events.clicked = events.hovered;  // takes back what the first click did
            if (events.hovered && can_edit(canvas, g))
                events.type_in = events.hovered;
            else
                events.box = ViewBox{};
        }
    }
    if (ImGui::IsItemActive()) drag(canvas, g, events);
    if (ImGui::IsItemDeactivated() && p.canvas == canvas.name && !p.moved && !p.doubled && !p.on_line) {
        if (p.on_cell)
            events.clicked = p.cell;
        else
            events.clicked_beside = true;
    }
}

// Fills the painting's planes; false, and a sentence on the canvas, where they cannot be drawn.
bool take_planes(const TensorCanvas& canvas, const gl::TensorRef& tensor, const Geometry& g,
                 gl::TensorTextures& textures, ImDrawList& list, gl::Painting& p) {
    for (int64_t c = 0; c < (canvas.composite ? 3 : 1); ++c) {
        gl::SliceIndex index = canvas.index;
        if (canvas.composite) index.channel = c;
        const gl::Slice& slice = textures.slice(tensor, index);
        if (!slice.texture) {
            const std::string words = fitted(slice.why_not_drawn, g.to.x - g.from.x - px(20));
            list.AddText({g.from.x + px(10), (g.from.y + g.to.y) / 2}, packed(palette().dim), words.c_str());
            return false;
        }
        p.planes[static_cast<size_t>(c)] = slice.texture;
    }
    return true;
}

// Paints `tensor` between the screen's columns `left` and `right`.
void paint_slice(const TensorCanvas& canvas, const gl::TensorRef& tensor, const Geometry& g, float left,
                 float right, gl::TensorTextures& textures, gl::TensorPainter& painter, ImDrawList& list) {
    gl::Painting p;
    p.composite = canvas.composite;
    if (!take_planes(canvas, tensor, g, textures, list, p)) return;
    const ImVec2 first = g.to_screen(0, 0), last = g.to_screen(g.columns, g.rows);
    p.from = {std::max({first.x, g.from.x, left}), std::max(first.y, g.from.y)};
    p.to = {std::min({last.x, g.to.x, right}), std::min(last.y, g.to.y)};
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
    const ImVec4& empty = palette().field;
    if (canvas.gaps_are_empty) p.empty = {empty.x, empty.y, empty.z};
    painter.paint(list, p);
}

// The ring of padding: cells that exist for the window and hold nothing.
void draw_ring(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    if (canvas.ring_rows == 0 && canvas.ring_columns == 0) return;
    const double r = g.ring_rows, c = g.ring_columns;
    const ImU32 ground = packed(palette().field, 0.55f);
    const auto fill = [&](double x0, double y0, double x1, double y1) {
        list.AddRectFilled(g.to_screen(x0, y0), g.to_screen(x1, y1), ground);
    };
    fill(-c, -r, g.columns + c, 0);
    fill(-c, g.rows, g.columns + c, g.rows + r);
    fill(-c, 0, 0, g.rows);
    fill(g.columns, 0, g.columns + c, g.rows);
    const double lines = 2 * (g.columns + g.rows + 2 * r + 2 * c);
    if (std::min(g.cell_x, g.cell_y) < 7 || lines > 600) return;
    const ImU32 ink = packed(palette().line);
    for (double x = -c; x <= g.columns + c; ++x) {
        const bool beside = x < 0 || x > g.columns;
        list.AddLine(g.to_screen(x, -r), g.to_screen(x, beside ? g.rows + r : 0), ink);
        if (!beside) list.AddLine(g.to_screen(x, g.rows), g.to_screen(x, g.rows + r), ink);
    }
    for (double y = -r; y <= g.rows + r; ++y) {
        const bool beside = y < 0 || y > g.rows;
        list.AddLine(g.to_screen(-c, y), g.to_screen(beside ? g.columns + c : 0, y), ink);
        if (!beside) list.AddLine(g.to_screen(g.columns, y), g.to_screen(g.columns + c, y), ink);
    }
}

// Lines between a montage's slices, and nothing where no slice stands.
void draw_montage(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    const PlaneLayout& layout = canvas.index.layout;
    if (layout.slicing != Slicing::montage) return;
    const ImU32 ground = packed(palette().canvas);
    const auto tiles = layout.tile_columns;
    const auto height = static_cast<double>(layout.size[1]), width = static_cast<double>(layout.size[2]);
    for (int64_t tile = layout.size[0]; tile < layout.rows() / layout.size[1] * tiles; ++tile) {
        const double x = static_cast<double>(tile % tiles) * width,
                     y = static_cast<double>(tile / tiles) * height;
        list.AddRectFilled(g.to_screen(x, y), g.to_screen(x + width, y + height), ground);
    }
    const float thickness = std::max(px(2), 2.0f);
    for (double x = width; x < g.columns; x += width)
        list.AddLine(g.to_screen(x, 0), g.to_screen(x, g.rows), ground, thickness);
    for (double y = height; y < g.rows; y += height)
        list.AddLine(g.to_screen(0, y), g.to_screen(g.columns, y), ground, thickness);
}

// Covers what the animation has not reached yet.
void cover(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    if (canvas.revealed < 0) return;
    const PlaneLayout& layout = canvas.index.layout;
    const ImU32 ground = packed(palette().canvas, 0.86f);
    const auto fill = [&](double x0, double y0, double x1, double y1) {
        if (x1 > x0 && y1 > y0) list.AddRectFilled(g.to_screen(x0, y0), g.to_screen(x1, y1), ground);
    };
    const bool montage = layout.slicing == Slicing::montage;
    const int64_t height = montage ? layout.size[1] : layout.rows(),
                  width = montage ? layout.size[2] : layout.columns();
    for (int64_t tile = 0; tile < (montage ? layout.size[0] : 1); ++tile) {
        const int64_t seen = std::clamp<int64_t>(canvas.revealed - tile * height * width, 0, height * width);
        const auto x = static_cast<double>(tile % layout.tile_columns * width),
                   y = static_cast<double>(tile / layout.tile_columns * height);
        const auto row = static_cast<double>(seen / width), column = static_cast<double>(seen % width);
        const auto w = static_cast<double>(width), h = static_cast<double>(height);
        if (column > 0) fill(x + column, y + row, x + w, y + row + 1);
        fill(x, y + row + (column > 0 ? 1 : 0), x + w, y + h);
    }
}

// Black or white, whichever can be read on the colour that the value has.
ImU32 ink_on(const TensorCanvas& canvas, float value) {
    if (canvas.gaps_are_empty && std::isnan(value)) return packed(palette().dim);
    const Rgb c = colour_of(value, canvas.map, canvas.low, canvas.high);
    const double luminance = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
    return luminance > 118 ? IM_COL32(15, 17, 20, 235) : IM_COL32(245, 246, 248, 235);
}

void print_values(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    const WithFont small(fonts().cells);
    const auto room = static_cast<float>(g.cell_x) - px(6);
    if (!canvas.numbers || canvas.composite || canvas.second || room < text_width("0") ||
        g.cell_y < 1.3 * static_cast<double>(ImGui::GetFontSize()))
        return;
    const auto bounded = [](double value, double size) {
        return static_cast<int64_t>(std::clamp(std::floor(value), 0.0, size - 1));
    };
    const int64_t first = bounded(g.column_at(g.from.x), g.columns),
                  last = bounded(g.column_at(g.to.x), g.columns);
    const int64_t top = bounded(g.row_at(g.from.y), g.rows), bottom = bounded(g.row_at(g.to.y), g.rows);
    const int64_t columns = last - first + 1;
    std::vector<float> values(static_cast<size_t>(columns * (bottom - top + 1)));
    for (int64_t y = top; y <= bottom; ++y)
        canvas.tensor.read_row(canvas.index, y, first,
                               {values.data() + (y - top) * columns, static_cast<size_t>(columns)});
    const auto format = cell_format(values, room);
    if (!format) return;
    for (size_t i = 0; i < values.size(); ++i) {
        const int64_t column = first + static_cast<int64_t>(i) % columns,
                      row = top + static_cast<int64_t>(i) / columns;
        const bool empty =
            std::isnan(values[i]) && (canvas.gaps_are_empty || !canvas.index.layout.at(row, column));
        if (empty && !canvas.gaps_are_empty) continue;
        const std::string words = empty ? canvas.gap_text : (*format)(values[i]);
        const ImVec2 from = g.to_screen(static_cast<double>(column), static_cast<double>(row)),
                     to = g.to_screen(static_cast<double>(column + 1), static_cast<double>(row + 1));
        const ImVec4 cell{from.x, from.y, to.x, to.y};
        list.AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                     {std::round((from.x + to.x - text_width(words)) / 2),
                      std::round((from.y + to.y - ImGui::GetFontSize()) / 2)},
                     ink_on(canvas, values[i]), words.c_str(), nullptr, 0, &cell);
    }
}

void draw_line(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    const float x = line_x(canvas, g), middle = (g.from.y + g.to.y) / 2;
    list.AddLine({x, g.from.y}, {x, g.to.y}, IM_COL32(10, 12, 15, 220), px(4));
    list.AddLine({x, g.from.y}, {x, g.to.y}, packed(palette().accent), px(2));
    list.AddCircleFilled({x, middle}, px(7), packed(palette().accent));
}

void paint(const TensorCanvas& canvas, const Geometry& g, gl::TensorTextures& textures,
           gl::TensorPainter& painter, ImDrawList& list) {
    draw_ring(canvas, g, list);
    const float line = canvas.second ? line_x(canvas, g) : g.to.x;
    paint_slice(canvas, canvas.tensor, g, g.from.x, line, textures, painter, list);
    if (canvas.second) paint_slice(canvas, canvas.second, g, line, g.to.x, textures, painter, list);
    draw_montage(canvas, g, list);
    print_values(canvas, g, list);
    cover(canvas, g, list);
    draw_marks(canvas, g, list);
    if (canvas.second) draw_line(canvas, g, list);
}

}  // namespace

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

Rgb colour_of(float value, ColourMap map, float low, float high) {
    if (std::isnan(value)) return colour_of_nan;
    if (std::isinf(value)) return colour_of_inf;
    return colour_at(map, high > low ? (value - low) / (high - low) : 0.5f);
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
    if (!canvas.tensor || canvas.tensor.extent().volume() <= 0) return events;
    const float margin = px(8);
    const PlaneLayout& layout = canvas.index.layout;
    const Geometry g({from.x + margin, from.y + margin}, {to.x - margin, to.y - margin}, layout.rows(),
                     layout.columns(), canvas.ring_rows, canvas.ring_columns, canvas.box);
    registry().add(canvas.name + ".first_cell", g.to_screen(0, 0), g.to_screen(1, 1));
    handle_input(canvas, g, events);
    list.PushClipRect(from, to, true);
    paint(canvas, g, textures, painter, list);
    if (events.hovered) frame_cell(g, *events.hovered, packed(palette().accent), list);
    if (canvas.stale) list.AddRectFilled(from, to, packed(palette().ground, 0.35f), px(4));
    list.PopClipRect();
    if (canvas.typing) {
        const auto x = static_cast<double>(canvas.typing->column),
                   y = static_cast<double>(canvas.typing->row);
        const ImVec2 a = g.to_screen(x, y), b = g.to_screen(x + 1, y + 1);
        events.typing_at = ImVec4(a.x, a.y, b.x, b.y);
    }
    return events;
}

}  // namespace convscope
