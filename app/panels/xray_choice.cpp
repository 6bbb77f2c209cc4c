// What the X-ray looks at: kernel, step, block, warp, thread.
#include <algorithm>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/lane_scale.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

void post_view(const State& state, const XrayView& next, Post& post) {
    if (next != state.experiment.xray) post.action(SetXray{next});
}

// Another kernel or step has other blocks, warps and threads; what was chosen of them is tried there too.
XrayView from_the_start(XrayView view) {
    view.position = -1;
    return view;
}

void kernel_item(const State& state, const xray::KernelName& kernel, Post& post) {
    if (ImGui::Selectable(kernel.name.c_str(), kernel.name == state.xray->kernel)) {
        XrayView next = from_the_start(state.experiment.xray);
        next.kernel = kernel.name;
        next.step = -1;
        post_view(state, next, post);
    }
    registry().add_item(cat("xray.kernel.", kernel.name));
    tooltip(kernel.idea);
}

void kernel_box(const State& state, Post& post) {
    const XrayNews& news = *state.xray;
    ImGui::SetNextItemWidth(-1);
    const bool open = ImGui::BeginCombo("##kernel", news.kernel.c_str(), ImGuiComboFlags_HeightLarge);
    registry().add_item("xray.kernel");
    if (!open) return;
    bool titled = false;
    for (const xray::KernelName& kernel : news.kernels) {
        if (kernel.broken_on_purpose && !titled) {
            ImGui::Separator();
            note(palette().warning, "broken on purpose");
            titled = true;
        }
        kernel_item(state, kernel, post);
    }
    ImGui::EndCombo();
}

std::string step_title(const xray::StepFacts& step, size_t index, size_t count) {
    return count == 1 ? step.label : cat(index + 1, " of ", count, ": ", step.label);
}

void step_box(const State& state, size_t chosen, Post& post) {
    const std::vector<xray::StepFacts>& steps = state.xray->steps;
    if (steps.size() > 1) {
        ImGui::SetNextItemWidth(-1);
        const bool open =
            ImGui::BeginCombo("##step", step_title(steps[chosen], chosen, steps.size()).c_str());
        registry().add_item("xray.step");
        if (open) {
            for (size_t i = 0; i < steps.size(); ++i) {
                if (ImGui::Selectable(step_title(steps[i], i, steps.size()).c_str(), i == chosen)) {
                    XrayView next = from_the_start(state.experiment.xray);
                    next.step = static_cast<int64_t>(i);
                    post_view(state, next, post);
                }
                registry().add_item(cat("xray.step.", i));
                tooltip(steps[i].reason);
            }
            ImGui::EndCombo();
        }
    }
    note(palette().dim, steps[chosen].reason);
}

void facts_line(const char* name, const std::string& words) {
    const WithFont small(fonts().small);
    dim_text(name);
    ImGui::SameLine(px(62) + ImGui::GetStyle().WindowPadding.x);
    text(words);
}

void step_facts(const xray::StepFacts& step) {
    const int64_t blocks = step.grid.count(), threads = step.block.count();
    facts_line("Grid",
               cat(dim_text(step.grid),
                   step.grid.y > 1 || step.grid.z > 1 ? cat(" = ", grouped_digits(blocks)) : std::string(),
                   blocks == 1 ? " block" : " blocks"));
    facts_line("Block",
               cat(dim_text(step.block),
                   step.block.y > 1 || step.block.z > 1 ? cat(" = ", grouped_digits(threads)) : std::string(),
                   threads == 1 ? " thread" : " threads"));
}

struct Pick {
    const char *name, *title;
    int64_t value, count;  // −1: all
    bool has_all;
    std::string what;  // beside it, small
};

// ◂ 12 ▸; the new value where the user changed it.
std::optional<int64_t> pick(const Pick& p) {
    std::optional<int64_t> out;
    const int64_t least = p.has_all ? -1 : 0, largest = p.count - 1;
    const float side = ImGui::GetFrameHeight();
    ImGui::AlignTextToFramePadding();
    dim_text(p.title);
    ImGui::SameLine(px(52) + ImGui::GetStyle().WindowPadding.x);
    const auto arrow = [&](const char* sign, const char* which, int64_t to) {
        const bool enabled = to >= least && to <= largest;
        ImGui::PushStyleColor(ImGuiCol_Text, enabled ? palette().text : palette().line);
        if (quiet_button(cat(sign, "##", p.name, which), {side * 0.9f, side}) && enabled) out = to;
        ImGui::PopStyleColor();
        registry().add_item(cat(p.name, which));
        ImGui::SameLine(0, px(2));
    };
    arrow("◂", ".previous", p.value - 1);
    int64_t value = p.value;
    ImGui::SetNextItemWidth(px(66));
    {
        const WithFont numbers(fonts().numbers);
        // A format without a number shows the word as it is, and typing still works.
        if (ImGui::DragScalar(cat("##", p.name).c_str(), ImGuiDataType_S64, &value,
                              std::clamp(static_cast<float>(p.count) / 300.0f, 0.05f, 8.0f), &least, &largest,
                              p.value < 0 ? "all" : "%lld"))
            out = std::clamp(value, least, largest);
    }
    registry().add_item(p.name);
    tooltip(cat(p.title, " ", p.has_all ? "all, or " : "", "0 … ", grouped_digits(largest),
                ". Drag, or double-click to type."));
    ImGui::SameLine(0, px(2));
    arrow("▸", ".next", p.value + 1);
    const WithFont small(fonts().small);
    dim_text(fitted(p.what, ImGui::GetContentRegionAvail().x));
    tooltip(p.what);
    return out == p.value ? std::nullopt : out;
}

void picks(const State& state, const XrayChoice& c, Post& post) {
    const xray::BlockXray& block = *state.xray->block;
    const int64_t blocks = block.facts.grid.count();
    XrayView next = state.experiment.xray;
    // What is wanted stands there at once, also while it is being traced.
    const int64_t wanted = std::clamp<int64_t>(next.block, 0, blocks - 1);
    if (const auto to =
            pick({"xray.block", "Block", wanted, blocks, false, dim_place(block.facts.grid, wanted)})) {
        next.block = *to;
        next.position = -1;
    }
    if (const auto to = pick({"xray.warp", "Warp", c.warp, c.warps, true, cat("of ", c.warps)})) {
        next.warp = *to;
        next.thread = -1;
    }
    const std::string place = c.thread < 0 ? cat("of ", c.threads) : cat("lane ", c.thread % lanes_of_warp);
    if (const auto to = pick({"xray.thread", "Thread", c.thread, c.threads, true, place})) {
        next.thread = *to;
        next.warp = *to < 0 ? c.warp : *to / lanes_of_warp;
    }
    post_view(state, next, post);
}

// What the block did, in a few lines.
void block_words(const xray::BlockXray& block, bool goes_on) {
    const sim::TraceTotals& t = block.totals;
    ImGui::Dummy({0, px(4)});
    const auto row = [](const char* name, int64_t requests, int64_t sectors, int64_t ideal) {
        if (requests == 0) return;
        facts_line(name, cat(grouped_digits(requests), " in ", grouped_digits(sectors),
                             sectors == 1 ? " sector" : " sectors"));
        tooltip(cat(grouped_digits(requests), " requests of warps touch ", grouped_digits(sectors),
                    " sectors of 32 bytes; ", grouped_digits(ideal), " would do."));
    };
    row("Loads", t.load_requests, t.load_sectors, t.load_sectors_ideal);
    row("Stores", t.store_requests, t.store_sectors, t.store_sectors_ideal);
    if (t.shared_requests > 0)
        facts_line("Shared", cat(grouped_digits(t.shared_requests), ", ", grouped_digits(t.shared_conflicts),
                                 t.shared_conflicts == 1 ? " conflict" : " conflicts"));
    if (t.barriers > 0) facts_line("Barriers", grouped_digits(t.barriers));
    facts_line("Lanes", cat(figure(t.active_lanes()), " of 32 together"));
    if (goes_on)
        note(palette().dim, block.records_cut ? "The beginning of the block. The rest is being traced."
                                              : "The steps before this one are still running.");
    else if (block.records_cut)
        note(palette().warning,
             cat("Only the first ", grouped_digits(static_cast<int64_t>(block.records.size())),
                 " requests of this block are kept."));
    if (block.faults.empty()) return;
    ImGui::Dummy({0, px(4)});
    const size_t more = block.faults.size() - 1;
    note(palette().bad,
         cat(block.faults.front().fault.sentence, more == 0 ? "." : cat("; and ", more, " more.")));
    registry().add_item("xray.fault");
}

}  // namespace

void draw_xray_choice(const State& state, PanelMemory& memory, Post& post) {
    const XrayNews& news = *state.xray;
    section("Kernel");
    if (!state.problem) {
        note(palette().warning,
             state.broken.empty() ? "There is no problem." : state.broken.front().sentence);
        return;
    }
    kernel_box(state, post);
    const auto name = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    if (!news.error.empty()) {
        note(palette().bad, news.error);
        registry().add_item("xray.error");
    }
    if (news.steps.empty()) return;
    const int64_t wanted = state.experiment.xray.step;
    const auto count = static_cast<int64_t>(news.steps.size());
    const auto chosen = static_cast<size_t>(wanted < 0 || wanted >= count ? news.main_step : wanted);
    step_box(state, chosen, post);
    step_facts(news.steps[chosen]);
    if (news.block) {
        const XrayChoice c = xray_choice(state.experiment.xray, *news.block);
        ImGui::Dummy({0, px(2)});
        picks(state, c, post);
        section("Lanes");
        const sim::TraceRecord* present = present_record(*news.block, c);
        const bool request = present && present->what == sim::TraceRecord::What::request;
        lane_legend(ImGui::GetContentRegionAvail().x, request ? present->lanes : ~0u);
        block_words(*news.block, news.block_goes_on);
    }
    if (name == news.kernels.end()) return;
    section(name->broken_on_purpose ? "Broken on purpose" : "Idea");
    note(palette().dim, name->idea);
}

}  // namespace convscope
