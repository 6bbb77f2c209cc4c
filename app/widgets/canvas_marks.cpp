#include "widgets/canvas_marks.h"

#include <algorithm>
#include <cmath>

#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Geometry = CanvasGeometry;

void frame_cells(const Geometry& g, const ImVec4& cells, ImU32 colour, ImDrawList& list) {
    ImVec2 a = g.to_screen(static_cast<double>(cells.x), static_cast<double>(cells.y)),
           b = g.to_screen(static_cast<double>(cells.z), static_cast<double>(cells.w));
    // A frame smaller than a few pixels would not be found.
    const float least = px(5);
    if (b.x - a.x < least) a.x -= (least - (b.x - a.x)) / 2, b.x = a.x + least;
    if (b.y - a.y < least) a.y -= (least - (b.y - a.y)) / 2, b.y = a.y + least;
    compat::add_rect(list, {a.x - px(1), a.y - px(1)}, {b.x + px(1), b.y + px(1)}, IM_COL32(10, 12, 15, 200),
                     0, px(3));
    compat::add_rect(list, a, b, colour, 0, px(1.5f));
}

// A place where nothing is multiplied: crossed out.
void draw_gap(ImVec2 a, ImVec2 b, ImDrawList& list) {
    const ImU32 ink = packed(palette().dim, 0.9f);
    compat::add_rect(list, {a.x + 1, a.y + 1}, {b.x - 1, b.y - 1}, ink, 0, 1);
    const float part = (b.x - a.x) * 0.3f;
    list.AddLine({a.x + part, a.y + part}, {b.x - part, b.y - part}, ink);
    list.AddLine({a.x + part, b.y - part}, {b.x - part, a.y + part}, ink);
}

void draw_filled(const CellMark& mark, ImVec2 a, ImVec2 b, ImDrawList& list) {
    const bool roomy = b.x - a.x >= 8 && b.y - a.y >= 8, present = mark.kind == CellMark::Kind::present;
    // What is smaller than two pixels would not be seen.
    b = {std::max(b.x - (roomy ? 1.0f : 0.0f), a.x + 2), std::max(b.y - (roomy ? 1.0f : 0.0f), a.y + 2)};
    list.AddRectFilled(a, b, mark.colour);
    if (present && roomy) {
        compat::add_rect(list, {a.x - px(1), a.y - px(1)}, {b.x + px(1), b.y + px(1)},
                         IM_COL32(10, 12, 15, 220), 0, px(2));
        compat::add_rect(list, a, b, IM_COL32(255, 255, 255, 235), 0, px(1.5f));
    }
    if (mark.label < 0) return;
    const WithFont small(fonts().cells);
    const std::string words = std::to_string(mark.label);
    if (b.x - a.x < text_width(words) + px(4) || b.y - a.y < ImGui::GetFontSize()) return;
    list.AddText(
        {std::round((a.x + b.x - text_width(words)) / 2), std::round((a.y + b.y - ImGui::GetFontSize()) / 2)},
        IM_COL32(15, 17, 20, 235), words.c_str());
}

}  // namespace

void frame_cell(const Geometry& g, const PlaneCell& cell, ImU32 colour, ImDrawList& list) {
    const auto x = static_cast<float>(cell.column), y = static_cast<float>(cell.row);
    frame_cells(g, {x, y, x + 1, y + 1}, colour, list);
}

void draw_marks(const TensorCanvas& canvas, const Geometry& g, ImDrawList& list) {
    const bool seen_singly = std::min(g.cell_x, g.cell_y) >= 5;
    for (const CellMark& mark : canvas.marks) {
        const auto x = static_cast<double>(mark.cell.column), y = static_cast<double>(mark.cell.row);
        const ImVec2 a = g.to_screen(x, y), b = g.to_screen(x + 1, y + 1);
        if (b.x < g.from.x || b.y < g.from.y || a.x > g.to.x || a.y > g.to.y) continue;
        if (mark.kind == CellMark::Kind::filled || mark.kind == CellMark::Kind::present) {
            draw_filled(mark, a, b, list);
        } else if (mark.kind == CellMark::Kind::focus) {
            frame_cell(g, mark.cell, packed(palette().accent), list);
        } else if (seen_singly && mark.kind == CellMark::Kind::gap) {
            draw_gap(a, b, list);
        } else if (seen_singly) {
            // The value's own colour stays in the middle; the rim says which weight it meets.
            const float thick = std::clamp(static_cast<float>(g.cell_x) * 0.14f, 1.5f, px(5));
            const float in = thick / 2 + 1;
            const ImVec2 from{a.x + in, a.y + in}, to{b.x - in, b.y - in};
            // A dark edge tells the rim from a cell of its own colour.
            if (thick >= px(3))
                compat::add_rect(list, from, to, IM_COL32(10, 12, 15, 150), 0, thick + 2 * px(1));
            compat::add_rect(list, from, to, mark.colour, 0, thick);
        }
    }
    for (const ImVec4& cells : canvas.framed) frame_cells(g, cells, packed(palette().accent), list);
}

}  // namespace convscope
