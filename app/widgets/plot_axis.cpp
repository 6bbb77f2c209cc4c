#include "widgets/plot_axis.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"

namespace convscope {
namespace {

constexpr std::array<Unit, 4> times{{{1e-6, "ns"}, {1e-3, "µs"}, {1, "ms"}, {1e3, "s"}}};
constexpr std::array<Unit, 3> rates{{{1e-6, "MFLOP/s"}, {1e-3, "GFLOP/s"}, {1, "TFLOP/s"}}};
constexpr std::array<Unit, 3> bandwidths{{{1e-3, "MB/s"}, {1, "GB/s"}, {1e3, "TB/s"}}};

// What rounding leaves of a tick that should stand exactly at an end.
constexpr double hair = 1e-9;

std::string text_in(std::span<const Unit> units, double value) {
    const Unit& unit = unit_for(units, value);
    return cat(number_text(value / unit.size, 3), " ", unit.name);
}

// From the densest to the sparsest.
std::vector<std::vector<double>> linear_choices(const PlotAxis& axis, double least_step) {
    std::vector<std::vector<double>> choices;
    constexpr int most_parts = 10;
    double last = 0;
    for (int parts = most_parts; parts >= 1; --parts) {
        const double step = std::max(nice_step(axis.high - axis.low, parts), least_step);
        if (step <= last) continue;
        last = step;
        choices.push_back(linear_ticks(axis.low, axis.high, step));
    }
    return choices;
}

std::vector<std::vector<double>> log_choices(const PlotAxis& axis) {
    std::vector<std::vector<double>> choices;
    for (const std::vector<int>& factors : {std::vector{1, 2, 5}, std::vector{1, 3}, std::vector{1}})
        choices.push_back(log_ticks(axis.low, axis.high, factors, 1));
    for (const int decades : {2, 3, 4, 6}) choices.push_back(log_ticks(axis.low, axis.high, {1}, decades));
    return choices;
}

std::vector<std::vector<double>> choices_for(const PlotAxis& axis, double least_step) {
    // Less than a decade has too few round numbers of its own.
    if (axis.logarithmic && axis.high / axis.low >= 8) return log_choices(axis);
    return linear_choices(axis, least_step);
}

std::vector<Tick> placed(const PlotAxis& axis, const TickStyle& style, const std::vector<double>& values) {
    std::vector<Tick> ticks;
    for (size_t i = 0; i < values.size(); ++i) {
        const TickWords words = style.words(values[i], i == 0, i + 1 == values.size());
        Tick tick{.value = values[i], .at = axis.at(values[i]), .label = words.number + words.unit};
        const float whole = style.extent(tick.label), number = style.extent(words.number);
        const float latest = std::max(style.room_to - whole, style.room_from);
        tick.label_from = std::clamp(tick.at - number / 2, style.room_from, latest);
        tick.label_to = tick.label_from + whole;
        // A label that had to move away from its mark would seem to name another place.
        const bool beside = tick.at < tick.label_from || tick.at > tick.label_from + number;
        if (beside || tick.label_to > style.room_to) tick.label.clear();
        ticks.push_back(std::move(tick));
    }
    return ticks;
}

bool apart(const Tick& a, const Tick& b, float gap) {
    return a.label_to + gap <= b.label_from || b.label_to + gap <= a.label_from;
}

// At least two labels, all of them apart. A mark may lack its label at the ends of the room.
bool fits(const std::vector<Tick>& ticks, float gap) {
    const Tick* before = nullptr;
    size_t labels = 0;
    for (const Tick& tick : ticks) {
        if (tick.label.empty()) continue;
        if (before && !apart(*before, tick, gap)) return false;
        before = &tick;
        ++labels;
    }
    return labels > 1;
}

}  // namespace

std::span<const Unit> time_units() {
    return times;
}

std::span<const Unit> rate_units() {
    return rates;
}

const Unit& unit_for(std::span<const Unit> units, double value) {
    // What three digits round to 1000 belongs to the next unit.
    for (size_t i = units.size(); i-- > 1;)
        if (value >= units[i].size * 0.9995) return units[i];
    return units[0];
}

const Unit& unit_for_all(std::span<const Unit> units, double least, double largest) {
    for (size_t i = units.size(); i-- > 1;)
        if (largest >= units[i].size && least >= units[i].size * 0.001) return units[i];
    return units[0];
}

std::string milliseconds_text(double ms) {
    return text_in(times, ms);
}

std::string rate_text(double tflops) {
    return text_in(rates, tflops);
}

std::string bandwidth_text(double gbs) {
    return text_in(bandwidths, gbs);
}

float PlotAxis::at(double value) const {
    const double share = logarithmic ? std::log(value / low) / std::log(high / low)  //
                                     : (value - low) / (high - low);
    if (!(share > 0)) return from;
    return from + static_cast<float>(std::min(share, 1.0)) * (to - from);
}

Range log_range(double least, double most, double ratio) {
    constexpr double margin = 1.12;
    const double have = most / least * margin * margin;
    const double wider = std::max(have, ratio) / have;
    return {least / margin / std::sqrt(wider), most * margin * std::sqrt(wider)};
}

double nice_step(double span, int parts) {
    const double raw = span / parts, power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : {10.0, 5.0, 2.0})
        if (factor * power <= raw * (1 + hair)) return factor * power;
    return power;
}

std::vector<double> linear_ticks(double low, double high, double step) {
    std::vector<double> ticks;
    const double allowance = (high - low) * hair;
    for (double k = std::ceil((low - allowance) / step); k * step <= high + allowance; ++k)
        ticks.push_back(k * step + 0.0);  // never −0
    return ticks;
}

std::vector<double> log_ticks(double low, double high, const std::vector<int>& factors, int decades) {
    std::vector<double> ticks;
    for (int power = static_cast<int>(std::floor(std::log10(low)));
         std::pow(10.0, power) <= high * (1 + hair); ++power) {
        if (power % decades != 0) continue;
        for (const int factor : factors) {
            // 10⁻³ by a division is the double that 0.001 reads as.
            const double ten = std::pow(10.0, std::abs(power));
            const double value = power < 0 ? factor / ten : factor * ten;
            if (value >= low * (1 - hair) && value <= high * (1 + hair)) ticks.push_back(value);
        }
    }
    return ticks;
}

std::vector<Tick> ticks_that_fit(const PlotAxis& axis, const TickStyle& style) {
    const std::vector<std::vector<double>> choices = choices_for(axis, style.least_step);
    for (const float gap : {style.gap, style.gap / 3})
        for (const std::vector<double>& values : choices) {
            std::vector<Tick> ticks = placed(axis, style, values);
            if (fits(ticks, gap)) return ticks;
        }
    // Two labels have no room: the fewest marks stay, and words where there is room for them.
    const auto fewest =
        std::find_if(choices.rbegin(), choices.rend(), [](const auto& values) { return !values.empty(); });
    if (fewest == choices.rend()) return {};
    std::vector<Tick> sparse = placed(axis, style, *fewest);
    const Tick* last = nullptr;
    for (Tick& tick : sparse) {
        if (tick.label.empty()) continue;
        if (last && !apart(*last, tick, style.gap))
            tick.label.clear();
        else
            last = &tick;
    }
    return sparse;
}

std::function<TickWords(double, bool, bool)> words_in(const Unit& unit, bool name_it) {
    return [unit, name_it](double value, bool, bool last) {
        constexpr int digits = 12;  // hides what rounding leaves behind, and no digit of a tick
        return TickWords{number_text(value / unit.size, digits), name_it && last ? cat(" ", unit.name) : ""};
    };
}

}  // namespace convscope
