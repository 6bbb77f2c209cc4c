// What several places of the window say of a lesson.
#pragma once
#include <string>

#include "lessons/lesson.h"
#include "lessons/progress.h"
#include "settings.h"

namespace convscope {

// "01_grid.md, line 3"; without a line, counted from 1, the file alone.
std::string place_in_file(const lessons::Lesson& lesson, int line);
// Why the whole file is no lesson, and where: "01_grid.md, line 1: …".
std::string error_of_file(const lessons::Lesson& lesson);
// How far the learner is in the lesson with this key; at the beginning where nothing is kept of it.
lessons::Progress progress_of(const Settings& settings, const std::string& key);
// Something of it was done, or a later step is open.
bool begun(const lessons::Progress& progress);

}  // namespace convscope
