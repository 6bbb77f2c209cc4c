// Every sample as a dot, a strip a row, over a common logarithmic axis of times.
#pragma once
#include <imgui.h>

#include <span>
#include <string>
#include <vector>

#include "widgets/plot_frame.h"

namespace convscope {

struct SpreadRow {
    std::string label{};
    std::span<const double> samples{};     // milliseconds, in the order they were taken
    double median = 0, low = 0, high = 0;  // low … high holds the middle samples
    double least = 0, most = 0;            // of the samples
    ImVec4 colour{}, ink{};                // ink: of the median
};

// Draws into the box. Of very many samples an even selection gets a dot.
void spread_plot(const std::vector<SpreadRow>& rows, const Box& box, const TipOf& tip);

// The places of the dots' samples: every one of up to `most`, else every n-th.
std::vector<size_t> drawn_samples(size_t count, size_t most);

}  // namespace convscope
