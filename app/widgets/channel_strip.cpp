#include "widgets/channel_strip.h"

#include <algorithm>
#include <cmath>

#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {

std::optional<int64_t> channel_strip(const ChannelStrip& s, float width) {
    const float height = px(10), widest = px(22);
    const float cell = std::min(width / static_cast<float>(s.count), widest);
    ImGui::InvisibleButton(s.name.c_str(), {std::max(cell * static_cast<float>(s.count), 4.0f), height});
    registry().add_item(s.name);
    const ImVec2 from = ImGui::GetItemRectMin();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto x = [&](int64_t channel) { return from.x + cell * static_cast<float>(channel); };
    const auto block = [&](int64_t first, int64_t last, ImU32 colour) {
        const float gap = cell > px(5) ? px(1) : 0;
        list.AddRectFilled(
            {std::round(x(first)), from.y + px(1)},
            {std::max(std::round(x(last)) - gap, std::round(x(first)) + 1), from.y + height - px(1)}, colour,
            cell > px(5) ? px(2) : 0);
    };
    // Where channels are thinner than a pixel, groups are drawn as wholes.
    const int64_t step = cell >= 2 ? 1 : std::max<int64_t>(s.group_size, static_cast<int64_t>(2 / cell));
    for (int64_t c = 0; c < s.count; c += step) {
        const bool joined = c + step > s.joined_from && c < s.joined_from + s.joined_count;
        block(c, std::min(c + step, s.count),
              packed(series_colour(static_cast<size_t>(c / s.group_size)), joined ? 1.0f : 0.28f));
    }
    compat::add_rect(list, {x(s.shown) - px(1), from.y},
                     {std::max(x(s.shown + 1), x(s.shown) + px(3)), from.y + height}, packed(palette().text),
                     px(2), px(1.5f));
    const float mouse = ImGui::GetIO().MousePos.x;
    const auto under = std::clamp(static_cast<int64_t>((mouse - from.x) / cell), int64_t{0}, s.count - 1);
    if (ImGui::IsItemHovered() && s.tip) tooltip(s.tip(under));
    if (ImGui::IsItemActive() && under != s.shown) return under;
    return std::nullopt;
}

}  // namespace convscope
