// The phases of one axis against core's links, over every small problem of one axis.
#include "common/transposed_phase.h"

#include <gtest/gtest.h>

#include <set>

#include "core/axis_links.h"

namespace convscope {
namespace {

constexpr Axis axis = axis_width;

ProblemSpec spec_of(int64_t size, int64_t k, int64_t stride, int64_t padding, int64_t dilation,
                    int64_t output_padding = 0) {
    ProblemSpec spec;
    spec.op = Operator::conv_transpose2d;
    spec.input[axis] = size;
    spec.kernel_size[axis] = k;
    spec.stride[axis] = stride;
    spec.padding[axis] = padding;
    spec.dilation[axis] = dilation;
    spec.output_padding[axis] = output_padding;
    return spec;
}

// What `taps_inside` lists, in the form and order of core.
std::vector<AxisLink> inside_links(const PhasedAxis& a, const AxisPhase& phase, int64_t j) {
    const InsideTaps taps = taps_inside(a, phase, j);
    std::vector<AxisLink> all;
    for (int64_t t = 0; t < taps.count; ++t)
        all.push_back(
            {phase_output(a, phase, j), taps.first_k + t * a.k_step, taps.first_in - t * a.in_step});
    return all;
}

// Those of all taps of the phase that lie inside; each is where core puts it.
std::vector<AxisLink> tested_links(const Problem& p, const PhasedAxis& a, const AxisPhase& phase, int64_t j) {
    std::vector<AxisLink> all;
    const int64_t out = phase_output(a, phase, j);
    for (int64_t t = 0; t < phase.taps; ++t) {
        const int64_t in = phase_input(a, phase, j, t), k = phase.first_k + t * a.k_step;
        EXPECT_EQ(stuffed_coordinate(p, axis, out, k), in * a.sizes.stride) << p.text();
        if (in >= 0 && in < a.sizes.input) all.push_back({out, k, in});
    }
    return all;
}

void expect_links_of_core(const Problem& p) {
    const PhasedAxis a = phased_axis(axis_sizes(p, axis));
    std::set<int64_t> outputs;
    int64_t window = 0;
    for (int64_t r = 0; r < a.phases; ++r) {
        const AxisPhase phase = axis_phase(a, r);
        ASSERT_GE(phase.outputs, 1) << p.text();
        window += phase.taps;
        for (int64_t j = 0; j < phase.outputs; ++j) {
            const int64_t out = phase_output(a, phase, j);
            ASSERT_TRUE(outputs.insert(out).second) << p.text() << " " << out;
            const std::vector<AxisLink> expected = axis_links_of_output(p, axis, out);
            ASSERT_EQ(inside_links(a, phase, j), expected) << p.text() << " " << out;
            ASSERT_EQ(tested_links(p, a, phase, j), expected) << p.text() << " " << out;
        }
    }
    ASSERT_EQ(static_cast<int64_t>(outputs.size()), p.output()[axis]) << p.text();
    ASSERT_EQ(*outputs.rbegin(), p.output()[axis] - 1) << p.text();
    // Each kernel position belongs to one phase, unless the output is too small to have that phase.
    if (a.phases == a.sizes.stride) {
        ASSERT_EQ(window, a.sizes.window) << p.text();
    }
}

TEST(TransposedPhase, TapsAreThoseOfCore) {
    int64_t legal = 0;
    for (int64_t size = 1; size <= 5; ++size)
        for (int64_t k = 1; k <= 6; ++k)
            for (int64_t s = 1; s <= 6; ++s)
                for (int64_t p = 0; p <= 6; ++p)
                    for (int64_t d = 1; d <= 6; ++d)
                        for (int64_t more = 0; more < std::max(s, d); more += 2) {
                            const ProblemSpec spec = spec_of(size, k, s, p, d, more);
                            if (!broken_rules(spec).empty()) continue;
                            expect_links_of_core(Problem(spec));
                            ++legal;
                        }
    EXPECT_GT(legal, 10000);
}

TEST(TransposedPhase, StrideOneIsTheFlippedConvolution) {
    const PhasedAxis a = phased_axis(axis_sizes(Problem(spec_of(8, 5, 1, 2, 3)), axis));
    EXPECT_EQ(a.phases, 1);
    const AxisPhase all = axis_phase(a, 0);
    EXPECT_EQ(all.taps, 5);
    EXPECT_EQ(phase_input(a, all, 0, 0), 2);    // padding
    EXPECT_EQ(phase_input(a, all, 0, 4), -10);  // and from there back, a dilation a tap
}

// stride 4, dilation 6: g = 2, so the odd phases of an even padding have no tap; the others take every second
// kernel position.
TEST(TransposedPhase, ACommonDivisorLeavesPhasesWithoutTaps) {
    const PhasedAxis a = phased_axis(axis_sizes(Problem(spec_of(8, 5, 4, 2, 6)), axis));
    EXPECT_EQ(a.k_step, 2);
    EXPECT_EQ(a.in_step, 3);
    EXPECT_EQ(axis_phase(a, 0).taps, 2);  // 0 + 2 − 6k divides by 4 at k = 1, 3
    EXPECT_EQ(axis_phase(a, 0).first_k, 1);
    EXPECT_EQ(axis_phase(a, 0).first_in, -1);
    EXPECT_EQ(axis_phase(a, 1).taps, 0);
    EXPECT_EQ(axis_phase(a, 2).taps, 3);  // 2 + 2 − 6k: k = 0, 2, 4
    EXPECT_EQ(axis_phase(a, 2).first_in, 1);
    EXPECT_EQ(axis_phase(a, 3).taps, 0);
}

TEST(TransposedPhase, HugeSizesDoNotOverflow) {
    const Problem one(spec_of(1, 1, largest_size, 0, largest_size, 3));
    const PhasedAxis a = phased_axis(axis_sizes(one, axis));
    EXPECT_EQ(a.phases, 4);
    EXPECT_EQ(inside_links(a, axis_phase(a, 0), 0), (std::vector<AxisLink>{{0, 0, 0}}));
    EXPECT_EQ(axis_phase(a, 3).taps, 0);
    const Problem cropped(spec_of(largest_size, 1, 2, largest_size - 4, 1));
    const PhasedAxis b = phased_axis(axis_sizes(cropped, axis));
    const int64_t middle = cropped.output()[axis] / 2;
    const AxisPhase phase = axis_phase(b, middle % 2);
    EXPECT_EQ(inside_links(b, phase, middle / 2), axis_links_of_output(cropped, axis, middle));
}

}  // namespace
}  // namespace convscope
