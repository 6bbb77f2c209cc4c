#include "views/xray_figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

Problem small_problem() {
    ProblemSpec spec;
    spec.input = {1, 4, 4};
    spec.kernel_size = {1, 1, 1};
    return Problem(spec);
}

sim::TraceTotals some_totals() {
    sim::TraceTotals t;
    t.input_reads = 144;
    t.load_requests = 8;
    t.load_sectors = 20;
    t.load_sectors_ideal = 12;
    t.store_requests = 1;
    t.store_sectors = 2;
    t.store_sectors_ideal = 2;
    t.load_bytes = 1024;
    t.store_bytes = 64;
    t.shared_requests = 10;
    t.shared_conflicts = 30;
    t.warp_blocks = 4;
    t.lane_blocks = 50;
    return t;
}

double value(const char* name, const XrayCounted& of) {
    return xray_figure(name).value(of);
}

TEST(XrayFigures, FollowFromTheTotals) {
    const sim::TraceTotals totals = some_totals();
    const XrayCounted of{.totals = totals, .outputs = 16, .fault_count = 3};
    EXPECT_EQ(value("reads_per_output", of), 9);    // 144 / 16
    EXPECT_EQ(value("sectors_per_load", of), 2.5);  // 20 / 8
    EXPECT_EQ(value("ideal_per_load", of), 1.5);    // 12 / 8
    EXPECT_EQ(value("sectors_per_store", of), 2);
    EXPECT_EQ(value("load_moved", of), 640);     // 20 · 32
    EXPECT_EQ(value("bytes_moved", of), 704);    // (20 + 2) · 32
    EXPECT_EQ(value("conflict_ways", of), 4);    // (10 + 30) / 10
    EXPECT_EQ(value("active_lanes", of), 12.5);  // 50 / 4
    EXPECT_EQ(value("faults", of), 3);
}

TEST(XrayFigures, WhatCannotBeDividedIsNoFigure) {
    const sim::TraceTotals totals;
    const XrayCounted of{.totals = totals};
    for (const char* name : {"reads_per_output", "sectors_per_load", "conflict_ways", "active_lanes"}) {
        EXPECT_TRUE(std::isnan(value(name, of))) << name;
        EXPECT_EQ(figure_text(value(name, of), FigureForm::ratio), "") << name;
    }
    EXPECT_EQ(value("load_requests", of), 0);
}

TEST(XrayFigures, Words) {
    EXPECT_EQ(figure_text(1818, FigureForm::count), "1,818");
    EXPECT_EQ(figure_text(99'999, FigureForm::count), "99,999");
    EXPECT_EQ(figure_text(123'456, FigureForm::count), "123 k");
    EXPECT_EQ(figure_text(999'700, FigureForm::count), "1.00 M");
    EXPECT_EQ(figure_text(1'322'500, FigureForm::count), "1.32 M");
    EXPECT_EQ(figure_text(4.3e10, FigureForm::count), "43.0 G");
    EXPECT_EQ(figure_text(2.5, FigureForm::ratio), "2.50");
    EXPECT_EQ(figure_text(31.96, FigureForm::ratio), "32.0");
    EXPECT_EQ(figure_text(704, FigureForm::bytes), "704 B");
    EXPECT_EQ(exact_figure_text(1'322'500, FigureForm::count), "1,322,500");
    EXPECT_EQ(exact_figure_text(4'232'000, FigureForm::bytes), "4,232,000 bytes");
}

TEST(XrayFigures, BarsAreLongWhereItIsBad) {
    EXPECT_EQ(bar_share("load_requests", 5, 20), 0.25);
    EXPECT_EQ(bar_share("conflict_ways", 1, 32), 0);
    EXPECT_EQ(bar_share("passes", 4, 32), 0.75);
    EXPECT_EQ(bar_share("lanes", 16, 20), 0.5);
    EXPECT_EQ(bar_share("faults", 0, 0), 0);
}

TEST(XrayFigures, ALineSaysItsRequestsInSentences) {
    xray::LineCounts line{.line = 66, .load_requests = 288, .load_sectors = 720, .load_sectors_ideal = 576};
    line.requests = 288;
    line.lanes = 288 * 31;
    EXPECT_EQ(line_tip(line),
              "288 load requests touch 720 sectors of 32 bytes, 2.50 a request; 2.00 would do.\n"
              "31.0 of 32 lanes take part on average.");
    const xray::LineCounts shared{.shared_requests = 1, .shared_conflicts = 0, .lanes = 32, .requests = 1};
    EXPECT_EQ(line_tip(shared),
              "1 request to shared memory, no bank conflicts.\n32.0 of 32 lanes take part on average.");
    line.barriers = 1;
    EXPECT_EQ(line_tip(line),
              "288 load requests touch 720 sectors of 32 bytes, 2.50 a request; 2.00 would do.\n"
              "1 barrier that a whole block met.\n"
              "31.0 of 32 lanes take part on average.");
}

TEST(XrayFigures, ALineWithBarriersAloneHasNoRequests) {
    xray::LineCounts line{.line = 152};
    line.barriers = 2;
    EXPECT_EQ(line_tip(line), "2 barriers that a whole block met.");
    for (const LineFigure& figure : line_figures())
        EXPECT_EQ(figure_text(figure.value(line), figure.form),
                  std::string_view(figure.name) == "barriers" ? "2" : "")
            << figure.name;
}

TEST(XrayFigures, ALineHasAColumnForEachThingCounted) {
    const xray::LineCounts line{.load_bytes = 1000,
                                .load_sectors = 40,
                                .store_bytes = 24,
                                .store_sectors = 2,
                                .atomics = 5,
                                .barriers = 3};
    const auto words = [&](std::string_view name) {
        for (const LineFigure& figure : line_figures())
            if (name == figure.name) return exact_figure_text(figure.value(line), figure.form);
        return std::string("no such column");
    };
    EXPECT_EQ(words("asked"), "1,024 bytes");
    EXPECT_EQ(words("touched"), "42");
    EXPECT_EQ(words("moved"), "1,344 bytes");  // 42 · 32
    EXPECT_EQ(words("barriers"), "3");
    EXPECT_EQ(words("atomics"), "5");
}

TEST(XrayFigures, TheCsvHasAColumnForEachFigureAndALineForEachKernel) {
    auto counts = std::make_shared<xray::Counts>(xray::Counts{.problem = small_problem(), .kernel = "naive"});
    counts->totals = some_totals();
    counts->array_facts.push_back({BufferRole::output, "output", {1, 1, 4, 4}, 16});
    const std::string csv = compared_csv({{"naive", counts, ""}, {"strided", nullptr, "not for this one"}});
    std::vector<std::vector<std::string>> cells(1, std::vector<std::string>(1));
    for (const char c : csv) {
        if (c == ',')
            cells.back().emplace_back();
        else if (c == '\n')
            cells.push_back({""});
        else
            cells.back().back() += c;
    }
    ASSERT_EQ(cells.size(), 4u);  // the last line ends, too
    ASSERT_EQ(cells[0].size(), xray_figures().size() + 1);
    ASSERT_EQ(cells[1].size(), cells[0].size());
    ASSERT_EQ(cells[2].size(), cells[0].size());
    EXPECT_EQ(cells[0][0], "kernel");
    EXPECT_EQ(cells[1][0], "naive");
    EXPECT_EQ(cells[2][0], "strided");
    const auto column =
        static_cast<size_t>(std::ranges::find(cells[0], "reads_per_output") - cells[0].begin());
    ASSERT_LT(column, cells[0].size());
    EXPECT_EQ(cells[1][column], "9");
    EXPECT_EQ(cells[2][column], "");
}

}  // namespace
}  // namespace convscope
