// The list of what keyboard and mouse do.
#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "panels/keyboard.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

struct Row {
    std::optional<Kind> kind;  // whose keys these are, or
    const char* keys;
    const char* meaning;
};
struct Group {
    const char* title;
    std::span<const Row> rows;
};

constexpr std::array<Row, 8> tensors{{
    {{}, "Wheel", "zoom at the mouse"},
    {{}, "Drag", "move"},
    {{}, "Double-click", "fit this tensor"},
    {{}, "Click", "pin an element, or let it go"},
    {Kind::fit_views, nullptr, "fit all tensors"},
    {Kind::next_colours, nullptr, "next colours"},
    {Kind::error_view, nullptr, "error of the output, and back"},
    {Kind::copy_values, nullptr, "copy the slice under the mouse"},
}};
constexpr std::array<Row, 5> animation{{
    {Kind::toggle_play, nullptr, "play, pause"},
    {Kind::step_forward, nullptr, "one element or request on"},
    {Kind::step_back, nullptr, "one element or request back"},
    {Kind::xray_next, nullptr, "X-ray: next thread, warp or block"},
    {Kind::xray_previous, nullptr, "X-ray: the one before"},
}};
constexpr std::array<Row, 7> values{{
    {{}, "Drag a number", "change it within its legal values"},
    {{}, "Double-click a number", "type a value"},
    {{}, "Drag a cell", "change a weight or an input value"},
    {{}, "Double-click a cell", "type its value"},
    {Kind::undo, nullptr, "undo"},
    {Kind::redo, nullptr, "redo"},
    {Kind::paste_weights, nullptr, "paste a matrix as weights"},
}};
constexpr std::array<Row, 4> files{{
    {{}, "Drop files", "open an image, .npy or experiment"},
    {Kind::ask_open, nullptr, "open a file"},
    {Kind::ask_save, nullptr, "save the experiment"},
    {Kind::quit, nullptr, "quit"},
}};
constexpr std::array<Row, 5> lesson_rows{{
    {Kind::lesson_next, nullptr, "the next step"},
    {Kind::lesson_back, nullptr, "the step before"},
    {Kind::toggle_presentation, nullptr, "presentation: large, only the views"},
    {{}, "Enter", "check the number that was typed"},
    {{}, option_keys, "choose an option of a question"},
}};
constexpr std::array<Row, 9> window{{
    {Kind::show_explore, nullptr, "the tab Explore"},
    {Kind::show_xray, nullptr, "the tab X-ray"},
    {Kind::show_lessons, nullptr, "the tab Lessons"},
    {Kind::show_source, nullptr, "the tab Source"},
    {{}, "Ctrl+Plus, Ctrl+Minus", "larger, smaller"},
    {{}, normal_keys, "normal size of everything"},
    {Kind::toggle_fullscreen, nullptr, "full screen"},
    {Kind::toggle_shortcuts, nullptr, "this list"},
    {Kind::cancel, nullptr, "close, dismiss or cancel what is on top"},
}};
constexpr std::array<Group, 3> left{
    {{"Tensors", tensors}, {"Animation", animation}, {"Lessons", lesson_rows}}};
constexpr std::array<Group, 3> right{{{"Values", values}, {"Files", files}, {"Window", window}}};

constexpr float keys_width = 178, meaning_width = 268;  // in units of scale 1

void draw_group(const Group& group, float from) {
    ImGui::SetCursorPosX(from);
    {
        const WithFont strong(fonts().strong);
        text(group.title);
    }
    for (const Row& row : group.rows) {
        ImGui::SetCursorPosX(from);
        coloured_text(palette().accent, row.kind ? all_keys_of(*row.kind) : row.keys);
        ImGui::SameLine(from + px(keys_width));
        dim_text(row.meaning);
    }
    ImGui::Dummy({0, px(6)});
}

}  // namespace

void draw_shortcuts(PanelMemory& memory) {
    if (!memory.shortcuts_open) return;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    // Never beyond the screen: what does not fit is scrolled to.
    ImGui::SetNextWindowSizeConstraints({0, 0}, {screen.x - px(16), screen.y - px(16)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(14), px(7)));  // of the title
    const int flags = ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoMove |
                      ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings |
                      ImGuiWindowFlags_HorizontalScrollbar;
    const bool open = ImGui::Begin("Keyboard and mouse", &memory.shortcuts_open, flags);
    ImGui::PopStyleVar(3);
    if (open) {
        const ImVec2 start = ImGui::GetCursorPos();
        const float middle = start.x + px(keys_width + meaning_width + 28);
        for (const Group& group : left) draw_group(group, start.x);
        const float left_end = ImGui::GetCursorPosY();
        ImGui::SetCursorPosY(start.y);
        for (const Group& group : right) draw_group(group, middle);
        ImGui::SetCursorPos(
            {middle + px(keys_width + meaning_width), std::max(left_end, ImGui::GetCursorPosY())});
        ImGui::Dummy({0, 0});
        const ImVec2 from = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
        registry().add("shortcuts", from, {from.x + size.x, from.y + size.y});
    }
    ImGui::End();
}

}  // namespace convscope
