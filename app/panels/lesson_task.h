// What a step asks: a state to reach, or a number, a choice or an element before the answer is shown.
#pragma once
#include <optional>
#include <string_view>

#include "panels/state.h"

namespace convscope {

// What the step asks for now; nullptr where nothing is asked, or not any more.
const lessons::Prediction* asked_now(const LessonState& lesson);
void draw_lesson_task(const State& state, LessonMemory& memory, Post& post);
// What somebody typed as an answer: "6", "0.5", "0,5", "1/9", "2e3". Empty where it is no number.
std::optional<double> typed_answer(std::string_view text);

}  // namespace convscope
