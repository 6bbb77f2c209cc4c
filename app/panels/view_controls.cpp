// What is looked at, and in which colours, for all three views at once.
#include <array>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr std::array<const char*, 4> range_titles{"Range: automatic", "Range: ±max", "Range: 1–99 %",
                                                  "Range: fixed"};

void colours_combo(const Display& display, Post& post) {
    const char* present =
        display.map ? colour_maps()[static_cast<size_t>(*display.map)].title : "Colours: automatic";
    ImGui::SetNextItemWidth(px(160));
    const bool open = ImGui::BeginCombo("##colours", present);
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

void range_combo(const Display& display, Post& post) {
    ImGui::SetNextItemWidth(px(160));
    const bool open = ImGui::BeginCombo("##range", range_titles[static_cast<size_t>(display.range)]);
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
    ImGui::SameLine();
    std::array<float, 2> ends{display.low, display.high};
    ImGui::SetNextItemWidth(px(120));
    if (ImGui::DragFloat2("##ends", ends.data(), 0.01f, 0, 0, "%.3g")) {
        Display next = display;
        next.low = ends[0];
        next.high = ends[1];
        post.action(SetDisplay{next});
    }
    registry().add_item("range.ends");
}

}  // namespace

void draw_view_controls(const State& state, Post& post) {
    const Display& display = state.experiment.display;
    colours_combo(display, post);
    ImGui::SameLine();
    range_combo(display, post);
    ImGui::SameLine();
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
    const int64_t batches = state.experiment.spec.batch;
    if (batches > 1) {
        ImGui::SameLine();
        const auto batch = stepper("batch_shown", "batch", std::min(display.batch, batches - 1), batches);
        if (batch) {
            Display next = display;
            next.batch = *batch;
            post.action(SetDisplay{next});
        }
    }
}

}  // namespace convscope
