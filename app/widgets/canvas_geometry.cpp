#include "widgets/canvas_geometry.h"

#include <algorithm>
#include <cmath>

#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float largest_cell = 220;  // units of scale 1: enough for a value with all digits
constexpr float readable_cell = 26;
constexpr double largest_zoom = 1e6;
constexpr float least_thickness = 12;  // of a fitted picture, in units of scale 1: a row of thousands is seen

// Keeps the picture's edges at the canvas's edges; a picture smaller than the canvas stays in the middle.
// `margin` is the ring beside it; all lengths are shares of the picture.
double inside(double centre, double visible, double margin) {
    if (visible >= 1 + 2 * margin) return 0.5;
    return std::clamp(centre, visible / 2 - margin, 1 + margin - visible / 2);
}

}  // namespace

CanvasGeometry::CanvasGeometry(ImVec2 canvas_from, ImVec2 canvas_to, int64_t row_count, int64_t column_count,
                               int64_t ring_r, int64_t ring_c, const ViewBox& wanted)
    : from(canvas_from),
      to(canvas_to),
      columns(static_cast<double>(column_count)),
      rows(static_cast<double>(row_count)),
      ring_columns(static_cast<double>(ring_c)),
      ring_rows(static_cast<double>(ring_r)),
      box(wanted) {
    const double most_zoom =
        std::min(std::max(static_cast<double>(px(largest_cell)) / fit(), 1.0), largest_zoom);
    box.zoom = std::clamp(box.zoom, 1.0, most_zoom);
    const double cell = fit() * box.zoom;
    const auto thick = [](float room, double cells) {
        return static_cast<double>(std::min(px(least_thickness), room)) / cells;
    };
    cell_x = std::max(cell, thick(to.x - from.x, columns));
    cell_y = std::max(cell, thick(to.y - from.y, rows));
    box.x = inside(box.x, static_cast<double>(to.x - from.x) / (columns * cell_x), ring_columns / columns);
    box.y = inside(box.y, static_cast<double>(to.y - from.y) / (rows * cell_y), ring_rows / rows);
}

double CanvasGeometry::fit() const {
    const double room = std::min(static_cast<double>(to.x - from.x) / (columns + 2 * ring_columns),
                                 static_cast<double>(to.y - from.y) / (rows + 2 * ring_rows));
    return std::min(room, static_cast<double>(px(96)));  // a 1×1 tensor is a cell, not a wall
}

ImVec2 CanvasGeometry::corner() const {
    return {std::round((from.x + to.x) / 2 - static_cast<float>(box.x * columns * cell_x)),
            std::round((from.y + to.y) / 2 - static_cast<float>(box.y * rows * cell_y))};
}

ImVec2 CanvasGeometry::to_screen(double column, double row) const {
    const ImVec2 origin = corner();
    return {origin.x + static_cast<float>(column * cell_x), origin.y + static_cast<float>(row * cell_y)};
}

CanvasGeometry CanvasGeometry::with(const ViewBox& wanted) const {
    return {from,
            to,
            static_cast<int64_t>(rows),
            static_cast<int64_t>(columns),
            static_cast<int64_t>(ring_rows),
            static_cast<int64_t>(ring_columns),
            wanted};
}

ViewBox CanvasGeometry::zoomed(ImVec2 mouse, float wheel) const {
    const double column = column_at(mouse.x), row = row_at(mouse.y);
    ViewBox next = box;
    next.zoom = std::clamp(next.zoom * std::pow(1.25, static_cast<double>(wheel)), 1.0, largest_zoom);
    const CanvasGeometry after = with(next);
    next.zoom = after.box.zoom;
    next.x = (column - static_cast<double>(mouse.x - (from.x + to.x) / 2) / after.cell_x) / columns;
    next.y = (row - static_cast<double>(mouse.y - (from.y + to.y) / 2) / after.cell_y) / rows;
    return with(next).box;
}

ViewBox CanvasGeometry::moved(ImVec2 pixels) const {
    ViewBox next = box;
    next.x -= static_cast<double>(pixels.x) / (columns * cell_x);
    next.y -= static_cast<double>(pixels.y) / (rows * cell_y);
    return with(next).box;
}

bool CanvasGeometry::large_cells() const {
    return std::min(cell_x, cell_y) >= static_cast<double>(px(readable_cell));
}

}  // namespace convscope
