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
// Shown once the mouse has rested on the last item for a moment.
void tooltip(const std::string& words);
// The words of the tooltip in the frame that was last drawn; empty without one.
std::string shown_tooltip();
// A tooltip is about to appear: the window must draw again soon.
bool tooltip_is_due();
// Three digits without an exponent, for table cells: "0.019", "8.38", "130", "<0.001".
std::string figure(double value);
float text_width(const std::string& words);
// `words` cut to fit `width`, with an ellipsis where something is missing.
std::string fitted(const std::string& words, float width);
// The next item, `width` wide, stands `gap` beside the last one where it ends before `right` (on the screen),
// else below it.
void beside_or_below(float width, float right, float gap);
// How far something is, 0 … 1, in the middle of a line that is `line` high.
void progress_bar(double share, float width, float line);
// A text button without a frame until the mouse is over it.
bool quiet_button(const std::string& label_and_id, ImVec2 size = {0, 0});

}  // namespace convscope
