// The lessons in the window: the courses as they were last read, and the lesson that is being taken.
#pragma once
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lessons/course.h"
#include "lessons/lesson_run.h"
#include "panels/state.h"
#include "undo.h"

namespace convscope {

struct LessonDesk {
    // What the learner had before the lesson, and gets back.
    struct SetAside {
        History history;
        std::optional<Pinned> pinned;
        std::vector<HistoryEntry> times;
        Animation animation;
        PanelMemory::Plot plot;
        std::array<bool, 6> linked;
    };
    using Files = std::vector<std::pair<std::string, std::filesystem::file_time_type>>;

    std::vector<lessons::Course> courses{};
    std::optional<Files> files{};  // of the courses, as they were read; empty: nothing was read yet
    std::chrono::steady_clock::time_point looked_at{};

    std::optional<lessons::LessonRun> run{};
    std::string key{};         // of the lesson that runs
    std::string file_error{};  // why its file cannot be read again: a sentence
    std::optional<SetAside> own{};
    lessons::Play play = lessons::Play::nothing;  // begins once there is something to play
    Tab tab = Tab::explore;                       // the last one of the lesson that was not Lessons
    Tab home = Tab::explore;                      // the last one outside of lessons that was not Lessons
    bool at_end = false, presenting = false;

    // Of the lesson with this key, else with this id; nullptr where there is none. `key` is set with it.
    lessons::LessonPtr find(const std::string& name, std::string& found_key) const;
    // The next lesson of the same course that can be taken; empty behind the last one.
    std::optional<LessonState::Following> following() const;
};

}  // namespace convscope
