// The colours of a warp's 32 lanes.
#pragma once
#include <imgui.h>

#include <optional>

namespace convscope {

// Around the colour circle from lane 0 to lane 31, so that order is seen; every second one is a little
// lighter, so that neighbours are told apart.
ImU32 lane_colour(int lane, float alpha = 1);

// All of them in a line `width` pixels wide, with their numbers at the ends; `lit` lanes stand out (a bit
// each). Gives the lane under the mouse.
std::optional<int> lane_legend(float width, unsigned lit = ~0u);

}  // namespace convscope
