// Values in a lesson's file: "[[1, 2], [3, 4]]" as `input`, `weights` or `pointwise`.
#pragma once
#include "experiment.h"
#include "lessons/lesson.h"

namespace convscope::lessons {

// Whether the line holds values.
bool is_typed(const Setting& line);
// The input or the window takes the values' sizes. Throws Error(request) where they are no table of numbers,
// or of a rank that the operator does not have.
void take_sizes_of_typed(Experiment& experiment, const Setting& line);
// Puts them in. Values of one plane serve every channel and batch, those of one window every pair of
// channels. Throws Error(request) where the experiment breaks rules, or they do not fit.
void type_values(Experiment& experiment, const Setting& line);

}  // namespace convscope::lessons
