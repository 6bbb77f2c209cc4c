#include "widgets/lane_scale.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr int lanes = 32;

// From OKLCH (Björn Ottosson, "A perceptual color space for image processing") to sRGB.
ImVec4 srgb(double lightness, double chroma, double degrees) {
    const double hue = degrees * 3.14159265358979323846 / 180;
    const double a = chroma * std::cos(hue), b = chroma * std::sin(hue);
    const auto cube = [](double x) { return x * x * x; };
    const double l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b),
                 m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b),
                 s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
    const auto encoded = [](double linear) {
        linear = std::clamp(linear, 0.0, 1.0);
        return static_cast<float>(linear <= 0.0031308 ? 12.92 * linear
                                                      : 1.055 * std::pow(linear, 1 / 2.4) - 0.055);
    };
    return {encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s), 1};
}

std::array<ImVec4, lanes> colours() {
    constexpr double first_hue = 20, last_hue = 335, chroma = 0.135;
    std::array<ImVec4, lanes> out;
    for (int lane = 0; lane < lanes; ++lane)
        out[static_cast<size_t>(lane)] = srgb(lane % 2 == 0 ? 0.70 : 0.80, chroma,
                                              first_hue + (last_hue - first_hue) * lane / (lanes - 1));
    return out;
}

}  // namespace

ImU32 lane_colour(int lane, float alpha) {
    static const std::array<ImVec4, lanes> table = colours();
    return packed(table[static_cast<size_t>(std::clamp(lane, 0, lanes - 1))], alpha);
}

std::optional<int> lane_legend(float width, unsigned lit) {
    const WithFont small(fonts().small);
    const float height = px(12);
    ImGui::InvisibleButton("##lanes", {width, height + ImGui::GetFontSize()});
    registry().add_item("xray.lanes");
    const ImVec2 from = ImGui::GetItemRectMin();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto x = [&](int lane) { return std::round(from.x + width * static_cast<float>(lane) / lanes); };
    for (int lane = 0; lane < lanes; ++lane)
        list.AddRectFilled({x(lane), from.y}, {x(lane + 1) - 1, from.y + height},
                           lane_colour(lane, (lit >> lane & 1u) != 0 ? 1.0f : 0.22f));
    for (const int lane : {0, 8, 16, 24, 31}) {
        const std::string words = std::to_string(lane);
        const float middle = (x(lane) + x(lane + 1) - text_width(words)) / 2;
        list.AddText({std::clamp(middle, from.x, from.x + width - text_width(words)), from.y + height},
                     packed(palette().dim), words.c_str());
    }
    if (!ImGui::IsItemHovered()) return std::nullopt;
    const int lane = static_cast<int>((ImGui::GetIO().MousePos.x - from.x) / width * lanes);
    return std::clamp(lane, 0, lanes - 1);
}

}  // namespace convscope
