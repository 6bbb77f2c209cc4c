#include "widgets/spotlight.h"

#include <imgui.h>

#include <algorithm>
#include <optional>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr int quiet_window = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                             ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing |
                             ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoBackground;

// The part of a widget that can be seen, in this frame or, where it is not drawn yet, in the last one.
std::optional<WidgetRect> seen(const std::string& name) {
    auto rect = registry().find_drawn(name);
    if (!rect) return std::nullopt;
    // A view's picture is drawn in a window of its own.
    auto clip = registry().clip_of(name);
    if (!clip) clip = registry().clip_of(name + ".whole");
    if (clip) {
        rect->from = {std::max(rect->from.x, clip->from.x), std::max(rect->from.y, clip->from.y)};
        rect->to = {std::min(rect->to.x, clip->to.x), std::min(rect->to.y, clip->to.y)};
    }
    if (rect->empty()) return std::nullopt;
    return rect;
}

// A view with all that belongs to it.
std::string whole_of(const std::string& name) {
    const std::string whole = name + ".whole";
    return registry().find_drawn(whole) ? whole : name;
}

void draw_glow(ImDrawList& list, const WidgetRect& rect) {
    const float away = px(3), round = px(6);
    for (const auto& [reach, strength] : {std::pair{5.0f, 0.10f}, {3.0f, 0.18f}, {1.5f, 0.30f}}) {
        const float d = away + px(reach) / 2;
        compat::add_rect(list, {rect.from.x - d, rect.from.y - d}, {rect.to.x + d, rect.to.y + d},
                         packed(palette().accent, strength), round + px(reach), px(2 + reach));
    }
    compat::add_rect(list, {rect.from.x - away, rect.from.y - away}, {rect.to.x + away, rect.to.y + away},
                     packed(palette().accent), round, px(2));
}

void draw_cover(ImDrawList& list, const WidgetRect& rect) {
    list.AddRectFilled(rect.from, rect.to, packed(palette().panel));  // nothing is seen at its round corners
    list.AddRectFilled(rect.from, rect.to, packed(palette().field), px(5));
    compat::add_rect(list, {rect.from.x + 1, rect.from.y + 1}, {rect.to.x - 1, rect.to.y - 1},
                     packed(palette().line), px(5));
    const bool high = rect.to.y - rect.from.y >= px(60);
    const WithFont font(high ? fonts().title : fonts().strong);
    const ImVec2 size = ImGui::CalcTextSize("?");
    list.AddText({(rect.from.x + rect.to.x - size.x) / 2, (rect.from.y + rect.to.y - size.y) / 2},
                 packed(palette().dim), "?");
}

}  // namespace

void draw_lights(const std::vector<std::string>& names) {
    if (names.empty()) return;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("lights", nullptr, quiet_window | ImGuiWindowFlags_NoInputs);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRectFullScreen();
    for (const std::string& name : names)
        if (const auto rect = seen(name)) {
            draw_glow(list, *rect);
            registry().add("light." + name, rect->from, rect->to);
        }
    list.PopClipRect();
    ImGui::End();
}

void draw_covers(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const auto rect = seen(whole_of(name));
        if (!rect) continue;
        ImGui::SetNextWindowPos(rect->from);
        ImGui::SetNextWindowSize({rect->to.x - rect->from.x, rect->to.y - rect->from.y});
        ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
        ImGui::Begin(cat("cover.", name).c_str(), nullptr, quiet_window);
        draw_cover(*ImGui::GetWindowDrawList(), *rect);
        registry().add("cover." + name, rect->from, rect->to);
        ImGui::End();
        ImGui::PopStyleVar(2);
    }
}

}  // namespace convscope
