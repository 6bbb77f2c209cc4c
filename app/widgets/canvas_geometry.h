// From cells of a picture to pixels of the screen and back.
#pragma once
#include <imgui.h>

#include "experiment.h"

namespace convscope {

// Cell (x, y) covers [x, x + 1) × [y, y + 1); the picture's point (box.x · columns, box.y · rows) stands in
// the middle of the canvas. Zoom 1 fits the picture with its ring of padding cells.
struct CanvasGeometry {
    ImVec2 from, to;  // the canvas
    double columns, rows;
    double ring_columns, ring_rows;  // cells drawn around the picture
    double cell_x, cell_y;           // pixels; equal but where a picture is so thin that it would not be seen
    ViewBox box;

    CanvasGeometry(ImVec2 from, ImVec2 to, int64_t rows, int64_t columns, int64_t ring_rows,
                   int64_t ring_columns, const ViewBox& wanted);
    ImVec2 corner() const;  // of cell (0, 0)
    ImVec2 to_screen(double column, double row) const;
    double column_at(float x) const { return (x - corner().x) / cell_x; }
    double row_at(float y) const { return (y - corner().y) / cell_y; }
    // The same canvas, looking elsewhere; what is out of reach is brought back.
    CanvasGeometry with(const ViewBox& wanted) const;
    // After the wheel has turned: the cell under the mouse stays there.
    ViewBox zoomed(ImVec2 mouse, float wheel) const;
    ViewBox moved(ImVec2 pixels) const;
    // Cells are large enough to be read and changed one by one.
    bool large_cells() const;

  private:
    double fit() const;
};

}  // namespace convscope
