// Small pieces that every panel is made of.
#pragma once
#include <imgui.h>

#include <string>

namespace convscope {

// A quiet heading above a group of fields.
void section(const char* title);
// A label at the left, the next item starts at `column` units of scale 1.
void label(const char* text, float column = 96);
void text(const std::string& words);
void dim_text(const std::string& words);
void coloured_text(const ImVec4& colour, const std::string& words);
// Wraps at the panel's edge, in the small font.
void note(const ImVec4& colour, const std::string& words);
// In the font for numbers.
void number(const std::string& words);
void tooltip(const std::string& words);
float text_width(const std::string& words);
// `words` cut to fit `width`, with an ellipsis where something is missing.
std::string fitted(const std::string& words, float width);
// A text button without a frame until the mouse is over it.
bool quiet_button(const std::string& label_and_id, ImVec2 size = {0, 0});

}  // namespace convscope
