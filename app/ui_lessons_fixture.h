// Small lessons in a folder of their own, and a window that lists them.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "ui_fixture.h"

namespace convscope {

inline constexpr const char* lesson_text = R"(---
title: A window on a grid
about: What a test needs of a lesson.
minutes: 3
---

## Read this

The input has **{input.height}** rows, and `code` stands here.

```set
start: blank
```
```look
tab: explore
light: padding.height
```

## How many rows?

```predict
number: output.height
unit: rows
hide: view.output, formula.height
wrong: input.height | That is the input's height.
```
```explain
It is {output.height}.
```

## Which grows?

```predict
option: The input | output.height > input.height
option: Neither of them, however long the sentence is that says so in this button | output.height <= input.height
option: The weights | kernel_size.height > input.height | Weights never grow by themselves.
```

## Click the corner

```predict
cell: input
where: cell.row == 0 and cell.column == 0
wrong: cell.row > 3 | That is far below.
```

## Keep the size

```do
when: output.height == input.height and output.width == input.width
nearly: padding.height == 2 | That is one more than needed.
hint: Padding helps.
hint: One row on each side.
solution.padding: 1
```
```explain
Now they are equal.
```

## A mistake of the teacher

```do
when: no_such_name == 3
solution.padding: 3
```

## The end

Nothing is asked here.

```look
panel: times
plot: spread
```
)";

class UiLessons : public Ui {
  protected:
    void SetUp() override {
        Ui::SetUp();
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("convscope_lessons_" + std::to_string(::getpid()) + "_" +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ / "program");
        write("program/01_grid.md", lesson_text);
        write("program/02_other.md",
              "---\ntitle: Another one\n---\n\n## Alone\n\nText.\n\n```set\nstart: blank\npadding: 1\n```\n");
        write("program/03_broken.md", "There is no header.\n");
    }
    void TearDown() override {
        window.reset();
        std::filesystem::remove_all(folder_);
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    AppOptions options(const Experiment& e) const {
        AppOptions out = app_options(e, CONVSCOPE_BINARY_DIR "/modules");
        out.refine = false;
        out.program_lessons = (folder_ / "program").string();
        return out;
    }
    void start(const AppOptions& wanted, gl::PixelSize size = usual) {
        window.reset();
        window = std::make_unique<OffscreenApp>(size, wanted);
        ASSERT_TRUE(window->wait_for_result());
    }
    void open_lesson(const std::string& id = "01_grid", int step = 0) {
        command({.kind = Command::Kind::open_lesson, .name = id});
        if (step > 0) command({.kind = Command::Kind::lesson_step, .number = double(step)});
        ASSERT_TRUE(app().lesson());
        ASSERT_TRUE(window->wait_for_result());
        window->frames(3);
    }
    void command(const Command& wanted) {
        app().command(wanted);
        window->frames(3);
    }
    App& app() { return window->app(); }
    const lessons::LessonRun& run() { return *app().lesson(); }
    bool there(const std::string& widget) const { return window->widget(widget).has_value(); }
    void type_answer(const std::string& number) {
        window->click("lesson.answer");
        window->type(number);
        window->press_enter();
        window->frames(3);
    }
    std::filesystem::path folder_;
};

}  // namespace convscope
