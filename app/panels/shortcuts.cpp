// What keyboard and mouse do.
#include <array>
#include <utility>

#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 15> rows{{
    {"Wheel over a tensor", "zoom at the mouse"},
    {"Drag a tensor", "move it"},
    {"Double-click a tensor", "fit"},
    {"Drag a number", "change it within its legal values"},
    {"Double-click a number", "type a value"},
    {"Drop a file", "open an image, .npy or experiment"},
    {"F", "fit all tensors"},
    {"C", "next colours"},
    {"Ctrl+Z, Ctrl+Y", "undo, redo"},
    {"Ctrl+O, Ctrl+S", "open, save the experiment"},
    {"Ctrl+Plus, Ctrl+Minus, Ctrl+0", "larger, smaller, normal size of everything"},
    {"Escape", "cancel the computation, dismiss the message"},
    {"F1", "this list"},
    {"F11", "full screen"},
    {"Ctrl+Q", "quit"},
}};

}  // namespace

void draw_shortcuts(PanelMemory& memory) {
    if (!memory.shortcuts_open) return;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
    const int flags = ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
                      ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings;
    if (ImGui::Begin("Keyboard and mouse", &memory.shortcuts_open, flags)) {
        for (const auto& [keys, meaning] : rows) {
            text(keys);
            ImGui::SameLine(px(250));
            dim_text(meaning);
        }
        registry().add("shortcuts", ImGui::GetWindowPos(),
                       {ImGui::GetWindowPos().x + ImGui::GetWindowSize().x,
                        ImGui::GetWindowPos().y + ImGui::GetWindowSize().y});
    }
    ImGui::End();
    ImGui::PopStyleVar(2);
}

}  // namespace convscope
