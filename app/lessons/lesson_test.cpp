#include "lessons/lesson.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/files/test_files.h"
#include "core/text.h"
#include "lessons/course.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

// The example of docs/write_a_lesson.md.
std::string example() {
    const std::string document = read_text_file(CONVSCOPE_SOURCE_DIR "/docs/write_a_lesson.md");
    const std::string opening = "````markdown\n";
    const size_t begin = document.find(opening) + opening.size();
    return document.substr(begin, document.find("\n````\n", begin) + 1 - begin);
}

constexpr const char* header = "---\ntitle: T\n---\n";

// Of a lesson with one step whose lines begin in line 5: "7: sentence".
std::string step_error(const std::string& lines) {
    const Lesson lesson = read_lesson("x", header + std::string("## Step\n") + lines);
    EXPECT_EQ(lesson.error, "");
    if (lesson.steps.size() != 1) return cat(lesson.steps.size(), " steps");
    const Step& step = lesson.steps[0];
    EXPECT_TRUE(step.error.empty() || (step.text.empty() && !step.has_task() && !step.set));
    return step.error.empty() ? "no error" : cat(step.error_line, ": ", step.error);
}
std::string block_error(const std::string& block, const std::string& lines) {
    return step_error("```" + block + "\n" + lines + "\n```\n");
}
std::string file_error(std::string_view text) {
    const Lesson lesson = read_lesson("x", text);
    EXPECT_TRUE(lesson.error.empty() || lesson.steps.empty());
    return lesson.error.empty() ? "no error" : cat(lesson.error_line, ": ", lesson.error);
}

TEST(Lessons, ReadTheExampleOfTheDocument) {
    const Lesson lesson = read_lesson("a_border", example());
    EXPECT_EQ(lesson.error, "");
    EXPECT_EQ(lesson.title, "A border of zeros");
    EXPECT_EQ(lesson.about, "Why the output shrinks, and what padding does about it.");
    EXPECT_EQ(lesson.minutes, 3);
    ASSERT_EQ(lesson.steps.size(), 3);
    for (const Step& step : lesson.steps) EXPECT_EQ(step.error, "") << step.error_line;

    const Step& first = lesson.steps[0];
    EXPECT_EQ(first.title, "The window has to fit");
    EXPECT_EQ(first.line, 7);
    ASSERT_TRUE(first.set);
    EXPECT_EQ(first.set->size(), 6);
    EXPECT_EQ(first.set->front().name, "start");
    EXPECT_EQ(first.set->front().line, 12);
    EXPECT_EQ(first.look.tab, Tab::explore);
    EXPECT_EQ(first.look.hover->view, ViewKind::output);
    EXPECT_EQ(first.look.hover->place, (std::vector<int64_t>{0, 0, 1, 2}));
    EXPECT_EQ(first.look.lights, (std::vector<std::string>{"view.input", "view.output"}));
    EXPECT_EQ(first.text.blocks.size(), 1);
    EXPECT_FALSE(first.has_task());

    const Step& second = lesson.steps[1];
    ASSERT_TRUE(second.prediction);
    EXPECT_EQ(second.prediction->kind, Prediction::Kind::number);
    EXPECT_EQ(second.prediction->number.text(), "output.height");
    EXPECT_EQ(second.prediction->wrong.size(), 2);
    EXPECT_EQ(second.prediction->hidden, (std::vector<std::string>{"view.output", "formula.height"}));
    EXPECT_FALSE(second.explanation.empty());

    const Step& third = lesson.steps[2];
    ASSERT_TRUE(third.goal);
    EXPECT_EQ(third.goal->nearly.size(), 1);
    EXPECT_EQ(third.goal->hints.size(), 1);
    ASSERT_EQ(third.goal->solution.size(), 1);
    EXPECT_EQ(third.goal->solution[0].name, "padding");
    EXPECT_EQ(third.goal->solution[0].value, "1");
}

TEST(Lessons, ReadEveryFieldOfTheirBlocks) {
    const Lesson lesson = read_lesson("x", std::string(header) +
                                               "## A ##\n"
                                               "```look\n"
                                               "tab: xray   # a comment\n"
                                               "# another\n"
                                               "view: heat, counts\n"
                                               "hover: none\n"
                                               "panel: times\n"
                                               "plot: roofline\n"
                                               "play: requests\n"
                                               "```\n"
                                               "```predict\n"
                                               "option: Four | output.height == 4 | Yes.\n"
                                               "option: Never | 0\n"
                                               "then.padding: [1, 2]\n"
                                               "```\n"
                                               "## B\n"
                                               "~~~predict\n"
                                               "cell: input\n"
                                               "where: cell.row == 1\n"
                                               "wrong: cell.row == 0 | One further.\n"
                                               "~~~\n"
                                               "## C\n"
                                               "```predict\n"
                                               "number: flops\n"
                                               "unit: FLOP\n"
                                               "within: 5 %\n"
                                               "```\n"
                                               "## D\n"
                                               "```do\n"
                                               "when: sectors_per_request(\"\") > 0\n"
                                               "solution: count\n"
                                               "```\n");
    ASSERT_EQ(lesson.steps.size(), 4) << lesson.error;
    for (const Step& step : lesson.steps) EXPECT_EQ(step.error, "") << step.error_line;
    const Step& a = lesson.steps[0];
    EXPECT_EQ(a.title, "A");
    EXPECT_EQ(a.look.tab, Tab::xray);
    EXPECT_EQ(a.look.views, (std::vector<std::string>{"heat", "counts"}));
    EXPECT_EQ(a.look.hover->view, ViewKind::none);
    EXPECT_EQ(a.look.panel, LowerPanel::times);
    EXPECT_EQ(a.look.plot, Plot::roofline);
    EXPECT_EQ(a.look.play, Play::requests);
    EXPECT_EQ(a.prediction->kind, Prediction::Kind::choice);
    EXPECT_EQ(a.prediction->options[0].feedback, "Yes.");
    EXPECT_EQ(a.prediction->options[1].feedback, "");
    EXPECT_EQ(a.prediction->then[0].name, "padding");
    EXPECT_EQ(lesson.steps[1].prediction->kind, Prediction::Kind::cell);
    EXPECT_EQ(lesson.steps[1].prediction->view, ViewKind::input);
    EXPECT_EQ(lesson.steps[1].prediction->wrong.size(), 1);
    EXPECT_EQ(lesson.steps[2].prediction->unit, "FLOP");
    EXPECT_DOUBLE_EQ(lesson.steps[2].prediction->within, 0.05);
    EXPECT_TRUE(lesson.steps[2].prediction->within_is_share);
    EXPECT_EQ(lesson.steps[3].goal->commands, (std::vector<std::string>{"count"}));
}

TEST(Lessons, SayWhatIsWrongWithAStepAndWhere) {
    EXPECT_EQ(block_error("set", "padding: 1"),
              "5: the first 'set' of a lesson begins with a line 'start: …'");
    EXPECT_TRUE(block_error("set", "start: blank\npading: 1")
                    .starts_with("7: a 'set' has no line 'pading'; start, "));
    EXPECT_EQ(block_error("set", "start: blank\nseed: 1\nseed: 2"),
              "8: 'seed' stands twice in this 'set', first in line 7");
    EXPECT_EQ(block_error("set", "start: blank\nseed"), "7: a line has the form 'name: value'; found 'seed'");
    EXPECT_EQ(block_error("set", "start:"), "6: 'start' has no value");
    EXPECT_EQ(block_error("look", "tab: lessons"),
              "6: 'lessons' is not allowed for 'tab'; explore, xray or source is");
    EXPECT_TRUE(block_error("look", "hover: output 1 2").starts_with("6: 'hover' takes 'none', or a view"));
    EXPECT_TRUE(block_error("look", "view: hot").starts_with("6: 'hot' is no view; values, "));
    EXPECT_EQ(block_error("do", "solution.seed: 1"), "5: this 'do' has no line 'when: CONDITION'");
    EXPECT_EQ(block_error("do", "when: legal"),
              "5: this 'do' has no solution: lines such as 'solution.padding: 1'");
    EXPECT_EQ(block_error("do", "when: legl == 1\nsolution: count"),
              "6: 'legl == 1' cannot be read: 'legl' is not a name that lessons know; did you mean 'legal'?");
    EXPECT_TRUE(block_error("do", "when: 1\nsolution: count").starts_with("6: 'when' needs a name"));
    EXPECT_EQ(block_error("predict", "number: 4"),
              "6: answers are computed, never written: an expression needs a name such as output.height");
    EXPECT_EQ(block_error("predict", "option: A | 1\noption: B | legal").substr(0, 24),
              "6: answers are computed,");
    EXPECT_EQ(block_error("predict", "option: A | legal"), "5: a choice has two or more lines 'option'");
    EXPECT_EQ(block_error("predict", "unit: x"),
              "5: a 'predict' asks for one of 'number', 'option' (two or more) and 'cell'");
    EXPECT_TRUE(block_error("predict", "cell: input").starts_with("5: 'cell' says the view and 'where'"));
    EXPECT_EQ(block_error("predict", "number: batch\nwithin: a bit"),
              "7: 'within' takes a number from 0 on, or a share such as '5 %'; found 'a bit'");
    EXPECT_EQ(block_error("predict", "number: batch\nwrong: batch"),
              "7: 'wrong' has the form 'EXPRESSION | sentence'; found 'batch'");
    EXPECT_TRUE(block_error("predict", "number: batch\nwrong: 2 | see {bath}")
                    .starts_with("7: 'bath' cannot be read"));
    EXPECT_EQ(block_error("predict", "number: batch\nanswer: 4").substr(0, 38),
              "7: 'predict' has no line 'answer'; num");
    EXPECT_EQ(block_error("Predict", "x: y"),
              "5: 'Predict' is no block; 'predict' is one, and stands alone on its line");
    EXPECT_EQ(block_error("explian", "x"),
              "5: 'explian' is no block; 'explain' is one, and stands alone on its line");
    EXPECT_EQ(block_error("python", "x: {1}"), "no error");
    EXPECT_EQ(block_error("", "set"), "no error");
    EXPECT_EQ(step_error("text {bath}\n"),
              "5: 'bath' cannot be read: 'bath' is not a name that lessons know; did you mean 'batch'?");
    EXPECT_EQ(step_error("\n```explain\n\nis {bath}\n```\n").substr(0, 26), "8: 'bath' cannot be read: ");
    EXPECT_EQ(step_error("a\n```set\nstart: blank\n"), "6: the block '```set' is not closed");
    EXPECT_EQ(step_error("# Main\n"), "5: a step has headings of the third level, '### …', at most");
    EXPECT_EQ(step_error("```explain\na\n```\n```explain\nb\n```\n"),
              "8: a step has one block 'explain'; another begins in line 5");
    EXPECT_EQ(step_error("```do\nwhen: legal\nsolution: count\n```\n```predict\nnumber: batch\n```\n"),
              "9: a step has a 'do' or a 'predict', not both");
}

TEST(Lessons, WorkButForTheStepThatIsBroken) {
    const Lesson lesson =
        read_lesson("x", std::string(header) +
                             "stray\n## One\n```set\nnothing\n```\n## Two\n```set\npadding: 1\n```\n"
                             "## Three\n```python\n## no step\n```\n");
    ASSERT_EQ(lesson.steps.size(), 4);
    EXPECT_EQ(lesson.steps[0].error,
              "this text stands before the first step; a heading '## …' begins a step");
    EXPECT_EQ(lesson.steps[0].error_line, 4);
    EXPECT_EQ(lesson.steps[1].error_line, 7);
    EXPECT_EQ(lesson.steps[2].error, "");  // the broken one stood for the first set
    EXPECT_EQ(lesson.steps[3].title, "Three");
    EXPECT_EQ(lesson.steps[3].text.blocks.size(), 1);
}

TEST(Lessons, LoseNoStepToABlockThatIsNotClosed) {
    const Lesson lesson = read_lesson("x", std::string(header) +
                                               "## One\n```set\nstart: blank\n## Two\n```do\nwhen: legal\n"
                                               "solution: count\n```\n## Three\n```python\n## Four\n");
    ASSERT_EQ(lesson.steps.size(), 4);
    EXPECT_EQ(lesson.steps[0].error, "the block '```set' is not closed");
    EXPECT_EQ(lesson.steps[0].error_line, 5);
    EXPECT_TRUE(lesson.steps[1].goal);
    EXPECT_EQ(lesson.steps[2].error, "the block '```python' is not closed");
    EXPECT_EQ(lesson.steps[3].error, "");
}

TEST(Lessons, StayQuickWhateverStandsInTheFile) {
    const auto many = [](const std::string& line, size_t bytes) {
        std::string out = std::string(header) + "## A\n";
        while (out.size() < bytes) out += line;
        return out;
    };
    for (const char* line : {"```x\n", "```set\n", "```set\n```x\n", "~~~\n## B\n", "{batch} ", "{", "## B\n",
                             "- a\n", "x: y\n"}) {
        const Lesson lesson = read_lesson("x", many(line, 400000));
        EXPECT_EQ(lesson.error, "") << line;
        EXPECT_GE(lesson.steps.size(), 1) << line;
    }
    const Lesson one = read_lesson("x", many("{batch} ", 400000));
    EXPECT_EQ(one.steps[0].error, "a text has at most 500 expressions in braces");
    std::string fields = "```look\n";
    for (int i = 0; i < 300; ++i) fields += cat("name", i, ": x\n");
    EXPECT_EQ(step_error(fields + "```\n"), "5: a 'look' has at most 200 lines; this one has 300");
}

TEST(Lessons, SayWhyAFileIsNoLesson) {
    EXPECT_EQ(file_error(""), "1: a lesson begins with a header between two lines '---'");
    EXPECT_EQ(file_error("\n# Title\n"), "2: a lesson begins with a header between two lines '---'");
    EXPECT_EQ(file_error("---\ntitle: T\n"), "1: the header is not closed by a line '---'");
    EXPECT_EQ(file_error("---\nabout: T\n---\n## A\n"), "1: the header has no 'title'");
    EXPECT_EQ(file_error("---\nlevel: T\n---\n## A\n"),
              "2: the header has no field 'level'; title, about and minutes are known");
    EXPECT_EQ(file_error("---\ntitle: T\nminutes: soon\n---\n## A\n").substr(0, 3), "3: ");
    EXPECT_EQ(file_error("---\ntitle: T\n---\ntext\n"),
              "4: this lesson has no step; a heading '## …' begins one");
    EXPECT_EQ(file_error(std::string_view("---\ntitle: \0\n---\n## A\n", 22)),
              "2: this is not a text in UTF-8");
    EXPECT_EQ(file_error("---\ntitle: \xC0\xAF\n---\n## A\n"),
              "2: this is not a text in UTF-8");  // too long a '/'
    EXPECT_EQ(file_error("---\ntitle: \xFF\xFE\n---\n## A\n"), "2: this is not a text in UTF-8");
    EXPECT_EQ(file_error(std::string(2 << 20, 'x')).substr(0, 29), "1: a lesson has at most 1 MB;");
    EXPECT_EQ(file_error("---\ntitle: T\n---\n# T\n## A\n"), "no error");
}

TEST(Lessons, AreTheSameWithOtherLineEndsAndAMark) {
    std::string windows = "\xEF\xBB\xBF";
    for (const char c : example()) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    const Lesson lesson = read_lesson("x", windows);
    EXPECT_EQ(lesson.error, "");
    ASSERT_EQ(lesson.steps.size(), 3);
    for (const Step& step : lesson.steps) EXPECT_EQ(step.error, "");
    EXPECT_EQ(experiment_at(lesson, 2), experiment_at(read_lesson("x", example()), 2));
}

TEST(Lessons, SurviveEveryTruncationAndFlippedBytes) {
    const std::string text = example();
    for (size_t length = 0; length < text.size(); length += 3) {
        const Lesson lesson = read_lesson("x", std::string_view(text).substr(0, length));
        EXPECT_EQ(lesson.error.empty(), !lesson.steps.empty()) << length;
    }
    std::mt19937 random(20261121);
    int broken = 0;
    for (int round = 0; round < 1500; ++round) {
        std::string changed = text;
        for (int i = 0; i < 1 + round % 8; ++i)
            changed[random() % changed.size()] = static_cast<char>(random() % 256);
        const Lesson lesson = read_lesson("x", changed);
        EXPECT_EQ(lesson.error.empty(), !lesson.steps.empty());
        for (size_t step = 0; step < lesson.steps.size(); ++step) {
            broken += !lesson.steps[step].error.empty();
            try {
                (void)experiment_at(lesson, step);
            } catch (const LineError& error) {
                EXPECT_GT(error.line, 0);
                EXPECT_FALSE(error.sentence.empty());
            }
        }
    }
    EXPECT_GT(broken, 100);
}

TEST(Courses, ListTheFilesOfAFolderByName) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / cat("convscope_course_", ::getpid());
    std::filesystem::create_directories(folder);
    write_file((folder / "02_b.md").string(), std::string(header) + "## A\n");
    write_file((folder / "01_a.md").string(), std::string_view("no lesson"));
    write_file((folder / "notes.txt").string(), std::string_view("x"));
    const Course course = read_course(folder.string(), "Mine");
    std::filesystem::remove_all(folder);
    EXPECT_EQ(course.error, "");
    ASSERT_EQ(course.lessons.size(), 2);
    EXPECT_EQ(course.lessons[0]->id, "01_a");
    EXPECT_EQ(course.lessons[0]->error_line, 1);
    EXPECT_EQ(course.lessons[1]->title, "T");
    EXPECT_EQ(course.lessons[1]->path, (folder / "02_b.md").string());
    EXPECT_NE(read_course(folder.string(), "Gone").error.find("cannot be read"), std::string::npos);
    EXPECT_THROW((void)load_lesson((folder / "gone.md").string()), Error);
}

// A picture of the folder is taken before the program's of the same name, and follows wherever a line says
// it.
TEST(Courses, BringPicturesOfTheirOwn) {
    const test_files::Folder folder;
    for (const char* name : {"leaf.png", "coffee.png"})
        std::filesystem::copy_file(CONVSCOPE_SOURCE_DIR "/assets/images/single_pixel.png", folder / name);
    write_file(folder / "01_a.md",
               std::string(header) +
                   "## A\n```set\nstart: blank\ninput: image leaf.png\n```\n"
                   "## B\n```set\ninput: image coffee.png\n```\n"
                   "```do\nwhen: output.height == 9\nhint: H\nsolution.input: image astronaut.png\n```\n"
                   "## C\n```predict\nnumber: output.height\nthen.input: image leaf.png\n```\n");
    const LessonPtr lesson = load_lesson(folder / "01_a.md");
    ASSERT_EQ(lesson->steps.size(), 3u) << lesson->error;
    for (const Step& step : lesson->steps) ASSERT_EQ(step.error, "");
    EXPECT_EQ(experiment_at(*lesson, 0).source.path, folder / "leaf.png");
    EXPECT_EQ(experiment_at(*lesson, 1).source.path, folder / "coffee.png");
    const Experiment solved = with_settings(experiment_at(*lesson, 1), lesson->steps[1].goal->solution);
    EXPECT_EQ(solved.source.path, "assets/images/astronaut.png") << "the folder has none";
    EXPECT_EQ(with_settings(solved, lesson->steps[2].prediction->then).source.path, folder / "leaf.png");
    std::filesystem::remove(folder / "leaf.png");
    try {
        (void)experiment_at(*lesson, 0);
        FAIL() << "it is gone";
    } catch (const LineError& error) {
        EXPECT_EQ(error.sentence, cat("the picture ", folder / "leaf.png", " is missing"));
    }
}

}  // namespace
}  // namespace convscope::lessons
