// Lessons in the window: nothing that the learner has is lost, and no step gets stuck.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "ui_lessons_fixture.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using compat::Key;
using Phase = lessons::LessonRun::Phase;
namespace fs = std::filesystem;

constexpr const char* two_numbers = R"(---
title: Two numbers
---

## First

```set
start: blank
```
```predict
number: output.height
```

## Second

```predict
number: output.width
```

## One option is right while the input is small

```predict
option: Few | input.height < 8
option: None | input.height < 0
```
)";

TEST_F(UiLessons, TheWayHomeFromALessonIsTheExperimentNotTheList) {
    const Experiment own = small();
    start(options(own));
    app().act(SetTab{Tab::source});
    window->frames(2);
    app().act(SetTab{Tab::lessons});
    window->frames(3);
    window->click("lessons.open.02_other");
    window->frames(3);
    ASSERT_TRUE(app().lesson());
    window->press_key(Key::page_down);
    window->click("lesson.home");
    window->frames(3);
    EXPECT_FALSE(app().lesson());
    EXPECT_EQ(app().experiment().tab, Tab::source);
    EXPECT_EQ(app().experiment().spec, own.spec);
}

TEST_F(UiLessons, AFileBelongsToTheExperimentInWhichItWasOpened) {
    start(options(small()));
    const std::string picture = std::string(CONVSCOPE_SOURCE_DIR) + "/assets/images/single_pixel.png";
    app().command({Kind::open_file, picture});
    app().command({Kind::open_lesson, {}, "01_grid"});  // before a frame could take the file
    const auto is_taken = [&] { return app().own_experiment().source.path == picture; };
    EXPECT_TRUE(window->wait_until(20, is_taken));
    ASSERT_TRUE(app().lesson());
    EXPECT_NE(app().experiment().source.path, picture);

    app().command({Kind::open_file, std::string(CONVSCOPE_SOURCE_DIR) + "/assets/images/coffee.png"});
    app().command({Kind::leave_lesson});
    window->wait_for_result();
    window->frames(10);
    EXPECT_EQ(app().experiment().source.path, picture);
}

TEST_F(UiLessons, AFileThatWasOpenedInALessonIsNotPutIntoTheNextOne) {
    start(options(small()));
    const std::string picture = std::string(CONVSCOPE_SOURCE_DIR) + "/assets/images/single_pixel.png";
    open_lesson();
    app().command({Kind::open_file, picture});
    app().command({Kind::open_lesson, {}, "02_other"});  // before a frame could take the file
    const Experiment step = app().experiment();
    EXPECT_TRUE(becomes([&] { return app().notice().starts_with("'single_pixel.png' was not opened"); }))
        << app().notice();
    ASSERT_TRUE(app().lesson());
    EXPECT_TRUE(app().experiment() == step);
    EXPECT_TRUE(app().own_experiment() == small());
    EXPECT_FALSE(app().can_undo());

    app().command({Kind::open_file, picture});
    EXPECT_TRUE(becomes([&] { return app().experiment().source.path == picture; })) << "its own lesson";
    EXPECT_TRUE(app().own_experiment() == small());
}

TEST_F(UiLessons, AtTheEndOfALessonNothingIsAsked) {
    write("program/04_cell.md",
          "---\ntitle: T\n---\n\n## One\n\n```set\nstart: blank\n```\n"
          "```predict\ncell: input\nwhere: cell.row == 0\n```\n");
    start(options(small()));
    open_lesson("04_cell");
    window->press_key(Key::page_down);
    window->frames(2);
    ASSERT_TRUE(there("lesson.finished"));
    window->click_cell("view.input", {3, 3});
    window->frames(2);
    EXPECT_EQ(run().phase(), Phase::asking);
    EXPECT_TRUE(app().experiment().display.pin) << "a click pins, as always";
    window->press_key(Key::page_up);
    window->frames(2);
    window->click_cell("view.input", {3, 3});
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::wrong);
}

TEST_F(UiLessons, WhateverIsDoneInALessonLeavesTheOwnWorkAsItWas) {
    Experiment own = small();
    start(options(own));
    window->click("bias");
    const Experiment before = app().experiment();
    open_lesson("01_grid", 4);
    const Experiment step = app().experiment();
    Experiment other = small();
    other.spec.padding = {0, 2, 2};
    const std::string file = (folder_ / "other.json").string();
    save_experiment(file, other);
    app().drop({file});
    ASSERT_TRUE(window->wait_for_result());
    ASSERT_TRUE(app().experiment().spec == other.spec);
    ASSERT_TRUE(app().lesson()) << "a file is opened within the lesson";
    command({.kind = Kind::undo});
    EXPECT_TRUE(app().experiment() == step);
    command({.kind = Kind::undo});
    EXPECT_TRUE(app().experiment() == step) << "behind the step's beginning there is nothing to undo";
    command({.kind = Kind::redo});
    EXPECT_TRUE(app().experiment().spec == other.spec);
    EXPECT_TRUE(app().own_experiment() == before) << "what is kept where the window is closed now";
    command({.kind = Kind::leave_lesson});
    EXPECT_TRUE(app().experiment() == before);
    command({.kind = Kind::redo});
    EXPECT_TRUE(app().experiment() == before) << "nor can the lesson be redone in it";
    command({.kind = Kind::undo});
    EXPECT_TRUE(app().experiment() == own);
}

TEST_F(UiLessons, AnAnimationThatIsBeingSavedEndsWithItsStep) {
    start(options(small()));
    open_lesson();
    const fs::path file = folder_ / "walk.gif";
    app().command({.kind = Kind::save_animation, .path = file.string()});
    window->frames(2);
    ASSERT_TRUE(app().recording());
    window->press_key(Key::page_down);
    EXPECT_FALSE(app().recording());
    EXPECT_NE(app().notice().find("was not saved"), std::string::npos) << app().notice();
    EXPECT_FALSE(fs::exists(file)) << "half a file is none";
}

// Its computation waits for the devices until `released`.
AppOptions held(AppOptions wanted, const std::shared_ptr<std::atomic<bool>>& released) {
    wanted.find_devices = [released, find = wanted.find_devices] {
        while (!*released) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return find();
    };
    return wanted;
}

TEST_F(UiLessons, AnAnswerIsJudgedThoughTheComputationWasCancelled) {
    write("program/04_one.md",
          "---\ntitle: T\n---\n\n## One\n\n```set\nstart: blank\ninput: ones\nweights: ones\n```\n"
          "```predict\nnumber: output_at(0, 0, 1, 1)\n```\n");
    const auto released = std::make_shared<std::atomic<bool>>(false);
    window = std::make_unique<OffscreenApp>(usual, held(options(small()), released));
    command({.kind = Kind::open_lesson, .name = "04_one"});
    command({Kind::cancel});
    *released = true;
    ASSERT_TRUE(becomes([&] { return app().devices() && !app().busy(); }));
    ASSERT_FALSE(app().shown());
    EXPECT_EQ(app().trouble(), "The computation was cancelled.");
    command({.kind = Kind::lesson_answer, .number = 9});
    EXPECT_TRUE(becomes([&] { return run().phase() == Phase::done; })) << run().remark();
}

TEST_F(UiLessons, AnAnswerIsJudgedThoughCountingWasCancelled) {
    if (!fs::exists(CONVSCOPE_BINARY_DIR "/modules/traced.so")) GTEST_SKIP() << "this build does not trace";
    write("program/04_count.md",
          "---\ntitle: T\n---\n\n## One\n\n```set\nstart: blank\n```\n```look\ntab: xray\n```\n"
          "```predict\nnumber: load_requests(\"\")\n```\n");
    const auto released = std::make_shared<std::atomic<bool>>(false);
    window = std::make_unique<OffscreenApp>(usual, held(options(small()), released));
    command({.kind = Kind::open_lesson, .name = "04_count"});
    const bool counts = becomes([&] { return app().xray()->counting; });  // once the computation is over
    command({Kind::cancel});
    *released = true;
    ASSERT_TRUE(counts);
    ASSERT_TRUE(becomes([&] { return app().devices() && !app().busy() && app().xray_settled(); }));
    ASSERT_FALSE(app().xray()->counting);
    ASSERT_FALSE(app().xray()->counts);
    command({.kind = Kind::lesson_answer, .number = 0});
    EXPECT_TRUE(becomes([&] { return run().phase() == Phase::wrong; })) << run().remark();
    ASSERT_TRUE(app().xray()->counts);
    EXPECT_GT(app().xray()->counts->totals.load_requests, 0);
}

TEST_F(UiLessons, WhatIsTypedStaysWithItsStep) {
    start(options(small()));
    write("program/04_two.md", two_numbers);
    open_lesson("04_two");
    window->click("lesson.answer");
    window->type("77");
    window->press_key(Key::page_down);
    window->frames(3);
    ASSERT_EQ(run().at(), 1u);
    EXPECT_EQ(std::string(app().memory().lesson.typed.data()), "");
    window->click("lesson.check");
    window->frames(2);
    EXPECT_TRUE(there("lesson.refused")) << "nothing was typed here";
    EXPECT_FALSE(run().given());
}

TEST_F(UiLessons, AnsweringGivesTheKeysBack) {
    start(options(small()));
    write("program/04_two.md", two_numbers);
    open_lesson("04_two");
    window->click("lesson.answer");
    window->type("4");
    EXPECT_EQ(app().experiment().tab, Tab::explore) << "a digit is part of the answer";
    window->press_enter();
    window->frames(3);
    ASSERT_EQ(run().phase(), Phase::done);
    window->press_key(Key::two);
    window->frames(2);
    EXPECT_EQ(app().experiment().tab, Tab::xray);
}

TEST_F(UiLessons, AQuestionThatCannotBeJudgedComesBackWithTheExperiment) {
    start(options(small()));
    write("program/04_two.md", two_numbers);
    open_lesson("04_two", 2);
    const Experiment asked = app().experiment();
    window->enter_number("input.height", "20");
    ASSERT_TRUE(window->wait_for_result());
    window->click("lesson.option.0");
    EXPECT_TRUE(becomes([&] { return there("lesson.error"); }));
    EXPECT_NE(run().error().find("none of the options is right"), std::string::npos) << run().error();
    app().act(ReplaceExperiment{asked});
    window->frames(2);
    window->click("lesson.option.0");
    EXPECT_TRUE(becomes([&] { return run().phase() == Phase::done; }));
    EXPECT_EQ(run().error(), "");
}

TEST_F(UiLessons, AnotherFileThatChangesDoesNotBeginTheStepAnew) {
    start(options(small()));
    open_lesson("01_grid", 4);
    window->enter_number("padding.height", "2");
    ASSERT_TRUE(window->wait_for_result());
    const Experiment reached = app().experiment();
    write("program/05_new.md", "---\ntitle: New\n---\n\n## Alone\n\nText.\n");
    EXPECT_TRUE(becomes([&] { return app().courses().back().lessons.size() == 4; }));
    EXPECT_EQ(run().at(), 4u);
    EXPECT_TRUE(app().experiment() == reached);
    fs::remove(folder_ / "program/01_grid.md");
    EXPECT_TRUE(becomes([&] { return app().courses().back().lessons.size() == 3; }));
    ASSERT_TRUE(app().lesson());
    EXPECT_TRUE(app().experiment() == reached);
}

TEST_F(UiLessons, ATeachersFolderIsNeverTakenForTheProgramsOwn) {
    fs::create_directories(folder_ / "ConvScope");
    write("ConvScope/01_grid.md", "---\ntitle: Mine\n---\n\n## Alone\n\nText.\n");
    AppOptions wanted = options(small());
    wanted.settings.lessons["01_grid"] = {.at = 3};
    wanted.lessons_folder = (folder_ / "ConvScope").string();
    start(wanted);
    command({.kind = Kind::open_lesson, .name = (folder_ / "ConvScope/01_grid.md").string()});
    ASSERT_TRUE(app().lesson());
    EXPECT_EQ(run().lesson().title, "Mine");
    EXPECT_EQ(app().settings().lessons.at("01_grid").at, 3);
}

}  // namespace
}  // namespace convscope
