// What all plots share: where their parts stand, grid and labels, the legend, places that are free for words.
#pragma once
#include <imgui.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "widgets/plot_axis.h"

namespace convscope {

struct Box {
    ImVec2 from, to;
    float width() const { return to.x - from.x; }
    float height() const { return to.y - from.y; }
};
bool overlap(const Box& a, const Box& b);
// The first corner (top left) at which `size` lies within `bounds` and meets nothing that is taken.
std::optional<Box> free_box(ImVec2 size, const std::vector<ImVec2>& corners, const std::vector<Box>& taken,
                            const Box& bounds);

// The words of the tooltip for item `index`; asked for while the mouse is on it.
using TipOf = std::function<std::string(size_t index)>;

// Numbers in `unit` along an axis that grows to the right, with the unit's name after the last of them; and
// up an axis, where the name stands above.
TickStyle style_below(const Unit& unit, float room_from, float room_to);
TickStyle style_left(const Unit& unit, float room_from, float room_to);
float widest(const std::vector<Tick>& ticks);

// Lines across the box, with the labels below it or at its left.
void draw_ticks_below(ImDrawList& list, const Box& box, const std::vector<Tick>& ticks);
void draw_ticks_left(ImDrawList& list, const Box& box, const std::vector<Tick>& ticks);
void draw_dashes(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 colour);

struct LegendEntry {
    std::string label{};
    ImVec4 colour{};
};
// Above a plot: the unit of the axis that goes up, then the entries, in as many lines as `box` can spare.
// Entries without room end in an ellipsis; tooltips name everything.
class Legend {
  public:
    Legend(const char* unit, std::vector<LegendEntry> entries, const Box& box);
    float height() const;
    void draw(ImDrawList& list) const;

  private:
    struct Place {
        float x;
        size_t line;
    };
    const char* unit_;
    std::vector<LegendEntry> entries_;
    Box box_;
    std::vector<Place> places_{};  // of the entries; where they are cut, the last is the ellipsis
    bool cut_ = false;
    size_t lines_ = 1;
};

// A row with a label each, over one axis. Scrolls where the rows have no room.
struct RowPlot {
    std::vector<std::string> labels{};
    PlotAxis axis{};  // its pixels are set here
    Unit unit{};
    float right = 0;    // pixels at the right that the axis leaves free
    float tallest = 0;  // row, where there is room for all
    // Draws row `index` around its middle line.
    std::function<void(ImDrawList&, const PlotAxis&, size_t index, float middle, float height)> draw{};
    TipOf tip{};
};
void row_plot(RowPlot plot, const Box& box);

}  // namespace convscope
