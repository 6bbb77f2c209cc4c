#include "views/explain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/hand_made_problems.h"
#include "core/separable.h"
#include "reference/verification.h"

namespace convscope {
namespace {

using Cells = std::set<std::pair<int64_t, int64_t>>;

Cells cells_of(const ViewMarks& marks, Mark::Kind kind) {
    Cells out;
    for (const Mark& mark : marks.cells)
        if (mark.kind == kind) out.insert({mark.cell.row, mark.cell.column});
    return out;
}

Display display_of(Slicing slicing, int64_t channel) {
    Display d;
    d.slicing = slicing;
    d.in_slice = d.out_slice = {1, 1, 1};
    d.out_channel = channel;
    d.in_channel = channel;
    return d;
}

// Adds the flat index where the plane shows it.
void add(Cells& to, const ShownPlane& plane, int64_t channels, int64_t flat) {
    const Axes& size = plane.layout.size;
    const int64_t volume = size[0] * size[1] * size[2],
                  start = (plane.batch * channels + plane.channel) * volume;
    if (flat < start || flat >= start + volume) return;
    const int64_t i = flat - start;
    if (const auto cell = plane.layout.place({i / (size[1] * size[2]), i / size[2] % size[1], i % size[2]}))
        to.insert({cell->row, cell->column});
}

// Every product of the problem, from taps() alone.
struct Product {
    int64_t output;
    Tap tap;
};
std::vector<Product> all_products(const Problem& p) {
    std::vector<Product> out;
    for (int64_t o = 0; o < element_count(p.output_shape()); ++o)
        for (const Tap& tap : taps(p, o)) out.push_back({o, tap});
    return out;
}

// The channels that the shown weights join, by the weights' own flat indices.
int64_t weight_plane_start(const Problem& p, const ShownPlane& plane) {
    const Axes& k = p.kernel_size();
    return (plane.batch * p.weights_shape()[1] + plane.channel) * k[0] * k[1] * k[2];
}

class EveryProblem : public testing::TestWithParam<const char*> {};

TEST_P(EveryProblem, MarksAreTheTapsThatTheShownPicturesHold) {
    const Problem p = problem_of(GetParam());
    const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 1);
    const std::vector<Product> products = all_products(p);
    const bool two_stages = p.op() == Operator::separable_conv2d;
    for (const Slicing slicing : {Slicing::depth, Slicing::height, Slicing::width, Slicing::montage})
        for (int64_t channel = 0; channel < 2; ++channel) {
            const ShownPlanes planes = shown_planes(p, display_of(slicing, channel));
            const int64_t weights_start = weight_plane_start(p, planes.weights);
            for (const ViewKind view : {ViewKind::output, ViewKind::input, ViewKind::weights}) {
                for (int64_t e = 0; e < view_elements(p, view); ++e) {
                    Cells input, output;
                    for (const Product& product : products) {
                        const int64_t of_view = view == ViewKind::output  ? product.output
                                                : view == ViewKind::input ? product.tap.input
                                                                          : product.tap.weight;
                        if (of_view != e) continue;
                        add(input, planes.input, p.in_channels(), product.tap.input);
                        // Through the shown middle channel only.
                        if (two_stages && view != ViewKind::output &&
                            product.tap.weight / (p.kernel_size()[1] * p.kernel_size()[2]) !=
                                planes.in_channel)
                            continue;
                        add(output, planes.output, p.out_channels(), product.output);
                    }
                    // A joined pair of channels only, where the output's own channel is not shown.
                    const Marks marks = marks_of(p, tensors, planes, {view, e}, Method::gather);
                    if (view != ViewKind::input) {
                        ASSERT_EQ(cells_of(marks.input, Mark::Kind::tap), input) << GetParam() << " " << e;
                    }
                    if (view != ViewKind::output) {
                        ASSERT_EQ(cells_of(marks.output, Mark::Kind::tap), output) << GetParam() << " " << e;
                    }
                    for (const Mark& mark : marks.weights.cells) {
                        const auto at = planes.weights.layout.at(mark.cell.row, mark.cell.column);
                        ASSERT_TRUE(at);
                        if (mark.kind == Mark::Kind::focus) continue;
                        const int64_t flat = weights_start + planes.weights.layout.offset(*at);
                        ASSERT_EQ(mark.weight, tensors.weights->values[static_cast<size_t>(flat)]);
                    }
                    for (const Mark& mark : marks.input.cells) {
                        if (mark.kind != Mark::Kind::padding) continue;
                        ASSERT_FALSE(planes.input.layout.at(mark.cell.row, mark.cell.column)) << "inside";
                    }
                }
            }
        }
}

INSTANTIATE_TEST_SUITE_P(HandMade, EveryProblem, testing::ValuesIn(hand_made_problems));

TEST(Marks, PaddingStandsAroundTheCorner) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,4,4],"kernel_size":3,"padding":1})");
    const Tensors tensors = make_tensors(p, Fill::random, Fill::ramp, 1);
    const Marks marks = marks_of(p, tensors, shown_planes(p, {}), {ViewKind::output, 0}, Method::gather);
    EXPECT_EQ(cells_of(marks.input, Mark::Kind::padding),
              (Cells{{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {1, -1}}));
    EXPECT_EQ(cells_of(marks.input, Mark::Kind::tap), (Cells{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
    EXPECT_EQ(marks.input.frames.at(0).top, -1);
    EXPECT_EQ(marks.input.frames.at(0).right, 2);
    EXPECT_EQ(marks.output.cells, (std::vector<Mark>{{{0, 0}, Mark::Kind::focus, 0}}));
}

// On the stuffed input a transposed convolution is a plain one: its window has K cells a side at every place.
TEST(Marks, TheStuffedWindowIsWhole) {
    const Problem p = problem_of(
        R"({"op":"conv_transpose2d","input":[1,1,3,3],"kernel_size":3,"stride":2,"padding":1,"output_padding":1})");
    const Tensors tensors = make_tensors(p, Fill::ramp, Fill::ramp, 1);
    const StuffedGrid grid = stuffed_grid(p);
    EXPECT_EQ(grid.first, (Axes{0, -1, -1}));
    EXPECT_EQ(grid.size, (Axes{1, 8, 8}));  // from −1 to 6: the last window begins at 5 + 1 − 2 = 4
    const ShownPlanes planes = shown_planes(p, {});
    for (int64_t o = 0; o < 36; ++o) {
        const Marks marks = marks_of(p, tensors, planes, {ViewKind::output, o}, Method::stuffed);
        EXPECT_EQ(marks.input.cells.size(), 9u);
        EXPECT_EQ(cells_of(marks.input, Mark::Kind::tap).size(), static_cast<size_t>(tap_count(p, o)));
        EXPECT_EQ(marks.input.frames.at(0).bottom - marks.input.frames.at(0).top, 3);
        EXPECT_EQ(marks.input.frames.at(0).top, o / 6);
    }
}

TEST(Marks, ElementsThatDoNotExistGiveNothing) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,1,4,4],"kernel_size":3})");
    const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 1);
    for (const Pin& pin : {Pin{ViewKind::output, 4}, Pin{ViewKind::output, -1}, Pin{ViewKind::middle, 0},
                           Pin{ViewKind::none, 0}, Pin{ViewKind::pointwise, 0}})
        EXPECT_TRUE(marks_of(p, tensors, shown_planes(p, {}), pin, Method::gather).output.cells.empty());
}

TEST(ShownPlanes, ChannelsOfOneGroupAreShownTogether) {
    const Problem p =
        problem_of(R"({"op":"conv2d","input":[1,6,4,4],"out_channels":4,"kernel_size":3,"groups":2})");
    Display d;
    d = with_out_channel(p, d, 3);
    EXPECT_EQ(d.in_channel, 3);
    d = with_in_channel(p, d, 2);
    EXPECT_EQ(d.out_channel, 1);
    d.in_channel = 5;
    EXPECT_EQ(shown_planes(p, d).in_channel, 2) << "its place in the group of output channel 1";
    EXPECT_EQ(shown_planes(p, d).weights.batch, 1);
    EXPECT_EQ(shown_planes(p, d).weights.channel, 2);
}

TEST(SumOfTerms, IsTheReferencesElement) {
    for (const char* text : hand_made_problems) {
        ProblemSpec spec = problem_of(text).spec();
        spec.bias = true;
        const Problem p(spec);
        const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 3);
        const Reference reference = reference_whole(p, tensors);
        for (int64_t o = 0; o < element_count(p.output_shape()); ++o) {
            const SumOfTerms sum = sum_of(p, tensors, o);
            const auto i = static_cast<size_t>(o);
            ASSERT_NEAR(sum.total, reference.values[i], 1e-12 * reference.magnitude[i]) << text << " " << o;
        }
    }
}

TEST(Names, AreTheTensorsIndices) {
    const Problem p = problem_of(R"({"op":"conv3d","input":[2,3,4,5,6],"kernel_size":2})");
    EXPECT_EQ(view_element_name(p, {ViewKind::input, 719}), "input[1,2,3,4,5]");
    EXPECT_EQ(view_element_name(p, {ViewKind::weights, 8}), "weights[0,1,0,0,0]");
}

}  // namespace
}  // namespace convscope
