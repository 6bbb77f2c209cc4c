// Times over the last changes: a line a kernel, the newest change at the right, on a logarithmic axis.
#pragma once
#include <imgui.h>

#include <string>
#include <vector>

#include "widgets/plot_frame.h"

namespace convscope {

struct HistoryLine {
    std::string label{};
    ImVec4 colour{};
    std::vector<double> values{};  // milliseconds, oldest first, one a change; NaN: not timed
};

// Draws into the box. `tip` is asked with a place in `values`.
void history_plot(const std::vector<HistoryLine>& lines, const Box& box, const TipOf& tip);

// Of `changes` on the pixels from … to, the newest at `to`. Few changes keep a distance from each other that
// does not shrink at once.
struct HistoryScale {
    size_t changes = 0;
    float from = 0, to = 1;
    float at(size_t change) const;
    size_t nearest(float pixel) const;
    float step() const;  // pixels from one change to the next
    size_t shown() const;
};

}  // namespace convscope
