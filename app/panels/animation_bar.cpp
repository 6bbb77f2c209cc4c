// Play, pause, step, speed and scrubber of the sliding window.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "panels/pictures.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/sign_button.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

void buttons(const Animation& animation, Post& post) {
    if (sign_button("play", animation.playing ? Sign::pause : Sign::play,
                    animation.playing ? "Pause (Space)" : "Let the window slide (Space)"))
        post.command(Kind::toggle_play);
    if (sign_button("step_back", Sign::back, "One element back (Left)")) post.command(Kind::step_back);
    if (sign_button("step_forward", Sign::forward, "One element on (Right)"))
        post.command(Kind::step_forward);
    if (sign_button("stop", Sign::stop, "End the animation", animation.on))
        post.command(Kind::stop_animation);
}

void method_choice(const State& state, Post& post) {
    struct Row {
        const char *title, *name, *tip;
    };
    constexpr std::array<Row, 3> rows{
        {{"Gather", "method.gather", "Each output element collects the products that belong to it."},
         {"Scatter", "method.scatter",
          "Each input element stamps the weights onto the output; stamps add up."},
         {"Zero-stuffed", "method.stuffed",
          "Zeros between the input's elements: a plain convolution with the weights turned around."}}};
    for (size_t i = 0; i < rows.size(); ++i) {
        const bool chosen = state.experiment.display.method == static_cast<Method>(i);
        ImGui::PushStyleColor(ImGuiCol_Text, chosen ? palette().accent : palette().dim);
        if (quiet_button(rows[i].title)) {
            Display next = state.experiment.display;
            next.method = static_cast<Method>(i);
            if (next != state.experiment.display) post.action(SetDisplay{next});
        }
        ImGui::PopStyleColor();
        registry().add_item(rows[i].name);
        tooltip(rows[i].tip);
        ImGui::SameLine(0, px(2));
    }
}

void speed_field(Animation& animation) {
    float speed = static_cast<float>(animation.per_second);
    ImGui::SetNextItemWidth(px(86));
    if (ImGui::DragFloat("##speed", &speed, std::max(speed * 0.01f, 0.02f), 0.5f, 100000, "%.3g /s",
                         ImGuiSliderFlags_AlwaysClamp))
        animation.per_second = std::isfinite(speed) ? static_cast<double>(std::clamp(speed, 0.5f, 1e5f)) : 4;
    registry().add_item("speed");
    tooltip("Elements a second. Drag, or double-click to type.");
}

}  // namespace

void draw_animation_bar(const State& state, PanelMemory& memory, Post& post) {
    const auto walk = present_walk(state);
    if (!walk) return;
    Animation& animation = memory.animation;
    buttons(animation, post);
    speed_field(animation);
    ImGui::SameLine();
    if (state.result->problem.transposed()) method_choice(state, post);
    const int64_t last = walk->steps - 1;
    auto step = std::clamp<int64_t>(static_cast<int64_t>(animation.position), 0, last);
    const std::string place =
        animation.on ? view_element_name(state.result->problem, walk->at(step)) : std::string();
    const float room = ImGui::GetContentRegionAvail().x;
    const float words = std::min(px(170), std::max(room * 0.4f, room - px(90)));
    ImGui::SetNextItemWidth(std::max(room - words - px(8), px(60)));
    const int64_t first = 0;
    if (ImGui::SliderScalar("##scrubber", ImGuiDataType_S64, &step, &first, &last, "")) {
        animation.on = true;
        animation.playing = false;
        animation.position = static_cast<double>(step);
    }
    registry().add_item("scrubber");
    ImGui::SameLine();
    const WithFont small(fonts().small);
    ImGui::AlignTextToFramePadding();
    dim_text(
        fitted(place.empty() ? cat(walk->steps, walk->steps == 1 ? " element" : " elements") : place, words));
    registry().add_item("animation.place");
}

}  // namespace convscope
