// What is being done, and how fast the window follows.
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

// "about 12 s left": no more digits than an estimate has.
std::string time_left(double seconds) {
    if (seconds < 1) return "less than 1 s left";
    if (seconds < 90) return cat("about ", std::llround(seconds), " s left");
    if (seconds < 90 * 60) return cat("about ", std::llround(seconds / 60), " min left");
    return cat("about ", std::llround(seconds / 3600), " h left");
}

// What was just done.
void done(const std::string& words, float room) {
    coloured_text(palette().good, "✓");
    ImGui::SameLine(0, px(6));
    dim_text(fitted(words, room));
    registry().add_item("notice");
    tooltip(words);
}

// The button comes first, so that it stays where it is while the words change.
void cancel_and_bar(const char* name, Command::Kind cancel, double done, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(6), 0));
    if (ImGui::Button(cat("Cancel##", name).c_str())) post.command(cancel);
    registry().add_item(name);
    ImGui::PopStyleVar();
    ImGui::SameLine();
    progress_bar(done, px(120), ImGui::GetTextLineHeight());
    ImGui::SameLine();
}

void progress(const State& state, Post& post) {
    cancel_and_bar("cancel", Command::Kind::cancel, state.progress, post);
    text(fitted(state.stage.empty() ? "computing" : state.stage, px(260)));
    if (state.seconds_left > 0) {
        ImGui::SameLine();
        dim_text(time_left(state.seconds_left));
        registry().add_item("time_left");
    }
}

// The X-ray counts whole grids beside what the worker computes.
bool counts_here(const State& state) {
    const Tab tab = state.experiment.tab;
    return state.xray->counting && (tab == Tab::xray || tab == Tab::source);
}

void counting_words(const State& state, float room) {
    const std::string words = cat("counting the grid of ", state.xray->counting_kernel, ", ",
                                  std::lround(state.xray_share * 100), " %");
    text(fitted(words, room));
    registry().add_item("status.counting");
    tooltip(words);
}

void counting(const State& state, Post& post) {
    cancel_and_bar("status.cancel_count", Command::Kind::cancel_count, state.xray_share, post);
    counting_words(state, px(260));
}

// Up to `right`. What computes comes first; that something is counted, too, is said as far as there is room.
void work(const State& state, float right, Post& post) {
    if (!state.busy) return counting(state, post);
    progress(state, post);
    if (!counts_here(state)) return;
    const float gap = px(16), room = right - (ImGui::GetItemRectMax().x - ImGui::GetWindowPos().x) - 2 * gap;
    if (room < px(24)) return;
    ImGui::SameLine(0, gap);
    counting_words(state, room);
}

}  // namespace

void draw_status_line(const State& state, Post& post) {
    const WithFont small(fonts().small);
    const std::string figures = cat(
        state.latency_ms > 0 ? cat("change to pixels ", milliseconds_text(state.latency_ms), "   ·   ") : "",
        "frame ", milliseconds_text(state.frame_ms));
    const float right = ImGui::GetWindowWidth() - text_width(figures) - px(14);
    if (state.busy || counts_here(state)) {
        work(state, right, post);
        if (!state.notice.empty()) {
            ImGui::SameLine(0, px(16));
            done(state.notice, right - ImGui::GetCursorPosX() - px(40));
        }
    } else if (!state.notice.empty()) {
        done(state.notice, right - px(60));
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
