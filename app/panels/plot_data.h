// What the plots of the Times panel show, as plain values taken from the state.
#pragma once
#include <string>
#include <vector>

#include "panels/state.h"
#include "widgets/bar_plot.h"
#include "widgets/history_plot.h"
#include "widgets/roofline_plot.h"
#include "widgets/spread_plot.h"

namespace convscope {

// A kernel that has a time: of the present result, or of the pinned experiment's.
struct TimedRow {
    const KernelResult* row = nullptr;
    const Result* result = nullptr;
    bool pinned = false;
};
// In the result's order; with `pinned`, each is followed by A's row of the same kernel, and A's others come
// last.
std::vector<TimedRow> timed_rows(const State& state, bool pinned);
// "cpu onednn", "A · cpu onednn"
std::string row_label(const TimedRow& row);

// The kernels that have a colour of their own, in the order of their colours: first every kernel of the
// operator, then those that only the result or the history knows.
std::vector<KernelChoice> series_order(const State& state);

// The rows and points below are in the order of these: timed_rows, the history's changes, the rows with
// ceilings.
std::vector<Bar> bars(const State& state);
std::vector<HistoryLine> history_lines(const State& state);
std::vector<SpreadRow> spread_rows(const State& state);
struct RooflineData {
    std::vector<Roof> roofs{};
    std::vector<RooflinePoint> points{};
    std::vector<TimedRow> rows{};  // of the points
};
RooflineData roofline_data(const State& state);

// What the mouse learns about one bar, strip or point, or about one change of the history; beside the points
// of the roofline, about its ceilings.
std::string plot_tip(const State& state, PanelMemory::Plot plot, size_t index);

}  // namespace convscope
