// Carries out the lines of a `set`, `then.` or `solution.`, and what a `look` says of the experiment.
#pragma once
#include <vector>

#include "experiment.h"
#include "lessons/lesson.h"

namespace convscope::lessons {

// A 1×1×6×6 input, a 3×3 window of ones.
Experiment blank_experiment();

// A mistake in the lesson, at a line of its file.
struct LineError {
    int line = 0;
    std::string sentence;
};
// Throw LineError where no `set` has a line of that name, or no `look` a view.
void require_setting(const Setting& setting);
void require_view(int line, const std::string& view);

// Throws LineError. `start` begins anew; without it `experiment` is what the lines change.
Experiment with_settings(Experiment experiment, const std::vector<Setting>& settings);
// The tab, the views and the hovered element. Throws LineError: a place outside of its tensor.
Experiment with_look(Experiment experiment, const Look& look);
// The experiment in which step `index` begins: the sets and looks of all steps up to it, one after the other.
// Throws LineError for lines of that step; an earlier step whose lines are wrong is passed over.
Experiment experiment_at(const Lesson& lesson, size_t index);

}  // namespace convscope::lessons
