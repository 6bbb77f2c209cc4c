// The lessons that come with the program.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/errors.h"
#include "lessons/course.h"
#include "lessons/facts.h"
#include "lessons/lesson_run.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

Course own_course() {
    return read_course(CONVSCOPE_SOURCE_DIR "/assets/lessons", own_course_title);
}

TEST(OwnLessons, AreReadWithoutAnError) {
    const Course course = own_course();
    EXPECT_EQ(course.error, "");
    EXPECT_EQ(course.lessons.size(), 18);
    for (const LessonPtr& lesson : course.lessons) {
        EXPECT_EQ(lesson->error, "") << lesson->path << ":" << lesson->error_line;
        EXPECT_FALSE(lesson->about.empty()) << lesson->path;
        EXPECT_GT(lesson->minutes, 0) << lesson->path;
        for (const Step& step : lesson->steps)
            EXPECT_EQ(step.error, "") << lesson->path << ":" << step.error_line;
    }
}

TEST(OwnLessons, CarryOutEveryLineThatTheyHave) {
    for (const LessonPtr& lesson : own_course().lessons)
        for (size_t i = 0; i < lesson->steps.size(); ++i) {
            const Step& step = lesson->steps[i];
            try {
                const Experiment begun = experiment_at(*lesson, i);
                EXPECT_TRUE(broken_rules(begun.spec).empty()) << lesson->path << ":" << step.line;
                if (step.goal) (void)with_settings(begun, step.goal->solution);
                if (step.prediction) (void)with_settings(begun, step.prediction->then);
            } catch (const LineError& error) {
                ADD_FAILURE() << lesson->path << ":" << error.line << ": " << error.sentence;
            }
        }
}

// What can be judged without a result is: tasks that are a matter of the experiment alone.
TEST(OwnLessons, AreSolvedByTheirSolutionsAndNotBefore) {
    int judged = 0;
    for (const LessonPtr& lesson : own_course().lessons)
        for (size_t i = 0; i < lesson->steps.size(); ++i) {
            const Step& step = lesson->steps[i];
            if (!step.goal) continue;
            LessonRun run(lesson, {.at = static_cast<int>(i)});
            Experiment shown = run.enter(i, blank_experiment()).value_or(blank_experiment());
            run.see({.experiment = &shown});
            EXPECT_EQ(run.phase(), LessonRun::Phase::asking) << lesson->path << ":" << step.goal->line;
            shown = with_settings(shown, step.goal->solution);
            try {
                if (!step.goal->when.value({.experiment = &shown, .start = &run.start()})) continue;
            } catch (const Error& error) {
                ADD_FAILURE() << lesson->path << ":" << step.goal->line << ": " << error.what();
                continue;
            }
            ++judged;
            run.see({.experiment = &shown});
            EXPECT_EQ(run.phase(), LessonRun::Phase::done)
                << lesson->path << ":" << step.goal->line << ": " << step.goal->when.text();
            EXPECT_EQ(run.progress().done, (std::set<int>{static_cast<int>(i)}));
        }
    EXPECT_GT(judged, 10);
}

// Answers that need no result: the right one is accepted, and one beside it is not.
TEST(OwnLessons, AcceptRightAnswersAndNoOthers) {
    int judged = 0;
    for (const LessonPtr& lesson : own_course().lessons)
        for (size_t i = 0; i < lesson->steps.size(); ++i) {
            const Step& step = lesson->steps[i];
            if (!step.prediction) continue;
            const auto told = [&] {
                LessonRun run(lesson, {});
                Experiment shown = run.enter(i, blank_experiment()).value_or(blank_experiment());
                if (const auto then = run.tell(shown)) shown = *then;
                run.see({.experiment = &shown});
                EXPECT_EQ(run.error(), "") << lesson->path << ":" << run.error_line();
                return run;
            }();
            if (!told.right_number()) continue;
            ++judged;
            using Kind = Prediction::Kind;
            const bool number = step.prediction->kind == Kind::number;
            for (const bool right : {true, false}) {
                LessonRun run(lesson, {});
                Experiment shown = run.enter(i, blank_experiment()).value_or(blank_experiment());
                LessonRun::Answer answer{.number = *told.right_number()};
                if (number && !right) answer.number = answer.number * 2 + 1;
                if (step.prediction->kind == Kind::choice && !right)
                    answer.number = answer.number > 0 ? answer.number - 1 : 1;
                if (step.prediction->kind == Kind::cell && right) answer.cell = told.given()->cell;
                if (const auto then = run.answer(answer, shown)) shown = *then;
                run.see({.experiment = &shown});
                EXPECT_EQ(run.phase(), right ? LessonRun::Phase::done : LessonRun::Phase::wrong)
                    << lesson->path << ":" << step.prediction->line << " " << *told.right_number()
                    << run.error();
                EXPECT_TRUE(right || !run.remark().empty());
            }
        }
    EXPECT_GT(judged, 10);
}

// The tables of docs/write_a_lesson.md, as names; those with "…" behind a dot stand for three axes.
std::set<std::string> documented_names() {
    std::ifstream file(CONVSCOPE_SOURCE_DIR "/docs/write_a_lesson.md");
    std::set<std::string> names;
    bool in_expressions = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) in_expressions = line == "## Expressions";
        const size_t cell_end = line.find(" | ", 2);
        if (!in_expressions || !line.starts_with("| `") || cell_end == std::string::npos) continue;
        const std::string cell = line.substr(0, cell_end);
        for (size_t at = 0; (at = cell.find('`', at)) != std::string::npos;) {
            const size_t end = cell.find('`', at + 1);
            std::string name = cell.substr(at + 1, end - at - 1);
            at = end + 1;
            name = name.substr(0, name.find('('));
            const size_t dot = name.find('.');
            const std::string stem = name.substr(0, dot);
            const bool axes = std::set<std::string>{"input",    "kernel_size",    "stride", "padding",
                                                    "dilation", "output_padding", "output", "reach"}
                                  .contains(stem) &&
                              dot != std::string::npos;
            if (axes)
                for (const char* axis : {".depth", ".height", ".width"}) names.insert(stem + axis);
            else
                names.insert(name);
        }
    }
    // "In `predict`: …" below the tables.
    for (const char* name : {"answer", "cell.batch", "cell.channel", "cell.depth", "cell.row", "cell.column"})
        names.insert(name);
    return names;
}

TEST(Facts, AreThoseOfTheDocument) {
    std::set<std::string> known;
    for (const Fact& fact : facts()) EXPECT_TRUE(known.insert(fact.name).second) << fact.name;
    for (const PlaceFact& fact : place_facts()) EXPECT_TRUE(known.insert(fact.name).second) << fact.name;
    for (const NamedFact& fact : named_facts()) EXPECT_TRUE(known.insert(fact.name).second) << fact.name;
    const std::set<std::string> documented = documented_names();
    EXPECT_GT(documented.size(), 100);
    for (const std::string& name : documented)
        EXPECT_TRUE(known.contains(name)) << name << " is only documented";
    for (const std::string& name : known)
        EXPECT_TRUE(documented.contains(name)) << name << " is not documented";
}

TEST(Facts, HaveWordsThatAreAllDifferent) {
    std::set<std::string> names;
    std::set<double> numbers;
    for (const Word& row : words()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_TRUE(numbers.insert(row.number).second) << row.name;
        EXPECT_EQ(word(row.name), row.number);
    }
    EXPECT_EQ(value_text(word("conv_transpose2d")), "conv_transpose2d");
    EXPECT_EQ(value_text(-3), "−3");
    EXPECT_EQ(value_text(1234567), "1234567");
    EXPECT_EQ(value_text(0.123456), "0.1235");
}

}  // namespace
}  // namespace convscope::lessons
