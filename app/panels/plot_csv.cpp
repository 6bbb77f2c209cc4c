// The plots' numbers as text: one header with units, one row a datum, a point in every number.
#include <algorithm>

#include "core/text.h"
#include "panels/plot_data.h"
#include "run/timing.h"

namespace convscope {
namespace {

std::string csv_text(const std::string& words) {
    if (words.find_first_of(",\"\n") == std::string::npos) return words;
    std::string quoted = "\"";
    for (const char c : words) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string csv_text(double value) {
    constexpr int digits = 7;
    return number_text(value, digits);
}

std::string csv_text(size_t value) {
    return std::to_string(value);
}

// Appended rather than streamed: a fast kernel has tens of thousands of samples.
template <class... Cells>
void add_row(std::string& csv, const Cells&... cells) {
    const char* separator = "";
    ((csv += separator, csv += csv_text(cells), separator = ","), ...);
    csv += "\n";
}

std::string bars_csv(const State& state) {
    std::string csv =
        "experiment,problem,device,kernel,median_ms,percentile_20_ms,percentile_80_ms,bandwidth_gb_per_s,"
        "rate_tflop_per_s\n";
    for (const TimedRow& timed : timed_rows(state, true)) {
        const Timing& t = *timed.row->timing;
        add_row(csv, std::string(timed.pinned ? "A" : "present"), timed.result->problem.text(),
                timed.row->choice.device, timed.row->choice.kernel, t.median_ms, t.p20_ms, t.p80_ms, t.gbs,
                t.tflops);
    }
    return csv;
}

std::string history_csv(const State& state) {
    std::string csv = "changes_ago,problem,device,kernel,median_ms\n";
    for (size_t i = 0; i < state.history.size(); ++i)
        for (const HistoryEntry::Time& time : state.history[i].times)
            add_row(csv, state.history.size() - 1 - i, state.history[i].problem, time.kernel.device,
                    time.kernel.kernel, time.median_ms);
    return csv;
}

std::string spread_csv(const State& state) {
    std::string csv = "device,kernel,run,time_ms\n";
    for (const TimedRow& timed : timed_rows(state, false)) {
        const std::vector<double>& samples = timed.row->timing->samples_ms;
        for (size_t i = 0; i < samples.size(); ++i)
            add_row(csv, timed.row->choice.device, timed.row->choice.kernel, i, samples[i]);
    }
    return csv;
}

std::string roofline_csv(const State& state) {
    std::string csv =
        "device,kernel,intensity_flop_per_byte,rate_tflop_per_s,roofline_share,bandwidth_ceiling_gb_per_s,"
        "fp32_ceiling_tflop_per_s,tf32_ceiling_tflop_per_s\n";
    const RooflineData data = roofline_data(state);
    for (size_t i = 0; i < data.points.size(); ++i) {
        const RooflinePoint& point = data.points[i];
        const Ceilings& ceilings = data.roofs[point.roof].ceilings;
        const KernelResult& row = *data.rows[i].row;
        const double share =
            floor_ms(data.rows[i].result->problem, ceilings, row.facts.error) / row.timing->median_ms;
        add_row(csv, row.choice.device, row.choice.kernel, point.intensity, point.tflops, share,
                ceilings.bandwidth_gbs, ceilings.fp32_tflops,
                ceilings.tf32_tflops > 0 ? csv_text(ceilings.tf32_tflops) : std::string());
    }
    return csv;
}

}  // namespace

std::string plot_csv(const State& state, PanelMemory::Plot plot) {
    switch (plot) {
        case PanelMemory::Plot::bars:
            return bars_csv(state);
        case PanelMemory::Plot::history:
            return history_csv(state);
        case PanelMemory::Plot::spread:
            return spread_csv(state);
        case PanelMemory::Plot::roofline:
            return roofline_csv(state);
    }
    return {};
}

}  // namespace convscope
