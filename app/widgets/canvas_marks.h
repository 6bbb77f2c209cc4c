// Marks on the cells of a tensor's picture.
#pragma once
#include <imgui.h>

#include "widgets/canvas_geometry.h"
#include "widgets/tensor_view.h"

namespace convscope {

// Frames one cell.
void frame_cell(const CanvasGeometry& g, const PlaneCell& cell, ImU32 colour, ImDrawList& list);
// All marks and frames of the canvas.
void draw_marks(const TensorCanvas& canvas, const CanvasGeometry& g, ImDrawList& list);

}  // namespace convscope
