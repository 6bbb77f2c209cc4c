#include "panels/plot_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.h"
#include "run/timing.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

bool has_time(const KernelResult& row) {
    return row.timing && row.verification.state != Verification::State::wrong;
}

std::string name_of(const KernelChoice& kernel) {
    return cat(kernel.device, " ", kernel.kernel);
}

// A colour that says at once whether the result is the present experiment's.
ImVec4 colour_of(const State& state, const std::vector<KernelChoice>& order, const KernelChoice& kernel) {
    const auto place = static_cast<size_t>(std::ranges::find(order, kernel) - order.begin());
    const ImVec4& colour = series_colour(place);
    return state.stale ? faded(colour) : colour;
}

// Without the device where all kernels are of one: the legends are short of room.
std::vector<std::string> short_labels(const std::vector<KernelChoice>& kernels) {
    const bool one_device = std::ranges::all_of(
        kernels, [&](const KernelChoice& kernel) { return kernel.device == kernels.front().device; });
    std::vector<std::string> labels;
    for (const KernelChoice& kernel : kernels) labels.push_back(one_device ? kernel.kernel : name_of(kernel));
    return labels;
}

std::string bar_tip(const TimedRow& timed) {
    const Timing& t = *timed.row->timing;
    return cat(row_label(timed), timed.pinned ? cat("\n", timed.result->problem.text()) : "", "\nmedian ",
               milliseconds_text(t.median_ms), ", 20th to 80th percentile ", milliseconds_text(t.p20_ms),
               " … ", milliseconds_text(t.p80_ms), "\n", t.samples_ms.size(),
               t.samples_ms.size() == 1 ? " run, " : " runs, ", bandwidth_text(t.gbs), ", ",
               rate_text(t.tflops));
}

std::string spread_tip(const TimedRow& timed) {
    const Timing& t = *timed.row->timing;
    const auto [least, most] = std::ranges::minmax(t.samples_ms);
    return cat(row_label(timed), "\n", t.samples_ms.size(), t.samples_ms.size() == 1 ? " run" : " runs",
               ", median ", milliseconds_text(t.median_ms), "\n20th to 80th percentile ",
               milliseconds_text(t.p20_ms), " … ", milliseconds_text(t.p80_ms), "\nleast ",
               milliseconds_text(least), ", most ", milliseconds_text(most));
}

std::string history_tip(const State& state, size_t change) {
    const HistoryEntry& entry = state.history[change];
    const size_t ago = state.history.size() - 1 - change;
    std::string words = cat(entry.problem, "\n",
                            ago == 0   ? std::string("the last change")
                            : ago == 1 ? std::string("1 change ago")
                                       : cat(ago, " changes ago"));
    for (const HistoryEntry::Time& time : entry.times)
        words += cat("\n", name_of(time.kernel), "  ", milliseconds_text(time.median_ms));
    return words;
}

std::string ceilings_tip(const std::vector<Roof>& roofs) {
    std::string words = "Measured ceilings";
    for (const Roof& roof : roofs) {
        const Ceilings& c = roof.ceilings;
        words += cat("\n", roof.device, roof.device.empty() ? "" : ": ", bandwidth_text(c.bandwidth_gbs),
                     ", ", rate_text(c.fp32_tflops), " fp32",
                     c.tf32_tflops > 0 ? cat(", ", rate_text(c.tf32_tflops), " tf32") : "");
    }
    return words;
}

std::string roofline_tip(const State& state, size_t index) {
    const RooflineData data = roofline_data(state);
    if (index >= data.points.size()) return ceilings_tip(data.roofs);
    const RooflinePoint& point = data.points[index];
    const Roof& roof = data.roofs[point.roof];
    const Problem& problem = data.rows[index].result->problem;
    const ErrorModel& model = data.rows[index].row->facts.error;
    const double floor = floor_ms(problem, roof.ceilings, model);
    const double share = floor / data.rows[index].row->timing->median_ms;
    const Floors each = floors(problem, roof.ceilings);
    const double arithmetic = arithmetic_floor_ms(each, model);
    const bool memory = each.memory_ms > arithmetic;
    const std::string limit =
        memory ? cat("what ", bandwidth_text(roof.ceilings.bandwidth_gbs), " of memory allow here")
               : cat("its ", arithmetic == each.fp32_ms ? "fp32" : model.name, " arithmetic");
    return cat(row_label(data.rows[index]), "\n", number_text(point.intensity, 3), " FLOP/byte, ",
               rate_text(point.tflops), "\n", number_text(share * 100, 2), " % of ",
               rate_text(problem.flops() / floor / 1e9), ", ", limit,
               share > 1 ? ": the data fit in cache, which is faster" : "");
}

}  // namespace

std::vector<TimedRow> timed_rows(const State& state, bool pinned) {
    std::vector<TimedRow> rows;
    const Result* const a = pinned && state.pinned ? state.pinned->result.get() : nullptr;
    std::vector<const KernelResult*> left;
    if (a)
        for (const KernelResult& row : a->rows)
            if (has_time(row)) left.push_back(&row);
    if (state.result)
        for (const KernelResult& row : state.result->rows) {
            if (!has_time(row)) continue;
            rows.push_back({&row, state.result.get(), false});
            const auto same =
                std::ranges::find(left, row.choice, [](const KernelResult* r) { return r->choice; });
            if (same == left.end()) continue;
            rows.push_back({*same, a, true});
            left.erase(same);
        }
    for (const KernelResult* row : left) rows.push_back({row, a, true});
    return rows;
}

std::string row_label(const TimedRow& row) {
    return cat(row.pinned ? "A · " : "", name_of(row.row->choice));
}

std::vector<KernelChoice> series_order(const State& state) {
    std::vector<KernelChoice> order;
    if (state.devices) {
        const Operator op = state.result ? state.result->problem.op() : state.experiment.spec.op;
        // By name, so that cpu comes first: its kernels are the same for every operator, and so are then
        // their colours.
        auto devices = state.devices->present;
        std::ranges::sort(devices, {}, [](const auto& device) { return device->name(); });
        for (const auto& device : devices)
            for (const KernelFacts& kernel : device->kernels(op))
                order.push_back({device->name(), kernel.name});
    }
    const auto add = [&](const KernelChoice& kernel) {
        if (std::ranges::find(order, kernel) == order.end()) order.push_back(kernel);
    };
    if (state.result)
        for (const KernelResult& row : state.result->rows) add(row.choice);
    for (const HistoryEntry& entry : state.history)
        for (const HistoryEntry::Time& time : entry.times) add(time.kernel);
    return order;
}

std::vector<Bar> bars(const State& state) {
    std::vector<Bar> out;
    for (const TimedRow& timed : timed_rows(state, true)) {
        const Timing& t = *timed.row->timing;
        const bool shown = state.shown && state.shown->choice == timed.row->choice;
        const bool stale = state.stale && !timed.pinned;
        out.push_back({.label = row_label(timed),
                       .value = t.median_ms,
                       .low = t.p20_ms,
                       .high = t.p80_ms,
                       .colour = stale   ? palette().field_hot
                                 : shown ? palette().accent
                                         : palette().dim,
                       .ink = stale ? palette().dim : palette().text,
                       .hollow = timed.pinned});
    }
    return out;
}

std::vector<HistoryLine> history_lines(const State& state) {
    std::vector<KernelChoice> kernels;
    const std::vector<KernelChoice> order = series_order(state);
    for (const KernelChoice& kernel : order)
        if (std::ranges::any_of(state.history, [&](const HistoryEntry& entry) {
                return std::ranges::find(entry.times, kernel, &HistoryEntry::Time::kernel) !=
                       entry.times.end();
            }))
            kernels.push_back(kernel);
    if (kernels.empty()) return {};
    const std::vector<std::string> labels = short_labels(kernels);
    std::vector<HistoryLine> lines;
    for (size_t k = 0; k < kernels.size(); ++k) {
        HistoryLine line{.label = labels[k], .colour = colour_of(state, order, kernels[k])};
        for (const HistoryEntry& entry : state.history) {
            const auto time = std::ranges::find(entry.times, kernels[k], &HistoryEntry::Time::kernel);
            line.values.push_back(time == entry.times.end() ? std::numeric_limits<double>::quiet_NaN()
                                                            : time->median_ms);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<SpreadRow> spread_rows(const State& state) {
    const std::vector<KernelChoice> order = series_order(state);
    std::vector<SpreadRow> out;
    for (const TimedRow& timed : timed_rows(state, false)) {
        const Timing& t = *timed.row->timing;
        const auto [least, most] = std::ranges::minmax(t.samples_ms);
        out.push_back({.label = row_label(timed),
                       .samples = t.samples_ms,
                       .median = t.median_ms,
                       .low = t.p20_ms,
                       .high = t.p80_ms,
                       .least = least,
                       .most = most,
                       .colour = colour_of(state, order, timed.row->choice),
                       .ink = state.stale ? palette().dim : palette().text});
    }
    return out;
}

RooflineData roofline_data(const State& state) {
    RooflineData data;
    std::vector<std::string> devices;
    const std::vector<KernelChoice> order = series_order(state);
    for (const TimedRow& timed : timed_rows(state, false)) {
        const KernelResult& row = *timed.row;
        const bool measured =
            row.ceilings && row.ceilings->bandwidth_gbs > 0 && row.ceilings->fp32_tflops > 0;
        if (!measured) continue;
        auto device = std::ranges::find(devices, row.choice.device);
        if (device == devices.end()) {
            data.roofs.push_back({row.choice.device, *row.ceilings});
            device = devices.insert(devices.end(), row.choice.device);
        }
        const Problem& problem = timed.result->problem;
        data.points.push_back({.colour = colour_of(state, order, row.choice),
                               .intensity = problem.flops() / problem.minimal_bytes(),
                               .tflops = row.timing->tflops,
                               .roof = static_cast<size_t>(device - devices.begin())});
        data.rows.push_back(timed);
    }
    std::vector<KernelChoice> kernels;
    for (const TimedRow& row : data.rows) kernels.push_back(row.row->choice);
    if (data.roofs.size() == 1) data.roofs.front().device.clear();
    if (!kernels.empty()) {
        const std::vector<std::string> labels = short_labels(kernels);
        for (size_t i = 0; i < labels.size(); ++i) data.points[i].label = labels[i];
    }
    return data;
}

std::string plot_tip(const State& state, PanelMemory::Plot plot, size_t index) {
    switch (plot) {
        case PanelMemory::Plot::bars:
            return bar_tip(timed_rows(state, true)[index]);
        case PanelMemory::Plot::history:
            return history_tip(state, index);
        case PanelMemory::Plot::spread:
            return spread_tip(timed_rows(state, false)[index]);
        case PanelMemory::Plot::roofline:
            return roofline_tip(state, index);
    }
    return {};
}

}  // namespace convscope
