#include "window_lesson_check.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "lessons/settings_lines.h"
#include "numbers.h"
#include "program_files.h"
#include "views/explain.h"
#include "window_driver.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using lessons::Expression;
using lessons::Goal;
using lessons::Laboratory;
using lessons::LessonRun;
using lessons::Prediction;
using lessons::Remark;
using lessons::Step;
using Kind = Command::Kind;
using Phase = LessonRun::Phase;

// A number as somebody types it who reads it on the screen.
double typed(double value) {
    const std::string text = lessons::value_text(std::abs(value));
    const NumberStart start = number_start(text);
    return start.length != text.size() ? value : value < 0 ? -start.wide : start.wide;
}

std::string quoted(const Expression& expression) {
    return cat("'", expression.text(), "'");
}

class LessonWalk {
  public:
    LessonWalk(OffscreenApp& app, const LessonCheckOptions& options, std::set<std::string> known,
               LessonCheck& out)
        : app_(app), options_(options), known_(std::move(known)), out_(out) {}

    void walk(const lessons::Lesson& lesson, const std::function<void(const std::string&, int, int)>& told) {
        file_ = fs::path(lesson.path).filename().string();
        id_ = lesson.id;
        if (!lesson.error.empty()) return find(lesson.error_line, lesson.error);
        ++out_.lessons;
        if (lesson.steps.empty()) return;
        const Experiment own = app_.experiment();
        app_.app().command({Kind::open_lesson, {}, lesson.id});
        if (options_.presenting) app_.app().command({Kind::toggle_presentation});
        for (size_t i = 0; i < lesson.steps.size() && app_.app().lesson(); ++i) {
            if (told) told(file_, static_cast<int>(i) + 1, static_cast<int>(lesson.steps.size()));
            walk_step(lesson.steps[i], i);
        }
        app_.app().command({Kind::leave_lesson});
        app_.frames(2);
        if (app_.experiment() != own)
            find(1, "leaving the lesson does not give the learner's own experiment back");
    }

  private:
    const LessonRun& run() const { return *app_.app().lesson(); }
    Laboratory laboratory() const { return app_.app().laboratory(app_.app().devices().get()); }
    void find(int line, const std::string& sentence) { out_.findings.push_back({file_, line, sentence}); }

    bool wait() {
        app_.frames(2);
        const bool settles = app_.wait_until(options_.seconds_at_most, [&] {
            // What breaks rules is never computed.
            const bool settled = app_.app().settled() || !broken_rules(app_.experiment().spec).empty();
            return settled && !app_.app().counting() && run().phase() != Phase::judging;
        });
        app_.frames(3);
        return settles;
    }
    // Times and the device's ceilings become known last.
    void wait_for_rest() { app_.wait_for_rest(options_.seconds_at_most); }

    void enter(size_t index) {
        app_.app().command({.kind = Kind::lesson_step, .number = static_cast<double>(index)});
        wait();
    }

    void save_picture(const char* of_what) {
        if (options_.pictures.empty()) return;
        const std::string number = cat(run().at() + 1 < 10 ? "0" : "", run().at() + 1);
        const std::string path = cat(options_.pictures, "/", id_, "_", number, of_what, ".png");
        app_.mouse_away();
        app_.frames(2);
        app_.save_png(path);
        out_.pictures.push_back(path);
    }

    void walk_step(const Step& step, size_t index) {
        ++out_.steps;
        if (!step.error.empty()) return find(step.error_line, step.error);
        app_.app().command({.kind = Kind::lesson_step, .number = static_cast<double>(index)});
        if (!wait())
            find(step.line, cat("the step does not come to rest within ", options_.seconds_at_most, " s"));
        if (!run().error().empty()) return find(run().error_line(), run().error());
        for (const std::string& said : {app_.app().banner(), app_.app().trouble()})
            if (!said.empty()) {
                find(step.line, cat("the program says: ", said));
                app_.app().command({Kind::dismiss_banner});
                break;
            }
        // In a room many widgets are not shown.
        if (!options_.presenting)
            for (const std::string& name : run().lights())
                if (!app_.widget(name)) find_unknown(step.look.line, "light", name);
        // What is covered may be out of sight: on a tab that the learner might turn to.
        if (step.prediction)
            for (const std::string& name : step.prediction->hidden)
                if (!app_.widget(name) && !known_.contains(name))
                    find_unknown(step.prediction->line, "hide", name);
        require_values(step.text, step.line);
        if (step.look.plot) wait_for_rest();
        save_picture("");
        if (step.goal) reach(*step.goal);
        if (step.prediction) predict(*step.prediction, index);
        if (!step.explanation.empty() || step.has_task()) {
            require_values(step.explanation, step.line);
            if (step.has_task()) save_picture("_solved");
        }
    }

    void find_unknown(int line, const char* field, const std::string& name) {
        find(line, cat(field, ": the window has no widget '", name,
                       "' in this step; `convscope lessons --widgets` lists the names"));
    }

    // Braces whose value never comes stand empty in the text.
    void require_values(const lessons::Document& text, int line) {
        const auto check = [&](const std::vector<lessons::Span>& spans) {
            for (const lessons::Span& span : spans)
                if (!span.value.empty() && !value(span.value, line))
                    find(line, cat("{", span.value.text(), "} in the text has no value in this step"));
        };
        for (const lessons::Block& block : text.blocks) {
            check(block.spans);
            for (const auto& row : block.rows)
                for (const auto& cell : row) check(cell);
        }
    }

    std::optional<double> value(const Expression& expression, int line) {
        const auto known = value(expression, laboratory(), line);
        if (known || app_.app().at_rest()) return known;
        wait_for_rest();
        return value(expression, laboratory(), line);
    }
    std::optional<double> value(const Expression& expression, const Laboratory& at, int line) {
        try {
            return expression.value(at);
        } catch (const Error& error) {
            find(line, cat(quoted(expression), ": ", error.what()));
            return std::nullopt;
        }
    }

    void reach(const Goal& goal) {
        ++out_.tasks;
        if (run().phase() == Phase::done)
            return find(goal.line, cat(quoted(goal.when), " holds already when the step begins"));
        try {
            const Experiment solved = lessons::with_settings(app_.experiment(), goal.solution);
            app_.app().act(ReplaceExperiment{solved});
        } catch (const lessons::LineError& error) {
            return find(error.line, error.sentence);
        }
        for (const std::string& wanted : goal.commands)
            app_.app().command({wanted == "compare" ? Kind::compare_kernels : Kind::count_grid});
        wait();
        if (run().phase() != Phase::done) wait_for_rest();
        if (run().phase() == Phase::done)
            ++out_.right;
        else
            find(goal.line, cat("after the solution ", quoted(goal.when), " does not hold",
                                run().error().empty() ? "" : cat(": ", run().error())));
    }

    // Whether the answer was found right; the remark is then in run().
    bool answer(double number, const std::optional<Pin>& cell = {}) {
        app_.app().command({.kind = Kind::lesson_answer, .number = number, .cell = cell});
        wait();
        const Phase phase = run().phase();
        out_.wrong += phase == Phase::wrong;
        return phase == Phase::done;
    }

    void require_remark(int line, const std::string& written, const std::string& answered) {
        const std::string sentence = written.empty() ? written : lessons::filled(written, laboratory());
        if (run().phase() != Phase::wrong)
            find(line, cat("the wrong answer ", answered, " is not refused",
                           run().remark().empty() ? "" : cat(": ", run().remark())));
        else if (run().remark().empty() || (!sentence.empty() && run().remark() != sentence))
            find(line, cat("the wrong answer ", answered, " is met by «", run().remark(), "» and not by «",
                           sentence, "»"));
    }

    void predict(const Prediction& prediction, size_t index) {
        ++out_.tasks;
        using What = Prediction::Kind;
        switch (prediction.kind) {
            case What::number:
                predict_number(prediction);
                break;
            case What::choice:
                predict_choice(prediction, index);
                break;
            case What::cell:
                predict_cell(prediction);
                break;
        }
        if (!run().error().empty())
            find(run().error_line(), run().error());
        else
            out_.right += run().phase() == Phase::done;
    }

    void predict_number(const Prediction& asked) {
        constexpr double surely_wrong = 987654321.5;
        if (answer(surely_wrong)) return find(asked.line, "any number is taken for right");
        require_remark(asked.line, {}, lessons::value_text(surely_wrong));
        save_picture("_wrong");
        const auto right = value(asked.number, asked.line);
        if (!right) return find(asked.line, cat(quoted(asked.number), " has no value"));
        const double within = asked.within * (asked.within_is_share ? std::abs(*right) : 1);
        for (const Remark& remark : asked.wrong) {
            const auto mistake = value(remark.when, asked.line);
            if (!mistake)
                find(asked.line, cat("wrong: ", quoted(remark.when), " has no value"));
            else if (std::abs(*mistake - *right) <= within)
                find(asked.line, cat("wrong: ", quoted(remark.when), " is the right answer, ",
                                     lessons::value_text(*right)));
            else if (answer(*mistake))
                return find(asked.line, cat("wrong: ", quoted(remark.when), " is so near the right answer, ",
                                            lessons::value_text(*right), ", that it is taken for it"));
            else
                require_remark(asked.line, remark.sentence, lessons::value_text(*mistake));
        }
        if (!answer(typed(*right)))
            find(asked.line, cat("the right answer, typed as ", lessons::value_text(*right),
                                 ", is refused; `within` says how far a number may be off"));
    }

    void predict_choice(const Prediction& asked, size_t index) {
        std::vector<size_t> right;
        bool pictured = false;
        for (size_t i = 0; i < asked.options.size(); ++i) {
            if (i > 0) enter(index);
            const bool found = answer(static_cast<double>(i));
            if (!run().error().empty()) return;  // told by the caller
            if (found) {
                right.push_back(i);
            } else {
                require_remark(asked.line, asked.options[i].feedback, cat("'", asked.options[i].text, "'"));
                if (!std::exchange(pictured, true)) save_picture("_wrong");
            }
        }
        if (right.size() != 1)  // each was right when it was chosen
            return find(asked.line, cat(right.size(), " options are right; exactly one is allowed"));
        enter(index);
        answer(static_cast<double>(right.front()));
    }

    // Elements of the view that is asked about, at most so many as can be looked through.
    std::vector<Pin> cells(const Prediction& asked) const {
        constexpr int64_t most = 100000;
        const ProblemSpec& spec = app_.experiment().spec;
        const int64_t count = broken_rules(spec).empty() ? view_elements(Problem(spec), asked.view) : 0;
        std::vector<Pin> all;
        for (int64_t i = 0; i < std::min(count, most); ++i) all.push_back({asked.view, i});
        return all;
    }

    void predict_cell(const Prediction& asked) {
        bool fails = false;  // one finding is enough: the other elements' would be alike
        const auto holds = [&](const Expression& condition, const Pin& cell) {
            Laboratory at = laboratory();
            at.cell = cell;
            const size_t before = out_.findings.size();
            const std::optional<double> found = value(condition, at, asked.line);
            fails = fails || out_.findings.size() > before;
            return found && lessons::is_true(*found);
        };
        const auto any = [&](const auto& suits) -> std::optional<Pin> {
            for (const Pin& cell : cells(asked)) {
                const bool found = suits(cell);
                if (fails) break;
                if (found) return cell;
            }
            return std::nullopt;
        };
        if (cells(asked).empty())
            return find(asked.line, "an element is asked for, but the experiment breaks rules and has none");
        const auto wrong = any([&](const Pin& cell) { return !holds(asked.where, cell); });
        if (fails) return;
        if (!wrong) return find(asked.line, "every element is right");
        if (answer(0, wrong)) return find(asked.line, "a wrong element is taken for right");
        require_remark(asked.line, {}, "element");
        save_picture("_wrong");
        for (size_t i = 0; i < asked.wrong.size(); ++i) {
            const auto mistake = any([&](const Pin& cell) {
                bool earlier = holds(asked.where, cell);
                for (size_t before = 0; before < i && !earlier; ++before)
                    earlier = holds(asked.wrong[before].when, cell);
                return !earlier && holds(asked.wrong[i].when, cell);
            });
            if (fails) return;
            if (!mistake)
                find(asked.line, cat("wrong: no element is met by ", quoted(asked.wrong[i].when)));
            else if (!answer(0, mistake))
                require_remark(asked.line, asked.wrong[i].sentence, "element");
        }
        const auto right = any([&](const Pin& cell) { return holds(asked.where, cell); });
        if (fails) return;
        if (!right)
            find(asked.line, cat("where: ", quoted(asked.where), " holds for no element"));
        else if (!answer(0, right))
            find(asked.line, "the right element is refused");
    }

    OffscreenApp& app_;
    const LessonCheckOptions& options_;
    const std::set<std::string> known_;  // names of widgets
    LessonCheck& out_;
    std::string file_, id_;
};

// Of all tabs.
std::set<std::string> widgets_of(OffscreenApp& app) {
    std::set<std::string> names;
    for (const Tab tab : {Tab::xray, Tab::source, Tab::explore}) {
        app.app().act(SetTab{tab});
        app.wait_until(30, [&] { return app.app().settled(); });
        app.frames(3);
        for (const std::string& name : registry().names()) names.insert(name);
    }
    return names;
}

}  // namespace

LessonCheck check_lessons(const LessonCheckOptions& options,
                          const std::function<void(const std::string&, int, int)>& told) {
    const lessons::Course course = lessons::read_course(options.folder, options.folder);
    if (!course.error.empty()) fail_request(course.error);
    AppOptions with = app_options(first_experiment(), options.modules_folder);
    with.program_lessons = options.folder;
    if (!options.pictures.empty()) {
        std::error_code failed;
        fs::create_directories(options.pictures, failed);
        if (failed) fail_request(cat("cannot make the folder ", options.pictures, ": ", failed.message()));
    }
    OffscreenApp app({options.width, options.height}, with);
    app.wait_for_result(options.seconds_at_most);
    LessonCheck out;
    LessonWalk walk(app, options, widgets_of(app), out);
    for (const lessons::LessonPtr& lesson : course.lessons)
        if (lesson->id.starts_with(options.only)) walk.walk(*lesson, told);
    if (out.lessons == 0 && out.findings.empty())
        fail_request(cat("no lesson in ", options.folder, " begins with '", options.only, "'"));
    return out;
}

std::vector<std::string> lesson_widgets(const std::string& modules_folder) {
    OffscreenApp app({1600, 1000}, app_options(first_experiment(), modules_folder));
    const std::set<std::string> names = widgets_of(app);
    return {names.begin(), names.end()};
}

}  // namespace convscope
