#include "panels/xray_pictures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/text.h"
#include "numbers.h"
#include "panels/pictures.h"
#include "widgets/canvas_geometry.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// The tensor that the result has for the array; empty where it has none, or is of another problem.
gl::TensorRef values_of(const State& state, const xray::ArrayFacts& facts) {
    if (!state.result || !state.xray->problem || state.result->problem != *state.xray->problem) return {};
    const Tensors& t = state.result->tensors;
    const Problem& problem = state.result->problem;
    switch (facts.role) {
        case BufferRole::input:
            return {.tensor = t.input, .shape = problem.input_shape()};
        case BufferRole::weights:
            return {.tensor = t.weights, .shape = problem.weights_shape()};
        case BufferRole::pointwise:
            if (!t.pointwise) return {};
            return {.tensor = t.pointwise, .shape = {1, 1, problem.out_channels(), problem.in_channels()}};
        case BufferRole::bias:
            if (!t.bias || t.bias->elements() > 64) return {};
            return {.tensor = t.bias, .shape = {1, 1, 1, t.bias->elements()}};
        case BufferRole::output:
            return state.stale ? gl::TensorRef{} : shown_output(state);
        case BufferRole::scratch:
            break;
    }
    return {};
}

// Greys in the quarter of the scale next to the ground, on which every lane's colour stands out.
void set_pale(TensorCanvas& canvas, const gl::SliceStatistics& s) {
    canvas.map = ColourMap::grey;
    const float range = std::max(s.largest - s.least, 1e-6f);
    const bool dark = palette().panel.x < 0.5f;
    canvas.low = dark ? s.least - range * 0.25f : s.least - range * 2.2f;
    canvas.high = dark ? s.largest + range * 1.9f : s.largest + range * 0.15f;
}

}  // namespace

TensorCanvas array_canvas(const State& state, XrayCaches& caches, const xray::ArrayFacts& facts,
                          const XrayPlane& plane) {
    TensorCanvas canvas;
    canvas.name = cat("xray.", facts.name);
    canvas.numbers = false;
    canvas.tensor = values_of(state, facts);
    canvas.index = {plane.batch, plane.channel, plane.layout};
    if (canvas.tensor) {
        set_pale(canvas, state.textures.slice(canvas.tensor, canvas.index).statistics);
        return canvas;
    }
    const TensorPtr blank = caches.blank(plane.layout.size);
    canvas.tensor = {.tensor = blank, .shape = blank->shape};
    canvas.index.batch = canvas.index.channel = 0;
    canvas.gaps_are_empty = true;
    return canvas;
}

void draw_array_title(const xray::ArrayFacts& facts, float width) {
    {
        const WithFont strong(fonts().strong);
        std::string title = facts.name;
        if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 32);
        text(title);
    }
    const float start = ImGui::GetItemRectMin().x;
    ImGui::SameLine();
    const WithFont small(fonts().small);
    dim_text(fitted(dims(facts.shape), start + width - ImGui::GetCursorScreenPos().x));
}

ViewBox box_around(const XrayRegion& r, const PlaneLayout& layout, ImVec2 room) {
    ViewBox box;
    if (r.empty()) return box;
    const auto rows = static_cast<double>(layout.rows()), columns = static_cast<double>(layout.columns());
    const double width = static_cast<double>(room.x - px(16)), height = static_cast<double>(room.y - px(16));
    constexpr double margin = 1.35;
    const double tall = static_cast<double>(r.bottom - r.top), wide = static_cast<double>(r.right - r.left);
    const double fit = std::min({width / columns, height / rows, static_cast<double>(px(96))});
    // A few elements are shown among others, not each as a wall.
    const double cell =
        std::min({width / (wide * margin), height / (tall * margin), static_cast<double>(px(30))});
    box.zoom = std::max(cell / fit, 1.0);
    if (box.zoom < 1.15) return ViewBox{};
    box.x = static_cast<double>(r.left + r.right) / 2 / columns;
    box.y = static_cast<double>(r.top + r.bottom) / 2 / rows;
    return box;
}

void take_box(XrayCaches& caches, const std::string& name, const CanvasEvents& events) {
    if (!events.box) return;
    if (*events.box == ViewBox{})
        caches.boxes.erase(name);
    else
        caches.boxes[name] = *events.box;
}

namespace {

std::map<std::string, std::string>& readouts() {
    static std::map<std::string, std::string> words;
    return words;
}

}  // namespace

std::string shown_readout(const std::string& name) {
    const auto at = readouts().find(name);
    return at == readouts().end() ? std::string() : at->second;
}

void draw_readout(const std::string& name, const std::string& words, float width) {
    readouts()[name] = words;
    {
        const WithFont small(fonts().small);
        dim_text(fitted(words, width));
    }
    registry().add_item(name);
    tooltip(words);
}

void draw_overview(const TensorCanvas& canvas, const PlaneLayout& layout) {
    const auto drawn = registry().find_drawn(canvas.name);
    if (!drawn || canvas.box.zoom < 1.5) return;
    const float margin = px(8);
    const CanvasGeometry g({drawn->from.x + margin, drawn->from.y + margin},
                           {drawn->to.x - margin, drawn->to.y - margin}, layout.rows(), layout.columns(), 0,
                           0, canvas.box);
    if (g.rows * g.cell_y <= static_cast<double>(drawn->to.y - drawn->from.y) &&
        g.columns * g.cell_x <= static_cast<double>(drawn->to.x - drawn->from.x))
        return;
    const ImVec2 third{(drawn->to.x - drawn->from.x) / 3, (drawn->to.y - drawn->from.y) / 3};
    const double most = static_cast<double>(std::min({px(46), third.x, third.y}));
    const double longest = std::max(g.rows, g.columns);
    const ImVec2 size{std::max(static_cast<float>(g.columns / longest * most), px(4)),
                      std::max(static_cast<float>(g.rows / longest * most), px(4))};
    const ImVec2 to{drawn->to.x - px(6), drawn->to.y - px(6)}, from{to.x - size.x, to.y - size.y};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({from.x - px(2), from.y - px(2)}, {to.x + px(2), to.y + px(2)},
                       packed(palette().panel, 0.85f), px(2));
    compat::add_rect(list, from, to, packed(palette().dim), 0, 1);
    const auto share = [](double value, double whole) {
        return static_cast<float>(std::clamp(value / whole, 0.0, 1.0));
    };
    const ImVec2 a{from.x + size.x * share(g.column_at(g.from.x), g.columns),
                   from.y + size.y * share(g.row_at(g.from.y), g.rows)},
        b{from.x + size.x * share(g.column_at(g.to.x), g.columns),
          from.y + size.y * share(g.row_at(g.to.y), g.rows)};
    list.AddRectFilled(a, {std::max(b.x, a.x + px(3)), std::max(b.y, a.y + px(3))},
                       packed(palette().accent, 0.9f));
}

void draw_map_or_heat(const State& state, Post& post) {
    struct Row {
        bool heat;
        const char *title, *name, *tip;
    };
    constexpr Row rows[] = {
        {false, "Map", "xray.map", "What the threads of one block touch"},
        {true, "Heat", "xray.heat", "How often each element is read, over the whole grid"}};
    for (const Row& row : rows) {
        const bool chosen = state.experiment.xray.heat == row.heat;
        ImGui::PushStyleColor(ImGuiCol_Text, chosen ? palette().accent : palette().dim);
        if (quiet_button(row.title) && !chosen) {
            XrayView next = state.experiment.xray;
            next.heat = row.heat;
            post.action(SetXray{next});
        }
        ImGui::PopStyleColor();
        registry().add_item(row.name);
        tooltip(row.tip);
        ImGui::SameLine(0, px(2));
    }
    ImGui::NewLine();
}

int64_t main_threads(const XrayNews& news) {
    const auto main = static_cast<size_t>(std::max(news.main_step, 0));
    return main < news.steps.size() ? news.steps[main].block.count() : 0;
}

}  // namespace convscope
