// What plots place where: ticks, labels, units, points. Nothing is drawn.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "widgets/history_plot.h"
#include "widgets/plot_axis.h"
#include "widgets/roofline_plot.h"
#include "widgets/spread_plot.h"

namespace convscope {
namespace {

TEST(PlotAxis, StepsAreOneTwoOrFive) {
    EXPECT_DOUBLE_EQ(nice_step(10, 5), 2);
    EXPECT_DOUBLE_EQ(nice_step(10, 1), 10);
    EXPECT_DOUBLE_EQ(nice_step(7, 2), 2);
    EXPECT_DOUBLE_EQ(nice_step(37, 7), 5);
    EXPECT_DOUBLE_EQ(nice_step(0.3, 3), 0.1);
}

TEST(PlotAxis, LinearTicksAreMultiplesWithinTheEnds) {
    EXPECT_EQ(linear_ticks(0, 15.2, 5), (std::vector<double>{0, 5, 10, 15}));
    EXPECT_FALSE(std::signbit(linear_ticks(0, 1, 1).front())) << "the label would be -0";
    EXPECT_EQ(linear_ticks(-6, 0, 2), (std::vector<double>{-6, -4, -2, 0}));
    EXPECT_EQ(linear_ticks(0, 0.3, 0.1).size(), 4u) << "rounding does not lose the last";
}

TEST(PlotAxis, LogTicksStandAtRoundNumbersOfEveryDecade) {
    EXPECT_EQ(log_ticks(0.3, 25, {1, 2, 5}, 1), (std::vector<double>{0.5, 1, 2, 5, 10, 20}));
    EXPECT_EQ(log_ticks(0.001, 1e4, {1}, 2), (std::vector<double>{0.01, 1, 100, 1e4}));
    EXPECT_EQ(log_ticks(0.001, 0.003, {1, 3}, 1), (std::vector<double>{0.001, 0.003}));
}

TEST(PlotAxis, ValuesStandInProportion) {
    const PlotAxis linear{.low = 0, .high = 20, .from = 100, .to = 300};
    EXPECT_FLOAT_EQ(linear.at(5), 150);
    EXPECT_FLOAT_EQ(linear.at(-1), 100);
    EXPECT_FLOAT_EQ(linear.at(1e9), 300);
    const PlotAxis up{.low = 0.01, .high = 100, .from = 200, .to = 0, .logarithmic = true};
    EXPECT_FLOAT_EQ(up.at(1), 100);
    EXPECT_FLOAT_EQ(up.at(10), 50);
    EXPECT_FLOAT_EQ(up.at(0), 200) << "no logarithm: the lower end";
    EXPECT_FLOAT_EQ(up.at(std::nan("")), 200);
}

TEST(PlotAxis, NoiseDoesNotFillTheAxis) {
    const Range wide = log_range(1, 100, 4);
    EXPECT_LT(wide.low, 1);
    EXPECT_GT(wide.high, 100);
    EXPECT_LT(wide.high / wide.low, 150);
    const Range narrow = log_range(10, 10.1, 4);
    EXPECT_NEAR(narrow.high / narrow.low, 4, 1e-9);
    EXPECT_NEAR(narrow.low * narrow.high, 10 * 10.1, 1e-9) << "in the middle";
}

TEST(PlotAxis, UnitsFitTheirNumbers) {
    EXPECT_EQ(milliseconds_text(37.42), "37.4 ms");
    EXPECT_EQ(milliseconds_text(0.412), "412 µs");
    EXPECT_EQ(milliseconds_text(0.9996), "1 ms") << "not 1e+03 µs";
    EXPECT_EQ(milliseconds_text(2e-7), "0.2 ns");
    EXPECT_EQ(rate_text(0.38), "380 GFLOP/s");
    EXPECT_EQ(bandwidth_text(2900), "2.9 TB/s");
    const auto table = rate_units().subspan(1);
    EXPECT_STREQ(unit_for_all(table, 0.0002, 0.004).name, "GFLOP/s");
    EXPECT_STREQ(unit_for_all(table, 0.4, 54).name, "TFLOP/s");
    EXPECT_STREQ(unit_for_all(table, 0.0004, 54).name, "GFLOP/s") << "0.0004 would read <0.001";
}

// Digits are 8 pixels wide here; a whole label can be no narrower than one of them.
TickStyle eight_pixels(float from, float to, const Unit& unit) {
    return {.extent = [](const std::string& words) { return 8.0f * static_cast<float>(words.size()); },
            .gap = 12,
            .room_from = from,
            .room_to = to,
            .words = words_in(unit, true)};
}

TEST(PlotAxis, LabelsNeverOverlap) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> exponent(-5, 5), decades(0.05, 7), pixels(30, 900);
    for (int i = 0; i < 2000; ++i) {
        PlotAxis axis{.logarithmic = i % 2 == 0};
        axis.low = std::pow(10.0, exponent(random));
        axis.high = axis.low * std::pow(10.0, decades(random));
        if (i % 4 == 1) axis.low = 0;
        const auto length = static_cast<float>(pixels(random));
        axis.from = i % 3 == 0 ? 50 + length : 50;
        axis.to = i % 3 == 0 ? 50 : 50 + length;
        const TickStyle style = eight_pixels(40, 60 + length, unit_for(time_units(), axis.high));
        const std::vector<Tick> ticks = ticks_that_fit(axis, style);
        size_t labels = 0;
        const Tick* before = nullptr;
        for (size_t k = 0; k < ticks.size(); ++k) {
            EXPECT_GE(ticks[k].value, axis.low * (1 - 1e-6));
            EXPECT_LE(ticks[k].value, axis.high * (1 + 1e-6));
            if (k > 0) {
                EXPECT_GT(ticks[k].value, ticks[k - 1].value);
            }
            if (ticks[k].label.empty()) continue;
            ++labels;
            EXPECT_GE(ticks[k].at, ticks[k].label_from) << "the label stands at its mark";
            EXPECT_LE(ticks[k].at, ticks[k].label_to);
            EXPECT_GE(ticks[k].label_from, 40) << ticks[k].label;
            EXPECT_LE(ticks[k].label_to, 60 + length) << ticks[k].label;
            if (before) {
                EXPECT_TRUE(before->label_to < ticks[k].label_from || ticks[k].label_to < before->label_from)
                    << before->label << " and " << ticks[k].label;
            }
            before = &ticks[k];
        }
        if (length > 300) {
            EXPECT_GE(labels, 2u) << axis.low << " … " << axis.high << (axis.logarithmic ? " log" : "");
        }
    }
}

TEST(PlotFrame, WordsStandWhereNothingElseIs) {
    const Box bounds{{0, 0}, {100, 50}};
    const std::vector<Box> taken{{{0, 0}, {60, 20}}};
    const auto box = free_box({30, 10}, {{10, 5}, {90, 5}, {65, 5}, {10, 30}}, taken, bounds);
    ASSERT_TRUE(box) << "the first meets what is taken, the second leaves the bounds";
    EXPECT_FLOAT_EQ(box->from.x, 65);
    EXPECT_FALSE(free_box({101, 10}, {{0, 30}}, taken, bounds));
}

TEST(HistoryPlot, ChangesStandInOrderTheNewestAtTheRight) {
    const HistoryScale scale{30, 100, 390};
    EXPECT_FLOAT_EQ(scale.at(29), 390);
    EXPECT_FLOAT_EQ(scale.at(0), 100);
    for (size_t i = 0; i < 30; ++i) EXPECT_EQ(scale.nearest(scale.at(i) + 4), i);
    EXPECT_EQ(scale.nearest(-1e6f), 0u);
    EXPECT_EQ(scale.nearest(1e6f), 29u);
    const HistoryScale one{1, 100, 390};
    EXPECT_FLOAT_EQ(one.at(0), 390);
    EXPECT_EQ(one.nearest(100), 0u);
}

TEST(SpreadPlot, OfManySamplesAnEvenSelectionIsDrawn) {
    EXPECT_EQ(drawn_samples(3, 160), (std::vector<size_t>{0, 1, 2}));
    const std::vector<size_t> places = drawn_samples(100'000, 160);
    ASSERT_EQ(places.size(), 160u);
    for (size_t i = 1; i < places.size(); ++i) EXPECT_NEAR(double(places[i] - places[i - 1]), 625, 1);
    EXPECT_TRUE(drawn_samples(0, 160).empty());
}

TEST(RooflinePlot, TheRoofIsTheLesserOfBandwidthAndArithmetic) {
    const Roof roof{"cpu", {.bandwidth_gbs = 20, .fp32_tflops = 0.1}};
    EXPECT_DOUBLE_EQ(roof.ridge(), 5);
    EXPECT_DOUBLE_EQ(roof.at(2), 0.04);
    EXPECT_DOUBLE_EQ(roof.at(5), 0.1);
    EXPECT_DOUBLE_EQ(roof.at(500), 0.1);
    const RooflineRanges ranges = roofline_ranges({roof}, {{"direct", {}, 300, 0.002, 0}});
    EXPECT_LT(ranges.intensity.low, 5);
    EXPECT_GT(ranges.intensity.high, 300);
    EXPECT_LT(ranges.tflops.low, 0.002);
    EXPECT_GT(ranges.tflops.high, 0.1);
}

}  // namespace
}  // namespace convscope
