// The few places where Dear ImGui 1.86 … 1.92 differ. Nothing else in the program asks for its version.
#pragma once
#include <imgui.h>
#include <imgui_impl_opengl3.h>

#include <cstddef>
#include <iterator>

namespace convscope::compat {

inline ImVec2 operator+(ImVec2 a, ImVec2 b) {
    return {a.x + b.x, a.y + b.y};
}
inline ImVec2 operator-(ImVec2 a, ImVec2 b) {
    return {a.x - b.x, a.y - b.y};
}

// Fonts are rasterised anew after a change of scale. From 1.92 on Dear ImGui does this by itself.
inline void fonts_changed() {
#if IMGUI_VERSION_NUM < 19200
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

inline void push_font(ImFont* font, float size) {
#if IMGUI_VERSION_NUM >= 19200
    ImGui::PushFont(font, size);
#else
    (void)size;
    ImGui::PushFont(font);
#endif
}

// An outline `thickness` wide; before 1.92.8 the flags stand before the thickness.
inline void add_rect(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 colour, float rounding = 0,
                     float thickness = 1) {
#if IMGUI_VERSION_NUM >= 19280
    list.AddRect(from, to, colour, rounding, thickness);
#else
    list.AddRect(from, to, colour, rounding, 0, thickness);
#endif
}

// clang-format off
// Keys of this program by name.
enum class Key {
    a, b, c, d, e, f, g, h, o, q, s, v, y, z, f1, f5, f11,
    one, two, three, four, zero, minus, plus, keypad_zero, keypad_minus, keypad_plus,
    space, left, right, up, down, enter, keypad_enter, escape, backspace,
    page_up, page_down
};

// What Dear ImGui calls them, in the same order. 1.86 takes GLFW's numbers and passes them through.
#if IMGUI_VERSION_NUM >= 18700
using KeyCode = ImGuiKey;
inline constexpr KeyCode key_codes[] = {
    ImGuiKey_A, ImGuiKey_B, ImGuiKey_C, ImGuiKey_D, ImGuiKey_E, ImGuiKey_F, ImGuiKey_G, ImGuiKey_H,
    ImGuiKey_O, ImGuiKey_Q, ImGuiKey_S, ImGuiKey_V, ImGuiKey_Y, ImGuiKey_Z,
    ImGuiKey_F1, ImGuiKey_F5, ImGuiKey_F11,
    ImGuiKey_1, ImGuiKey_2, ImGuiKey_3, ImGuiKey_4, ImGuiKey_0, ImGuiKey_Minus, ImGuiKey_Equal,
    ImGuiKey_Keypad0, ImGuiKey_KeypadSubtract, ImGuiKey_KeypadAdd,
    ImGuiKey_Space, ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow,
    ImGuiKey_Enter, ImGuiKey_KeypadEnter, ImGuiKey_Escape, ImGuiKey_Backspace,
    ImGuiKey_PageUp, ImGuiKey_PageDown};
#else
using KeyCode = int;
inline constexpr KeyCode key_codes[] = {
    65, 66, 67, 68, 69, 70, 71, 72, 79, 81, 83, 86, 89, 90, 290, 294, 300,
    49, 50, 51, 52, 48, 45, 61, 320, 333, 334,
    32, 263, 262, 265, 264, 257, 335, 256, 259, 266, 267};
#endif
// clang-format on
static_assert(std::size(key_codes) == static_cast<size_t>(Key::page_down) + 1);

inline KeyCode code_of(Key key) {
    return key_codes[static_cast<size_t>(key)];
}

// `repeats`: also while it is held.
inline bool pressed(Key key, bool repeats = false) {
    return ImGui::IsKeyPressed(code_of(key), repeats);
}

// Closes every menu, combo and dialog. False: nothing was open. Dear ImGui closes them on Escape only where
// its own keyboard navigation is on, and that would take Space and the arrows.
bool close_popups();

}  // namespace convscope::compat
