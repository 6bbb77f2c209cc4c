// What is looked at, and in which colours, for all three views at once.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "experiment_names.h"
#include "panels/pictures.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float box_width = 160, narrow_box_width = 140, ends_width = 120;  // in units of scale 1

// The next control stands beside the last one where there is room for it, else on a line of its own.
void beside(float width) {
    const float end = ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x + width;
    if (end <= ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x) ImGui::SameLine();
}

constexpr std::array<const char*, 4> range_titles{"Range: automatic", "Range: ±max", "Range: 1–99 %",
                                                  "Range: fixed"};

// What stands beside the arrow of a box.
std::string preview(const char* words, float width) {
    return fitted(words, width - ImGui::GetFrameHeight() - 2 * ImGui::GetStyle().FramePadding.x);
}

void colours_combo(const Display& display, float width, Post& post) {
    const char* present =
        display.map ? colour_maps()[static_cast<size_t>(*display.map)].title : "Colours: automatic";
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo("##colours", preview(present, width).c_str());
    registry().add_item("colours");
    if (!open) return;
    Display next = display;
    if (ImGui::Selectable("Automatic", !display.map)) next.map.reset();
    registry().add_item("colours.automatic");
    for (const ColourMapFacts& row : colour_maps()) {
        if (ImGui::Selectable(row.title, display.map == row.map)) next.map = row.map;
        registry().add_item(cat("colours.", row.name));
    }
    ImGui::EndCombo();
    if (next != display) post.action(SetDisplay{next});
}

void range_combo(const Display& display, float width, Post& post) {
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo(
        "##range", preview(range_titles[static_cast<size_t>(display.range)], width).c_str());
    registry().add_item("range");
    if (open) {
        for (size_t i = 0; i < range_titles.size(); ++i) {
            Display next = display;
            next.range = static_cast<RangeMode>(i);
            if (ImGui::Selectable(range_titles[i], next.range == display.range))
                post.action(SetDisplay{next});
            registry().add_item(cat("range.", i));
        }
        ImGui::EndCombo();
    }
    if (display.range != RangeMode::fixed) return;
    beside(px(ends_width));
    std::array<float, 2> ends{display.low, display.high};
    ImGui::SetNextItemWidth(px(ends_width));
    if (ImGui::DragFloat2("##ends", ends.data(), 0.01f, 0, 0, "%.3g")) {
        Display next = display;
        next.low = ends[0];
        next.high = ends[1];
        post.action(SetDisplay{next});
    }
    registry().add_item("range.ends");
}

constexpr std::array<const char*, 5> mode_titles{"Output: values", "Output: taps", "Output: error",
                                                 "Output: difference", "Output: wipe"};
constexpr std::array<const char*, 5> mode_tips{
    "What the shown kernel computed.",
    "How many taps each element gets: borders get fewer, and transposed strides make checkerboards.",
    "How far each element is from the float64 reference, in rounding bounds: 1 would be wrong.",
    "The shown kernel's output minus another kernel's.",
    "Two kernels' outputs with a line between them to drag."};

void mode_combo(const Display& display, float width, Post& post) {
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo(
        "##mode", preview(mode_titles[static_cast<size_t>(display.output_mode)], width).c_str());
    registry().add_item("mode");
    if (!open) return;
    for (size_t i = 0; i < mode_titles.size(); ++i) {
        Display next = display;
        next.output_mode = static_cast<OutputMode>(i);
        if (ImGui::Selectable(mode_titles[i], next.output_mode == display.output_mode))
            post.action(SetDisplay{next});
        registry().add_item(cat("mode.", mode_names[i]));
        tooltip(mode_tips[i]);
    }
    ImGui::EndCombo();
}

// The second kernel of difference and wipe.
void other_combo(const State& state, Post& post) {
    const OutputMode mode = state.experiment.display.output_mode;
    if (mode != OutputMode::difference && mode != OutputMode::wipe) return;
    const auto pictures = present_pictures(state);
    const KernelResult* other = pictures ? other_kernel(*pictures) : nullptr;
    if (!other) return;
    beside(px(narrow_box_width));
    ImGui::SetNextItemWidth(px(narrow_box_width));
    const bool open =
        ImGui::BeginCombo("##other", cat(other->choice.device, " ", other->choice.kernel).c_str());
    registry().add_item("other");
    if (!open) return;
    for (const KernelResult& row : state.result->rows) {
        if (!row.output || &row == state.shown) continue;
        Display next = state.experiment.display;
        next.other = row.choice;
        const std::string name = cat(row.choice.device, " ", row.choice.kernel);
        if (ImGui::Selectable(name.c_str(), &row == other)) post.action(SetDisplay{next});
        registry().add_item(cat("other.", row.choice.device, ".", row.choice.kernel));
    }
    ImGui::EndCombo();
}

void slicing_combo(const State& state, Post& post) {
    if (facts(state.experiment.spec.op).spatial_axes < 3) return;
    constexpr std::array<const char*, 4> titles{"Slices along D", "Slices along H", "Slices along W",
                                                "All slices"};
    constexpr std::array<const char*, 4> names{"depth", "height", "width", "montage"};
    const Display& display = state.experiment.display;
    beside(px(narrow_box_width));
    ImGui::SetNextItemWidth(px(narrow_box_width));
    const bool open = ImGui::BeginCombo("##slicing", titles[static_cast<size_t>(display.slicing)]);
    registry().add_item("slicing");
    if (!open) return;
    for (size_t i = 0; i < titles.size(); ++i) {
        Display next = display;
        next.slicing = static_cast<Slicing>(i);
        next.input = next.output = next.weights = ViewBox{};
        if (ImGui::Selectable(titles[i], next.slicing == display.slicing)) post.action(SetDisplay{next});
        registry().add_item(cat("slicing.", names[i]));
    }
    ImGui::EndCombo();
}

// Beside a lesson there is less room: the boxes share a line, with Linked and Fit as far as they fit in.
struct Widths {
    float box = px(box_width);
    bool all = true;

    explicit Widths(const State& state) {
        if (!state.lesson.run) return;
        const float room = ImGui::GetContentRegionAvail().x, gap = ImGui::GetStyle().ItemSpacing.x;
        const float beside_them = std::floor((room - px(138) - 3 * gap) / 3);
        all = beside_them >= px(112);
        box = std::min(all ? beside_them : std::floor((room - 2 * gap) / 3), box);
    }
};

void linked_and_fit(const State& state, Post& post) {
    const Display& display = state.experiment.display;
    const ImGuiStyle& style = ImGui::GetStyle();
    const float fit = text_width("Fit") + 2 * style.FramePadding.x;
    // These two stay together.
    beside(ImGui::GetFrameHeight() + style.ItemInnerSpacing.x + text_width("Linked") + style.ItemSpacing.x +
           fit);
    bool linked = display.linked;
    if (ImGui::Checkbox("Linked", &linked)) {
        Display next = display;
        next.linked = linked;
        if (linked) next.output = next.input;
        post.action(SetDisplay{next});
    }
    registry().add_item("linked");
    tooltip("The input and the output show the same region.");
    ImGui::SameLine();
    if (quiet_button("Fit")) post.command(Command::Kind::fit_views);
    registry().add_item("fit");
    tooltip("Shows all of every tensor (F).");
}

void batch_stepper(const State& state, Post& post) {
    const Display& display = state.experiment.display;
    const int64_t batches = state.experiment.spec.batch;
    if (batches > 1) {
        beside(px(narrow_box_width));
        const auto batch = stepper("batch_shown", "batch", std::min(display.batch, batches - 1), batches);
        if (batch) {
            Display next = display;
            next.batch = *batch;
            post.action(SetDisplay{next});
        }
    }
}

}  // namespace

void draw_view_controls(const State& state, Post& post) {
    const Display& display = state.experiment.display;
    const Widths widths(state);
    mode_combo(display, widths.box, post);
    other_combo(state, post);
    slicing_combo(state, post);
    beside(widths.box);
    colours_combo(display, widths.box, post);
    beside(widths.box);
    range_combo(display, widths.box, post);
    if (widths.all) linked_and_fit(state, post);
    batch_stepper(state, post);
}

}  // namespace convscope
