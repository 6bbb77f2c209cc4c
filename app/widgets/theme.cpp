#include "widgets/theme.h"

#include <array>
#include <cmath>

namespace convscope {
namespace {

ImVec4 rgb(unsigned hex, float alpha = 1) {
    return {static_cast<float>((hex >> 16) & 255) / 255.0f, static_cast<float>((hex >> 8) & 255) / 255.0f,
            static_cast<float>(hex & 255) / 255.0f, alpha};
}

const Palette dark{.ground = rgb(0x14161a),
                   .panel = rgb(0x1b1e24),
                   .field = rgb(0x272b33),
                   .field_hot = rgb(0x323742),
                   .line = rgb(0x2d323b),
                   .text = rgb(0xdfe2e8),
                   .dim = rgb(0x949cab),
                   .accent = rgb(0x6aa9f4),
                   .good = rgb(0x62bd83),
                   .warning = rgb(0xe3ad55),
                   .bad = rgb(0xf07167),
                   .canvas = rgb(0x101216)};
const Palette light{.ground = rgb(0xeef0f3),
                    .panel = rgb(0xfbfcfd),
                    .field = rgb(0xe9ecf1),
                    .field_hot = rgb(0xdde2ea),
                    .line = rgb(0xd6dae2),
                    .text = rgb(0x1d2128),
                    .dim = rgb(0x5d6573),
                    .accent = rgb(0x1f66c1),
                    .good = rgb(0x1f7a45),
                    .warning = rgb(0x935f00),
                    .bad = rgb(0xbd2c23),
                    .canvas = rgb(0xe2e5ea)};

// Blue, orange, green, purple, yellow or tan, violet, rose. Chosen so that every pair keeps its distance
// (OKLab) under simulated protanopia, deuteranopia and tritanopia, and every colour stands out from the
// panel.
using SeriesColours = std::array<ImVec4, 7>;
const SeriesColours dark_series{rgb(0x56b4e9), rgb(0xe69f00), rgb(0x258a05), rgb(0xc247ad),
                                rgb(0xfad337), rgb(0x8969f4), rgb(0xf8617d)};
const SeriesColours light_series{rgb(0x0072b2), rgb(0xd1600a), rgb(0x106010), rgb(0x8c1280),
                                 rgb(0xb18c60), rgb(0x8f7ef7), rgb(0x9d5d65)};
const SeriesColours*& current_series() {
    static const SeriesColours* colours = &dark_series;
    return colours;
}

Palette& current() {
    static Palette the_palette = dark;
    return the_palette;
}

float& current_scale() {
    static float scale = 1;
    return scale;
}

void set_colours(ImGuiStyle& style, const Palette& p) {
    const ImVec4 none{0, 0, 0, 0};
    const auto faint = [&](const ImVec4& c, float alpha) { return ImVec4(c.x, c.y, c.z, alpha); };
    ImVec4* c = style.Colors;
    c[ImGuiCol_Text] = p.text;
    c[ImGuiCol_TextDisabled] = p.dim;
    c[ImGuiCol_WindowBg] = p.panel;
    c[ImGuiCol_ChildBg] = none;
    c[ImGuiCol_PopupBg] = p.panel;
    c[ImGuiCol_Border] = p.line;
    c[ImGuiCol_BorderShadow] = none;
    c[ImGuiCol_FrameBg] = p.field;
    c[ImGuiCol_FrameBgHovered] = p.field_hot;
    c[ImGuiCol_FrameBgActive] = p.field_hot;
    c[ImGuiCol_TitleBg] = c[ImGuiCol_TitleBgActive] = c[ImGuiCol_TitleBgCollapsed] = p.panel;
    c[ImGuiCol_MenuBarBg] = p.panel;
    c[ImGuiCol_ScrollbarBg] = none;
    c[ImGuiCol_ScrollbarGrab] = p.field_hot;
    c[ImGuiCol_ScrollbarGrabHovered] = c[ImGuiCol_ScrollbarGrabActive] = p.dim;
    c[ImGuiCol_CheckMark] = p.accent;
    c[ImGuiCol_SliderGrab] = c[ImGuiCol_SliderGrabActive] = p.accent;
    c[ImGuiCol_Button] = p.field;
    c[ImGuiCol_ButtonHovered] = p.field_hot;
    c[ImGuiCol_ButtonActive] = faint(p.accent, 0.35f);
    c[ImGuiCol_Header] = faint(p.accent, 0.18f);
    c[ImGuiCol_HeaderHovered] = faint(p.accent, 0.22f);
    c[ImGuiCol_HeaderActive] = faint(p.accent, 0.32f);
    c[ImGuiCol_Separator] = c[ImGuiCol_SeparatorHovered] = c[ImGuiCol_SeparatorActive] = p.line;
    c[ImGuiCol_ResizeGrip] = c[ImGuiCol_ResizeGripHovered] = c[ImGuiCol_ResizeGripActive] = none;
    c[ImGuiCol_TableHeaderBg] = none;
    c[ImGuiCol_TableBorderStrong] = c[ImGuiCol_TableBorderLight] = p.line;
    c[ImGuiCol_TableRowBg] = none;
    c[ImGuiCol_TableRowBgAlt] = faint(p.text, 0.02f);
    c[ImGuiCol_TextSelectedBg] = faint(p.accent, 0.35f);
    c[ImGuiCol_NavHighlight] = p.accent;
    c[ImGuiCol_ModalWindowDimBg] = faint(p.ground, 0.6f);
}

}  // namespace

const Palette& palette() {
    return current();
}

ImVec4 faded(const ImVec4& colour) {
    constexpr float share = 0.45f;
    const ImVec4& ground = current().panel;
    return {ground.x + (colour.x - ground.x) * share, ground.y + (colour.y - ground.y) * share,
            ground.z + (colour.z - ground.z) * share, colour.w};
}

const ImVec4& series_colour(size_t index) {
    return (*current_series())[index % current_series()->size()];
}

float px(float length) {
    return std::round(length * current_scale());
}

void apply_theme(Theme theme, float scale) {
    current() = theme == Theme::dark ? dark : light;
    current_series() = theme == Theme::dark ? &dark_series : &light_series;
    current_scale() = scale;
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {px(14), px(12)};
    style.FramePadding = {px(8), px(3)};
    style.ItemSpacing = {px(8), px(5)};
    style.ItemInnerSpacing = {px(6), px(4)};
    style.CellPadding = {px(8), px(3)};
    style.ScrollbarSize = px(11);
    style.GrabMinSize = px(10);
    style.WindowRounding = style.ChildRounding = 0;
    style.FrameRounding = style.GrabRounding = px(4);
    style.PopupRounding = px(6);
    style.ScrollbarRounding = px(6);
    style.WindowBorderSize = style.ChildBorderSize = 0;
    style.PopupBorderSize = 1;
    style.FrameBorderSize = 0;
    style.WindowMenuButtonPosition = ImGuiDir_None;
    set_colours(style, current());
}

}  // namespace convscope
