// Horizontal bars from 0, with whiskers, an axis with units and a tooltip a bar.
#pragma once
#include <imgui.h>

#include <string>
#include <vector>

#include "widgets/plot_frame.h"

namespace convscope {

struct Bar {
    std::string label{};
    double value = 0, low = 0, high = 0;  // milliseconds; low … high is the whisker
    ImVec4 colour{}, ink{};               // ink: of the whisker and the number
    bool hollow = false;                  // of what is compared with
};

// Draws into the box; the axis shows ns, µs, ms or s.
void bar_plot(const std::vector<Bar>& bars, const Box& box, const TipOf& tip);

}  // namespace convscope
