// The kernels' times as bars.
#include "core/text.h"
#include "panels/state.h"
#include "widgets/bar_plot.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {

void draw_times_panel(const State& state, PanelMemory&, Post&) {
    std::vector<Bar> bars;
    if (state.result)
        for (const KernelResult& row : state.result->rows) {
            if (!row.timing) continue;
            const Timing& t = *row.timing;
            const bool shown = state.shown && state.shown->choice == row.choice;
            bars.push_back({.label = cat(row.choice.device, " ", row.choice.kernel),
                            .value = t.median_ms,
                            .low = t.p20_ms,
                            .high = t.p80_ms,
                            .colour = state.stale ? palette().field_hot
                                      : shown     ? palette().accent
                                                  : palette().dim,
                            .tip = cat(row.choice.device, " ", row.choice.kernel, "\nmedian ",
                                       milliseconds_text(t.median_ms), ", 20th to 80th percentile ",
                                       milliseconds_text(t.p20_ms), " … ", milliseconds_text(t.p80_ms), "\n",
                                       t.samples_ms.size(), " runs, ", number_text(t.gbs, 3), " GB/s, ",
                                       number_text(t.tflops, 3), " TFLOP/s")});
        }
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    if (bars.empty()) {
        dim_text("Times appear here.");
        return;
    }
    bar_plot("times", bars, from, {from.x + room.x, from.y + room.y});
}

}  // namespace convscope
