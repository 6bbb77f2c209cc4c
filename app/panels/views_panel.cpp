// The pictures side by side; where A is pinned, its row above that of the present experiment.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/errors.h"
#include "core/text.h"
#include "numbers.h"
#include "panels/lesson_task.h"
#include "panels/pictures.h"
#include "panels/view_legend.h"
#include "widgets/channel_strip.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using enum ViewKind;

void post_display(const State& state, Display next, Post& post) {
    if (next != state.experiment.display) post.action(SetDisplay{std::move(next)});
}

void set_box(Display& next, ViewKind view, const ViewBox& box) {
    const bool input = view == ViewKind::input, output = view == ViewKind::output || view == middle;
    if (view == weights) next.weights = box;
    if (input || (output && next.linked)) next.input = box;
    if (output || (input && next.linked)) next.output = box;
}

// Which channels the shown weights join.
std::string weights_words(const Pictures& p, ViewKind view) {
    const Problem& problem = p.problem();
    if (view == pointwise) return cat(problem.out_channels(), " out × ", problem.in_channels(), " in");
    if (problem.op() == Operator::separable_conv2d) return cat("channel ", p.planes.in_channel);
    if (problem.in_channels() == 1 && problem.out_channels() == 1) return "";
    return cat("in ", p.planes.in_channel, " → out ", p.planes.out_channel);
}

void composite_toggle(const State& state, const Picture& picture, Post& post) {
    Display next = state.experiment.display;
    const bool input = picture.view == ViewKind::input;
    bool& on = input ? next.composite : next.out_composite;
    ImGui::Checkbox(input ? "RGB##in" : "RGB##out", &on);
    registry().add_item(input ? "composite" : "out_composite");
    tooltip("Channels 0, 1 and 2 as red, green and blue.");
    post_display(state, next, post);
}

void slice_stepper(const State& state, const Pictures& p, const Picture& picture, Post& post) {
    Display next = state.experiment.display;
    const PlaneLayout& layout = picture.view == ViewKind::input ? p.planes.input.layout
                                : picture.view == weights       ? p.planes.weights.layout
                                                                : p.planes.output.layout;
    if (layout.size[0] == 1 || layout.slicing == Slicing::montage) return;
    const size_t axis = layout.slicing == Slicing::depth ? 0 : layout.slicing == Slicing::height ? 1 : 2;
    const bool input = picture.view == ViewKind::input;
    Axes& slice = input ? next.in_slice : picture.view == weights ? next.weights_slice : next.out_slice;
    const std::string name = cat(input                     ? "in_"
                                 : picture.view == weights ? "weights_"
                                                           : "out_",
                                 axis_names[axis]);
    const auto place = stepper(name, axis_names[axis], layout.position, layout.size[axis]);
    if (place) slice[axis] = *place;
    post_display(state, next, post);
}

void channel_stepper(const State& state, const Pictures& p, const Picture& picture, Post& post) {
    const bool input = picture.view == ViewKind::input;
    const int64_t shown = input ? p.planes.in_channel : p.planes.out_channel;
    const int64_t count = input ? p.problem().in_channels() : p.problem().out_channels();
    const auto channel = stepper(input ? "in_channel" : "out_channel", "channel", shown, count);
    const Display& d = state.experiment.display;
    if (channel)
        post_display(
            state,
            input ? with_in_channel(p.problem(), d, *channel) : with_out_channel(p.problem(), d, *channel),
            post);
    if (count > 1) ImGui::SameLine();
}

// What is shown of the tensor: channel and slice, or colours.
void controls_row(const State& state, const Pictures& p, const Picture& picture, Post& post) {
    if (picture.view == weights || picture.view == pointwise) {
        ImGui::AlignTextToFramePadding();
        dim_text(weights_words(p, picture.view));
        const PlaneLayout& layout = p.planes.weights.layout;
        if (picture.view == weights && layout.size[0] > 1 && layout.slicing != Slicing::montage) {
            ImGui::SameLine();
            slice_stepper(state, p, picture, post);
        }
        return;
    }
    if (picture.view == middle) {
        ImGui::AlignTextToFramePadding();
        dim_text(cat("channel ", p.planes.in_channel));
        return;
    }
    if (picture.may_composite && !picture.derived) {
        composite_toggle(state, picture, post);
        ImGui::SameLine();
    }
    if (!picture.canvas.composite) channel_stepper(state, p, picture, post);
    slice_stepper(state, p, picture, post);
    ImGui::NewLine();
}

std::string range_words(const ChannelRange& range) {
    return range.count == 1 ? cat("channel ", range.first)
                            : cat("channels ", range.first, " … ", range.first + range.count - 1);
}

void strip_row(const State& state, const Pictures& p, const Picture& picture, float width, Post& post) {
    if (picture.view != ViewKind::input && picture.view != ViewKind::output) return;
    const Problem& problem = p.problem();
    const bool input = picture.view == ViewKind::input;
    const int64_t count = input ? problem.in_channels() : problem.out_channels();
    if (count == 1) return;
    const ChannelRange joined =
        input ? in_channels_of(problem, p.planes.out_channel) : out_channels_of(problem, p.planes.in_channel);
    ChannelStrip strip{
        .name = cat(p.live ? "" : "a.", input ? "channels.in" : "channels.out"),
        .count = count,
        .shown = input ? p.planes.in_channel : p.planes.out_channel,
        .group_size = input ? problem.in_channels_per_group() : problem.out_channels_per_group(),
        .joined_from = joined.first,
        .joined_count = joined.count,
        .tip = {}};
    if (problem.op() == Operator::separable_conv2d) strip.group_size = input ? 1 : count;
    strip.tip = [&problem, input, &strip](int64_t c) {
        const ChannelRange others = input ? out_channels_of(problem, c) : in_channels_of(problem, c);
        return cat(input ? "Input channel " : "Output channel ", c,
                   problem.groups() > 1 ? cat(", group ", c / strip.group_size) : "",
                   input ? "\nfeeds output " : "\nreads input ", range_words(others),
                   "\nColours are groups; bright ones meet the shown channel. Click to show.");
    };
    const auto chosen = channel_strip(strip, width);
    if (!chosen) return;
    const Display& d = state.experiment.display;
    post_display(state, input ? with_in_channel(problem, d, *chosen) : with_out_channel(problem, d, *chosen),
                 post);
}

// What a cell holds now: the typed-in value, which may be ahead of the result that is drawn.
float present_value(const State& state, const Pictures& p, ViewKind view, int64_t element) {
    const Experiment& e = state.experiment;
    const auto at = static_cast<size_t>(element);
    const auto of = [&](const TypedValues& typed) { return at < typed.size(); };
    if (view == ViewKind::input && of(e.source.values)) return e.source.values[at];
    if (view == weights && of(e.weights.values)) return e.weights.values[at];
    if (view == pointwise && e.pointwise && of(e.pointwise->values)) return e.pointwise->values[at];
    float value = 0;
    tensor_of(p, view).read(element, {&value, 1});
    return value;
}

void post_cell(const State& state, const Pictures& p, ViewKind view, int64_t element, float value,
               Post& post) {
    SetCell cell{view, element, value, {}};
    const bool from_file = state.experiment.source.kind == InputSource::Kind::image ||
                           state.experiment.source.kind == InputSource::Kind::npy;
    if (view == ViewKind::input && from_file)
        cell.base.assign(p.result.tensors.input->values.begin(), p.result.tensors.input->values.end());
    post.action(std::move(cell));
}

// Rounded so that a drag gives numbers that people would have typed.
float dragged_value(const Picture& picture, float value, float steps) {
    const float range = std::max({std::abs(picture.canvas.low), std::abs(picture.canvas.high), 0.01f});
    const float step = std::pow(10.0f, std::round(std::log10(range / 100)));
    return std::round((value + steps * step) / step) * step;
}

void typing_field(const State& state, PanelMemory& memory, const Pictures& p, const ImVec4& at, Post& post) {
    PanelMemory::Typing& typing = *memory.typing;
    const float width = std::max(at.z - at.x, px(72)), height = ImGui::GetFrameHeight();
    const ImVec2 back = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos({(at.x + at.z - width) / 2, (at.y + at.w - height) / 2});
    ImGui::SetNextItemWidth(width);
    if (typing.is_new) ImGui::SetKeyboardFocusHere();
    const bool entered =
        ImGui::InputText("##cell", typing.text.data(), typing.text.size(),
                         ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    registry().add_item("cell");
    const bool left = !typing.is_new && !ImGui::IsItemActive();
    typing.is_new = false;
    if (entered) {
        try {
            const float value = float_of(typing.text.data(), "a cell's value");
            post_cell(state, p, typing.view, typing.element, value, post);
        } catch (const Error& error) {
            post.command(Command::Kind::refuse, {}, error.what());
        }
    }
    if (entered || left) memory.typing.reset();
    ImGui::SetCursorScreenPos(back);
}

void start_typing(const State& state, PanelMemory& memory, const Pictures& p, const Picture& picture,
                  const PlaneCell& cell) {
    const auto element = picture.element(p, cell);
    if (!element) return;
    memory.typing = PanelMemory::Typing{.view = picture.view, .element = *element, .cell = cell};
    std::snprintf(memory.typing->text.data(), memory.typing->text.size(), "%s",
                  exact_text(present_value(state, p, picture.view, *element)).c_str());
}

// A lesson asks for an element of this view: a click answers.
bool asks_for_cell(const State& state, const Pictures& p, ViewKind view) {
    const lessons::Prediction* asked = asked_now(state.lesson);
    return asked && p.live && asked->kind == lessons::Prediction::Kind::cell && asked->view == view;
}

// The element that was clicked as an answer, in the colour of what it was.
void mark_answer(const State& state, const Pictures& p, Picture& picture) {
    const lessons::LessonRun* run = state.lesson.run;
    if (!run || state.lesson.at_end || !p.live || picture.stuffed) return;
    if (!run->given() || !run->given()->cell) return;
    const Pin& cell = *run->given()->cell;
    const int64_t within = cell.element - picture.channel_start;
    const PlaneLayout& layout = picture.canvas.index.layout;
    if (cell.view != picture.view || within < 0 || within >= layout.size[0] * layout.size[1] * layout.size[2])
        return;
    const int64_t row = layout.size[2], plane = row * layout.size[1];
    const auto place = layout.place({within / plane, within % plane / row, within % row});
    const bool wrong = run->phase() == lessons::LessonRun::Phase::wrong;
    if (place)
        picture.canvas.marks.push_back(
            {CellMark::Kind::tap, *place, packed(wrong ? palette().warning : palette().good)});
}

void take_events(const State& state, PanelMemory& memory, const Pictures& p, const Picture& picture,
                 const CanvasEvents& events, Post& post) {
    Display next = state.experiment.display;
    if (events.box) set_box(next, picture.view, *events.box);
    if (events.wipe) next.wipe = *events.wipe;
    if (events.hovered)
        if (const auto element = picture.element(p, *events.hovered))
            if (p.live) memory.hover = {picture.view, *element};
    const bool answers = events.clicked && asks_for_cell(state, p, picture.view);
    if (answers) {
        if (const auto element = picture.element(p, *events.clicked))
            post.command({.kind = Command::Kind::lesson_answer, .cell = Pin{picture.view, *element}});
    } else if (events.clicked) {
        const auto element = picture.element(p, *events.clicked);
        const std::optional<Pin> pin = element ? std::optional(Pin{picture.view, *element}) : std::nullopt;
        next.pin = pin == next.pin ? std::nullopt : pin;
    }
    if (events.clicked_beside) next.pin.reset();
    post_display(state, next, post);
    if (!p.live) return;
    if (events.dragged)
        if (const auto element = picture.element(p, events.dragged->cell)) {
            const float value = present_value(state, p, picture.view, *element);
            post_cell(state, p, picture.view, *element, dragged_value(picture, value, events.dragged->steps),
                      post);
        }
    if (events.type_in) start_typing(state, memory, p, picture, *events.type_in);
    if (events.typing_at) typing_field(state, memory, p, *events.typing_at, post);
}

void title_row(const Picture& picture, float width) {
    {
        const WithFont strong(fonts().strong);
        text(picture.title);
    }
    const float start = ImGui::GetItemRectMin().x;
    ImGui::SameLine();
    const std::string words = picture.caption.empty() ? dims(picture.canvas.tensor.shape) : picture.caption;
    const float room = start + width - ImGui::GetCursorScreenPos().x;
    const WithFont smaller(text_width(words) > room ? fonts().small : ImGui::GetFont());
    dim_text(fitted(picture.canvas.tensor ? words : "", room));
}

void draw_column(const State& state, PanelMemory& memory, const Pictures& p, ViewKind view, ImVec2 size,
                 bool with_strip, Post& post) {
    Picture picture = picture_of(state, p, view, memory.animation, memory.caches);
    picture.canvas.name = p.live ? canvas_name(view) : cat("a.", canvas_name(view));
    ImGui::BeginChild(picture.canvas.name.c_str(), size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    title_row(picture, size.x);
    // A is looked at as B is: its controls would only say everything twice.
    if (p.live) {
        const float row = ImGui::GetFrameHeight(), top = ImGui::GetCursorPosY();
        if (picture.why_not.empty()) controls_row(state, p, picture, post);
        ImGui::SetCursorPosY(top + row + px(3));
    }
    if (p.live && with_strip) {
        const float strip_top = ImGui::GetCursorPosY();
        if (picture.why_not.empty()) strip_row(state, p, picture, size.x, post);
        ImGui::SetCursorPosY(strip_top + px(14));
    }
    const float height = ImGui::GetContentRegionAvail().y - legend_height();
    if (!picture.why_not.empty()) {
        note(palette().dim, picture.why_not);
        ImGui::EndChild();
        registry().add_item(picture.canvas.name + ".whole");
        return;
    }
    if (p.live && memory.typing && memory.typing->view == view) picture.canvas.typing = memory.typing->cell;
    mark_answer(state, p, picture);
    const CanvasEvents events = tensor_view(picture.canvas, {size.x, height}, state.textures, state.painter);
    take_events(state, memory, p, picture, events, post);
    ImGui::SetCursorPosY(size.y - legend_height() + px(4));
    draw_legend(state, p, picture, events.hovered, size.x, post);
    ImGui::EndChild();
    registry().add_item(picture.canvas.name + ".whole");
}

bool has_strip(const Problem& p) {
    return p.in_channels() > 1 || p.out_channels() > 1;
}

// The columns of one experiment: pictures wide, weights narrow; the two weights of separable share a column.
void draw_row(const State& state, PanelMemory& memory, const Pictures& p, ImVec2 room, Post& post) {
    const bool separable = p.problem().op() == Operator::separable_conv2d;
    const bool strip = has_strip(p.problem());
    const float gap = px(12);
    const float narrow = std::clamp(room.x * 0.24f, px(110), px(separable ? 200 : 260));
    const float wide = std::floor((room.x - narrow - (separable ? 3 : 2) * gap) / (separable ? 3 : 2));
    draw_column(state, memory, p, input, {wide, room.y}, strip, post);
    ImGui::SameLine(0, gap);
    if (separable) {
        ImGui::BeginGroup();
        const float half = std::floor((room.y - px(6)) / 2);
        draw_column(state, memory, p, weights, {narrow, half}, false, post);
        draw_column(state, memory, p, pointwise, {narrow, half}, false, post);
        ImGui::EndGroup();
        ImGui::SameLine(0, gap);
        draw_column(state, memory, p, middle, {wide, room.y}, strip, post);
    } else {
        draw_column(state, memory, p, weights, {narrow, room.y}, strip, post);
    }
    ImGui::SameLine(0, gap);
    draw_column(state, memory, p, output, {wide, room.y}, strip, post);
}

void row_title(const char* letter, const Pictures& p, float width) {
    {
        const WithFont strong(fonts().strong);
        coloured_text(palette().accent, letter);
    }
    ImGui::SameLine();
    const WithFont small(fonts().small);
    std::string words = p.problem().text();
    if (p.shown && p.shown->timing)
        words += cat("   ·   ", p.shown->choice.device, " ", p.shown->choice.kernel, " ",
                     number_text(p.shown->timing->median_ms, 3), " ms");
    dim_text(fitted(words, width - px(30)));
    registry().add_item(cat("row.", letter));
}

}  // namespace

void draw_views_panel(const State& state, PanelMemory& memory, Post& post) {
    memory.hover = {};
    if (!state.lesson.presenting) {
        draw_view_controls(state, post);
        ImGui::Dummy({0, px(2)});
    }
    const auto present = present_pictures(state), pinned = pinned_pictures(state);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float bar = ImGui::GetFrameHeight() + px(8);
    const float title = pinned ? ImGui::GetTextLineHeight() + px(6) : 0;
    const float rows = pinned ? 2.0f : 1.0f;
    // The pictures of A and B have the same size: B's row is higher by its controls.
    const float controls = pinned ? ImGui::GetFrameHeight() + px(17) : 0;
    const ImVec2 row{room.x, std::floor((room.y - bar + controls) / rows - title - px(2))};
    if (pinned) {
        row_title("A", *pinned, room.x);
        draw_row(state, memory, *pinned, {row.x, row.y - controls}, post);
        if (present) row_title("B", *present, room.x);
    }
    if (present)
        draw_row(state, memory, *present, row, post);
    else
        ImGui::Dummy(row);
    draw_animation_bar(state, memory, post);
}

}  // namespace convscope
