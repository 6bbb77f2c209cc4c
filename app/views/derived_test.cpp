#include "views/derived.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/hand_made_problems.h"

namespace convscope {
namespace {

TEST(Derived, TapCountsAreThoseOfTaps) {
    for (const char* text : hand_made_problems) {
        const Problem p = problem_of(text);
        const TensorPtr counts = tap_count_picture(p);
        const int64_t per_tap =
            p.op() == Operator::separable_conv2d ? p.in_channels() : p.in_channels_per_group();
        for (int64_t o = 0; o < counts->elements(); ++o)
            ASSERT_EQ(
                static_cast<size_t>(counts->values[static_cast<size_t>(o)]) * static_cast<size_t>(per_tap),
                taps(p, o).size())
                << text;
    }
}

TEST(Derived, AllStampsMakeTheReference) {
    int tried = 0;
    for (const char* text : hand_made_problems) {
        ProblemSpec spec = problem_of(text).spec();
        if (!facts(spec.op).transposed) continue;
        spec.bias = true;
        const Problem p(spec);
        const Tensors tensors = make_tensors(p, Fill::integers, Fill::integers, 1);
        const Reference reference = reference_whole(p, tensors);
        const Axes &in = p.input(), &out = p.output();
        const int64_t places = in[0] * in[1] * in[2], channel = out[0] * out[1] * out[2];
        const int64_t c = p.out_channels() - 1, n = p.batch() - 1;
        Stamps stamps(p, tensors, n, c);
        const TensorPtr all = stamps.after(places);
        for (int64_t i = 0; i < channel; ++i)
            ASSERT_EQ(all->values[static_cast<size_t>(i)],
                      reference.values[static_cast<size_t>((n * p.out_channels() + c) * channel + i)]);
        // Back and forth again gives the same; none is the bias alone.
        for (const float v : stamps.after(0)->values)
            ASSERT_EQ(v, tensors.bias->values[static_cast<size_t>(c)]);
        EXPECT_EQ(stamps.after(places)->values, all->values);
        ++tried;
    }
    EXPECT_GE(tried, 2);
}

TEST(Derived, StuffedInputsHoldEveryElementOnceAndTheWindowsFindIt) {
    for (const char* text : hand_made_problems) {
        const Problem p = problem_of(text);
        if (!p.transposed()) continue;
        const Axes& size = p.input();
        std::vector<float> channel(static_cast<size_t>(size[0] * size[1] * size[2]));
        for (size_t i = 0; i < channel.size(); ++i) channel[i] = static_cast<float>(i + 1);
        const TensorPtr stuffed = stuffed_picture(p, channel);
        std::multiset<float> found;
        for (const float v : stuffed->values)
            if (!std::isnan(v)) found.insert(v);
        EXPECT_EQ(found, std::multiset<float>(channel.begin(), channel.end())) << text;
        // A place of the window holds data exactly where the tap exists.
        const StuffedGrid grid = stuffed_grid(p);
        const PlaneLayout grid_layout{.size = grid.size};
        for (int64_t o = 0; o < p.output()[2]; ++o)
            for (int64_t k = 0; k < p.kernel_size()[2]; ++k) {
                const int64_t place = stuffed_coordinate(p, 2, o, k) - grid.first[2];
                ASSERT_GE(place, 0);
                ASSERT_LT(place, grid.size[2]);
                const Axes at{-grid.first[0], -grid.first[1], place};
                const float v = stuffed->values[static_cast<size_t>(grid_layout.offset(at))];
                EXPECT_EQ(!std::isnan(v), input_coordinate(p, 2, o, k).has_value()) << text;
            }
    }
}

TEST(Derived, ErrorsAreInBounds) {
    const Problem p = problem_of(R"({"op":"conv2d","input":[1,2,5,5],"out_channels":2,"kernel_size":3})");
    const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 1);
    const Reference reference = reference_whole(p, tensors);
    std::vector<float> output(9);
    for (size_t i = 0; i < 9; ++i) output[i] = static_cast<float>(reference.values[9 + i]);
    const double bound = rounding_bound({}, reference.terms[9 + 4], reference.magnitude[9 + 4]);
    output[4] = static_cast<float>(reference.values[9 + 4] + 3 * bound);
    output[5] = NAN;
    const TensorPtr errors = error_picture(p, reference, {}, 9, output);
    EXPECT_NEAR(errors->values[4], 3, 0.2);
    EXPECT_TRUE(std::isinf(errors->values[5]));
    EXPECT_LT(errors->values[0], 1);
    // What a sample left out is no number.
    const Reference sampled = reference_at(p, tensors, {2, 9, 13});
    const TensorPtr few = error_picture(p, sampled, {}, 9, output);
    EXPECT_FALSE(std::isnan(few->values[0]));
    EXPECT_TRUE(std::isnan(few->values[1]));
    EXPECT_NEAR(few->values[4], 3, 0.2);
}

TEST(Derived, DifferencesOfEqualInfinitiesAreNone) {
    const std::vector<float> a{1, INFINITY, 2, NAN}, b{3, INFINITY, 2, 0};
    const TensorPtr d = difference_picture({1, 2, 2}, a, b);
    EXPECT_EQ(d->shape, (Shape{1, 1, 2, 2}));
    EXPECT_EQ(d->values[0], -2);
    EXPECT_EQ(d->values[1], 0);
    EXPECT_TRUE(std::isnan(d->values[3]));
}

TEST(Walk, VisitsEveryShownElementOnce) {
    for (const char* text : hand_made_problems) {
        const Problem p = problem_of(text);
        for (const Slicing slicing : {Slicing::depth, Slicing::height, Slicing::width, Slicing::montage})
            for (const Method method : {Method::gather, Method::scatter}) {
                Display d;
                d.slicing = slicing;
                const Walk walk = walk_of(p, shown_planes(p, d), method);
                std::set<int64_t> seen;
                for (int64_t step = 0; step < walk.steps; ++step) seen.insert(walk.at(step).element);
                EXPECT_EQ(static_cast<int64_t>(seen.size()), walk.steps);
                EXPECT_LT(*seen.rbegin(), view_elements(p, walk.view));
                EXPECT_EQ(walk.at(walk.steps + 5), walk.at(walk.steps - 1));
            }
    }
}

}  // namespace
}  // namespace convscope
