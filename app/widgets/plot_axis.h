// Axes of plots: where a value stands, which values get a mark, and the marks' words. Nothing here draws.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct Unit {
    double size = 1;  // in the base unit
    const char* name = "";
};
std::span<const Unit> time_units();  // base: milliseconds
std::span<const Unit> rate_units();  // base: TFLOP/s
// The largest unit in which the value is at least 1; the smallest where there is none.
const Unit& unit_for(std::span<const Unit> units, double value);

// The largest unit in which the largest value is at least 1 and the least, in a table's three decimals, not
// 0.
const Unit& unit_for_all(std::span<const Unit> units, double least, double largest);

// Three significant digits with the unit that fits: "0.31 ms"; "380 GFLOP/s"; "2.9 TB/s".
std::string milliseconds_text(double ms);
std::string rate_text(double tflops);
std::string bandwidth_text(double gbs);

struct PlotAxis {
    double low = 0, high = 1;  // the values at its ends; positive where logarithmic
    float from = 0, to = 1;    // the pixels of its ends; from > to where values grow upwards
    bool logarithmic = false;
    // The pixel of a value; beyond the ends, the nearer end.
    float at(double value) const;
};

struct Range {
    double low = 1, high = 10;
};
// What a logarithmic axis covers to show `least` … `most` (positive) with a margin at both ends, and never
// less than a factor of `ratio`: noise is not to look like a change.
Range log_range(double least, double most, double ratio);

// 1, 2 or 5 times a power of ten: the largest step that divides `span` into at least `parts`.
double nice_step(double span, int parts);
// The multiples of `step` within low … high.
std::vector<double> linear_ticks(double low, double high, double step);
// `factors` (ascending, 1 … 9) times every power of ten that `decades` divides, within low … high.
std::vector<double> log_ticks(double low, double high, const std::vector<int>& factors, int decades);

struct Tick {
    double value = 0;
    float at = 0;                        // its pixel
    std::string label{};                 // empty: a mark without words
    float label_from = 0, label_to = 0;  // the pixels that the label takes along the axis
};

struct TickWords {
    std::string number;  // stands centred at the tick
    std::string unit{};  // follows the number
};

struct TickStyle {
    std::function<float(const std::string&)> extent;  // pixels that words take along the axis
    float gap = 8;                                    // between two labels
    float room_from = 0, room_to = 0;                 // labels stay within
    std::function<TickWords(double value, bool first, bool last)> words;
    double least_step = 0;  // 1 where only whole numbers make sense
};

// As many ticks as leave every label its room: none overlaps another or leaves `room_from` … `room_to`.
// Labels stand closer than `gap` where only one would be left.
std::vector<Tick> ticks_that_fit(const PlotAxis& axis, const TickStyle& style);

// Plain numbers in this unit; its name follows the last one where wanted.
std::function<TickWords(double, bool, bool)> words_in(const Unit& unit, bool name_it);

}  // namespace convscope
