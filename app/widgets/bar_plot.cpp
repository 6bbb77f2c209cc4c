#include "widgets/bar_plot.h"

#include <algorithm>

#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

void draw_bar(ImDrawList& list, const PlotAxis& axis, const Bar& bar, float middle, float height) {
    const float thickness = std::min(height * 0.62f, px(16));
    const ImVec2 from{axis.from, middle - thickness / 2},
        to{std::max(axis.at(bar.value), axis.from + 1), middle + thickness / 2};
    list.AddRectFilled(from, to, packed(bar.colour, bar.hollow ? 0.16f : 0.75f), px(2));
    if (bar.hollow) compat::add_rect(list, from, to, packed(bar.colour, 0.9f), px(2), px(1));
    const float low = axis.at(bar.low), high = axis.at(bar.high);
    const ImU32 ink = packed(bar.ink, 0.85f);
    if (high > low) {
        list.AddLine({low, middle}, {high, middle}, ink, px(1));
        for (const float x : {low, high}) list.AddLine({x, middle - px(3)}, {x, middle + px(3)}, ink, px(1));
    }
    list.AddText({std::max(high, to.x) + px(7), middle - ImGui::GetFontSize() / 2}, packed(bar.ink),
                 milliseconds_text(bar.value).c_str());
}

}  // namespace

void bar_plot(const std::vector<Bar>& bars, const Box& box, const TipOf& tip) {
    RowPlot plot{.tip = tip};
    double most = 0;
    for (const Bar& bar : bars) {
        plot.labels.push_back(bar.label);
        most = std::max({most, bar.value, bar.high});
    }
    plot.axis = {.low = 0, .high = most > 0 ? most : 1};
    plot.unit = unit_for(time_units(), plot.axis.high);
    plot.right = px(70);
    plot.tallest = px(28);
    plot.draw = [&](ImDrawList& list, const PlotAxis& axis, size_t i, float middle, float height) {
        draw_bar(list, axis, bars[i], middle, height);
    };
    row_plot(std::move(plot), box);
}

}  // namespace convscope
