#include "core/axis_links.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/hand_made_problems.h"

namespace convscope {
namespace {

using Kind = WindowCell::Kind;

std::vector<int64_t> places(const std::vector<WindowCell>& cells) {
    std::vector<int64_t> all;
    for (const WindowCell& cell : cells) all.push_back(cell.place);
    return all;
}

std::vector<Kind> kinds(const std::vector<WindowCell>& cells) {
    std::vector<Kind> all;
    for (const WindowCell& cell : cells) all.push_back(cell.kind);
    return all;
}

// Every small problem of one axis (the width).
struct Sweep {
    std::vector<Problem> problems;
    Sweep() {
        for (const Operator op : {Operator::conv2d, Operator::conv_transpose2d})
            for (int64_t size = 1; size <= 6; ++size)
                for (int64_t k = 1; k <= 5; ++k)
                    for (int64_t s = 1; s <= 6; ++s)
                        for (int64_t p = 0; p <= 4; ++p)
                            for (int64_t d = 1; d <= 4; ++d) add(op, size, k, s, p, d);
    }
    void add(Operator op, int64_t size, int64_t k, int64_t s, int64_t p, int64_t d) {
        ProblemSpec spec;
        spec.op = op;
        spec.input[2] = size;
        spec.kernel_size[2] = k;
        spec.stride[2] = s;
        spec.padding[2] = p;
        spec.dilation[2] = d;
        if (facts(op).transposed) spec.output_padding[2] = std::max(s, d) - 1;
        if (broken_rules(spec).empty()) problems.emplace_back(spec);
    }
};

// PyTorch's definitions, by trying everything: conv gathers, transposed scatters.
std::vector<AxisLink> links_by_trying(const Problem& problem) {
    const int64_t s = problem.stride()[2], p = problem.padding()[2], d = problem.dilation()[2];
    std::vector<AxisLink> links;
    for (int64_t out = 0; out < problem.output()[2]; ++out)
        for (int64_t k = 0; k < problem.kernel_size()[2]; ++k)
            for (int64_t in = 0; in < problem.input()[2]; ++in)
                if (problem.transposed() ? out == in * s - p + k * d : in == out * s - p + k * d)
                    links.push_back({out, k, in});
    return links;
}

template <class Keep>
std::vector<AxisLink> only(const std::vector<AxisLink>& links, const Keep& keep) {
    std::vector<AxisLink> kept;
    std::copy_if(links.begin(), links.end(), std::back_inserter(kept), keep);
    return kept;
}

TEST(AxisLinks, EqualTheDefinitionOnEverySmallAxis) {
    const Sweep sweep;
    ASSERT_GT(sweep.problems.size(), 5000u);
    for (const Problem& p : sweep.problems) {
        SCOPED_TRACE(p.text());
        const auto all = links_by_trying(p);
        ASSERT_EQ(axis_taps_total(p, 2), int64_t(all.size()));
        for (int64_t out = 0; out < p.output()[2]; ++out) {
            const auto links = only(all, [&](const AxisLink& link) { return link.out == out; });
            ASSERT_EQ(axis_links_of_output(p, 2, out), links);
            ASSERT_EQ(axis_taps(p, 2, out), int64_t(links.size()));
        }
        for (int64_t in = 0; in < p.input()[2]; ++in) {
            auto links = only(all, [&](const AxisLink& link) { return link.in == in; });
            std::sort(links.begin(), links.end(),
                      [](const AxisLink& a, const AxisLink& b) { return a.k < b.k; });
            ASSERT_EQ(axis_links_of_input(p, 2, in), links);
            ASSERT_EQ(axis_link_count_of_input(p, 2, in), int64_t(links.size()));
        }
        for (int64_t k = 0; k < p.kernel_size()[2]; ++k) {
            const auto links = only(all, [&](const AxisLink& link) { return link.k == k; });
            ASSERT_EQ(axis_links_of_weight(p, 2, k), links);
            ASSERT_EQ(axis_link_count_of_weight(p, 2, k), int64_t(links.size()));
        }
    }
}

// One cell of each window position: of kind input exactly where there is a tap, of another kind never on an
// element of the input.
void expect_cell(const Problem& p, int64_t out, int64_t k, const WindowCell& cell) {
    const int64_t spacing = p.transposed() ? p.stride()[2] : 1;
    const int64_t stuffed = stuffed_coordinate(p, 2, out, k);
    const bool inside = cell.place >= 0 && cell.place < p.input()[2];
    ASSERT_EQ(cell.k, k);
    ASSERT_EQ(cell.kind == Kind::input, input_coordinate(p, 2, out, k).has_value());
    switch (cell.kind) {
        case Kind::input:
            ASSERT_TRUE(inside);
            ASSERT_EQ(cell.place, *input_coordinate(p, 2, out, k));
            ASSERT_EQ(stuffed, cell.place * spacing);
            break;
        case Kind::padding:
            ASSERT_FALSE(inside);
            ASSERT_EQ(stuffed, cell.place * spacing);
            break;
        case Kind::between:
            ASSERT_TRUE(p.transposed());
            ASSERT_GT(stuffed, cell.place * spacing);
            ASSERT_LT(stuffed, (cell.place + 1) * spacing);
            break;
    }
}

TEST(WindowCells, AreInputExactlyWhereThereIsATap) {
    std::array<int64_t, 3> seen{};
    for (const Problem& p : Sweep().problems) {
        SCOPED_TRACE(p.text());
        const auto all = links_by_trying(p);
        for (int64_t out = 0; out < p.output()[2]; ++out) {
            const auto cells = window_cells(p, 2, out);
            ASSERT_EQ(int64_t(cells.size()), p.kernel_size()[2]);
            std::vector<AxisLink> read;
            for (int64_t k = 0; k < p.kernel_size()[2]; ++k) {
                const WindowCell& cell = cells[size_t(k)];
                expect_cell(p, out, k, cell);
                if (HasFatalFailure()) return;
                ++seen[size_t(cell.kind)];
                if (cell.kind == Kind::input) read.push_back({out, k, cell.place});
            }
            ASSERT_EQ(read, only(all, [&](const AxisLink& link) { return link.out == out; }));
        }
    }
    for (const int64_t count : seen) EXPECT_GT(count, 10000);
}

TEST(WindowCells, OfAPaddedConvolution) {
    const Problem p = problem_of(
        R"({"op":"conv2d","input":[1,1,1,5],"kernel_size":[1,3],"padding":[0,2],"stride":[1,2],"dilation":[1,2]})");
    ASSERT_EQ(p.output()[2], 3);
    EXPECT_EQ(places(window_cells(p, 2, 0)), (std::vector<int64_t>{-2, 0, 2}));
    EXPECT_EQ(kinds(window_cells(p, 2, 0)), (std::vector{Kind::padding, Kind::input, Kind::input}));
    EXPECT_EQ(places(window_cells(p, 2, 2)), (std::vector<int64_t>{2, 4, 6}));
    EXPECT_EQ(kinds(window_cells(p, 2, 2)), (std::vector{Kind::input, Kind::input, Kind::padding}));
    EXPECT_EQ(stuffed_coordinate(p, 2, 2, 1), 4);
    EXPECT_EQ(places(window_cells(p, 0, 0)), (std::vector<int64_t>{0}));  // the depth that 2D does not have
}

// Elements 0 and 1 stand at 0 and 3 of the stuffed input x··x; the window reads it backwards.
TEST(WindowCells, OfATransposedConvolution) {
    const Problem p = problem_of(
        R"({"op":"conv_transpose2d","input":[1,1,1,2],"kernel_size":[1,5],"stride":[1,3],"padding":[0,1]})");
    ASSERT_EQ(p.output()[2], 6);
    EXPECT_EQ(stuffed_coordinate(p, 2, 0, 4), -3);
    EXPECT_EQ(places(window_cells(p, 2, 0)), (std::vector<int64_t>{0, 0, -1, -1, -1}));
    EXPECT_EQ(kinds(window_cells(p, 2, 0)),
              (std::vector{Kind::between, Kind::input, Kind::between, Kind::between, Kind::padding}));
    EXPECT_EQ(places(window_cells(p, 2, 5)), (std::vector<int64_t>{2, 1, 1, 1, 0}));
    EXPECT_EQ(kinds(window_cells(p, 2, 5)),
              (std::vector{Kind::padding, Kind::between, Kind::between, Kind::input, Kind::between}));
}

TEST(AxisLinks, OfAStridedConvolution) {
    const Problem p =
        problem_of(R"({"op":"conv2d","input":[1,1,1,7],"kernel_size":[1,3],"padding":[0,1],"stride":[1,2]})");
    ASSERT_EQ(p.output()[2], 4);
    // 2·out = in + 1 − k: input 3 lies between two windows' centres, input 4 on one.
    EXPECT_EQ(axis_links_of_input(p, 2, 3), (std::vector<AxisLink>{{2, 0, 3}, {1, 2, 3}}));
    EXPECT_EQ(axis_links_of_input(p, 2, 4), (std::vector<AxisLink>{{2, 1, 4}}));
    EXPECT_EQ(axis_links_of_weight(p, 2, 0), (std::vector<AxisLink>{{1, 0, 1}, {2, 0, 3}, {3, 0, 5}}));
}

TEST(AxisLinks, OfATransposedConvolution) {
    const Problem p = problem_of(
        R"({"op":"conv_transpose2d","input":[1,1,1,3],"kernel_size":[1,3],"padding":[0,1],"stride":[1,2]})");
    ASSERT_EQ(p.output()[2], 5);
    EXPECT_EQ(axis_links_of_input(p, 2, 0), (std::vector<AxisLink>{{0, 1, 0}, {1, 2, 0}}));
    EXPECT_EQ(axis_links_of_output(p, 2, 1), (std::vector<AxisLink>{{1, 0, 1}, {1, 2, 0}}));
    EXPECT_EQ(axis_links_of_weight(p, 2, 2), (std::vector<AxisLink>{{1, 2, 0}, {3, 2, 1}}));
}

// A scan of the outputs would take hours.
TEST(AxisLinks, AreQuickOnAVeryLongAxis) {
    const Problem p = problem_of(
        R"({"op":"conv2d","input":[1,1,1,1000000000000],"kernel_size":[1,3],"stride":[1,1],"padding":[0,1]})");
    EXPECT_EQ(axis_links_of_input(p, 2, 999999999999),
              (std::vector<AxisLink>{{999999999999, 1, 999999999999}, {999999999998, 2, 999999999999}}));
    EXPECT_EQ(axis_link_count_of_weight(p, 2, 1), 1000000000000);
}

}  // namespace
}  // namespace convscope
