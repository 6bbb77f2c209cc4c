// What is wrong with the kernel: each fault with its thread, its line and its place.
#include <algorithm>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "views/xray_map.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = sim::TraceFault::Kind;

struct KindWords {
    const char *words, *tip;
};
KindWords words_of(Kind kind) {
    switch (kind) {
        case Kind::outside:
            return {"outside", "An access that no array holds: outside of all, or across the end of one."};
        case Kind::misaligned:
            return {"misaligned", "An access that is not aligned to its size."};
        case Kind::stuck:
            return {"stuck",
                    "A barrier that not all threads reach, or threads that wait for each other in vain."};
        case Kind::uninitialised:
            return {"nothing written",
                    "A read of shared memory that nothing has written, or whose asynchronous "
                    "copy is still under way."};
        case Kind::race:
            return {"race",
                    "Two accesses of two threads, one of them a write, with no barrier between them."};
        case Kind::written_twice:
            return {"written twice", "An output element that two threads wrote."};
        case Kind::never_written:
            return {"never written", "An output element that no thread wrote."};
    }
    return {"", ""};
}

// What was looked at, so that "no faults" says what it means.
std::string looked_at(const XrayNews& news) {
    if (!news.counts) return cat(block_words(news.block->facts, news.block->block), " alone");
    int64_t blocks = 0;
    for (const xray::StepCounts& step : news.counts->steps) blocks += step.facts.grid.count();
    const size_t steps = news.counts->steps.size();
    if (blocks == 1) return "the grid's one block";
    return cat("all ", exact_figure_text(static_cast<double>(blocks), FigureForm::count), " blocks of ",
               steps, steps == 1 ? " step" : " steps");
}

void draw_summary(const XrayNews& news, size_t listed, int64_t found) {
    if (!news.counts && is_beginning(news)) {
        const std::string words =
            cat(block_words(news.block->facts, news.block->block), " so far: ", why_beginning(news), ".");
        if (found == 0)
            note(palette().dim, cat("No verdict on ", words));
        else
            coloured_text(palette().bad, cat(found, found == 1 ? " fault in " : " faults in ", words));
        registry().add_item("faults.so_far");
        return;
    }
    if (found == 0) {
        coloured_text(palette().good, cat("No faults in ", looked_at(news), "."));
        registry().add_item("faults.none");
        note(palette().dim,
             cat("Looked for: accesses outside of arrays, misaligned ones, barriers that not all reach, "
                 "reads of "
                 "shared memory that nothing wrote, races",
                 news.counts ? ", outputs never written or written twice."
                             : ". Outputs never written or written twice show only in a whole grid."));
        return;
    }
    coloured_text(palette().bad, cat(found, found == 1 ? " fault in " : " faults in ", looked_at(news), "."));
    registry().add_item("faults.found");
    if (static_cast<int64_t>(listed) >= found) return;
    const std::string words = "Listed: the first of each kind between the same lines.";
    const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    beside_or_below(text_width(words), right, ImGui::GetStyle().ItemSpacing.x);
    note(palette().dim, words);
    registry().add_item("faults.listed");
}

// "thread 5 of block (0, 0, 0)"
std::string thread_words(const State& state, const xray::Fault& fault) {
    const auto& steps = state.xray->steps;
    const auto step = static_cast<size_t>(fault.step);
    const std::string block =
        step < steps.size() ? block_words(steps[step], fault.fault.block) : cat("block ", fault.fault.block);
    return fault.fault.thread < 0 ? block : cat("thread ", fault.fault.thread, "\n", block);
}

std::string lines_words(const xray::Fault& fault) {
    // Without the folder: the text beside the map says where the file is.
    const auto short_name = [](const std::vector<xray::SourcePlace>& places) {
        const std::string name = place_name(places);
        return name.substr(name.rfind('/') + 1);
    };
    const std::string first = short_name(fault.places), other = short_name(fault.other_places);
    return other.empty() || other == first ? first : first + "\nand " + other;
}

// The X-ray moves to the thread of the fault, and its line is lit.
void choose(const State& state, const xray::Fault& fault, PanelMemory& memory, Post& post) {
    XrayView view = state.experiment.xray;
    view.kernel = state.xray->kernel;
    view.step = fault.step;
    if (fault.fault.kind != Kind::never_written) view.block = std::max<int64_t>(fault.fault.block, 0);
    view.thread = fault.fault.thread;
    view.warp = fault.fault.thread >= 0 ? fault.fault.thread / 32 : -1;
    view.position = -1;
    view.heat = false;
    post.action(SetXray{view});
    // Its request is known where its block is: the map goes there as soon as that is traced.
    memory.xray.wanted_fault = {fault, view};
    memory.xray.wanted_fault_seen = false;
    if (!fault.places.empty())
        memory.source.light(fault.places.front().file, fault.places.front().line, view);
}

bool is_chosen(const State& state, const xray::Fault& fault) {
    const XrayView& view = state.experiment.xray;
    return chosen_step(state) == fault.step && view.block == fault.fault.block && view.thread >= 0 &&
           view.thread == fault.fault.thread;
}

// What stands in the columns after the kind's; `narrow`: all of it in one.
std::vector<std::string> cells_of(const State& state, const xray::Fault& fault, bool narrow) {
    const std::string thread = thread_words(state, fault), lines = lines_words(fault);
    if (!narrow) return {thread, lines, fault.fault.sentence};
    return {cat(thread, "\n", lines.empty() ? "" : lines + "\n", fault.fault.sentence)};
}

void fault_row(const State& state, const xray::Fault& fault, size_t index, bool narrow, PanelMemory& memory,
               Post& post) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    const KindWords kind = words_of(fault.fault.kind);
    const float top = ImGui::GetCursorPosY();
    coloured_text(palette().bad, kind.words);
    tooltip(kind.tip);
    if (fault.fault.count > 1)
        dim_text(cat("× ", exact_figure_text(static_cast<double>(fault.fault.count), FigureForm::count)));
    float bottom = ImGui::GetCursorPosY();
    for (const std::string& words : cells_of(state, fault, narrow)) {
        ImGui::TableNextColumn();
        ImGui::PushTextWrapPos(0);
        text(words);
        ImGui::PopTextWrapPos();
        bottom = std::max(bottom, ImGui::GetCursorPosY());
    }
    // The row answers to the mouse as a whole, over what stands in it.
    ImGui::TableSetColumnIndex(0);
    ImGui::SetCursorPosY(top);
    ImGui::PushID(static_cast<int>(index));
    const float height = bottom - top - ImGui::GetStyle().ItemSpacing.y;
    if (ImGui::Selectable("##fault", is_chosen(state, fault),
                          ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowItemOverlap,
                          {0, height}))
        choose(state, fault, memory, post);
    ImGui::PopID();
    registry().add_item(cat("fault.", index));
    tooltip("Click to see this thread on the map and its line in the text.");
}

}  // namespace

void draw_xray_faults(const State& state, PanelMemory& memory, Post& post) {
    const XrayNews& news = *state.xray;
    if (!news.counts && !news.block)
        return note(palette().dim, news.error.empty() ? "Tracing …" : news.error);
    const std::vector<xray::Fault>& faults = news.counts ? news.counts->faults : news.block->faults;
    draw_summary(news, faults.size(),
                 news.counts ? news.counts->fault_count : static_cast<int64_t>(faults.size()));
    if (!(news.counts ? news.counts->watched_all : news.block->watched_all)) {
        note(palette().dim, xray::watched_in_part);
        registry().add_item("faults.watched_in_part");
    }
    draw_count_control(state, post);
    if (faults.empty()) return;
    const WithFont small(fonts().small);
    const bool narrow = ImGui::GetContentRegionAvail().x < px(440);
    if (!ImGui::BeginTable(
            narrow ? "faults_narrow" : "faults", narrow ? 2 : 4,
            ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_NoPadOuterX,
            ImGui::GetContentRegionAvail()))
        return;
    ImGui::TableSetupColumn("kind", ImGuiTableColumnFlags_WidthFixed, px(98));
    if (!narrow) {
        ImGui::TableSetupColumn("thread", ImGuiTableColumnFlags_WidthFixed, px(118));
        ImGui::TableSetupColumn("line", ImGuiTableColumnFlags_WidthStretch, 0.3f);
    }
    ImGui::TableSetupColumn("sentence", ImGuiTableColumnFlags_WidthStretch, 0.7f);
    for (size_t i = 0; i < faults.size(); ++i) fault_row(state, faults[i], i, narrow, memory, post);
    ImGui::EndTable();
}

}  // namespace convscope
