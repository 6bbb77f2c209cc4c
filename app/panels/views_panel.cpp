// Input, weights and output side by side.
#include <algorithm>
#include <cmath>

#include "core/taps.h"
#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/tensor_view.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// One of the three columns, as the experiment's display settings describe it.
struct Column {
    ViewKind kind;
    const char* name;
    const char* title;
    gl::TensorRef tensor;
    gl::SliceIndex index;
    ViewBox box;
    bool may_composite = false;
};

// Which plane of the weights joins the shown input channel to the shown output channel.
gl::SliceIndex weights_index(const Problem& problem, const Display& d) {
    const int64_t in = std::min(d.in_channel, problem.in_channels() - 1);
    const int64_t out = std::min(d.out_channel, problem.out_channels() - 1);
    const int64_t depth = problem.kernel_size()[axis_depth] / 2;
    if (problem.op() == Operator::separable_conv2d) return {in, 0, 0};
    if (problem.transposed()) return {in, out % problem.out_channels_per_group(), depth};
    return {out, in % problem.in_channels_per_group(), depth};
}

Column column_of(const State& state, ViewKind kind) {
    const Display& d = state.experiment.display;
    switch (kind) {
        case ViewKind::weights: {
            gl::SliceIndex index{};
            if (state.result) index = weights_index(state.result->problem, d);
            return {kind, "view.weights", "Weights", shown_weights(state), index, d.weights, false};
        }
        case ViewKind::output:
            return {kind,
                    "view.output",
                    "Output",
                    shown_output(state),
                    {d.batch, d.out_channel, d.out_slice[axis_depth]},
                    d.linked ? d.input : d.output,
                    false};
        default:
            return {kind,
                    "view.input",
                    "Input",
                    shown_input(state),
                    {d.batch, d.in_channel, d.in_slice[axis_depth]},
                    d.input,
                    true};
    }
}

void post_box(const State& state, ViewKind kind, const ViewBox& box, Post& post) {
    Display next = state.experiment.display;
    if (kind == ViewKind::weights) next.weights = box;
    if (kind == ViewKind::input || (kind == ViewKind::output && next.linked)) next.input = box;
    if (kind == ViewKind::output || (kind == ViewKind::input && next.linked)) next.output = box;
    post.action(SetDisplay{next});
}

// Which channels the shown plane of the weights joins.
std::string weights_words(const Result& result, const gl::SliceIndex& index) {
    const Problem& p = result.problem;
    if (p.op() == Operator::separable_conv2d) return cat("channel ", index.batch);
    if (p.transposed()) return cat("in ", index.batch, " → out ", index.channel);
    return p.in_channels_per_group() == 1 ? cat("out ", index.batch)
                                          : cat("in ", index.channel, " → out ", index.batch);
}

// Channel and depth of this view; the weights follow the two others.
void slice_steppers(const State& state, const Column& column, bool composite, Post& post) {
    const gl::Extent extent = column.tensor.extent();
    const gl::SliceIndex index = column.tensor.clamped(column.index);
    Display next = state.experiment.display;
    const bool input = column.kind == ViewKind::input;
    if (column.kind == ViewKind::weights) {
        ImGui::AlignTextToFramePadding();
        dim_text(extent.batch * extent.channels > 1 ? weights_words(*state.result, index) : "");
        return;
    }
    if (column.may_composite && extent.channels == 3) {
        bool rgb = composite;
        if (ImGui::Checkbox("RGB", &rgb)) next.composite = rgb;
        registry().add_item("composite");
        tooltip("Channels 0, 1 and 2 as red, green and blue.");
        if (!composite) ImGui::SameLine();
    }
    if (!composite) {
        const auto channel =
            stepper(input ? "in_channel" : "out_channel", "channel", index.channel, extent.channels);
        if (channel) (input ? next.in_channel : next.out_channel) = *channel;
    }
    if (extent.depth > 1) {
        if (extent.channels > 1) ImGui::SameLine();
        const auto depth = stepper(input ? "in_depth" : "out_depth", "depth", index.depth, extent.depth);
        if (depth) (input ? next.in_slice : next.out_slice)[axis_depth] = *depth;
    }
    if (next != state.experiment.display) post.action(SetDisplay{next});
}

// An end of the colour map: three significant digits.
std::string end_text(float value) {
    if (!std::isfinite(value)) return value_text(value);
    const std::string words = number_text(value, 3);
    return words.starts_with('-') ? cat("−", words.substr(1)) : words;
}

// A constant slice has one colour; a gradient between equal ends would say otherwise.
void swatch(Rgb c) {
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float top = from.y + (ImGui::GetFontSize() - px(12)) / 2;
    ImGui::GetWindowDrawList()->AddRectFilled({from.x, top}, {from.x + px(12), top + px(12)},
                                              IM_COL32(c.r, c.g, c.b, 255));
    ImGui::Dummy({px(12), ImGui::GetFontSize()});
    ImGui::SameLine(0, px(6));
}

// The colour map from its lowest to its highest value, or what the mouse points at.
void legend(const TensorCanvas& canvas, const std::optional<CanvasCell>& hovered, float width) {
    const WithFont small(fonts().numbers);
    const gl::SliceIndex index = canvas.tensor.clamped(canvas.index);
    if (hovered) {
        float value = 0;
        const int64_t flat =
            canvas.tensor.first(index) + hovered->row * canvas.tensor.extent().width + hovered->column;
        canvas.tensor.read(flat, {&value, 1});
        const std::string place =
            canvas.tensor.shape.size() == 5
                ? cat("[", index.batch, ",", index.channel, ",", index.depth, ",", hovered->row, ",",
                      hovered->column, "]")
                : cat("[", index.batch, ",", index.channel, ",", hovered->row, ",", hovered->column, "]");
        text(fitted(cat(place, " = ", value_text(value)), width));
        registry().add_item(canvas.name + ".readout");
        return;
    }
    if (canvas.composite) {
        dim_text(fitted(cat(end_text(canvas.low), " … ", end_text(canvas.high)), width));
        return;
    }
    const std::string low = end_text(canvas.low), high = end_text(canvas.high);
    if (canvas.low == canvas.high) {
        swatch(colour_at(canvas.map, 0.5f));
        dim_text(low);
        return;
    }
    dim_text(low);
    ImGui::SameLine(0, px(6));
    const float bar = std::clamp(width - text_width(low) - text_width(high) - 2 * px(6), px(8), px(140));
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float top = from.y + (ImGui::GetFontSize() - px(8)) / 2;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    constexpr int parts = 24;
    for (int i = 0; i < parts; ++i) {
        const Rgb c = colour_at(canvas.map, (static_cast<float>(i) + 0.5f) / parts);
        list.AddRectFilled({from.x + bar * static_cast<float>(i) / parts, top},
                           {from.x + bar * static_cast<float>(i + 1) / parts, top + px(8)},
                           IM_COL32(c.r, c.g, c.b, 255));
    }
    ImGui::Dummy({bar, ImGui::GetFontSize()});
    ImGui::SameLine(0, px(6));
    dim_text(high);
}

// The region of the shown input slice that the hovered output element reads.
std::optional<ImVec4> receptive_field(const State& state) {
    if (!state.result || state.hover.view != ViewKind::output || state.hover.flat_index < 0)
        return std::nullopt;
    const Problem& problem = state.result->problem;
    const OutputPosition at = output_position(problem, state.hover.flat_index);
    std::array<int64_t, 2> first{-1, -1}, last{-1, -1};
    for (const int axis : {axis_height, axis_width}) {
        const auto a = static_cast<size_t>(axis);
        for (int64_t k = 0; k < problem.kernel_size()[a]; ++k)
            if (const auto place = input_coordinate(problem, axis, at.at[a], k)) {
                if (first[a - 1] < 0 || *place < first[a - 1]) first[a - 1] = *place;
                last[a - 1] = std::max(last[a - 1], *place);
            }
    }
    if (first[0] < 0 || first[1] < 0) return std::nullopt;
    return ImVec4(static_cast<float>(first[1]), static_cast<float>(first[0]), static_cast<float>(last[1] + 1),
                  static_cast<float>(last[0] + 1));
}

TensorCanvas canvas_of(const State& state, const Column& column) {
    const Display& d = state.experiment.display;
    TensorCanvas canvas{
        .name = column.name, .tensor = column.tensor, .index = column.index, .box = column.box};
    canvas.stale = state.stale && column.kind == ViewKind::output;
    canvas.composite = column.may_composite && d.composite && column.tensor.extent().channels == 3;
    if (column.kind == ViewKind::input) canvas.framed = receptive_field(state);
    if (!column.tensor) return canvas;
    const gl::SliceStatistics& s = state.textures.slice(column.tensor, column.index).statistics;
    canvas.map = d.map.value_or(automatic_map(s.least));
    Display range = d;
    if (column.kind == ViewKind::weights) range.range = RangeMode::automatic;
    const ValueRange values = range_of(range, s, canvas.map);
    canvas.low = values.low;
    canvas.high = values.high;
    // An image's own range is 0 … 1, whatever the darkest of its pixels.
    if (canvas.composite && d.range != RangeMode::fixed && s.least >= 0 && s.largest <= 1) {
        canvas.low = 0;
        canvas.high = 1;
    }
    return canvas;
}

void draw_column(const State& state, PanelMemory& memory, Post& post, ViewKind kind, ImVec2 size) {
    const Column column = column_of(state, kind);
    ImGui::BeginChild(column.name, size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    {
        const WithFont strong(fonts().strong);
        text(column.title);
    }
    ImGui::SameLine();
    if (column.tensor)
        dim_text(fitted(dims(column.tensor.shape), size.x - ImGui::GetCursorPosX()));
    else
        dim_text("");
    const TensorCanvas canvas = canvas_of(state, column);
    const float row = ImGui::GetFrameHeight(), top = ImGui::GetCursorPosY();
    if (column.tensor) slice_steppers(state, column, canvas.composite, post);
    ImGui::SetCursorPosY(top + row + px(4));
    const float footer = ImGui::GetTextLineHeight() + px(6);
    const float height = ImGui::GetContentRegionAvail().y - footer;
    const CanvasEvents events = tensor_view(canvas, {size.x, height}, state.textures, state.painter);
    if (events.box) post_box(state, kind, *events.box, post);
    if (events.hovered) {
        const int64_t flat = canvas.tensor.first(canvas.tensor.clamped(canvas.index)) +
                             events.hovered->row * canvas.tensor.extent().width + events.hovered->column;
        memory.hover = {kind, flat};
    }
    if (column.tensor) legend(canvas, events.hovered, size.x);
    ImGui::EndChild();
}

}  // namespace

void draw_views_panel(const State& state, PanelMemory& memory, Post& post) {
    memory.hover = {};
    draw_view_controls(state, post);
    ImGui::Dummy({0, px(2)});
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float gap = px(12);
    const float weights = std::clamp(room.x * 0.22f, px(120), px(260));
    const float side = std::floor((room.x - weights - 2 * gap) / 2);
    draw_column(state, memory, post, ViewKind::input, {side, room.y});
    ImGui::SameLine(0, gap);
    draw_column(state, memory, post, ViewKind::weights, {weights, room.y});
    ImGui::SameLine(0, gap);
    draw_column(state, memory, post, ViewKind::output, {side, room.y});
}

}  // namespace convscope
