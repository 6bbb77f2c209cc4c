// The scrubber over a block's requests: phases between barriers as segments, play, step, speed.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/lane_scale.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/sign_button.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

void speed_field(XrayPlay& play) {
    float speed = static_cast<float>(play.per_second);
    ImGui::SetNextItemWidth(px(78));
    if (ImGui::DragFloat("##xray.speed", &speed, std::max(speed * 0.01f, 0.02f), 0.5f, 20000, "%.3g /s",
                         ImGuiSliderFlags_AlwaysClamp))
        play.per_second = std::isfinite(speed) ? static_cast<double>(std::clamp(speed, 0.5f, 2e4f)) : 8;
    registry().add_item("xray.speed");
    tooltip("Requests a second. Drag, or double-click to type.");
    ImGui::SameLine();
}

// Phases in two shades, what is played in the accent's.
void draw_track(const std::vector<int64_t>& phases, const XrayChoice& c, ImVec2 from, ImVec2 to) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float middle = std::round((from.y + to.y) / 2), half = px(5);
    const auto x = [&](int64_t position) {
        return from.x +
               (to.x - from.x) * static_cast<float>(static_cast<double>(position) /
                                                    static_cast<double>(std::max<int64_t>(c.records, 1)));
    };
    const size_t count = phases.size() - 1;
    // Thousands of phases are thinner than a pixel: then the track is one.
    const bool apart = static_cast<float>(count) * px(3) < to.x - from.x;
    const float gap = apart && count > 1 ? px(2) : 0;
    for (size_t i = 0; i < (apart ? count : 1); ++i) {
        const float a = x(phases[i]), b = x(apart ? phases[i + 1] : c.records);
        list.AddRectFilled({a, middle - half}, {std::max(b - gap, a + 1), middle + half},
                           packed(palette().field_hot), px(2));
        const float played = std::clamp(x(c.position), a, std::max(b - gap, a + 1));
        if (played > a)
            list.AddRectFilled({a, middle - half}, {played, middle + half}, packed(palette().accent, 0.55f),
                               px(2));
    }
    const float at = x(c.position);
    list.AddRectFilled({at - px(2), middle - px(9)}, {at + px(2), middle + px(9)}, packed(palette().accent),
                       px(2));
}

int64_t position_at(float mouse, ImVec2 from, ImVec2 to, int64_t records) {
    const double share = std::clamp(static_cast<double>((mouse - from.x) / (to.x - from.x)), 0.0, 1.0);
    return std::llround(share * static_cast<double>(records));
}

// To the nearest record of the chosen threads at or before the position.
int64_t snapped(const xray::BlockXray& block, XrayChoice c, int64_t position) {
    c.position = position;
    const sim::TraceRecord* record = present_record(block, c);
    if (!record || takes_part(*record, c)) return position;
    return stepped(block, c, -1);
}

void scrubber(const State& state, PanelMemory& memory, const XrayChoice& c, float width, Post& post) {
    const xray::BlockXray& block = *state.xray->block;
    const std::vector<int64_t>& phases = memory.xray.phases(state.xray->block);
    ImGui::InvisibleButton("##xray.scrubber", {width, ImGui::GetFrameHeight()});
    registry().add_item("xray.scrubber");
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    draw_track(phases, c, from, to);
    const int64_t under = position_at(ImGui::GetIO().MousePos.x, from, to, c.records);
    if (ImGui::IsItemActive()) {
        XrayView next = state.experiment.xray;
        next.position = snapped(block, c, under);
        memory.xray_play.playing = false;
        if (next != state.experiment.xray) post.action(SetXray{next});
    } else if (ImGui::IsItemHovered()) {
        XrayChoice there = c;
        there.position = under;
        tooltip(cat(position_words(block, there), "\n", phases.size() - 1,
                    phases.size() == 2 ? " phase" : " phases", ", barrier to barrier"));
    }
    ImGui::SameLine();
}

}  // namespace

void draw_xray_player(const State& state, PanelMemory& memory, Post& post) {
    if (!state.xray->block) return;
    ImGui::SetCursorPosY((ImGui::GetWindowHeight() - ImGui::GetFrameHeight()) / 2);
    const XrayChoice c = xray_choice(state.experiment.xray, *state.xray->block);
    XrayPlay& play = memory.xray_play;
    if (sign_button("xray.play", play.playing ? Sign::pause : Sign::play,
                    play.playing ? "Pause (Space)" : "Play the requests in order (Space)"))
        post.command(Kind::toggle_play);
    if (sign_button("xray.step_back", Sign::back, "One request back (Left)")) post.command(Kind::step_back);
    if (sign_button("xray.step_forward", Sign::forward, "One request on (Right)"))
        post.command(Kind::step_forward);
    speed_field(play);
    const std::string words = position_words(*state.xray->block, c);
    const WithFont small(fonts().small);
    const float room = ImGui::GetContentRegionAvail().x;
    // As wide as the longest words of this block, so that the scrubber does not jump.
    const float place = std::min(text_width(cat("warp 00, request ", grouped_digits(c.records), " of ",
                                                grouped_digits(c.records), ", phase 00")),
                                 room * 0.5f);
    scrubber(state, memory, c, std::max(room - place - px(10), px(60)), post);
    ImGui::AlignTextToFramePadding();
    dim_text(fitted(words, place));
    registry().add_item("xray.place");
    tooltip(words);
}

}  // namespace convscope
