// What is being done, and how fast the window follows.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/bar_plot.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// The button comes first, so that it stays where it is while the words change.
void progress(const State& state, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(6), 0));
    if (ImGui::Button("Cancel")) post.command(Command::Kind::cancel);
    registry().add_item("cancel");
    ImGui::PopStyleVar();
    ImGui::SameLine();
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float width = px(120), top = from.y + (ImGui::GetTextLineHeight() - px(4)) / 2;
    const auto share = static_cast<float>(std::clamp(state.progress, 0.0, 1.0));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled({from.x, top}, {from.x + width, top + px(4)}, packed(palette().field_hot), px(2));
    list.AddRectFilled({from.x, top}, {from.x + width * share, top + px(4)}, packed(palette().accent), px(2));
    ImGui::Dummy({width, ImGui::GetTextLineHeight()});
    ImGui::SameLine();
    text(fitted(state.stage.empty() ? "computing" : state.stage, px(260)));
}

}  // namespace

void draw_status_line(const State& state, Post& post) {
    const WithFont small(fonts().small);
    const std::string figures = cat(
        state.latency_ms > 0 ? cat("change to pixels ", milliseconds_text(state.latency_ms), "   ·   ") : "",
        "frame ", milliseconds_text(state.frame_ms));
    const float right = ImGui::GetWindowWidth() - text_width(figures) - px(14);
    if (state.busy) {
        progress(state, post);
    } else if (!state.trouble.empty()) {
        coloured_text(palette().bad, fitted(state.trouble, right - px(40)));
        registry().add_item("trouble");
        tooltip(state.trouble);
    } else if (state.stale) {
        coloured_text(palette().warning,
                      fitted(state.broken.empty() ? "The last result is shown; it is stale."
                                                  : "The last valid result is shown; it is stale.",
                             right - px(40)));
    } else {
        dim_text(state.result ? "Ready" : "");
    }
    ImGui::SameLine(right);
    dim_text(figures);
    tooltip(
        "From the last change to its first pixels on the screen, and the time to draw a frame. "
        "Neither is a kernel's time.");
}

}  // namespace convscope
