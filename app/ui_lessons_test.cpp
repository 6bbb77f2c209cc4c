// Lessons in the window: taking them, answering, leaving them, and how far somebody is.
#include <filesystem>
#include <string>

#include "panels/lesson_task.h"
#include "ui_lessons_fixture.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using compat::Key;
using Phase = lessons::LessonRun::Phase;
namespace fs = std::filesystem;

TEST_F(UiLessons, AStepIsReadAndLeftForwardsAndBack) {
    start(options(small()));
    open_lesson();
    EXPECT_EQ(run().at(), 0u);
    EXPECT_EQ(app().experiment().spec.input, (Axes{1, 6, 6}));
    EXPECT_TRUE(there("panel.lesson"));
    EXPECT_TRUE(there("light.padding.height"));
    EXPECT_FALSE(there("panel.times")) << "one of the three stands below the pictures";
    EXPECT_TRUE(there("panel.inspect"));
    window->click("lesson.next");
    window->frames(3);
    EXPECT_EQ(run().at(), 1u);
    EXPECT_FALSE(there("light.padding.height"));
    window->click("lesson.back");
    window->frames(3);
    EXPECT_EQ(run().at(), 0u);
    window->click("lesson.step.6");
    window->frames(4);
    EXPECT_EQ(run().at(), 6u);
    EXPECT_TRUE(there("panel.times"));
    EXPECT_EQ(app().memory().plot, lessons::Plot::spread);
    window->click("lower.kernels");
    window->frames(2);
    EXPECT_TRUE(there("panel.kernels"));
}

TEST_F(UiLessons, ANumberIsJudged) {
    start(options(small()));
    open_lesson("01_grid", 1);
    type_answer("6");
    EXPECT_EQ(run().phase(), Phase::wrong);
    EXPECT_EQ(run().remark(), "That is the input's height.");
    EXPECT_TRUE(there("lesson.remark"));
    EXPECT_FALSE(there("lesson.explanation"));
    type_answer("many");
    EXPECT_TRUE(there("lesson.refused"));
    EXPECT_EQ(run().given().value_or(lessons::LessonRun::Answer{}).number, 6)
        << "what is no number is no answer";
    window->double_click("lesson.answer");
    window->type("8/2");
    window->click("lesson.check");
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::done);
    EXPECT_TRUE(there("lesson.explanation"));
    EXPECT_TRUE(app().settings().lessons.at("01_grid").done.contains(1));
}

TEST_F(UiLessons, AnswersAreReadAsPeopleTypeThem) {
    EXPECT_EQ(typed_answer("6"), 6.0);
    EXPECT_EQ(typed_answer(" -2.5 "), -2.5);
    EXPECT_EQ(typed_answer("0,25"), 0.25);
    EXPECT_EQ(typed_answer("1/8"), 0.125);
    EXPECT_EQ(typed_answer("1 024"), 1024.0);
    EXPECT_EQ(typed_answer("−3"), -3.0);
    EXPECT_EQ(typed_answer("0,125"), 0.125);
    EXPECT_EQ(typed_answer("12,5"), 12.5);
    for (const char* none : {"", "six", "6 rows", "1/0", "1/", "/2", "nan", "inf", "1,024", "-12,000,000"})
        EXPECT_FALSE(typed_answer(none)) << none;
}

TEST_F(UiLessons, AnOptionIsJudged) {
    start(options(small()));
    open_lesson("01_grid", 2);
    window->click("lesson.option.2");
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::wrong);
    EXPECT_EQ(run().remark(), "Weights never grow by themselves.");
    const WidgetRect one = *window->widget("lesson.option.0"), two = *window->widget("lesson.option.1");
    EXPECT_GT(two.to.y - two.from.y, (one.to.y - one.from.y) * 1.5f) << "long words wrap";
    window->click("lesson.option.1");
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::done);
    window->click("lesson.option.0");
    EXPECT_EQ(run().phase(), Phase::done) << "it was answered";
}

TEST_F(UiLessons, AClickOnAViewAnswers) {
    start(options(small()));
    open_lesson("01_grid", 3);
    window->click_cell("view.weights", {0, 0});
    window->frames(3);
    EXPECT_TRUE(app().experiment().display.pin) << "another view is pinned as always";
    window->click_cell("view.weights", {0, 0});
    window->click_cell("view.input", {5, 2});
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::wrong);
    EXPECT_EQ(run().remark(), "That is far below.");
    EXPECT_FALSE(app().experiment().display.pin);
    window->click_cell("view.input", {0, 0});
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::done);
    EXPECT_FALSE(app().experiment().display.pin);
    window->click_cell("view.input", {1, 1});
    window->frames(3);
    EXPECT_TRUE(app().experiment().display.pin) << "nothing is asked any more";
}

TEST_F(UiLessons, AStateIsReachedWithHintsOrTold) {
    start(options(small()));
    open_lesson("01_grid", 4);
    EXPECT_FALSE(there("lesson.explanation"));
    window->click("lesson.hint");
    window->frames(3);
    EXPECT_EQ(run().hints(), std::vector<std::string>{"Padding helps."});
    window->click("lesson.hint");
    window->frames(3);
    EXPECT_EQ(run().hints().size(), 2u);
    EXPECT_FALSE(there("lesson.hint"));
    window->enter_number("padding.height", "2");
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(run().remark(), "That is one more than needed.");
    EXPECT_FALSE(run().solved());
    window->enter_number("padding.height", "1");
    EXPECT_TRUE(becomes([&] { return run().phase() == Phase::done; }));
    EXPECT_TRUE(becomes([&] { return there("lesson.explanation"); }));
    command({.kind = Kind::lesson_step, .number = 4});
    EXPECT_EQ(app().experiment().spec.padding, (Axes{0, 0, 0})) << "the step begins as it always does";
    window->click("lesson.tell");
    window->frames(3);
    EXPECT_EQ(app().experiment().spec.padding, (Axes{0, 1, 1}));
    EXPECT_EQ(run().phase(), Phase::told);
}

TEST_F(UiLessons, LeavingGivesTheOwnExperimentBack) {
    Experiment own = small();
    own.spec.padding = {0, 2, 2};
    start(options(own));
    window->click("bias");
    app().act(SetTab{Tab::source});
    const Experiment before = app().experiment();
    ASSERT_TRUE(app().can_undo());
    open_lesson("01_grid", 4);
    EXPECT_FALSE(app().can_undo()) << "a step begins anew";
    EXPECT_EQ(app().own_experiment(), before);
    window->enter_number("padding.height", "1");
    EXPECT_TRUE(app().can_undo());
    command({.kind = Kind::open_lesson, .name = "02_other"});
    EXPECT_EQ(run().lesson().id, "02_other");
    EXPECT_EQ(app().own_experiment(), before);
    window->click("lesson.leave");
    window->frames(2);
    EXPECT_FALSE(app().lesson());
    EXPECT_EQ(app().experiment(), before);
    window->press_key(Key::z, true);
    window->press_key(Key::z, true);
    EXPECT_EQ(app().experiment(), own) << "and what was undone before can still be undone";
    ASSERT_TRUE(window->wait_for_result());
    expect_right();
}

TEST_F(UiLessons, ALessonGoesOnWhereItWasLeft) {
    start(options(small()));
    open_lesson("01_grid", 2);
    command({.kind = Kind::leave_lesson});
    EXPECT_EQ(app().settings().lessons.at("01_grid").at, 2);
    app().act(SetTab{Tab::lessons});
    window->frames(3);
    window->click("lessons.open.01_grid");
    window->frames(3);
    ASSERT_TRUE(app().lesson());
    EXPECT_EQ(run().at(), 2u);
    EXPECT_EQ(app().experiment().tab, Tab::explore);
    app().act(SetTab{Tab::lessons});
    window->frames(3);
    window->click("lesson.next");
    window->frames(3);
    EXPECT_EQ(app().experiment().tab, Tab::explore) << "the step is beside what it speaks of";
    AppOptions again = options(small());
    again.settings = app().settings();
    again.settings.lessons["99_gone"] = {.at = 3};
    start(again);
    open_lesson();
    EXPECT_EQ(run().at(), 3u);
    EXPECT_TRUE(app().settings().lessons.contains("99_gone")) << "another program may have it";
}

TEST_F(UiLessons, ProgressIsForgottenWhenAsked) {
    AppOptions wanted = options(small());
    wanted.settings.lessons = {{"01_grid", {.at = 2, .done = {0, 1}}}, {"02_other", {.finished = true}}};
    start(wanted);
    app().act(SetTab{Tab::lessons});
    window->frames(4);
    window->click("lessons.reset.01_grid");
    window->frames(2);
    EXPECT_EQ(app().settings().lessons.count("01_grid"), 0u);
    EXPECT_EQ(app().settings().lessons.count("02_other"), 1u);
    window->click("lessons.reset");
    window->frames(2);
    EXPECT_EQ(app().settings().lessons.size(), 1u) << "it asks first";
    window->click("lessons.reset.no");
    window->frames(2);
    window->click("lessons.reset");
    window->frames(2);
    window->click("lessons.reset.yes");
    window->frames(2);
    EXPECT_TRUE(app().settings().lessons.empty());
    EXPECT_FALSE(there("lessons.reset"));
}

TEST_F(UiLessons, TheLastStepLeadsToTheNextLesson) {
    start(options(small()));
    open_lesson("01_grid", 6);
    window->click("lesson.next");
    window->frames(3);
    EXPECT_TRUE(there("lesson.finished"));
    EXPECT_TRUE(app().settings().lessons.at("01_grid").finished);
    window->click("lesson.back");
    window->frames(3);
    EXPECT_FALSE(there("lesson.finished"));
    window->press_key(Key::page_down);
    window->press_key(Key::page_down);
    EXPECT_TRUE(there("lesson.finished")) << "a click too many leads nowhere";
    window->click("lesson.following");
    window->frames(3);
    ASSERT_TRUE(app().lesson());
    EXPECT_EQ(run().lesson().id, "02_other");
    window->press_key(Key::page_down);
    window->frames(2);
    EXPECT_FALSE(there("lesson.following")) << "the broken one is not next";
    window->click("lesson.all");
    window->frames(2);
    EXPECT_FALSE(app().lesson());
    EXPECT_EQ(app().experiment().tab, Tab::lessons);
}

TEST_F(UiLessons, ABrokenStepSaysWhereAndTheOthersWork) {
    start(options(small()));
    open_lesson("01_grid", 5);
    EXPECT_TRUE(there("lesson.error"));
    EXPECT_NE(run().step().error.find("no_such_name"), std::string::npos) << run().step().error;
    EXPECT_GT(run().step().error_line, 0);
    window->click("lesson.next");
    window->frames(3);
    EXPECT_FALSE(there("lesson.error"));
    command({.kind = Kind::leave_lesson});
    app().act(SetTab{Tab::lessons});
    window->frames(3);
    window->click("lessons.open.03_broken");
    window->frames(2);
    EXPECT_FALSE(app().lesson());
    command({.kind = Kind::open_lesson, .name = "03_broken"});
    EXPECT_FALSE(app().lesson());
    EXPECT_NE(app().banner().find("03_broken.md, line 1"), std::string::npos) << app().banner();
}

TEST_F(UiLessons, AFileThatIsMendedIsReadAgain) {
    start(options(small()));
    open_lesson("01_grid", 5);
    std::string mended(lesson_text);
    mended.replace(mended.find("no_such_name == 3"), 17, "padding.height == 3");
    write("program/01_grid.md", mended);
    fs::last_write_time(folder_ / "program/01_grid.md",
                        fs::file_time_type::clock::now() + std::chrono::seconds(5));
    EXPECT_TRUE(becomes([&] { return run().step().error.empty(); })) << run().step().error;
    EXPECT_EQ(run().at(), 5u);
    write("program/01_grid.md", "nothing of a lesson\n");
    fs::last_write_time(folder_ / "program/01_grid.md",
                        fs::file_time_type::clock::now() + std::chrono::seconds(9));
    EXPECT_TRUE(becomes([&] { return app().courses().back().lessons.front()->steps.empty(); }));
    ASSERT_TRUE(app().lesson());
    EXPECT_EQ(run().at(), 5u) << "what was there stays until the file is a lesson again";
}

}  // namespace
}  // namespace convscope
