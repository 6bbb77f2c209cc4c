// The tour's stops in the lessons: the path of the course, and steps of the lessons that come with the
// program.
#include <array>
#include <string>

#include "window_tour.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using lessons::Prediction;

constexpr double patience_s = 30;

// The program's own lessons; the first one of them is opened.
void open_first(OffscreenApp& app) {
    app.wait_until(patience_s, [&] { return !app.app().courses().empty(); });
    if (app.app().courses().empty()) return;
    for (const lessons::LessonPtr& lesson : app.app().courses().back().lessons) {
        if (lesson->steps.empty()) continue;
        app.app().command({.kind = Kind::open_lesson, .name = lesson->id});
        app.wait_for_rest(patience_s);
        return;
    }
}

// To the first step of the course for which this holds.
template <class Condition>
void go_to(OffscreenApp& app, const Condition& holds) {
    open_first(app);
    if (!app.app().lesson()) return;
    for (const lessons::LessonPtr& lesson : app.app().courses().back().lessons)
        for (size_t i = 0; i < lesson->steps.size(); ++i) {
            if (!holds(lesson->steps[i])) continue;
            app.app().command({.kind = Kind::open_lesson, .name = lesson->id});
            app.app().command({.kind = Kind::lesson_step, .number = static_cast<double>(i)});
            app.wait_for_rest(patience_s);
            app.mouse_away();
            return;
        }
}

bool asks_for(const lessons::Step& step, Prediction::Kind kind) {
    return step.prediction && step.prediction->kind == kind;
}

// The lessons as they are for somebody who has taken a few.
void path(OffscreenApp& app) {
    Settings settings = app.app().settings();
    app.wait_until(patience_s, [&] { return !app.app().courses().empty(); });
    int done = 0;
    for (const lessons::Course& course : app.app().courses())
        for (const lessons::LessonPtr& lesson : course.lessons) {
            if (done < 2) settings.lessons[lesson->id] = {.finished = true};
            if (done == 2) settings.lessons[lesson->id] = {.at = 3, .done = {0, 1, 2}};
            ++done;
        }
    app.app().set(settings);
    app.app().act(SetTab{Tab::lessons});
    app.frames(3);
}

void step(OffscreenApp& app) {
    open_first(app);
    app.mouse_away();
}

void predict(OffscreenApp& app) {
    go_to(app, [](const lessons::Step& s) {
        return asks_for(s, Prediction::Kind::number) && !s.prediction->hidden.empty();
    });
}

void choose(OffscreenApp& app) {
    go_to(app, [](const lessons::Step& s) { return asks_for(s, Prediction::Kind::choice); });
}

void wrong(OffscreenApp& app) {
    choose(app);
    if (!app.app().lesson()) return;
    for (size_t i = 0; i < app.app().lesson()->step().prediction->options.size(); ++i) {
        app.app().command({.kind = Kind::lesson_answer, .number = static_cast<double>(i)});
        app.wait_for_result();
        app.frames(3);
        if (app.app().lesson()->phase() == lessons::LessonRun::Phase::wrong) break;
    }
}

void explained(OffscreenApp& app) {
    predict(app);
    app.app().command({.kind = Kind::lesson_tell});
    app.wait_for_result();
    app.frames(5);
}

void to_do(OffscreenApp& app) {
    go_to(app, [](const lessons::Step& s) { return s.goal.has_value(); });
    app.app().command({.kind = Kind::lesson_hint});
    app.frames(3);
}

void presented(OffscreenApp& app) {
    predict(app);
    app.app().command({.kind = Kind::toggle_presentation});
    app.frames(4);
}

void xray_step(OffscreenApp& app) {
    go_to(app, [](const lessons::Step& s) { return s.look.tab == Tab::xray; });
}

void presented_xray(OffscreenApp& app) {
    xray_step(app);
    app.app().command({.kind = Kind::toggle_presentation});
    app.wait_for_rest(patience_s);
}

void finished(OffscreenApp& app) {
    open_first(app);
    if (!app.app().lesson()) return;
    app.app().command({.kind = Kind::lesson_step, .number = 99});
    app.app().command({.kind = Kind::lesson_next});
    app.frames(3);
}

void newcomer(OffscreenApp& app) {
    Settings settings = app.app().settings();
    settings.newcomer = true;
    app.app().set(settings);
    app.wait_until(patience_s, [&] { return app.widget("greeting").has_value(); });
}

void lessons_menu(OffscreenApp& app) {
    app.wait_until(patience_s, [&] { return !app.app().courses().empty(); });
    app.click("menu.Lessons");
    app.frames(3);
}

constexpr std::array<TourStop, 13> stops{{
    {"lessons_path", "photograph_edges", path},
    {"lesson_step", "photograph_edges", step},
    {"lesson_predict", "photograph_edges", predict},
    {"lesson_choose", "photograph_edges", choose},
    {"lesson_wrong", "photograph_edges", wrong},
    {"lesson_explained", "photograph_edges", explained},
    {"lesson_do", "photograph_edges", to_do},
    {"lesson_xray", "photograph_edges", xray_step},
    {"lesson_finished", "photograph_edges", finished},
    {"presentation", "photograph_edges", presented},
    {"presentation_xray", "photograph_edges", presented_xray},
    {"newcomer", "photograph_edges", newcomer},
    {"lessons_menu", "photograph_edges", lessons_menu},
}};

}  // namespace

std::span<const TourStop> lesson_stops() {
    return stops;
}

}  // namespace convscope
