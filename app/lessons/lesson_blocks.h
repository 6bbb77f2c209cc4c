// The blocks of a lesson's step, line by line. All of these throw LineError.
#pragma once
#include <string>
#include <vector>

#include "lessons/lesson.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {

struct RawLine {
    int number = 0;  // of the file
    std::string text;
};
struct RawBlock {
    std::string name;
    int line = 0;  // of its opening fence
    std::vector<RawLine> lines{};
};

// "set", "look", "do", "predict", "explain".
bool is_block_name(const std::string& name);
// Throws LineError where a fence's word is nearly one of them: it was meant to be one.
void require_block_name(const std::string& info, int line);

// Lines `name: value`; empty ones and comments are passed over.
enum class Comments { none, after_blank };
std::vector<Setting> read_fields(const std::vector<RawLine>& lines, Comments comments);

std::vector<Setting> read_set(const RawBlock& block);
Look read_look(const RawBlock& block);
Goal read_goal(const RawBlock& block);
Prediction read_prediction(const RawBlock& block);

}  // namespace convscope::lessons
