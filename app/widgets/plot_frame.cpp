#include "widgets/plot_frame.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

float crisp(float pixel) {
    return std::floor(pixel) + 0.5f;
}

// Between two entries of a legend, and from an entry's dot to its words.
float legend_gap() {
    return px(12);
}
float legend_mark() {
    return px(13);
}

}  // namespace

bool overlap(const Box& a, const Box& b) {
    return a.from.x < b.to.x && b.from.x < a.to.x && a.from.y < b.to.y && b.from.y < a.to.y;
}

std::optional<Box> free_box(ImVec2 size, const std::vector<ImVec2>& corners, const std::vector<Box>& taken,
                            const Box& bounds) {
    for (const ImVec2& corner : corners) {
        const Box box{corner, {corner.x + size.x, corner.y + size.y}};
        const bool inside = box.from.x >= bounds.from.x && box.from.y >= bounds.from.y &&
                            box.to.x <= bounds.to.x && box.to.y <= bounds.to.y;
        if (inside && std::ranges::none_of(taken, [&](const Box& other) { return overlap(box, other); }))
            return box;
    }
    return std::nullopt;
}

TickStyle style_below(const Unit& unit, float room_from, float room_to) {
    return {.extent = text_width,
            .gap = px(18),
            .room_from = room_from,
            .room_to = room_to,
            .words = words_in(unit, true)};
}

TickStyle style_left(const Unit& unit, float room_from, float room_to) {
    return {.extent = [](const std::string&) { return ImGui::GetFontSize(); },
            .gap = px(5),
            .room_from = room_from,
            .room_to = room_to,
            .words = words_in(unit, false)};
}

float widest(const std::vector<Tick>& ticks) {
    float width = 0;
    for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label));
    return width;
}

void draw_ticks_below(ImDrawList& list, const Box& box, const std::vector<Tick>& ticks) {
    for (const Tick& tick : ticks) {
        list.AddLine({crisp(tick.at), box.from.y}, {crisp(tick.at), box.to.y}, packed(palette().line));
        list.AddText({std::round(tick.label_from), box.to.y + px(3)}, packed(palette().dim),
                     tick.label.c_str());
    }
}

void draw_ticks_left(ImDrawList& list, const Box& box, const std::vector<Tick>& ticks) {
    for (const Tick& tick : ticks) {
        list.AddLine({box.from.x, crisp(tick.at)}, {box.to.x, crisp(tick.at)}, packed(palette().line));
        list.AddText({box.from.x - px(6) - text_width(tick.label), std::round(tick.label_from)},
                     packed(palette().dim), tick.label.c_str());
    }
}

void draw_dashes(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 colour) {
    const float length = std::hypot(to.x - from.x, to.y - from.y), dash = px(4), period = px(7);
    if (length <= 0) return;
    const ImVec2 step{(to.x - from.x) / length, (to.y - from.y) / length};
    for (float at = 0; at < length; at += period) {
        const float end = std::min(at + dash, length);
        list.AddLine({from.x + step.x * at, from.y + step.y * at},
                     {from.x + step.x * end, from.y + step.y * end}, colour, px(1));
    }
}

Legend::Legend(const char* unit, std::vector<LegendEntry> entries, const Box& box)
    : unit_(unit), entries_(std::move(entries)), box_(box) {
    const auto most_lines = static_cast<size_t>(std::clamp(box.height() / px(58), 1.0f, 4.0f));
    const float indent = box.from.x + text_width(unit) + legend_gap();
    float x = indent;
    for (size_t i = 0; i < entries_.size(); ++i) {
        const float width = legend_mark() + text_width(entries_[i].label);
        const bool may_wrap = lines_ < most_lines;
        const bool last = may_wrap || i + 1 == entries_.size();
        if (x + width + (last ? 0 : legend_gap() + text_width("…")) > box.to.x) {
            if (!may_wrap || x == indent) {
                places_.push_back({x, lines_ - 1});
                cut_ = true;
                return;
            }
            ++lines_;
            x = indent;
            --i;  // its turn comes again on the new line
            continue;
        }
        places_.push_back({x, lines_ - 1});
        x += width + legend_gap();
    }
}

float Legend::height() const {
    return static_cast<float>(lines_) * (ImGui::GetFontSize() + px(2)) + px(2);
}

void Legend::draw(ImDrawList& list) const {
    const ImU32 ink = packed(palette().dim);
    list.AddText(box_.from, ink, unit_);
    for (size_t i = 0; i < places_.size(); ++i) {
        const float x = places_[i].x;
        const float y = box_.from.y + static_cast<float>(places_[i].line) * (ImGui::GetFontSize() + px(2));
        if (cut_ && i + 1 == places_.size()) {
            list.AddText({x, y}, ink, "…");
            return;
        }
        const float radius = px(4);
        list.AddCircleFilled({x + radius, y + ImGui::GetFontSize() / 2 + px(1)}, radius,
                             packed(entries_[i].colour), 12);
        list.AddText({x + legend_mark(), y}, ink, entries_[i].label.c_str());
    }
}

void row_plot(RowPlot plot, const Box& box) {
    const float axis_height = ImGui::GetFontSize() + px(5), least = ImGui::GetFontSize() + px(3);
    const auto count = static_cast<float>(plot.labels.size());
    float labels = 0;
    for (const std::string& words : plot.labels) labels = std::max(labels, text_width(words));
    labels = std::min(labels, box.width() * 0.42f);
    const float room = box.height() - axis_height;
    const bool scrolls = least * count > room;
    const float height =
        std::floor(std::clamp(room / std::max(count, 1.0f), least, std::max(plot.tallest, least)));
    const float right = plot.right + (scrolls ? ImGui::GetStyle().ScrollbarSize : 0);
    // The axis stands right below the last row, wherever the panel ends.
    const Box rows{{box.from.x + labels + px(10), box.from.y},
                   {box.to.x - right, box.from.y + std::min(height * count, room)}};
    if (plot.labels.empty() || rows.width() < px(20) || rows.height() < px(8)) return;
    plot.axis.from = rows.from.x;
    plot.axis.to = rows.to.x;
    draw_ticks_below(*ImGui::GetWindowDrawList(), {rows.from, {rows.to.x, rows.to.y + px(2)}},
                     ticks_that_fit(plot.axis, style_below(plot.unit, rows.from.x - px(8), box.to.x)));
    ImGui::SetCursorScreenPos(box.from);
    ImGui::BeginChild("rows", {box.width(), rows.height()}, false);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (size_t i = 0; i < plot.labels.size(); ++i) {
        ImGui::SetCursorPos({0, static_cast<float>(i) * height});
        const ImVec2 from = ImGui::GetCursorScreenPos();
        const std::string words = fitted(plot.labels[i], labels);
        list.AddText({rows.from.x - px(10) - text_width(words),
                      std::round(from.y + (height - ImGui::GetFontSize()) / 2)},
                     packed(palette().dim), words.c_str());
        plot.draw(list, plot.axis, i, std::round(from.y + height / 2), height);
        ImGui::PushID(static_cast<int>(i));
        ImGui::InvisibleButton("row", {std::max(box.width() - right + plot.right, 1.0f), height});
        ImGui::PopID();
        registry().add_item(cat("plot.row.", plot.labels[i]));
        if (ImGui::IsItemHovered()) tooltip(plot.tip(i));
    }
    ImGui::EndChild();
}

}  // namespace convscope
