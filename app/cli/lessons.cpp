// convscope lessons: lists them, or walks through a folder of them and says what is wrong where.
#include <iostream>

#include "cli/command.h"
#include "core/text.h"

#ifdef CONVSCOPE_HAVE_WINDOW
#include "lessons/course.h"
#include "window_lesson_check.h"
#endif

namespace convscope::cli {
namespace {

struct Arguments {
    std::string check, pictures, only;
    bool widgets = false, json = false, presenting = false;
};

#ifdef CONVSCOPE_HAVE_WINDOW
std::string counted(int count, const char* what) {
    return cat(count, " ", what, count == 1 ? "" : "s");
}

int list_lessons(bool as_json) {
    const lessons::Course course =
        lessons::read_course(lessons::own_lessons_folder(), lessons::own_course_title);
    if (!course.error.empty()) fail_request(course.error);
    TextTable table({"id", "steps", "minutes", "title"});
    nlohmann::json rows = nlohmann::json::array();
    for (const lessons::LessonPtr& lesson : course.lessons) {
        table.add({lesson->id, cat(lesson->steps.size()), cat(lesson->minutes), lesson->title});
        rows.push_back({{"id", lesson->id},
                        {"title", lesson->title},
                        {"about", lesson->about},
                        {"minutes", lesson->minutes},
                        {"steps", lesson->steps.size()}});
    }
    if (as_json)
        print_json(rows);
    else
        std::cout << table.text();
    return exit_done;
}

int print_check(const LessonCheck& check, bool as_json) {
    if (as_json) {
        nlohmann::json findings = nlohmann::json::array();
        for (const LessonFinding& f : check.findings)
            findings.push_back({{"file", f.file}, {"line", f.line}, {"sentence", f.sentence}});
        print_json({{"lessons", check.lessons},
                    {"steps", check.steps},
                    {"tasks", check.tasks},
                    {"right_answers", check.right},
                    {"wrong_answers", check.wrong},
                    {"findings", findings},
                    {"pictures", check.pictures}});
    } else {
        for (const LessonFinding& f : check.findings)
            std::cout << f.file << ":" << f.line << ": " << f.sentence << "\n";
        std::cout << counted(check.lessons, "lesson") << ", " << counted(check.steps, "step") << ", "
                  << counted(check.tasks, "task") << ", " << check.right << " right and "
                  << counted(check.wrong, "wrong answer") << "; "
                  << counted(static_cast<int>(check.findings.size()), "finding") << "\n";
    }
    return check.findings.empty() ? exit_done : exit_wrong;
}

int teach(const Arguments& arguments) {
    if (arguments.widgets) {
        for (const std::string& name : lesson_widgets()) std::cout << name << "\n";
        return exit_done;
    }
    if (arguments.check.empty()) return list_lessons(arguments.json);
    LessonCheckOptions options;
    options.folder = arguments.check;
    options.only = arguments.only;
    options.pictures = arguments.pictures;
    options.presenting = arguments.presenting;
    if (arguments.presenting) {  // a projector's
        options.width = 1920;
        options.height = 1080;
    }
    std::string last;
    const LessonCheck check = check_lessons(options, [&](const std::string& file, int /*step*/, int steps) {
        if (file != last && !arguments.json) std::cerr << file << ": " << counted(steps, "step") << "\n";
        last = file;
    });
    return print_check(check, arguments.json);
}
#else
int teach(const Arguments&) {
    throw Error(
        ErrorKind::failed,
        "this build has no lessons: Dear ImGui, GLFW, EGL, glad, md4c and muParser were not all found");
}
#endif

}  // namespace

void add_lessons(CommandLine& line) {
    auto* command =
        line.app.add_subcommand("lessons", "lists the lessons, or walks through a folder of them");
    auto arguments = std::make_shared<Arguments>();
    auto* check =
        command->add_option("--check", arguments->check,
                            "a folder of lessons (.md): every step is entered and every task solved");
    command->add_option("--only", arguments->only, "with --check: lessons whose name begins so")
        ->needs(check);
    command
        ->add_option("--pictures", arguments->pictures, "with --check: a folder that gets PNGs of every step")
        ->needs(check);
    command->add_flag("--presentation", arguments->presenting, "with --check: pictures as in a room")
        ->needs(check);
    command->add_flag("--widgets", arguments->widgets, "the names that `light` and `hide` know")
        ->excludes(check);
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->footer(
        "Examples:\n"
        "  convscope lessons\n"
        "  convscope lessons --check my_lessons --pictures out\n"
        "Exit code 1: something was found in a lesson.");
    command->callback([&line, arguments] { line.action = [arguments] { return teach(*arguments); }; });
}

}  // namespace convscope::cli
