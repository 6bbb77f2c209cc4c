// Walks through lessons without a display, as a learner would: every step is entered, every task is answered
// wrongly and rightly, and what does not work is found.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace convscope {

struct LessonCheckOptions {
    std::string folder{};     // of the lessons
    std::string only{};       // the lessons whose id begins with this; empty: all
    std::string pictures{};   // a folder that gets PNGs of every step; empty: none
    bool presenting = false;  // pictures of the presentation
    int width = 1600, height = 1000;
    double seconds_at_most = 60;   // that one step may compute
    std::string modules_folder{};  // empty: beside the program
};

struct LessonFinding {
    std::string file{};  // "01_slide.md"
    int line = 0;
    std::string sentence{};
};

struct LessonCheck {
    int lessons = 0, steps = 0, tasks = 0;
    int right = 0, wrong = 0;  // tasks that were solved, and answers that were refused
    std::vector<LessonFinding> findings{};
    std::vector<std::string> pictures{};
};

// `told` is given each lesson's file and step before it is walked through. Throws Error: request where the
// folder cannot be read or holds no lesson, failed where nothing can draw.
LessonCheck check_lessons(const LessonCheckOptions& options,
                          const std::function<void(const std::string& file, int step, int steps)>& told = {});

// What lessons can light or hide: the names of all widgets of the Explore, X-ray and Source tabs with the
// first start's experiment.
std::vector<std::string> lesson_widgets(const std::string& modules_folder = {});

}  // namespace convscope
