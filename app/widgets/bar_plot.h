// Horizontal bars from 0, with whiskers, an axis with units and a tooltip a bar.
#pragma once
#include <imgui.h>

#include <string>
#include <vector>

namespace convscope {

struct Bar {
    std::string label{};
    double value = 0, low = 0, high = 0;  // in the plot's base unit; low … high is the whisker
    ImVec4 colour{};
    std::string tip{};
};

// Values are milliseconds; the axis shows ns, µs, ms or s. Draws into the rectangle.
void bar_plot(const char* name, const std::vector<Bar>& bars, ImVec2 from, ImVec2 to);

// "0.31 ms", "412 µs": three significant digits with the unit that fits.
std::string milliseconds_text(double ms);

}  // namespace convscope
