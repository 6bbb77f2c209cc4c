#include "lessons/lesson_run.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "core/text.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

using Phase = LessonRun::Phase;

// Five steps: a set, a `do`, a number with `then`, a choice, a cell.
constexpr const char* lesson_text =
    "---\ntitle: T\n---\n"
    "## Set\n"
    "```set\nstart: blank\nshape: [1, 1, 8, 8]\n```\n"
    "```look\nhover: output 0 0 1 1\n```\n"
    "## Do\n"
    "```look\ntab: xray\nlight: padding.height\n```\n"
    "```do\n"
    "when: output.height == 8\n"
    "nearly: kernel_size.height != start.kernel_size.height | {kernel_size.height} is another window.\n"
    "hint: Zeros help.\nhint: It has {input.height} rows.\n"
    "solution.padding: 1\n"
    "```\n"
    "## Number\n"
    "```set\ninput: ramp\n```\n"
    "```predict\n"
    "number: output.height\n"
    "wrong: input.height | That is the input: {input.height}.\n"
    "hide: view.output\n"
    "then.stride: 2\n"
    "```\n"
    "```explain\nSo.\n```\n"
    "## Choice\n"
    "```predict\n"
    "option: Three | output.height == 3 | Yes, {output.height}.\n"
    "option: Four | output.height == 4 | No: less.\n"
    "option: None | 0\n"
    "then.stride: 2\n"
    "```\n"
    "## Cell\n"
    "```predict\n"
    "cell: output\n"
    "where: cell.row == 2 and cell.column == 1\n"
    "wrong: cell.row == 1 and cell.column == 2 | Row first.\n"
    "```\n";

LessonPtr lesson(const std::string& text = lesson_text) {
    return std::make_shared<const Lesson>(read_lesson("t", text));
}

// A run, and what the program shows: as the window keeps them.
struct Taken {
    LessonRun run;
    Experiment shown = first_experiment();
    explicit Taken(Progress progress = {}, LessonPtr file = lesson())
        : run(std::move(file), std::move(progress)) {}
    void show(const std::optional<Experiment>& next) {
        if (next) shown = *next;
        see();
    }
    void see() { run.see({.experiment = &shown}); }
    void change(const std::vector<Setting>& lines) {
        shown = with_settings(shown, lines);
        see();
    }
};

TEST(LessonRuns, EnterStepsInWhateverOrderTheSame) {
    const LessonPtr file = lesson();
    for (size_t to = 0; to < file->steps.size(); ++to) {
        EXPECT_EQ(file->steps[to].error, "");
        const Experiment expected = experiment_at(*file, to);
        for (size_t from = 0; from < file->steps.size(); ++from) {
            Taken t;
            t.show(t.run.enter(from, t.shown));
            t.show(t.run.enter(to, t.shown));
            EXPECT_EQ(t.shown, expected) << from << " to " << to;
            EXPECT_EQ(t.run.start(), expected);
        }
        Taken t;
        t.show(t.run.enter(0, t.shown));
        for (size_t step = 0; step < to; ++step) t.show(t.run.next(t.shown));
        EXPECT_EQ(t.shown, expected) << "by next to " << to;
        if (to + 1 < file->steps.size()) {
            t.show(t.run.next(t.shown));
            t.show(t.run.back(t.shown));
            EXPECT_EQ(t.shown, expected) << "by back to " << to;
        }
    }
}

TEST(LessonRuns, KeepTheLearnersExperimentWhereAStepSetsNothing) {
    Taken t;
    t.show(t.run.enter(0, t.shown));
    EXPECT_EQ(t.shown.display.pin, (Pin{ViewKind::output, 7}));
    t.change({{1, "seed", "99"}});
    t.show(t.run.next(t.shown));
    EXPECT_EQ(t.shown.seed, 99);
    EXPECT_EQ(t.shown.tab, Tab::xray);
    EXPECT_FALSE(t.shown.display.pin);  // the hovered element was of its step alone
    EXPECT_EQ(t.run.lights(), (std::vector<std::string>{"padding.height"}));
    t.show(t.run.next(t.shown));  // sets something: what it leaves out is as the last set left it
    EXPECT_EQ(t.shown.seed, 0);
    EXPECT_EQ(t.shown.spec.input, (Axes{1, 8, 8}));
}

TEST(LessonRuns, LeaveTheExperimentAloneWhereNothingWasEverSet) {
    Taken t({}, lesson("---\ntitle: T\n---\n## A\ntext\n## B\n```set\nstart: blank\n```\n"));
    EXPECT_FALSE(t.run.enter(0, t.shown));
    EXPECT_EQ(t.run.start(), t.shown);
}

TEST(LessonRuns, SeeThatAGoalIsReached) {
    Taken t;
    t.show(t.run.enter(1, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::asking);
    EXPECT_FALSE(t.run.explained());
    t.change({{1, "kernel_size", "1"}, {2, "stride", "2"}});
    EXPECT_EQ(t.run.phase(), Phase::asking);
    EXPECT_EQ(t.run.remark(), "1 is another window.");
    t.change({{1, "kernel_size", "3"}, {2, "stride", "1"}});
    EXPECT_EQ(t.run.remark(), "");
    t.change({{1, "padding", "1"}});
    EXPECT_EQ(t.run.phase(), Phase::done);
    EXPECT_TRUE(t.run.explained());
    EXPECT_EQ(t.run.progress().done, (std::set<int>{1}));
    t.change({{1, "padding", "0"}});
    EXPECT_EQ(t.run.phase(), Phase::done);  // once solved it stays so
}

// The number that `asked` is in an experiment with these lines is `right`, and not `wrong`.
void expect_judged(const std::string& lines, const std::string& asked, double wrong, double right) {
    Taken t({}, lesson(cat("---\ntitle: T\n---\n## A\n```set\nstart: blank\n", lines,
                           "```\n```predict\nnumber: ", asked, "\n```\n")));
    t.show(t.run.enter(0, t.shown));
    t.show(t.run.answer({.number = wrong}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::wrong);
    t.show(t.run.answer({.number = right}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::done);
}

TEST(LessonRuns, HoldLargeWholeNumbersToTheLastDigit) {
    expect_judged("shape: [1, 1, 4000, 4000]\n", "input_elements", 16000001, 16000000);
}

TEST(LessonRuns, TakeNoNothingForASmallNumber) {
    expect_judged("", "output.height / 1e8", 0, 4e-8);
}

TEST(LessonRuns, GiveHintsOneByOneAndCarryOutTheSolution) {
    Taken t;
    t.show(t.run.enter(1, t.shown));
    EXPECT_TRUE(t.run.hints().empty());
    t.run.ask_hint();
    EXPECT_EQ(t.run.hints(), (std::vector<std::string>{"Zeros help."}));
    EXPECT_TRUE(t.run.more_hints());
    t.run.ask_hint();
    t.run.ask_hint();
    t.see();
    EXPECT_EQ(t.run.hints(), (std::vector<std::string>{"Zeros help.", "It has 8 rows."}));
    EXPECT_FALSE(t.run.more_hints());
    t.change({{1, "kernel_size", "5"}});
    t.show(t.run.tell(t.shown));
    EXPECT_EQ(t.run.phase(), Phase::told);
    EXPECT_EQ(t.shown.spec.kernel_size, (Axes{1, 3, 3}));
    EXPECT_EQ(t.shown.spec.padding, (Axes{0, 1, 1}));
    EXPECT_TRUE(t.run.explained());
    EXPECT_TRUE(t.run.progress().done.empty());
    EXPECT_FALSE(t.run.tell(t.shown));
}

TEST(LessonRuns, JudgeANumberByTheExperimentAfterThen) {
    Taken t;
    t.show(t.run.enter(2, t.shown));
    EXPECT_EQ(t.run.hidden(), (std::vector<std::string>{"view.output"}));
    t.show(t.run.answer({.number = 8}, t.shown));
    EXPECT_EQ(t.shown.spec.stride, (Axes{1, 2, 2}));
    EXPECT_EQ(t.run.phase(), Phase::wrong);
    EXPECT_EQ(t.run.remark(), "That is the input: 8.");
    EXPECT_FALSE(t.run.hidden().empty());
    t.show(t.run.answer({.number = 6}, t.shown));  // what it is before `then`
    EXPECT_EQ(t.run.phase(), Phase::wrong);
    EXPECT_EQ(t.run.remark(), "Not quite. Try again, or let the program show it.");
    t.show(t.run.answer({.number = 3}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::done);
    EXPECT_EQ(t.run.right_number(), 3);
    EXPECT_EQ(t.run.remark(), "");
    EXPECT_TRUE(t.run.hidden().empty());
    EXPECT_TRUE(t.run.explained());
    EXPECT_FALSE(t.run.answer({.number = 9}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::done);
}

TEST(LessonRuns, WaitForWhatThenMakes) {
    Taken t;
    t.show(t.run.enter(2, t.shown));
    const std::optional<Experiment> after = t.run.answer({.number = 3}, t.shown);
    ASSERT_TRUE(after);
    t.see();  // a frame that still shows what was
    EXPECT_EQ(t.run.phase(), Phase::judging);
    t.show(after);
    EXPECT_EQ(t.run.phase(), Phase::done);
}

TEST(LessonRuns, TellTheRightAnswer) {
    Taken t;
    t.show(t.run.enter(2, t.shown));
    t.show(t.run.tell(t.shown));
    EXPECT_EQ(t.run.phase(), Phase::told);
    EXPECT_EQ(t.run.right_number(), 3);
    EXPECT_TRUE(t.run.hidden().empty());
    t.show(t.run.enter(3, t.shown));
    t.show(t.run.tell(t.shown));
    EXPECT_EQ(t.run.right_number(), 0);
    t.show(t.run.enter(4, t.shown));
    t.show(t.run.tell(t.shown));
    EXPECT_EQ(t.run.right_number(), 2 * 6 + 1);
    EXPECT_EQ(t.run.given()->cell, (Pin{ViewKind::output, 13}));
}

TEST(LessonRuns, JudgeAChoice) {
    Taken t;
    t.show(t.run.enter(3, t.shown));
    t.show(t.run.answer({.number = 1}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::wrong);
    EXPECT_EQ(t.run.remark(), "No: less.");
    t.show(t.run.answer({.number = 2}, t.shown));
    EXPECT_EQ(t.run.remark(), "Not quite. Try again, or let the program show it.");
    t.show(t.run.answer({.number = 0}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::done);
    EXPECT_EQ(t.run.remark(), "Yes, 3.");
    // Where none is right, the lesson is wrong.
    t.show(t.run.enter(3, t.shown));
    t.change({{1, "shape", "[1, 1, 20, 20]"}});
    t.show(t.run.answer({.number = 0}, t.shown));
    EXPECT_EQ(t.run.error(), "none of the options is right; one has to be");
    EXPECT_EQ(t.run.error_line(), t.run.step().prediction->line);
}

TEST(LessonRuns, JudgeACell) {
    Taken t;
    t.show(t.run.enter(4, t.shown));
    const auto click = [&](int64_t row, int64_t column) {
        t.show(t.run.answer({.cell = Pin{ViewKind::output, row * 6 + column}}, t.shown));
    };
    click(1, 2);
    EXPECT_EQ(t.run.remark(), "Row first.");
    click(0, 0);
    EXPECT_EQ(t.run.remark(), "Not quite. Try again, or let the program show it.");
    click(2, 1);
    EXPECT_EQ(t.run.phase(), Phase::done);
    EXPECT_EQ(t.run.right_number(), 13);
}

TEST(LessonRuns, WaitForAResultAndSayWhereNoneComes) {
    Taken t({}, lesson("---\ntitle: T\n---\n## A\n```set\nstart: blank\ninput: ramp\n```\n"
                       "```predict\nnumber: input_at(0, 0, 1, 1)\n```\n"));
    t.show(t.run.enter(0, t.shown));
    t.show(t.run.answer({.number = 7}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::judging);
    for (int i = 0; i < 1000; ++i) t.see();
    EXPECT_EQ(t.run.phase(), Phase::judging);  // it may still be computed
    t.run.see({.experiment = &t.shown, .failure = "there is no memory"});
    EXPECT_EQ(t.run.phase(), Phase::asking);
    EXPECT_EQ(t.run.remark(), "The program cannot compute this: there is no memory");
    t.show(t.run.answer({.number = 7}, t.shown));
    Result result{Problem(t.shown.spec), {}};
    result.tensors = make_tensors(result.problem, Fill::ramp, Fill::ones, 0);
    t.run.see({.experiment = &t.shown, .result = std::make_shared<const Result>(result)});
    EXPECT_EQ(t.run.phase(), Phase::done);
    t.show(t.run.enter(0, t.shown));
    t.change({{1, "kernel_size", "9"}});
    t.show(t.run.answer({.number = 7}, t.shown));
    EXPECT_EQ(t.run.phase(), Phase::asking);
    EXPECT_TRUE(t.run.remark().starts_with("The experiment breaks a rule, so nothing can be computed: "));
}

TEST(LessonRuns, KeepAndResumeProgress) {
    Taken t;
    t.show(t.run.enter(0, t.shown));
    for (int i = 0; i < 4; ++i) t.show(t.run.next(t.shown));
    EXPECT_TRUE(t.run.last());
    EXPECT_FALSE(t.run.progress().finished);
    EXPECT_FALSE(t.run.next(t.shown));
    EXPECT_TRUE(t.run.progress().finished);
    EXPECT_EQ(t.run.progress().at, 4);
    EXPECT_EQ(t.run.progress().done, (std::set<int>{0}));
    EXPECT_EQ(Taken(t.run.progress()).run.at(), 4);
    EXPECT_EQ(Taken({.at = 99, .done = {1, 77}}).run.progress(), (Progress{.at = 4, .done = {1}}));
    EXPECT_EQ(Taken({.at = -5}).run.at(), 0);
}

TEST(LessonRuns, ShowAStepsErrorAndGoOn) {
    Taken t(
        {},
        lesson("---\ntitle: T\n---\n## A\n```set\nstart: nothing\n```\n## B\n```look\ntap: xray\n```\n## C\n"
               "```set\nseed: 4\n```\n"));
    t.show(t.run.enter(0, t.shown));
    EXPECT_EQ(t.run.error_line(), 6);
    EXPECT_FALSE(t.run.error().empty());
    t.show(t.run.next(t.shown));
    EXPECT_EQ(t.run.error_line(), 10);
    EXPECT_FALSE(t.run.answer({}, t.shown));
    t.show(t.run.next(t.shown));
    EXPECT_EQ(t.run.error(), "");
    EXPECT_EQ(t.shown.seed, 4);
}

TEST(LessonRuns, TakeAMendedFile) {
    Taken t;
    t.show(t.run.enter(2, t.shown));
    std::string mended = lesson_text;
    mended.replace(mended.find("input: ramp"), 11, "seed: 1234 ");
    t.show(t.run.reload(lesson(mended), t.shown));
    EXPECT_EQ(t.shown.seed, 1234);
    EXPECT_EQ(t.run.at(), 2);
    t.show(t.run.reload(lesson("---\ntitle: T\n---\n## A\n"), t.shown));
    EXPECT_EQ(t.run.error(), "");
    EXPECT_EQ(t.run.at(), 0);
}

TEST(LessonRuns, KnowWhichCountsAreAskedFor) {
    const auto asked = [](const std::string& block) {
        const LessonRun run(lesson("---\ntitle: T\n---\n## A\n" + block), {});
        return cat(run.wants_counts(), run.wants_all_counts());
    };
    EXPECT_EQ(asked("{output.height}\n"), "00");
    EXPECT_EQ(asked("{load_requests(\"\")}\n"), "10");
    EXPECT_EQ(asked("{load_requests(\"naive\")}\n"), "01");
    EXPECT_EQ(asked("```predict\nnumber: faults(\"\") + atomics(\"naive\")\n```\n"), "11");
    EXPECT_EQ(asked("```do\nwhen: faults(\"\") > 0\nsolution.seed: 1\n```\n"), "10");
    EXPECT_EQ(asked("```do\nwhen: faults(\"\") > 0\nsolution: count\n```\n"),
              "00");  // it is what is to be done
    EXPECT_EQ(asked("```predict\nnumber: batch\n```\n```explain\n{faults(\"\")}\n```\n"),
              "00");  // not yet shown
    EXPECT_EQ(asked("{time_ms(\"cpu direct\")}\n"), "00");
}

TEST(LessonRuns, HandOutCommandsOnce) {
    Taken t({}, lesson("---\ntitle: T\n---\n## A\n```do\nwhen: faults(\"\") > 0\nsolution: count\n```\n"));
    t.show(t.run.enter(0, t.shown));
    EXPECT_TRUE(t.run.take_commands().empty());
    EXPECT_FALSE(t.run.tell(t.shown));
    EXPECT_EQ(t.run.take_commands(), (std::vector<std::string>{"count"}));
    EXPECT_TRUE(t.run.take_commands().empty());
}

}  // namespace
}  // namespace convscope::lessons
