// The Explore tab's pictures: what lights up, what is summed, what moves, what is edited.
#include <cmath>

#include "gl/slice_texture.h"
#include "panels/pictures.h"
#include "ui_fixture.h"
#include "views/derived.h"

namespace convscope {
namespace {

Experiment padded() {
    Experiment e;
    e.spec.input = {1, 5, 6};
    e.spec.in_channels = 2;
    e.spec.out_channels = 3;
    e.spec.kernel_size = {1, 3, 3};
    e.spec.padding = {0, 1, 1};
    e.source.fill = Fill::integers;
    e.weights.fill = Fill::integers;
    return e;
}

Experiment transposed() {
    Experiment e = padded();
    e.spec.op = Operator::conv_transpose2d;
    e.spec.stride = {1, 2, 2};
    e.spec.output_padding = {0, 1, 1};
    return e;
}

Experiment volume() {
    Experiment e = padded();
    e.spec.op = Operator::conv3d;
    e.spec.input = {4, 5, 6};
    e.spec.kernel_size = {3, 3, 3};
    e.spec.padding = {1, 1, 1};
    return e;
}

using Explore = Ui;

TEST_F(Explore, HoveringAnOutputElementExplainsIt) {
    open(padded());
    window->hover_cell("view.output", {0, 0});
    const auto focus = window->app().focus();
    ASSERT_TRUE(focus);
    EXPECT_EQ(*focus, (Pin{ViewKind::output, 0}));
    EXPECT_TRUE(window->widget("terms")) << "the sum, term by term";
    window->click("out_channel.next");
    window->hover_cell("view.output", {4, 5});
    EXPECT_EQ(window->app().focus()->element, 30 + 29);
    window->mouse_away();
    EXPECT_FALSE(window->app().focus());
    EXPECT_FALSE(window->widget("terms"));
}

TEST_F(Explore, HoveringInputsAndWeightsTellsWhatTheyFeed) {
    open(padded());
    window->hover_cell("view.input", {2, 3});
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::input, 15}));
    EXPECT_TRUE(window->widget("feeds"));
    window->hover_cell("view.weights", {1, 2});
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::weights, 5}));
    EXPECT_TRUE(window->widget("uses"));
}

TEST_F(Explore, PaddingCellsAreNoElements) {
    open(padded());
    window->hover_cell("view.input", {-1, 2});
    EXPECT_FALSE(window->app().focus());
}

TEST_F(Explore, AClickPinsAndAnotherReleases) {
    open(padded());
    window->click_cell("view.output", {2, 2});
    window->mouse_away();
    EXPECT_EQ(window->experiment().display.pin, (Pin{ViewKind::output, 14}));
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::output, 14})) << "explained without the mouse";
    window->hover_cell("view.output", {0, 1});
    EXPECT_EQ(window->app().focus()->element, 1) << "the mouse goes before the pin";
    window->mouse_away();
    window->click("unpin");
    EXPECT_FALSE(window->experiment().display.pin);
    window->click_cell("view.input", {1, 1});
    window->click_cell("view.input", {1, 1});
    EXPECT_FALSE(window->experiment().display.pin);
    window->press_ctrl('Z');
    EXPECT_TRUE(window->experiment().display.pin) << "a pin is undone like everything else";
}

TEST_F(Explore, BothStagesOfSeparableAreShown) {
    Experiment e = padded();
    e.spec.op = Operator::separable_conv2d;
    open(e);
    for (const char* view : {"view.input", "view.weights", "view.pointwise", "view.middle", "view.output"})
        EXPECT_TRUE(window->widget(view)) << view;
    ASSERT_TRUE(result().middle);
    EXPECT_EQ(result().middle->shape, (Shape{1, 2, 5, 6}));
    window->click("pointwise");
    window->click("pointwise.ones");
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(result().tensors.pointwise->values[5], 1);
    expect_right();
    window->hover_cell("view.middle", {1, 1});
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::middle, 7}));
    window->hover_cell("view.pointwise", {2, 1});
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::pointwise, 5}));
    window->hover_cell("view.output", {1, 1});
    EXPECT_TRUE(window->widget("stages"));
    EXPECT_TRUE(window->widget("terms"));
}

TEST_F(Explore, VolumesAreCutAlongEveryAxis) {
    open(volume());
    window->click("slicing");
    window->click("slicing.height");
    window->click("out_height.next");
    window->click("out_height.next");
    EXPECT_EQ(window->experiment().display.out_slice[axis_height], 2);
    window->hover_cell("view.output", {3, 5});  // depth 3, width 5
    EXPECT_EQ(window->app().focus()->element, (3 * 5 + 2) * 6 + 5);
    window->click("slicing");
    window->click("slicing.width");
    window->hover_cell("view.output", {4, 1});  // height 4, depth 1
    EXPECT_EQ(window->app().focus()->element, (1 * 5 + 4) * 6 + 0);
    window->click("slicing");
    window->click("slicing.montage");
    window->hover_cell("view.input", {5 + 2, 3});  // the second row of slices
    const PlaneLayout layout = plane_layout({4, 5, 6}, Slicing::montage, {});
    const auto at = layout.at(7, 3);
    ASSERT_TRUE(at);
    EXPECT_EQ(window->app().focus()->element, layout.offset(*at));
}

// The smallest window that must show everything, with as many controls as there can be.
TEST_F(Explore, NoControlOfTheViewsIsCutOffInASmallWindow) {
    Experiment e = padded();
    e.spec.op = Operator::conv3d;
    e.spec.input = {4, 5, 6};
    e.spec.kernel_size = {3, 3, 3};
    e.spec.batch = 2;
    for (const float scale : {1.0f, 2.0f}) {
        window.reset();
        open(e, {static_cast<int>(1280 * scale), static_cast<int>(720 * scale)}, scale);
        const float width = window->widget("view.weights")->to.x - window->widget("view.weights")->from.x;
        Display display = window->experiment().display;
        display.range = RangeMode::fixed;
        display.output_mode = OutputMode::difference;
        display.slicing = Slicing::montage;
        window->app().act(SetDisplay{display});
        window->frames(3);
        const WidgetRect panel = *window->widget("panel.views");
        for (const char* name : {"mode", "other", "slicing", "colours", "range", "range.ends", "linked",
                                 "fit", "batch_shown.next", "view.input", "view.weights", "view.output"}) {
            const auto rect = window->widget(name);
            ASSERT_TRUE(rect) << name;
            EXPECT_GE(rect->from.x, panel.from.x) << name;
            EXPECT_LE(rect->to.x, panel.to.x) << name;
            EXPECT_LE(rect->to.y, panel.to.y) << name;
        }
        const WidgetRect weights = *window->widget("view.weights");
        EXPECT_FLOAT_EQ(weights.to.x - weights.from.x, width) << "no control moves the picture";
        EXPECT_GE(weights.from.x, window->widget("view.input")->to.x);
    }
}

TEST_F(Explore, ChannelsOfAGroupMoveTogether) {
    Experiment e = padded();
    e.spec.in_channels = 4;
    e.spec.out_channels = 4;
    e.spec.groups = 2;
    open(e);
    for (int i = 0; i < 3; ++i) window->click("out_channel.next");
    EXPECT_EQ(window->experiment().display.out_channel, 3);
    EXPECT_GE(window->experiment().display.in_channel, 2) << "a channel that feeds the shown one";
    EXPECT_TRUE(window->widget("channels.in"));
    window->drag("channels.out", -500, 0);
    EXPECT_EQ(window->experiment().display.out_channel, 0);
    EXPECT_LT(window->experiment().display.in_channel, 2);
}

TEST_F(Explore, TheWindowSlidesPausesAndSteps) {
    open(padded());
    window->app().command({Command::Kind::step_forward});
    window->frames(1);
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::output, 0})) << "the first step shows the first element";
    window->click("step_forward");
    window->mouse_away();
    EXPECT_EQ(window->app().focus()->element, 1);
    window->click("step_back");
    window->mouse_away();
    EXPECT_EQ(window->app().focus()->element, 0);
    window->enter_number("speed", "1000");
    window->click("play");
    EXPECT_TRUE(window->app().animation().playing || window->app().animation().position > 0);
    ASSERT_TRUE(becomes([&] { return !window->app().animation().playing; }));
    window->mouse_away();
    EXPECT_EQ(window->app().focus()->element, 29) << "it stops at the last element";
    window->drag("scrubber", -2000, 0);
    window->mouse_away();
    EXPECT_EQ(window->app().focus()->element, 0);
    window->click("stop");
    window->mouse_away();
    EXPECT_FALSE(window->app().focus());
}

TEST_F(Explore, TransposedIsShownInThreeWays) {
    open(transposed());
    window->click("method.scatter");
    window->app().command({Command::Kind::step_forward});
    window->frames(2);
    EXPECT_EQ(window->app().focus()->view, ViewKind::input) << "stamps walk over the input";
    window->click("method.stuffed");
    window->mouse_away();
    EXPECT_EQ(window->experiment().display.method, Method::stuffed);
    EXPECT_EQ(window->app().focus()->view, ViewKind::output);
    // On the stuffed picture only the input's own cells are elements: input (1, 2) stands at (2, 4).
    const StuffedGrid grid = stuffed_grid(result().problem);
    window->hover_cell("view.input", {2 - grid.first[1], 4 - grid.first[2]});
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::input, 6 + 2}));
    window->hover_cell("view.input", {3 - grid.first[1], 4 - grid.first[2]});
    EXPECT_FALSE(window->app().focus()->view == ViewKind::input) << "a zero between";
    window->click("method.gather");
    EXPECT_EQ(window->experiment().display.method, Method::gather);
}

TEST_F(Explore, OutputModesLaunchAndUploadNoTensorAgain) {
    open(padded());
    ASSERT_TRUE(becomes([&] { return !window->app().prefetching(); }));
    const ResultPtr before = window->app().result();
    for (const char* mode : {"mode.taps", "mode.error", "mode.difference", "mode.wipe", "mode.value"}) {
        window->click("mode");
        window->click(mode);
        EXPECT_TRUE(window->widget("view.output")) << mode;
    }
    EXPECT_EQ(window->app().result(), before);
    EXPECT_EQ(window->experiment().display.output_mode, OutputMode::value);
    window->click("mode");
    window->click("mode.wipe");
    EXPECT_TRUE(window->widget("other"));
    window->drag("view.output", 60, 0);
    EXPECT_NE(window->experiment().display.wipe, 0.5f);
}

TEST_F(Explore, TheWorstElementIsOneClickAway) {
    Experiment e = padded();
    e.source.fill = Fill::random;
    e.weights.fill = Fill::random;
    open(e);
    const int64_t worst = window->app().shown()->verification.worst_index;
    ASSERT_GE(worst, 0);
    window->click("worst");
    window->mouse_away();
    EXPECT_EQ(*window->app().focus(), (Pin{ViewKind::output, worst}));
    EXPECT_EQ(window->experiment().display.out_channel, output_position(result().problem, worst).c);
}

TEST_F(Explore, CellsOfWeightsAreDraggedAndTyped) {
    open(padded());
    const float before = result().tensors.weights->values[4];
    window->drag("view.weights", 0, -40);  // the middle cell, upwards
    ASSERT_TRUE(window->wait_for_result());
    ASSERT_EQ(window->experiment().weights.values.size(), 54u);
    EXPECT_GT(window->experiment().weights.values[4], before);
    expect_right_within_bounds();
    window->double_click("view.weights");
    ASSERT_TRUE(window->widget("cell"));
    window->type("7.25");
    window->press_enter();
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().weights.values[4], 7.25f);
    EXPECT_EQ(result().tensors.weights->values[4], 7.25f);
    window->press_ctrl('Z');
    EXPECT_NE(window->experiment().weights.values[4], 7.25f);
}

TEST_F(Explore, CellsOfSmallInputsAreTyped) {
    open(padded());
    window->hover_cell("view.input", {0, 0});
    window->double_click_here();
    ASSERT_TRUE(window->widget("cell"));
    window->type("-3");
    window->press_enter();
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().source.kind, InputSource::Kind::values);
    EXPECT_EQ(result().tensors.input->values[0], -3);
    expect_right();
    // Words are no value.
    window->hover_cell("view.input", {0, 0});
    window->double_click_here();
    window->type("abc");
    window->press_enter();
    EXPECT_EQ(window->experiment().source.values[0], -3);
    EXPECT_NE(window->app().banner().find("'abc'"), std::string::npos) << window->app().banner();
}

TEST_F(Explore, AStandsBesideB) {
    open(padded());
    const Experiment first = window->experiment();
    window->app().command({Command::Kind::pin_experiment});
    window->app().act(SetAxis{AxisField::stride, axis_width, 2, true});
    ASSERT_TRUE(window->wait_for_result());
    for (const char* name : {"a.view.input", "a.view.output", "view.input", "view.output", "row.A", "row.B"})
        EXPECT_TRUE(window->widget(name)) << name;
    ASSERT_TRUE(window->app().pinned());
    EXPECT_EQ(window->app().pinned()->result->problem.stride(), (Axes{1, 1, 1}));
    EXPECT_EQ(result().problem.stride(), (Axes{1, 2, 2}));
    window->app().command({Command::Kind::swap_experiments});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment(), first);
    EXPECT_EQ(window->app().pinned()->result->problem.stride(), (Axes{1, 2, 2}));
    window->app().command({Command::Kind::unpin_experiment});
    window->frames(2);
    EXPECT_FALSE(window->widget("a.view.output"));
}

TEST_F(Explore, DraggingGroupsStopsAtDivisorsOnly) {
    Experiment e = padded();
    e.spec.in_channels = 6;
    e.spec.out_channels = 12;
    open(e);
    window->drag("groups", 3000, 0);
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec.groups, 6);
    EXPECT_TRUE(broken_rules(window->experiment().spec).empty());
    expect_right();
}

TEST_F(Explore, TheRangeIsDraggedOnTheHistogram) {
    open(padded());
    window->drag("view.output.range", 30, 0);
    EXPECT_EQ(window->experiment().display.range, RangeMode::fixed);
    EXPECT_LT(window->experiment().display.low, window->experiment().display.high);
    window->double_click("view.output.range");
    EXPECT_EQ(window->experiment().display.range, RangeMode::automatic);
}

// The marks that are drawn are those of the library, whose own tests compare them with taps().
TEST_F(Explore, DerivedPicturesAreTheLibrarys) {
    Experiment e = transposed();
    e.display.output_mode = OutputMode::taps;
    open(e);
    const TensorPtr counts = tap_count_picture(result().problem);
    EXPECT_EQ(*std::ranges::min_element(counts->values), 1);
    EXPECT_EQ(*std::ranges::max_element(counts->values), 4) << "the checkerboard";
}

}  // namespace
}  // namespace convscope
