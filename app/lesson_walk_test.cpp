// Every lesson that comes with the program is walked through in the window: each task is answered wrongly and
// rightly, and a picture of each step is kept.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/text.h"
#include "lessons/course.h"
#include "lessons/facts.h"
#include "window_lesson_check.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

std::string findings_of(const LessonCheck& check) {
    std::string out;
    for (const LessonFinding& f : check.findings)
        out += cat(out.empty() ? "" : "\n", f.file, ":", f.line, ": ", f.sentence);
    return out;
}

// What a walk through the lesson has to come to.
struct Expected {
    int tasks = 0, wrong = 0, pictures = 0;
};

Expected expected_of(const lessons::Lesson& lesson) {
    Expected out;
    for (const lessons::Step& step : lesson.steps) {
        ++out.pictures;
        if (!step.has_task()) continue;
        ++out.tasks;
        ++out.pictures;
        if (!step.prediction) continue;
        ++out.pictures;
        const bool choice = step.prediction->kind == lessons::Prediction::Kind::choice;
        // Every option but one; else an answer that is surely wrong, and every mistake.
        out.wrong += static_cast<int>(choice ? step.prediction->options.size() - 1
                                             : step.prediction->wrong.size() + 1);
    }
    return out;
}

// It turns to the X-ray, or asks for counts of a whole grid.
bool needs_traced_module(const std::string& path) {
    const std::string text = read_text_file(path);
    if (text.find("tab: xray") != std::string::npos) return true;
    return std::ranges::any_of(lessons::named_facts(), [&](const lessons::NamedFact& fact) {
        return fact.of_counts && text.find(cat(fact.name, "(\"")) != std::string::npos;
    });
}

// The number is the lesson's, so that a failure names it.
class LessonWalk : public testing::TestWithParam<int> {};

TEST_P(LessonWalk, EveryTaskIsSolvedAndEveryMistakeIsMet) {
    const std::string number = cat(GetParam() < 10 ? "0" : "", GetParam());
    LessonCheckOptions options;
    options.folder = cat(CONVSCOPE_SOURCE_DIR, "/assets/lessons");
    options.only = cat(number, "_");
    options.pictures = cat(CONVSCOPE_BINARY_DIR, "/lesson_pictures");
    options.modules_folder = cat(CONVSCOPE_BINARY_DIR, "/modules");
    const lessons::Course course = lessons::read_course(options.folder, options.folder);
    const auto lesson = std::ranges::find_if(
        course.lessons, [&](const auto& some) { return some->id.starts_with(options.only); });
    ASSERT_NE(lesson, course.lessons.end());
    if (!fs::exists(cat(options.modules_folder, "/traced.so")) && needs_traced_module((*lesson)->path))
        GTEST_SKIP() << (*lesson)->id << " looks at the X-ray, and this build has no traced module";
    const Expected expected = expected_of(**lesson);
    const LessonCheck check = check_lessons(options);
    EXPECT_TRUE(check.findings.empty()) << findings_of(check);
    EXPECT_EQ(check.lessons, 1);
    EXPECT_EQ(check.steps, static_cast<int>((*lesson)->steps.size()));
    EXPECT_GE(check.steps, 5);
    EXPECT_LE(check.steps, 10);
    EXPECT_GE(check.tasks, 3);
    EXPECT_EQ(check.tasks, expected.tasks);
    EXPECT_EQ(check.right, expected.tasks);
    EXPECT_EQ(check.wrong, expected.wrong);
    EXPECT_GE(check.wrong, 2);
    EXPECT_EQ(check.pictures.size(), static_cast<size_t>(expected.pictures));
    for (const std::string& picture : check.pictures) EXPECT_GT(fs::file_size(picture), 10000u) << picture;
}
TEST(Course, HasEighteenLessons) {
    int lessons = 0;
    for (const auto& file : fs::directory_iterator(cat(CONVSCOPE_SOURCE_DIR, "/assets/lessons")))
        lessons += file.path().extension() == ".md";
    EXPECT_EQ(lessons, 18) << "every one of them is walked through: see the range below";
}
INSTANTIATE_TEST_SUITE_P(Course, LessonWalk, testing::Range(1, 19));

// A folder with one lesson, whose findings are asked for.
class LessonCheckFindings : public testing::Test {
  protected:
    LessonCheckFindings() {
        folder_ = fs::temp_directory_path() / cat("convscope_lessons_", ::getpid());
        fs::create_directories(folder_);
    }
    ~LessonCheckFindings() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    LessonCheck check(const std::string& steps) {
        std::ofstream(folder_ / "a.md") << "---\ntitle: A\nabout: B.\n---\n\n" << steps;
        LessonCheckOptions options;
        options.folder = folder_.string();
        options.modules_folder = cat(CONVSCOPE_BINARY_DIR, "/modules");
        return check_lessons(options);
    }
    fs::path folder_;
};

const char* const begin = "## One\n\nText.\n\n```set\nstart: blank\n```\n";

TEST_F(LessonCheckFindings, ARightLessonHasNone) {
    const LessonCheck found = check(cat(begin,
                                        "```predict\nnumber: output.height\nwrong: input.height | No.\n```\n"
                                        "## Two\n\nText.\n```do\nwhen: padding.height == 1\n"
                                        "solution.padding: 1\n```\n"));
    EXPECT_EQ(findings_of(found), "");
    EXPECT_EQ(found.steps, 2);
    EXPECT_EQ(found.tasks, 2);
    EXPECT_EQ(found.right, 2);
    EXPECT_EQ(found.wrong, 2);  // a number that is surely wrong, and the mistake
}

TEST_F(LessonCheckFindings, AMistakeThatIsTheAnswerIsFound) {
    const std::string found = findings_of(
        check(cat(begin, "```predict\nnumber: output.height\nwrong: input.height - 2 | No.\n```\n")));
    EXPECT_EQ(found, "a.md:13: wrong: 'input.height - 2' is the right answer, 4");
}

TEST_F(LessonCheckFindings, ATaskThatIsSolvedAlreadyIsFound) {
    const std::string found =
        findings_of(check(cat(begin, "```do\nwhen: padding.height == 0\nsolution.padding: 0\n```\n")));
    EXPECT_EQ(found, "a.md:13: 'padding.height == 0' holds already when the step begins");
}

TEST_F(LessonCheckFindings, ASolutionThatDoesNotSolveIsFound) {
    const std::string found =
        findings_of(check(cat(begin, "```do\nwhen: padding.height == 1\nsolution.stride: 2\n```\n")));
    EXPECT_EQ(found, "a.md:13: after the solution 'padding.height == 1' does not hold");
}

TEST_F(LessonCheckFindings, TwoRightOptionsAreFound) {
    const std::string found =
        findings_of(check(cat(begin, "```predict\noption: A | groups == 1\noption: B | batch == 1\n```\n")));
    EXPECT_EQ(found, "a.md:13: more than one of the options is right; one has to be");
}

TEST_F(LessonCheckFindings, AnUnknownWidgetIsFound) {
    const std::string found = findings_of(check(cat(begin, "```look\nlight: view.outptu\n```\n")));
    EXPECT_NE(found.find("a.md:13: light: the window has no widget 'view.outptu'"), std::string::npos)
        << found;
}

TEST_F(LessonCheckFindings, AChoiceIsCountedOnce) {
    const LessonCheck found = check(cat(begin,
                                        "```predict\noption: A | groups == 1\noption: B | 0\n"
                                        "option: C | 0 | No.\n```\n"));
    EXPECT_EQ(findings_of(found), "");
    EXPECT_EQ(found.right, 1);
    EXPECT_EQ(found.wrong, 2);
}

TEST_F(LessonCheckFindings, AnUnknownHiddenWidgetIsFound) {
    const LessonCheck found =
        check(cat(begin, "```predict\nnumber: output.height\nhide: view.output, formula.hieght\n```\n"));
    ASSERT_EQ(found.findings.size(), 1u) << findings_of(found);
    EXPECT_EQ(found.findings[0].line, 13);
    EXPECT_TRUE(found.findings[0].sentence.starts_with(
        "hide: the window has no widget 'formula.hieght' in this step; "));
    EXPECT_EQ(found.right, 1) << "the task can be solved all the same";
}

TEST_F(LessonCheckFindings, BracesThatStayEmptyAreFound) {
    const std::string found =
        findings_of(check("## One\n\nNothing is clicked: {input_at(0, 0, pin.row, pin.column)}.\n\n"
                          "```set\nstart: blank\n```\n```explain\n{output_at(0, 0, 9, 0)}\n```\n"));
    EXPECT_EQ(found,
              "a.md:6: {input_at(0, 0, pin.row, pin.column)} in the text has no value in this step\n"
              "a.md:6: 'output_at(0, 0, 9, 0)': the output is 1×1×4×4; it has no element (0, 0, 9, 0)\n"
              "a.md:6: {output_at(0, 0, 9, 0)} in the text has no value in this step");
}

TEST_F(LessonCheckFindings, ARightCellHasNone) {
    const LessonCheck found =
        check(cat(begin,
                  "```predict\ncell: output\nwhere: cell.row == 2 and cell.column == 1\n"
                  "wrong: cell.row == 1 and cell.column == 2 | Row first.\n```\n"));
    EXPECT_EQ(findings_of(found), "");
    EXPECT_EQ(found.right, 1);
    EXPECT_EQ(found.wrong, 2);
}

TEST_F(LessonCheckFindings, ACellThatIsNowhereIsFound) {
    EXPECT_EQ(findings_of(check(cat(begin, "```predict\ncell: output\nwhere: cell.row == 4\n```\n"))),
              "a.md:13: where: 'cell.row == 4' holds for no element");
    EXPECT_EQ(findings_of(check(cat(begin, "```predict\ncell: output\nwhere: cell.row < 4\n```\n"))),
              "a.md:13: every element is right");
}

TEST_F(LessonCheckFindings, AMistakeOfNoCellIsFound) {
    const std::string found =
        findings_of(check(cat(begin,
                              "```predict\ncell: output\nwhere: cell.row == 2\n"
                              "wrong: cell.row == 2 and cell.column == 1 | Never said.\n```\n")));
    EXPECT_EQ(found, "a.md:13: wrong: no element is met by 'cell.row == 2 and cell.column == 1'");
}

TEST_F(LessonCheckFindings, AnExpressionThatFailsForEveryCellIsFoundOnce) {
    const LessonCheck found =
        check(cat(begin, "```predict\ncell: output\nwhere: output_at(0, 0, cell.row + 9, 0) > 1\n```\n"));
    EXPECT_EQ(findings_of(found),
              "a.md:13: 'output_at(0, 0, cell.row + 9, 0) > 1': the output is 1×1×4×4; it has "
              "no element (0, 0, 9, 0)");
}

TEST_F(LessonCheckFindings, ACellOfNoProblemIsFound) {
    const std::string found =
        findings_of(check("## One\n\nText.\n\n```set\nstart: blank\nkernel_size: 9\n```\n"
                          "```predict\ncell: output\nwhere: cell.row == 1\n```\n"));
    EXPECT_NE(found.find("a.md:14: an element is asked for, but the experiment breaks rules and has none"),
              std::string::npos)
        << found;
}

TEST_F(LessonCheckFindings, AFolderThatIsNotThereIsRefused) {
    LessonCheckOptions options;
    options.folder = (folder_ / "nothing").string();
    EXPECT_THROW(check_lessons(options), Error);
}

}  // namespace
}  // namespace convscope
