// How often each element is read, from global and from shared memory, beside the ideal: each once.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "panels/xray_pictures.h"
#include "views/xray_map.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Heat = XrayCaches::Heat;

bool is_read(const sim::ArrayTrace& trace, Heat kind) {
    return kind == Heat::global ? trace.reads > 0 && !trace.element_reads.empty()
                                : trace.shared_reads > 0 && !trace.element_shared_reads.empty();
}

// "9.0 reads an element, at most 9; ideal: once"
std::string heat_words(const XrayCaches::Reads& r, size_t elements) {
    if (r.sum == 0) return "never read from here";
    const double mean = static_cast<double>(r.sum) / static_cast<double>(elements);
    return cat(mean < 1000 ? figure(mean) : grouped_digits(std::llround(mean)), " reads an element, at most ",
               grouped_digits(r.most), "; ideal: once");
}

// The colours from no read to the most reads.
void draw_scale(float most, float width) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const WithFont small(fonts().small);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string high = grouped_digits(std::llround(most));
    const float bar = std::clamp(width - text_width(high) - text_width("0") - 2 * px(6), px(20), px(220));
    const float top = at.y + (ImGui::GetFontSize() - px(7)) / 2, left = at.x + text_width("0") + px(6);
    list.AddText(at, packed(palette().dim), "0");
    constexpr int parts = 24;
    for (int i = 0; i < parts; ++i) {
        const Rgb c = colour_at(ColourMap::magma, (static_cast<float>(i) + 0.5f) / parts);
        list.AddRectFilled({left + bar * static_cast<float>(i) / parts, top},
                           {left + bar * static_cast<float>(i + 1) / parts, top + px(7)},
                           IM_COL32(c.r, c.g, c.b, 255));
    }
    // Where the ideal stands on it: each element once.
    if (most > 1) {
        const float x = left + bar / most;
        list.AddRectFilled({x - px(1), top - px(3)}, {x + px(1), top + px(10)}, packed(palette().good));
    }
    list.AddText({left + bar + px(6), at.y}, packed(palette().dim), high.c_str());
    ImGui::Dummy({width, ImGui::GetFontSize()});
    tooltip(
        "Reads of an element. The green mark is the ideal: each once.\n"
        "The end is the most that any kernel counted so far reads one, from global or shared memory.");
}

// Leafs through the planes of an array; both its pictures show the same one.
XrayPlane heat_plane(PanelMemory& memory, const xray::ArrayFacts& facts, size_t array, bool steppers) {
    const XrayShape shape = xray_shape(facts);
    const auto kept = memory.xray.heat_planes.find(array);
    XrayPlane plane = kept == memory.xray.heat_planes.end() ? shape.plane_of(array, 0) : kept->second;
    plane.batch = std::clamp<int64_t>(plane.batch, 0, shape.batches - 1);
    plane.channel = std::clamp<int64_t>(plane.channel, 0, shape.channels - 1);
    plane.layout = plane_layout(shape.size, Slicing::depth, {plane.layout.position, 0, 0});
    if (!steppers) return plane;
    const bool weights = facts.role == BufferRole::weights;
    const float right = ImGui::GetWindowPos().x + ImGui::GetWindowWidth();
    const auto leaf = [&](const char* axis, const char* words, int64_t& value, int64_t count) {
        if (count <= 1) return;
        beside_or_below(stepper_width(words, count), right, ImGui::GetStyle().ItemSpacing.x);
        if (const auto to = stepper(cat("heat.", facts.name, ".", axis), words, value, count)) value = *to;
    };
    leaf("batch", weights ? "out" : "image", plane.batch, shape.batches);
    leaf("channel", weights ? "in" : "channel", plane.channel, shape.channels);
    leaf("slice", "depth", plane.layout.position, shape.size[0]);
    memory.xray.heat_planes[array] = plane;
    return plane;
}

// Beside an array's picture, as far apart in colour as the kernel is from it: each element read once.
void draw_ideal(const State& state, PanelMemory& memory, TensorCanvas canvas, size_t array, ImVec2 size) {
    canvas.name = cat("heat.", state.xray->counts->array_facts[array].name, ".ideal");
    const TensorPtr made = memory.xray.heat(state.xray->counts, array, Heat::ideal);
    canvas.tensor = {.tensor = made, .shape = made->shape};
    canvas.box = {};
    canvas.numbers = false;
    const auto rows = static_cast<float>(canvas.index.layout.rows()),
               columns = static_cast<float>(canvas.index.layout.columns());
    canvas.framed = {{0, 0, columns, rows}};
    ImGui::BeginGroup();
    const WithFont small(fonts().small);
    const float words = ImGui::GetTextLineHeightWithSpacing(), margins = px(16);
    const float height = std::min((size.x - margins) * rows / columns + margins, size.y - words);
    tensor_view(canvas, {size.x, std::max(height, px(20))}, state.textures, state.painter);
    dim_text("ideal");
    registry().add_item(canvas.name + ".word");
    tooltip("Each element read once, in the colour that this has on the same scale.");
    ImGui::EndGroup();
}

void draw_heat_picture(const State& state, PanelMemory& memory, size_t array, Heat kind, bool steppers,
                       ImVec2 size) {
    const xray::CountsPtr& counts = state.xray->counts;
    const xray::ArrayFacts& facts = counts->array_facts[array];
    const sim::ArrayTrace& trace = counts->arrays[array];
    const std::vector<uint32_t>& values =
        kind == Heat::global ? trace.element_reads : trace.element_shared_reads;
    const std::string words = heat_words(memory.xray.reads(counts, array, kind), values.size());
    const std::string name = cat("heat.", facts.name, kind == Heat::global ? ".global" : ".shared");
    ImGui::BeginChild(name.c_str(), size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    draw_array_title(facts, size.x * 0.6f);
    const XrayPlane plane = heat_plane(memory, facts, array, steppers);
    draw_readout(name + ".words", words, size.x);
    TensorCanvas canvas;
    canvas.name = name;
    const TensorPtr made = memory.xray.heat(counts, array, kind);
    canvas.tensor = {.tensor = made, .shape = made->shape};
    canvas.index = {plane.batch, plane.channel, plane.layout};
    canvas.map = ColourMap::magma;
    canvas.low = 0;
    canvas.high = static_cast<float>(memory.xray.heat_scale(*state.xray, facts.name));
    canvas.gaps_are_empty = true;
    const auto box = memory.xray.boxes.find(canvas.name);
    if (box != memory.xray.boxes.end()) canvas.box = box->second;
    const float foot = px(22), high = std::max(ImGui::GetContentRegionAvail().y - foot, px(24));
    const bool ideal = kind == Heat::global && is_read(trace, kind);
    const float beside = ideal ? std::clamp(size.x * 0.2f, px(38), px(84)) : 0;
    const CanvasEvents events = tensor_view(canvas, {size.x - beside, high}, state.textures, state.painter);
    take_box(memory.xray, canvas.name, events);
    if (ideal) {
        ImGui::SameLine(0, 0);
        draw_ideal(state, memory, canvas, array, {beside, high});
    }
    ImGui::SetCursorPos({0, size.y - foot + px(4)});
    std::string hovered;
    if (events.hovered)
        if (const auto e = canvas.tensor.element(canvas.index, events.hovered->row, events.hovered->column);
            e && *e < static_cast<int64_t>(values.size())) {
            const uint32_t count = values[static_cast<size_t>(*e)];
            hovered = cat(element_name(facts, *e), ": read ", count, count == 1 ? " time" : " times");
        }
    if (hovered.empty())
        draw_scale(canvas.high, size.x);
    else
        draw_readout(name + ".hovered", hovered, size.x);
    registry().add_item(name + ".readout");
    ImGui::EndChild();
}

// Counting runs, or has to be asked for.
void draw_waiting(const State& state, Post& post) {
    if (state.xray->steps.empty()) return;
    ImGui::Dummy({0, px(6)});
    text("Heat needs the reads of every block.");
    draw_count_control(state, post);
}

const char* row_words(Heat kind) {
    return kind == Heat::global ? "Read from global memory" : "Read from shared memory";
}

// Where there is room for one row only, its heading chooses which.
void draw_row_choice(PanelMemory& memory) {
    const WithFont small(fonts().small);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(2), 0));
    const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    for (const Heat kind : {Heat::global, Heat::shared}) {
        const float padding = 2 * ImGui::GetStyle().FramePadding.x;
        if (kind == Heat::shared) beside_or_below(text_width(row_words(kind)) + padding, right, px(12));
        const bool chosen = memory.xray.heat_shared == (kind == Heat::shared);
        ImGui::PushStyleColor(ImGuiCol_Text, chosen ? palette().accent : palette().dim);
        if (quiet_button(row_words(kind))) memory.xray.heat_shared = kind == Heat::shared;
        ImGui::PopStyleColor();
        registry().add_item(kind == Heat::shared ? "heat.row.shared" : "heat.row.global");
    }
    ImGui::PopStyleVar();
}

// `chosen`: it is the only one of two that is shown.
void draw_row(const State& state, PanelMemory& memory, Heat kind, ImVec2 room, bool chosen) {
    const float top = ImGui::GetCursorScreenPos().y;
    if (chosen) {
        draw_row_choice(memory);
    } else {
        const WithFont small(fonts().small);
        coloured_text(palette().accent, row_words(kind));
    }
    const xray::Counts& counts = *state.xray->counts;
    std::vector<size_t> arrays;
    for (size_t a = 0; a < counts.arrays.size() && arrays.size() < 3; ++a)
        if (is_read(counts.arrays[a], Heat::global) || is_read(counts.arrays[a], Heat::shared))
            if (counts.arrays[a].role != BufferRole::output) arrays.push_back(a);
    const ImVec2 left = ImGui::GetContentRegionAvail();
    const float height = std::max(room.y - (ImGui::GetCursorScreenPos().y - top), px(60));
    const float gap = px(12), wide = std::floor((left.x - gap * static_cast<float>(arrays.size() - 1)) /
                                                static_cast<float>(std::max<size_t>(arrays.size(), 1)));
    for (size_t i = 0; i < arrays.size(); ++i) {
        if (i > 0) ImGui::SameLine(0, gap);
        draw_heat_picture(state, memory, arrays[i], kind, chosen || kind == Heat::global, {wide, height});
    }
}

}  // namespace

void draw_xray_heat(const State& state, PanelMemory& memory, Post& post) {
    if (!state.xray->counts) return draw_waiting(state, post);
    const bool shared = std::ranges::any_of(
        state.xray->counts->arrays, [](const sim::ArrayTrace& a) { return is_read(a, Heat::shared); });
    // In a window that is too low for two rows one is chosen; in a lower one it is scrolled through. Over
    // pictures the wheel zooms.
    ImGui::BeginChild("heat", ImGui::GetContentRegionAvail(), false, ImGuiWindowFlags_NoScrollWithMouse);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float spacing = ImGui::GetStyle().ItemSpacing.y, half = std::floor((room.y - spacing) / 2);
    if (!shared || half >= px(168)) {
        draw_row(state, memory, Heat::global, {room.x, shared ? half : std::max(room.y, px(160))}, false);
        if (shared) draw_row(state, memory, Heat::shared, {room.x, half}, false);
    } else {
        draw_row(state, memory, memory.xray.heat_shared ? Heat::shared : Heat::global,
                 {room.x, std::max(room.y, px(160))}, true);
    }
    ImGui::EndChild();
}

}  // namespace convscope
