#include "widgets/spread_plot.h"

#include <algorithm>
#include <cmath>

#include "widgets/theme.h"

namespace convscope {
namespace {

void draw_strip(ImDrawList& list, const PlotAxis& axis, const SpreadRow& row, float middle, float height) {
    const float half = std::floor(std::min(height * 0.38f, px(16)));
    const float low = axis.at(row.low), high = axis.at(row.high), median = axis.at(row.median);
    list.AddRectFilled({low, middle - half}, {std::max(high, low + 1), middle + half},
                       packed(row.colour, 0.22f), px(2));
    list.AddLine({axis.at(row.least), middle}, {axis.at(row.most), middle}, packed(row.colour, 0.45f), px(1));
    constexpr size_t most_dots = 160;
    // Steps of the golden ratio spread the dots evenly over the strip, the same way in every frame.
    constexpr double golden = 0.6180339887498949;
    const float dot = px(2), lane = 2 * half - dot;
    const ImU32 ink = packed(row.colour, 0.7f);
    double phase = 0;
    for (const size_t i : drawn_samples(row.samples.size(), most_dots)) {
        phase = std::fmod(phase + golden, 1.0);
        const float x = std::round(axis.at(row.samples[i]) - dot / 2);
        const float y = std::round(middle - half + static_cast<float>(phase) * lane);
        list.AddRectFilled({x, y}, {x + dot, y + dot}, ink);
    }
    list.AddLine({median, middle - half - px(1)}, {median, middle + half + px(1)}, packed(row.ink, 0.9f),
                 px(2));
}

}  // namespace

std::vector<size_t> drawn_samples(size_t count, size_t most) {
    const size_t drawn = std::min(count, most);
    std::vector<size_t> places;
    for (size_t i = 0; i < drawn; ++i) places.push_back(i * count / drawn);
    return places;
}

void spread_plot(const std::vector<SpreadRow>& rows, const Box& box, const TipOf& tip) {
    if (rows.empty()) return;
    RowPlot plot{.tip = tip};
    double least = rows.front().least, most = rows.front().most;
    for (const SpreadRow& row : rows) {
        plot.labels.push_back(row.label);
        least = std::min(least, row.least);
        most = std::max(most, row.most);
    }
    constexpr double least_ratio = 1.25;
    const Range range = log_range(least, most, least_ratio);
    plot.axis = {.low = range.low, .high = range.high, .logarithmic = true};
    plot.unit = unit_for(time_units(), range.high);
    plot.right = px(14);
    plot.tallest = px(48);
    plot.draw = [&](ImDrawList& list, const PlotAxis& axis, size_t i, float middle, float height) {
        draw_strip(list, axis, rows[i], middle, height);
    };
    row_plot(std::move(plot), box);
}

}  // namespace convscope
