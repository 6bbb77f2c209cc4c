// The few places where Dear ImGui 1.86 … 1.92 differ. Nothing else in the program asks for its version.
#pragma once
#include <imgui.h>
#include <imgui_impl_opengl3.h>

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

// Keys of this program by name. In 1.86 they are GLFW's numbers, which Dear ImGui passes through.
enum class Key { c, f, o, q, s, y, z, f1, f11, plus, keypad_plus, minus, keypad_minus, zero, escape };

inline bool pressed(Key key) {
#if IMGUI_VERSION_NUM >= 18700
    constexpr ImGuiKey keys[] = {ImGuiKey_C,
                                 ImGuiKey_F,
                                 ImGuiKey_O,
                                 ImGuiKey_Q,
                                 ImGuiKey_S,
                                 ImGuiKey_Y,
                                 ImGuiKey_Z,
                                 ImGuiKey_F1,
                                 ImGuiKey_F11,
                                 ImGuiKey_Equal,
                                 ImGuiKey_KeypadAdd,
                                 ImGuiKey_Minus,
                                 ImGuiKey_KeypadSubtract,
                                 ImGuiKey_0,
                                 ImGuiKey_Escape};
    return ImGui::IsKeyPressed(keys[static_cast<int>(key)], false);
#else
    constexpr int keys[] = {67, 70, 79, 81, 83, 89, 90, 290, 300, 61, 334, 45, 333, 48, 256};
    return ImGui::IsKeyPressed(keys[static_cast<int>(key)], false);
#endif
}

}  // namespace convscope::compat
