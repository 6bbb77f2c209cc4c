// What the window is while a lesson runs: covers, keys, the presentation, small windows, the text's lines.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "ui_lessons_fixture.h"
#include "widgets/fonts.h"
#include "widgets/markdown_view.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using compat::Key;
using Phase = lessons::LessonRun::Phase;

TEST_F(UiLessons, WhatIsHiddenIsCoveredAndKeepsTheMouse) {
    start(options(small()));
    open_lesson("01_grid", 1);
    ASSERT_TRUE(there("cover.view.output"));
    EXPECT_TRUE(there("cover.formula.height"));
    const WidgetRect cover = *window->widget("cover.view.output"), view = *window->widget("view.output");
    EXPECT_LT(cover.from.y, view.from.y) << "the title says the size";
    EXPECT_LE(cover.from.x, view.from.x);
    EXPECT_GE(cover.to.y, view.to.y);
    window->hover_cell("view.output", {1, 1});
    EXPECT_FALSE(app().focus());
    window->hover_cell("view.input", {1, 1});
    EXPECT_TRUE(app().focus());
    type_answer("4");
    window->frames(3);
    EXPECT_FALSE(there("cover.view.output"));
    window->hover_cell("view.output", {1, 1});
    EXPECT_TRUE(app().focus());
}

TEST_F(UiLessons, KeysAndMenusLeadThrough) {
    start(options(small()));
    window->press_key(Key::page_down);
    EXPECT_FALSE(app().lesson());
    window->press_key(Key::three);
    EXPECT_EQ(app().experiment().tab, Tab::lessons);
    window->press_key(Key::one);
    window->click("menu.Lessons");
    window->click("menu.Lessons.01_grid");
    window->frames(3);
    ASSERT_TRUE(app().lesson());
    for (const size_t at : {1u, 2u}) {
        window->press_key(Key::page_down);
        EXPECT_EQ(run().at(), at);
    }
    window->press_key(Key::page_up);
    EXPECT_EQ(run().at(), 1u);
    window->click("lesson.answer");
    window->press_key(Key::page_down);
    EXPECT_EQ(run().at(), 2u) << "a clicker works while the field has the keys";
    window->click("menu.Lessons");
    window->click("menu.Lessons.leave");
    EXPECT_FALSE(app().lesson());
}

TEST_F(UiLessons, LettersChooseAnOptionWhileItIsAskedFor) {
    start(options(small()), {1920, 1080});
    open_lesson("01_grid", 2);
    window->press_key(Key::f5);
    window->frames(3);
    const auto map = app().experiment().display.map;
    window->press_key(Key::c);
    window->frames(3);
    EXPECT_EQ(run().remark(), "Weights never grow by themselves.");
    EXPECT_EQ(app().experiment().display.map, map) << "while options are shown, C is one of them";
    window->press_key(Key::d);
    EXPECT_EQ(run().given().value_or(lessons::LessonRun::Answer{}).number, 2) << "there is no fourth one";
    window->press_key(Key::e);
    EXPECT_EQ(app().experiment().display.output_mode, OutputMode::error) << "other keys go on as always";
    window->press_key(Key::e);
    window->press_key(Key::b, true);
    EXPECT_EQ(run().phase(), Phase::wrong) << "Ctrl+B is not B";
    window->press_key(Key::f5);
    window->frames(3);
    window->double_click("padding.height");
    window->press_key(Key::b);
    EXPECT_EQ(run().phase(), Phase::wrong) << "a field is typed in";
    window->press_key(Key::escape);
    window->press_key(Key::b);
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::done);
    window->press_key(Key::c);
    EXPECT_NE(app().experiment().display.map, map) << "it was answered";
}

TEST_F(UiLessons, NoLetterAnswersBehindTheEnd) {
    write("program/04_choice.md",
          "---\ntitle: T\n---\n\n## One\n\n```set\nstart: blank\n```\n"
          "```predict\noption: Few | input.height < 8\noption: Many | input.height >= 8\n```\n");
    start(options(small()));
    open_lesson("04_choice");
    window->press_key(Key::page_down);
    window->press_key(Key::a);
    window->frames(2);
    ASSERT_TRUE(there("lesson.finished"));
    EXPECT_FALSE(run().given());
    window->press_key(Key::page_up);
    window->press_key(Key::a);
    window->frames(3);
    EXPECT_EQ(run().phase(), Phase::done);
}

TEST_F(UiLessons, APresentationHasTheViewsAndTheStep) {
    start(options(small()), {1920, 1080});
    command({.kind = Kind::toggle_presentation});
    EXPECT_FALSE(app().presenting()) << "of no lesson";
    open_lesson();
    const float small_text = fonts().text_px;
    window->press_key(Key::f5);
    window->frames(3);
    ASSERT_TRUE(app().presenting());
    EXPECT_FLOAT_EQ(fonts().text_px, std::round(small_text * 1.8f));
    for (const char* gone : {"panel.problem", "panel.tabs", "panel.status", "menu.File", "panel.lower"})
        EXPECT_FALSE(there(gone)) << gone;
    for (const char* kept : {"view.input", "view.output", "panel.lesson", "lesson.next"})
        EXPECT_TRUE(there(kept)) << kept;
    window->press_key(Key::page_down);
    EXPECT_EQ(run().at(), 1u);
    command({.kind = Kind::lesson_step, .number = 6});
    EXPECT_TRUE(there("panel.times")) << "the step asks for it";
    for (const Tab tab : {Tab::xray, Tab::source}) {
        app().act(SetTab{tab});
        window->frames(4);
        EXPECT_EQ(there("panel.source"), tab == Tab::source);
        EXPECT_EQ(there("panel.xray_map"), tab == Tab::xray);
        EXPECT_FALSE(there("panel.xray_choice"));
    }
    window->press_key(Key::escape);
    EXPECT_FALSE(app().presenting());
    EXPECT_TRUE(app().lesson());
    window->frames(2);
    EXPECT_FLOAT_EQ(fonts().text_px, small_text);
    EXPECT_EQ(app().settings().scale, 1);
}

TEST_F(UiLessons, ATeachersLessonsStandAboveTheOthers) {
    std::filesystem::create_directories(folder_ / "mine");
    write("mine/01_grid.md", "---\ntitle: Mine\n---\n\n## Alone\n\nText.\n\n```set\nstart: blank\n```\n");
    AppOptions wanted = options(small());
    wanted.lessons_folder = (folder_ / "mine").string();
    start(wanted);
    app().act(SetTab{Tab::lessons});
    window->frames(4);
    ASSERT_EQ(app().courses().size(), 2u);
    EXPECT_EQ(app().courses()[0].title, "mine");
    const std::string path = app().courses()[0].lessons.at(0)->path;
    command({.kind = Kind::open_lesson, .name = path});
    EXPECT_EQ(run().lesson().title, "Mine");
    command({.kind = Kind::open_lesson, .name = "01_grid"});
    EXPECT_EQ(run().lesson().title, "A window on a grid");
    EXPECT_TRUE(app().settings().lessons.contains(path)) << "the two do not share their progress";
    for (const auto& [key, title] :
         {std::pair{path, "Mine"}, {std::string("01_grid"), "A window on a grid"}}) {
        app().act(SetTab{Tab::lessons});
        window->frames(4);
        window->click("lessons.open." + key);
        window->frames(3);
        EXPECT_EQ(run().lesson().title, title);
    }
    window->click("menu.Lessons");
    window->click("menu.Lessons." + path);
    window->frames(3);
    EXPECT_EQ(run().lesson().title, "Mine");
}

TEST_F(UiLessons, ANewcomerIsShownTheFirstLessonOnce) {
    start(options(small()));
    EXPECT_FALSE(there("greeting")) << "nobody else sees it";
    AppOptions wanted = options(small());
    wanted.settings.newcomer = true;
    start(wanted);
    ASSERT_TRUE(becomes([&] { return there("greeting"); }));
    window->click("greeting.close");
    window->frames(2);
    EXPECT_FALSE(there("greeting"));
    EXPECT_FALSE(app().settings().newcomer);
    start(wanted);
    ASSERT_TRUE(becomes([&] { return there("greeting"); }));
    window->click("greeting.start");
    window->frames(2);
    ASSERT_TRUE(app().lesson());
    EXPECT_EQ(run().lesson().id, "01_grid");
    command({.kind = Kind::leave_lesson});
    EXPECT_FALSE(there("greeting"));
}

TEST_F(UiLessons, TextWrapsWithinItsColumnAndLosesNothing) {
    start(options(small()));
    const std::string long_word(90, 'w');
    lessons::Span plain, bold, end;
    plain.text = "Some words that need several lines in a narrow column, and one " + long_word + " word ";
    bold.text = "and bold";
    bold.strong = true;
    end.text = ", glued.";
    const float width = 200;
    ImGui::NewFrame();
    const std::vector<PlacedPiece> placed = flow(pieces_of({plain, bold, end}, {}, fonts().text, {}), width);
    ImGui::EndFrame();
    std::string all;
    size_t lines = 0;
    for (const PlacedPiece& piece : placed) {
        EXPECT_LE(piece.x + piece.width, width + 1) << piece.piece.text;
        all += piece.piece.text;
        lines = std::max(lines, piece.line + 1);
    }
    std::string wanted = plain.text + bold.text + end.text;
    std::erase(wanted, ' ');
    EXPECT_EQ(all, wanted);
    EXPECT_GE(lines, 5u);
    const auto comma = std::ranges::find_if(placed, [](const auto& p) { return p.piece.text == ","; });
    ASSERT_NE(comma, placed.end());
    EXPECT_GT(comma->x, 0) << "a comma stays with the word before it";
}

TEST_F(UiLessons, NothingEssentialIsCutInSmallWindows) {
    struct Size {
        gl::PixelSize pixels;
        float scale;
    };
    for (const Size& size : {Size{{1280, 720}, 1}, Size{{1600, 1000}, 1}, Size{{1280, 720}, 1.5f}}) {
        AppOptions wanted = options(small());
        wanted.settings.scale = size.scale;
        start(wanted, size.pixels);
        open_lesson("01_grid", 2);
        for (const char* name :
             {"lesson.next", "lesson.back", "lesson.leave", "lesson.present", "lesson.option.0",
              "lesson.place", "view.input", "view.output", "tab.source"}) {
            const auto rect = window->widget(name);
            ASSERT_TRUE(rect) << name;
            EXPECT_GE(rect->from.x, 0) << name;
            EXPECT_LE(rect->to.x, float(size.pixels.width)) << name;
            EXPECT_LE(rect->to.y, float(size.pixels.height)) << name;
            EXPECT_GT(rect->to.x - rect->from.x, 10) << name;
        }
        const WidgetRect lesson = *window->widget("panel.lesson");
        EXPECT_LE(window->widget("lesson.leave")->to.x, lesson.to.x);
        EXPECT_LE(window->widget("panel.views")->to.x, lesson.from.x);
        app().act(SetTab{Tab::xray});
        ASSERT_TRUE(window->wait_for_result());
        const WidgetRect map = *window->widget("panel.xray_map");
        EXPECT_GT(map.to.x - map.from.x, float(size.pixels.width) * 0.25f) << "room for three pictures";
        EXPECT_LE(map.to.x, lesson.from.x);
    }
}

}  // namespace
}  // namespace convscope
