#include "panels/xray_parts.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "views/xray_map.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

bool action_button(const char* title, const char* name, const std::string& tip) {
    const bool clicked = ImGui::Button(cat(title, "##", name).c_str());
    registry().add_item(name);
    tooltip(tip);
    return clicked;
}

// What is being counted, with a bar and Cancel.
void draw_progress(const State& state, Post& post) {
    progress_bar(state.xray_share, px(120), ImGui::GetFrameHeight());
    registry().add_item("xray.progress");
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    dim_text(cat("counting ", state.xray->counting_kernel, ", ", std::lround(state.xray_share * 100), " %"));
    ImGui::SameLine();
    if (action_button("Cancel", "xray.cancel_count", "Stop counting; what is known so far stays."))
        post.command(Command::Kind::cancel_count);
}

std::string estimate(const XrayNews& news, size_t kernels) {
    const std::string words = duration_words(news.estimated_seconds * static_cast<double>(kernels));
    return words.empty() ? words : "  " + words;
}

}  // namespace

int chosen_step(const State& state) {
    const XrayNews& news = *state.xray;
    const int64_t step = state.experiment.xray.step;
    return step >= 0 && step < static_cast<int64_t>(news.steps.size()) ? static_cast<int>(step)
                                                                       : news.main_step;
}

const std::vector<xray::Instruction>* chosen_instructions(const State& state) {
    const XrayNews& news = *state.xray;
    const auto step = static_cast<size_t>(chosen_step(state));
    if (news.counts && step < news.counts->steps.size()) return &news.counts->steps[step].instructions;
    if (news.block && static_cast<size_t>(news.block->step) == step) return &news.block->instructions;
    return nullptr;
}

std::string block_words(const xray::StepFacts& step, int64_t block) {
    return cat("block ", dim_place(step.grid, block));
}

// A beginning that another wish has replaced, or whose rest failed, stays one.
bool is_beginning(const XrayNews& news) {
    if (!news.block) return false;
    const bool whole = !news.block->records_cut && news.block->earlier_steps_ran;
    return news.block_goes_on || (!news.block_is_present && !whole);
}

const char* why_beginning(const XrayNews& news) {
    return news.block_goes_on ? "the block is still being traced" : "the block is not traced to its end";
}

std::string duration_words(double seconds) {
    if (seconds < 1) return {};
    if (seconds < 90) return cat("about ", std::lround(seconds), " s");
    if (seconds < 5400) return cat("about ", std::lround(seconds / 60), " min");
    return cat("about ", std::lround(seconds / 3600), " h");
}

void draw_count_control(const State& state, Post& post) {
    const XrayNews& news = *state.xray;
    if (news.counts) return;
    if (news.counting && news.counting_kernel == news.kernel) return draw_progress(state, post);
    if (action_button("Count the whole grid", "xray.count",
                      "Run every block of every step through the simulator and count what it does."))
        post.command(Command::Kind::count_grid);
    if (!news.counts_error.empty()) {
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        coloured_text(palette().bad, fitted(news.counts_error, ImGui::GetContentRegionAvail().x));
        tooltip(news.counts_error);
    } else if (const std::string words = estimate(news, 1); !words.empty()) {
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        dim_text(words);
    }
}

bool draw_compare_control(const State& state, Post& post) {
    const XrayNews& news = *state.xray;
    if (news.counting) {
        draw_progress(state, post);
        return true;
    }
    const auto missing = std::ranges::count_if(news.kernels, [&](const xray::KernelName& kernel) {
        const auto row = std::ranges::find(news.compared, kernel.name, &XrayNews::Compared::kernel);
        const bool wanted = !kernel.broken_on_purpose || kernel.name == news.kernel;
        return wanted && row != news.compared.end() && !row->counts && row->error.empty();
    });
    if (missing == 0) return false;
    if (action_button("Compare all kernels", "xray.compare",
                      "Count the whole grid of every kernel of this operator for this problem."))
        post.command(Command::Kind::compare_kernels);
    if (const std::string words = estimate(news, static_cast<size_t>(missing)); !words.empty()) {
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        dim_text(words);
    }
    return true;
}

void figure_cell(const std::string& words, double share, const ImVec4& bar, const std::string& tip) {
    const WithFont cells(fonts().cells);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, height = ImGui::GetFontSize() + px(3);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (share > 0 && !words.empty()) {
        const float length = std::max(width * static_cast<float>(std::min(share, 1.0)), px(2));
        list.AddRectFilled({from.x + width - length, from.y}, {from.x + width, from.y + height},
                           packed(bar, 0.3f), px(2));
    }
    list.AddText({std::round(from.x + width - text_width(words) - px(2)), from.y + px(1)},
                 packed(palette().text), words.c_str());
    ImGui::Dummy({width, height});
    tooltip(tip);
}

bool figure_heading(const std::string& title, const std::string& name, const std::string& tip, int sorted,
                    bool at_left) {
    const WithFont small(fonts().small);
    const std::string words = sorted > 0 ? "↑ " + title : sorted < 0 ? "↓ " + title : title;
    const float width = std::max(ImGui::GetContentRegionAvail().x, 1.0f);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const bool clicked = ImGui::InvisibleButton(name.c_str(), {width, ImGui::GetFontSize() + px(3)});
    const ImVec4& ink = sorted != 0 ? palette().accent : palette().dim;
    const std::string shown = fitted(words, width);
    ImGui::GetWindowDrawList()->AddText(
        {at_left ? from.x : std::round(from.x + width - text_width(shown) - px(2)), from.y}, packed(ink),
        shown.c_str());
    registry().add_item(name);
    tooltip(tip);
    return clicked;
}

}  // namespace convscope
