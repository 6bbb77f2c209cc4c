#include "panels/lesson_words.h"

#include <filesystem>

#include "core/text.h"

namespace convscope {

std::string place_in_file(const lessons::Lesson& lesson, int line) {
    const std::string file = std::filesystem::path(lesson.path).filename().string();
    return line > 0 ? cat(file, ", line ", line) : file;
}

std::string error_of_file(const lessons::Lesson& lesson) {
    return cat(place_in_file(lesson, lesson.error_line), ": ", lesson.error);
}

lessons::Progress progress_of(const Settings& settings, const std::string& key) {
    const auto at = settings.lessons.find(key);
    return at == settings.lessons.end() ? lessons::Progress{} : at->second;
}

bool begun(const lessons::Progress& progress) {
    return progress.at > 0 || !progress.done.empty();
}

}  // namespace convscope
