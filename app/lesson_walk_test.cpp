// Every lesson that comes with the program is walked through in the window: each task is answered wrongly and
// rightly, and a picture of each step is kept.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "core/errors.h"
#include "core/text.h"
#include "window_lesson_check.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

std::string findings_of(const LessonCheck& check) {
    std::vector<std::string> lines;
    for (const LessonFinding& f : check.findings) lines.push_back(cat(f.file, ":", f.line, ": ", f.sentence));
    return joined(lines, "\n");
}

// The number is the lesson's, so that a failure names it.
class LessonWalk : public testing::TestWithParam<int> {};

TEST_P(LessonWalk, EveryTaskIsSolvedAndEveryMistakeIsMet) {
    if (!fs::exists(cat(CONVSCOPE_BINARY_DIR, "/modules/traced.so")))
        GTEST_SKIP() << "this build has no traced module, which the X-ray's lessons need";
    const std::string number = cat(GetParam() < 10 ? "0" : "", GetParam());
    const std::string pictures = cat(CONVSCOPE_BINARY_DIR, "/lesson_pictures");
    LessonCheckOptions options;
    options.folder = cat(CONVSCOPE_SOURCE_DIR, "/assets/lessons");
    options.only = cat(number, "_");
    options.pictures = pictures;
    options.modules_folder = cat(CONVSCOPE_BINARY_DIR, "/modules");
    const LessonCheck check = check_lessons(options);
    EXPECT_TRUE(check.findings.empty()) << findings_of(check);
    EXPECT_EQ(check.lessons, 1);
    EXPECT_GE(check.steps, 5);
    EXPECT_LE(check.steps, 10);
    EXPECT_GE(check.tasks, 3);
    EXPECT_GE(check.right, check.tasks);
    EXPECT_GE(check.wrong, 2);
    EXPECT_GE(check.pictures.size(), static_cast<size_t>(check.steps + check.tasks));
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

TEST_F(LessonCheckFindings, AFolderThatIsNotThereIsRefused) {
    LessonCheckOptions options;
    options.folder = (folder_ / "nothing").string();
    EXPECT_THROW(check_lessons(options), Error);
}

}  // namespace
}  // namespace convscope
