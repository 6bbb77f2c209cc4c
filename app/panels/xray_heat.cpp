// How often each element is read, from global and from shared memory, beside the ideal: each once.
#include <algorithm>
#include <cmath>

#include "core/text.h"
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

struct Reads {
    int64_t sum = 0;
    uint32_t most = 0;
    int64_t read = 0;  // elements that are read at all
};

Reads reads_of(const std::vector<uint32_t>& counts) {
    Reads r;
    for (const uint32_t count : counts) {
        r.sum += count;
        r.most = std::max(r.most, count);
        r.read += count > 0 ? 1 : 0;
    }
    return r;
}

// "9.0 times each, 9 at most; ideal: once"
std::string heat_words(const std::vector<uint32_t>& counts) {
    const Reads r = reads_of(counts);
    if (r.sum == 0) return "never read from here";
    const double mean = static_cast<double>(r.sum) / static_cast<double>(counts.size());
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
    tooltip("Reads of an element. The green mark is the ideal: each once.");
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
    const auto leaf = [&](const char* axis, const char* words, int64_t& value, int64_t count) {
        if (count <= 1) return;
        ImGui::SameLine();
        if (const auto to = stepper(cat("heat.", facts.name, ".", axis), words, value, count)) value = *to;
    };
    leaf("batch", weights ? "out" : "image", plane.batch, shape.batches);
    leaf("channel", weights ? "in" : "channel", plane.channel, shape.channels);
    leaf("slice", "depth", plane.layout.position, shape.size[0]);
    memory.xray.heat_planes[array] = plane;
    return plane;
}

void draw_heat_picture(const State& state, PanelMemory& memory, size_t array, Heat kind, ImVec2 size) {
    const xray::CountsPtr& counts = state.xray->counts;
    const xray::ArrayFacts& facts = counts->array_facts[array];
    const sim::ArrayTrace& trace = counts->arrays[array];
    const std::vector<uint32_t>& values =
        kind == Heat::global ? trace.element_reads : trace.element_shared_reads;
    const std::string name = cat("heat.", facts.name, kind == Heat::global ? ".global" : ".shared");
    ImGui::BeginChild(name.c_str(), size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    draw_array_title(facts, size.x * 0.6f);
    const XrayPlane plane = heat_plane(memory, facts, array, kind == Heat::global);
    const Reads r = reads_of(values);
    draw_readout(name + ".words", heat_words(values), size.x);
    TensorCanvas canvas;
    canvas.name = name;
    const TensorPtr made = memory.xray.heat(counts, array, kind);
    canvas.tensor = {.tensor = made, .shape = made->shape};
    canvas.index = {plane.batch, plane.channel, plane.layout};
    canvas.map = ColourMap::magma;
    canvas.low = 0;
    canvas.high = static_cast<float>(std::max(r.most, 1u));
    canvas.gaps_are_empty = true;
    const auto box = memory.xray.boxes.find(canvas.name);
    if (box != memory.xray.boxes.end()) canvas.box = box->second;
    const float foot = px(22);
    const CanvasEvents events =
        tensor_view(canvas, {size.x, std::max(ImGui::GetContentRegionAvail().y - foot, px(24))},
                    state.textures, state.painter);
    take_box(memory.xray, canvas.name, events);
    ImGui::SetCursorPosY(size.y - foot + px(4));
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
    const XrayNews& news = *state.xray;
    ImGui::Dummy({0, px(6)});
    if (!news.counts_error.empty()) {
        note(palette().bad, news.counts_error);
        return;
    }
    if (news.counting) {
        text(cat("Counting the whole grid of ", news.counting_kernel, ": ",
                 std::llround(100 * state.xray_share), " %"));
        ImGui::ProgressBar(static_cast<float>(state.xray_share), {px(260), px(6)}, "");
        if (ImGui::Button("Cancel")) post.command(Command::Kind::cancel_count);
        registry().add_item("xray.count.cancel");
        return;
    }
    if (news.steps.empty()) return;
    text("Heat needs the reads of every block.");
    const double seconds = news.estimated_seconds;
    const std::string label = cat("Count the whole grid (about ",
                                  seconds < 90 ? cat(std::max(std::llround(seconds), 1LL), " s")
                                               : cat(std::llround(seconds / 60), " min"),
                                  ")");
    if (ImGui::Button(label.c_str())) post.command(Command::Kind::count_grid);
    registry().add_item("xray.count");
}

bool is_read(const sim::ArrayTrace& trace, Heat kind) {
    return kind == Heat::global ? trace.reads > 0 && !trace.element_reads.empty()
                                : trace.shared_reads > 0 && !trace.element_shared_reads.empty();
}

void draw_row(const State& state, PanelMemory& memory, Heat kind, ImVec2 room) {
    const xray::Counts& counts = *state.xray->counts;
    std::vector<size_t> arrays;
    for (size_t a = 0; a < counts.arrays.size() && arrays.size() < 3; ++a)
        if (is_read(counts.arrays[a], Heat::global) || is_read(counts.arrays[a], Heat::shared))
            if (counts.arrays[a].role != BufferRole::output) arrays.push_back(a);
    {
        const WithFont small(fonts().small);
        coloured_text(palette().accent,
                      kind == Heat::global ? "Read from global memory" : "Read from shared memory");
    }
    const ImVec2 left = ImGui::GetContentRegionAvail();
    const float height = room.y - ImGui::GetTextLineHeightWithSpacing();
    const float gap = px(12), wide = std::floor((left.x - gap * static_cast<float>(arrays.size() - 1)) /
                                                static_cast<float>(std::max<size_t>(arrays.size(), 1)));
    for (size_t i = 0; i < arrays.size(); ++i) {
        if (i > 0) ImGui::SameLine(0, gap);
        draw_heat_picture(state, memory, arrays[i], kind, {wide, height});
    }
}

}  // namespace

void draw_xray_heat(const State& state, PanelMemory& memory, Post& post) {
    if (!state.xray->counts) return draw_waiting(state, post);
    const bool shared = std::ranges::any_of(
        state.xray->counts->arrays, [](const sim::ArrayTrace& a) { return is_read(a, Heat::shared); });
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float spacing = ImGui::GetStyle().ItemSpacing.y;
    const float height = shared ? std::floor((room.y - spacing) / 2) : room.y;
    draw_row(state, memory, Heat::global, {room.x, height});
    if (shared) draw_row(state, memory, Heat::shared, {room.x, height});
}

}  // namespace convscope
