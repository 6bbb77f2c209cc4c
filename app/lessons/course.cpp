#include "lessons/course.h"

#include <algorithm>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope::lessons {
namespace {

namespace fs = std::filesystem;

// A file that cannot be read is a lesson that says so.
LessonPtr read_or_tell(const std::string& path) {
    try {
        return load_lesson(path);
    } catch (const std::exception& error) {
        Lesson lesson;
        lesson.id = lesson.title = fs::path(path).stem().string();
        lesson.path = path;
        lesson.error = error.what();
        lesson.error_line = 1;
        return std::make_shared<const Lesson>(std::move(lesson));
    }
}

}  // namespace

Course read_course(const std::string& folder, const std::string& title) {
    Course course{.title = title, .folder = folder};
    std::error_code error;
    std::vector<std::string> paths;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        if (entry->path().extension() == ".md" && !entry->path().filename().string().starts_with('.') &&
            !entry->is_directory(error) && !entry->is_other(error))  // a pipe would be waited for
            paths.push_back(entry->path().string());
    if (error) {
        course.error = cat("the folder ", folder, " cannot be read: ", error.message());
        return course;
    }
    std::ranges::sort(paths);
    for (const std::string& path : paths) course.lessons.push_back(read_or_tell(path));
    if (paths.empty())
        course.error = cat("the folder ", folder, " holds no lesson: a lesson is a file that ends in .md");
    return course;
}

std::string own_lessons_folder() {
    try {
        return asset_path("lessons");
    } catch (const Error&) {
        return "assets/lessons";  // reading it says that it is missing
    }
}

}  // namespace convscope::lessons
