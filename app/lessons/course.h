// A folder of lessons: the program's own, or a teacher's.
#pragma once
#include <string>
#include <vector>

#include "lessons/lesson.h"

namespace convscope::lessons {

inline constexpr const char* own_course_title = "ConvScope";

struct Course {
    std::string title;                 // own_course_title, or the folder's name
    std::string folder;                // where its files lie
    std::vector<LessonPtr> lessons{};  // in the order of their files' names
    std::string error{};               // why there are none: a sentence
};

// Every .md file of the folder. Never throws: Course::error says what is wrong.
Course read_course(const std::string& folder, const std::string& title);
// assets/lessons of the program.
std::string own_lessons_folder();

}  // namespace convscope::lessons
