// Below a picture: its colours with their histogram, or the value under the mouse.
#pragma once
#include "panels/pictures.h"

namespace convscope {

// How high the legend is, in pixels.
float legend_height();
// Draws it `width` pixels wide. Dragging along the colours sets a fixed range.
void draw_legend(const State& state, const Pictures& pictures, const Picture& picture,
                 const std::optional<PlaneCell>& hovered, float width, Post& post);

}  // namespace convscope
