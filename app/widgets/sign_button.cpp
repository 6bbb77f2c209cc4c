#include "widgets/sign_button.h"

#include <imgui.h>

#include <cmath>

#include "core/text.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

void draw_sign(Sign sign, ImVec2 c, float r, ImU32 ink, ImDrawList& list) {
    switch (sign) {
        case Sign::play:
            list.AddTriangleFilled({c.x - r * 0.7f, c.y - r}, {c.x - r * 0.7f, c.y + r}, {c.x + r, c.y}, ink);
            break;
        case Sign::pause:
            list.AddRectFilled({c.x - r * 0.8f, c.y - r}, {c.x - r * 0.2f, c.y + r}, ink);
            list.AddRectFilled({c.x + r * 0.2f, c.y - r}, {c.x + r * 0.8f, c.y + r}, ink);
            break;
        case Sign::back:
            list.AddTriangleFilled({c.x + r * 0.5f, c.y - r}, {c.x + r * 0.5f, c.y + r},
                                   {c.x - r * 0.9f, c.y}, ink);
            list.AddRectFilled({c.x + r * 0.6f, c.y - r}, {c.x + r, c.y + r}, ink);
            break;
        case Sign::forward:
            list.AddTriangleFilled({c.x - r * 0.5f, c.y - r}, {c.x - r * 0.5f, c.y + r},
                                   {c.x + r * 0.9f, c.y}, ink);
            list.AddRectFilled({c.x - r, c.y - r}, {c.x - r * 0.6f, c.y + r}, ink);
            break;
        case Sign::stop:
            list.AddRectFilled({c.x - r * 0.8f, c.y - r * 0.8f}, {c.x + r * 0.8f, c.y + r * 0.8f}, ink);
            break;
    }
}

}  // namespace

bool sign_button(const char* name, Sign sign, const char* tip, bool enabled) {
    const float side = ImGui::GetFrameHeight();
    const bool clicked = quiet_button(cat("##", name), {side * 1.15f, side}) && enabled;
    const ImVec2 a = ImGui::GetItemRectMin(), b = ImGui::GetItemRectMax();
    draw_sign(sign, {std::round((a.x + b.x) / 2), std::round((a.y + b.y) / 2)}, std::round(side * 0.25f),
              packed(enabled ? palette().text : palette().dim, enabled ? 1.0f : 0.4f),
              *ImGui::GetWindowDrawList());
    registry().add_item(name);
    tooltip(tip);
    ImGui::SameLine(0, px(2));
    return clicked;
}

}  // namespace convscope
