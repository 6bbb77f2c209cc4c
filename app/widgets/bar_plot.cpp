#include "widgets/bar_plot.h"

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

struct Unit {
    double ms;
    const char* name;
};
constexpr std::array<Unit, 4> units{{{1e-6, "ns"}, {1e-3, "µs"}, {1, "ms"}, {1e3, "s"}}};

const Unit& unit_for(double ms) {
    for (size_t i = units.size(); i-- > 1;)
        if (ms >= units[i].ms) return units[i];
    return units[0];
}

// 1, 2 or 5 times a power of ten, so that at least `parts` steps reach `end`.
double tick_step(double end, int parts) {
    const double raw = end / parts, power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : {5.0, 2.0})
        if (factor * power <= raw) return factor * power;
    return power;
}

struct Frame {
    ImVec2 from, to;  // of the area of bars
    double end = 1;   // the value at its right edge
    float x(double value) const {
        return from.x + static_cast<float>(std::clamp(value / end, 0.0, 1.0)) * (to.x - from.x);
    }
};

// The smallest step whose marks do not touch each other.
double readable_step(const Frame& frame, const Unit& unit) {
    const float room = frame.to.x - frame.from.x;
    for (int parts = std::max(2, static_cast<int>(room / px(90))); parts > 1; --parts) {
        const double step = tick_step(frame.end, parts);
        const double last = std::floor(frame.end / step * 1.0001) * step;
        const float mark = text_width(number_text(last / unit.ms, 3)) + px(10);
        if (static_cast<float>(step / frame.end) * room >= mark) return step;
    }
    return tick_step(frame.end, 1);
}

void draw_axis(ImDrawList& list, const Frame& frame) {
    const Unit& unit = unit_for(frame.end);
    const double step = readable_step(frame, unit);
    const ImU32 line = packed(palette().line), words = packed(palette().dim);
    for (double value = 0; value <= frame.end * 1.0001; value += step) {
        const float x = std::round(frame.x(value)) + 0.5f;
        list.AddLine({x, frame.from.y}, {x, frame.to.y}, line);
        const bool last = value + step > frame.end * 1.0001;
        const std::string mark = cat(number_text(value / unit.ms, 3), last ? cat(" ", unit.name) : "");
        const float half =
            value == 0 ? 0 : ImGui::CalcTextSize(number_text(value / unit.ms, 3).c_str()).x / 2;
        list.AddText({x - half, frame.to.y + px(3)}, words, mark.c_str());
    }
}

void draw_bar(ImDrawList& list, const Frame& frame, const Bar& bar, float top, float height) {
    const float middle = std::round(top + height / 2);
    const float thickness = std::min(height * 0.62f, px(16));
    const ImVec2 from{frame.from.x, middle - thickness / 2}, to{frame.x(bar.value), middle + thickness / 2};
    list.AddRectFilled(from, {std::max(to.x, from.x + 1), to.y}, packed(bar.colour, 0.75f), px(2));
    const float low = frame.x(bar.low), high = frame.x(bar.high);
    const ImU32 ink = packed(palette().text, 0.85f);
    if (high > low) {
        list.AddLine({low, middle}, {high, middle}, ink, px(1));
        for (const float x : {low, high}) list.AddLine({x, middle - px(3)}, {x, middle + px(3)}, ink, px(1));
    }
    const std::string value = milliseconds_text(bar.value);
    list.AddText({std::max(high, to.x) + px(7), middle - ImGui::GetFontSize() / 2}, packed(palette().text),
                 value.c_str());
}

}  // namespace

std::string milliseconds_text(double ms) {
    const Unit& unit = unit_for(ms);
    return cat(number_text(ms / unit.ms, 3), " ", unit.name);
}

void bar_plot(const char* name, const std::vector<Bar>& bars, ImVec2 from, ImVec2 to) {
    const WithFont small(fonts().small);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    registry().add(name, from, to);
    const float axis = ImGui::GetFontSize() + px(5);
    float labels = 0;
    double most = 0;
    for (const Bar& bar : bars) {
        labels = std::max(labels, text_width(bar.label));
        most = std::max({most, bar.value, bar.high});
    }
    labels = std::min(labels, (to.x - from.x) * 0.4f);
    Frame frame{{from.x + labels + px(10), from.y}, {to.x - px(70), to.y - axis}, most > 0 ? most : 1};
    if (bars.empty() || frame.to.x <= frame.from.x || frame.to.y <= frame.from.y) return;
    // The axis stands right below the last bar, wherever the panel ends.
    const float height = std::min((frame.to.y - frame.from.y) / static_cast<float>(bars.size()), px(28));
    frame.to.y = frame.from.y + height * static_cast<float>(bars.size()) + px(2);
    list.PushClipRect(from, to, true);
    draw_axis(list, frame);
    for (size_t i = 0; i < bars.size(); ++i) {
        const float top = frame.from.y + static_cast<float>(i) * height;
        const std::string words = fitted(bars[i].label, labels);
        list.AddText({frame.from.x - px(10) - text_width(words),
                      std::round(top + (height - ImGui::GetFontSize()) / 2)},
                     packed(palette().dim), words.c_str());
        draw_bar(list, frame, bars[i], top, height);
        ImGui::SetCursorScreenPos({from.x, top});
        ImGui::PushID(static_cast<int>(i));
        ImGui::InvisibleButton("bar", {std::max(to.x - from.x, 1.0f), std::max(height, 1.0f)});
        ImGui::PopID();
        tooltip(bars[i].tip);
    }
    list.PopClipRect();
}

}  // namespace convscope
