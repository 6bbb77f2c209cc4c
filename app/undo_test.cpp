#include "undo.h"

#include <gtest/gtest.h>

#include <cmath>

namespace convscope {
namespace {

TEST(Undo, EveryChangeAndBack) {
    History history(first_experiment());
    const Experiment first = history.present();
    const auto start = History::Clock::now();
    history.act(SetBias{true}, start);
    history.act(SetWeightsFill{Fill::box}, start);
    const Experiment last = history.present();
    EXPECT_TRUE(history.undo());
    EXPECT_TRUE(history.undo());
    EXPECT_FALSE(history.undo());
    EXPECT_EQ(history.present(), first);
    EXPECT_TRUE(history.redo());
    EXPECT_TRUE(history.redo());
    EXPECT_FALSE(history.redo());
    EXPECT_EQ(history.present(), last);
}

TEST(Undo, LookingAroundLeavesWhatCanBeDoneAgain) {
    History history(first_experiment());
    history.act(SetBias{true});
    const Experiment last = history.present();
    ASSERT_TRUE(history.undo());
    ASSERT_TRUE(history.act(SetTab{Tab::xray}));
    ASSERT_TRUE(history.redo());
    EXPECT_EQ(history.present(), last);
    ASSERT_TRUE(history.undo());
    EXPECT_EQ(history.present().tab, Tab::xray);
    history.act(SetBias{true});
    EXPECT_FALSE(history.redo()) << "a change takes it away";
}

TEST(Undo, ADragIsOneStepAndAPauseEndsIt) {
    History history(first_experiment());
    auto now = History::Clock::now();
    for (int64_t value = 2; value < 9; ++value)
        history.act(SetAxis{AxisField::stride, axis_width, value, true},
                    now += std::chrono::milliseconds(16));
    now += std::chrono::seconds(5);
    history.act(SetAxis{AxisField::stride, axis_width, 9, true}, now);
    history.undo();
    EXPECT_EQ(history.present().spec.stride[axis_width], 8);
    history.undo();
    EXPECT_EQ(history.present().spec.stride[axis_width], 1);
    EXPECT_FALSE(history.can_undo());
}

TEST(Undo, MovingAroundIsOneStepHoweverLong) {
    History history(first_experiment());
    auto now = History::Clock::now();
    for (const double zoom : {2.0, 4.0, 8.0}) {
        Display display = history.present().display;
        display.input.zoom = zoom;
        history.act(SetDisplay{display}, now += std::chrono::seconds(20));
    }
    history.act(SetBias{true}, now);
    history.undo();
    EXPECT_EQ(history.present().display.input.zoom, 8);
    history.undo();
    EXPECT_EQ(history.present(), first_experiment());
    EXPECT_FALSE(history.can_undo());
}

// A NaN that was typed in is equal to itself, or every look would compute anew.
TEST(Undo, LookingAtNotANumberComputesNothing) {
    Experiment e = first_experiment();
    e.source = {.kind = InputSource::Kind::values, .values = {0.1f, NAN, -INFINITY}, .shape = {1, 1, 1, 3}};
    Experiment looked = e;
    looked.display.input.zoom = 2;
    EXPECT_TRUE(same_computation(e, looked));
}

}  // namespace
}  // namespace convscope
