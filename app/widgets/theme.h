// Colours and distances of the window. Few colours, each with one meaning.
#pragma once
#include <imgui.h>

#include "settings.h"

namespace convscope {

struct Palette {
    ImVec4 ground;  // behind the panels
    ImVec4 panel;
    ImVec4 field;      // what can be changed
    ImVec4 field_hot;  // under the mouse
    ImVec4 line;       // borders and separators
    ImVec4 text, dim;
    ImVec4 accent;              // what is chosen or active
    ImVec4 good, warning, bad;  // verified, stale, wrong
    ImVec4 canvas;              // behind tensors
};

const Palette& palette();
inline ImU32 packed(const ImVec4& colour, float alpha = 1) {
    return ImGui::ColorConvertFloat4ToU32({colour.x, colour.y, colour.z, colour.w * alpha});
}

// What is drawn for something that is no longer true: between the colour and the panel behind it.
ImVec4 faded(const ImVec4& colour);
// Tells things in plots apart, also for eyes that see two of the primary colours as one; repeats after seven.
const ImVec4& series_colour(size_t index);

// Sets Dear ImGui's style. Call between frames.
void apply_theme(Theme theme, float scale);

// A length in the units of scale 1, in pixels.
float px(float length);

}  // namespace convscope
