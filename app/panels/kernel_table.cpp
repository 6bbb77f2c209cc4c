// Every kernel of every device for this operator: what it took, and whether it was right.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "panels/state.h"
#include "run/peer.h"
#include "run/timing.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/plot_axis.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr int columns = 9;

const KernelResult* result_of(const State& state, const KernelChoice& choice) {
    if (!state.result) return nullptr;
    for (const KernelResult& row : state.result->rows)
        if (row.choice == choice) return &row;
    return nullptr;
}

void number_cell(const std::string& words, const ImVec4& colour) {
    ImGui::TableNextColumn();
    if (words.empty()) return;
    const WithFont numbers(fonts().numbers);
    const float room = ImGui::GetContentRegionAvail().x - text_width(words);
    if (room > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room);
    coloured_text(colour, words);
}

std::string percent(double share) {
    return share < 0.001
               ? "<0.1 %"
               : cat(share < 0.1 ? figure(share * 100).substr(0, 3) : cat(std::lround(share * 100)), " %");
}

// Two significant digits without an exponent; a table cell has no room for more.
std::string ratio_text(double ratio) {
    if (ratio > 0 && ratio < 0.001) return "<0.001";
    char words[32];
    std::snprintf(words, sizeof words, "%.*f", ratio <= 0 ? 0 : ratio < 0.1 ? 3 : ratio < 10 ? 2 : 0, ratio);
    return words;
}

// What the row is held against, as far as that has been timed.
const KernelResult* peer_of(const State& state, const KernelResult& row) {
    for (const KernelResult& each : state.result->rows)
        if (is_peer_of(each, row) && each.timing) return &each;
    return nullptr;
}

// TFLOP/s where every kernel's rate reads as a number in it, else GFLOP/s.
const Unit& rate_unit(const State& state) {
    double least = 0, largest = 0;
    if (state.result)
        for (const KernelResult& row : state.result->rows) {
            if (!row.timing) continue;
            least = largest == 0 ? row.timing->tflops : std::min(least, row.timing->tflops);
            largest = std::max(largest, row.timing->tflops);
        }
    return unit_for_all(rate_units().subspan(1), least, largest);
}

// Of a row that has a time.
void time_cells(const State& state, const KernelResult& row) {
    const Timing& t = *row.timing;
    const bool certain = row.verification.state == Verification::State::verified && !state.stale;
    const ImVec4& ink = certain ? palette().text : palette().dim;
    number_cell(milliseconds_text(t.median_ms), ink);
    tooltip(cat("Median of ", t.samples_ms.size(), " runs; 20 % took less than ", milliseconds_text(t.p20_ms),
                ", 20 % more than ", milliseconds_text(t.p80_ms), ".",
                t.prepare_ms > 0 ? cat(row.facts.peer ? " Preparing took " : " Preparing the weights took ",
                                       milliseconds_text(t.prepare_ms), " once.")
                                 : ""));
    const double spread = t.median_ms > 0 ? (t.p80_ms - t.p20_ms) / t.median_ms * 100 : 0;
    number_cell(
        t.samples_ms.size() > 1 ? spread > 999 ? std::string(">999 %") : cat(std::lround(spread), " %") : "–",
        palette().dim);
    tooltip("From the 20th to the 80th percentile, as a share of the median.");
    number_cell(figure(t.gbs), ink);
    number_cell(figure(t.tflops / rate_unit(state).size), ink);
    const bool beyond = t.roofline_share > 1;
    number_cell(beyond ? std::string(">100 %") : t.roofline_share > 0 ? percent(t.roofline_share) : "–", ink);
    tooltip(cat("The least time this device's measured bandwidth and arithmetic allow, over the time taken.",
                beyond ? " More than 100 %: the data fit in cache, which is faster than the memory that the "
                         "bandwidth was measured on."
                       : ""));
}

void peer_cell(const State& state, const KernelResult* row) {
    const KernelResult* peer = row && row->timing ? peer_of(state, *row) : nullptr;
    if (!peer)
        number_cell("", palette().dim);
    else if (peer == row)
        number_cell("peer", palette().dim);
    else
        number_cell(cat(figure(peer_ratio(*peer->timing, *row->timing)), "×"), palette().dim);
    if (peer && peer != row) tooltip(cat("So many times as fast as ", peer->choice.kernel, "."));
}

struct Judgement {
    std::string words, tip;
    ImVec4 colour;
};

Judgement judgement_of(const State& state, const KernelResult& row) {
    using Status = KernelResult::Status;
    const Verification& v = row.verification;
    const Palette& p = palette();
    if (row.status == Status::unsupported) return {"not supported: " + row.reason, row.reason, p.dim};
    if (row.status == Status::failed) return {"failed: " + row.reason, row.reason, p.bad};
    if (row.status == Status::cancelled) return {"cancelled", "", p.dim};
    if (v.state == Verification::State::wrong) return {"✗ " + v.reason, v.reason, p.bad};
    if (v.state == Verification::State::verified)
        return {cat("✓ ", ratio_text(v.bound_ratio)),
                cat("The largest error over its rounding bound; at most 1 is right.",
                    v.whole() ? "" : cat(" Sampled: ", number_text(v.share * 100, 2), " % of the elements.")),
                state.stale ? p.dim : p.good};
    if (row.status == Status::running && state.busy) return {"running …", "", p.dim};
    if (row.status == Status::done) return {"unverified", "Not yet verified.", p.dim};
    return {"waiting", "", p.dim};
}

void register_row(const KernelResult& row) {
    registry().add_item(cat("kernel.", row.choice.device, ".", row.choice.kernel, ".verification"));
}

void verification_cell(const State& state, const KernelResult& row) {
    ImGui::TableNextColumn();
    Judgement j = judgement_of(state, row);
    const float room = ImGui::GetContentRegionAvail().x;
    // What there is room for, the more important first; the tooltip says all of it.
    const auto add = [&](const std::string& words) {
        if (text_width(j.words + words) <= room) j.words += words;
    };
    const Verification& v = row.verification;
    if (state.stale && row.status == KernelResult::Status::done) add("  stale");
    if (v.state == Verification::State::verified && !v.whole())
        add(cat("  of ", number_text(v.share * 100, 2), " %"));
    coloured_text(j.colour, fitted(j.words, room));
    register_row(row);
    tooltip(j.tip.empty() ? j.words : j.tip);
}

// Words over several columns, up to `right`.
void wide_words(const std::string& words, const ImVec4& colour, float right) {
    ImGui::TableNextColumn();
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect({from.x, ImGui::GetWindowPos().y},
                      {right, ImGui::GetWindowPos().y + ImGui::GetWindowHeight()});
    list.AddText(from, packed(colour), fitted(words, right - from.x).c_str());
    list.PopClipRect();
    ImGui::Dummy({ImGui::GetContentRegionAvail().x, ImGui::GetTextLineHeight()});
}

// A row without a time: the simulator's counts, or the reason.
void untimed_cells(const State& state, const KernelResult& row) {
    const float right = ImGui::GetWindowPos().x + ImGui::GetWindowWidth();
    if (row.counts.empty()) {
        const Judgement j = judgement_of(state, row);
        wide_words(j.words, j.colour, right);
        register_row(row);
        tooltip(j.tip.empty() ? j.words : j.tip);
        return;
    }
    wide_words(row.counts, state.stale ? palette().dim : palette().text, right - px(130));
    tooltip(row.counts + ": counted by the simulator, which does not time.");
    for (int column = 3; column < columns - 1; ++column) ImGui::TableNextColumn();
    verification_cell(state, row);
}

void tick_cell(const KernelChoice& choice, const std::vector<KernelChoice>& ticked, Post& post) {
    ImGui::TableNextColumn();
    bool on = std::ranges::find(ticked, choice) != ticked.end();
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(1), px(1)));
    if (ImGui::Checkbox("##tick", &on)) {
        std::vector<KernelChoice> next = ticked;
        if (on)
            next.push_back(choice);
        else
            std::erase(next, choice);
        post.action(SetTicked{next});
    }
    ImGui::PopStyleVar();
    registry().add_item(cat("kernel.", choice.device, ".", choice.kernel));
    tooltip(on ? "This kernel runs with every change." : "Tick to run this kernel.");
}

void name_cell(const State& state, const KernelFacts& kernel, const KernelChoice& choice, bool ticked,
               Post& post) {
    ImGui::TableNextColumn();
    const bool shown = state.shown && state.shown->choice == choice;
    ImGui::PushStyleColor(ImGuiCol_Text, shown ? palette().accent : ticked ? palette().text : palette().dim);
    const std::string name = cat(choice.device, "  ", choice.kernel);
    const std::string words = fitted(name, ImGui::GetContentRegionAvail().x);
    if (ImGui::Selectable(cat(words, "##name").c_str(), false) && ticked) post.action(SetShown{choice});
    ImGui::PopStyleColor();
    registry().add_item(cat("kernel.", choice.device, ".", choice.kernel, ".name"));
    const KernelResult* row = ticked ? result_of(state, choice) : nullptr;
    tooltip(cat(words == name ? "" : name + "\n", kernel.idea,
                kernel.traffic.empty() ? "" : "\n" + kernel.traffic,
                row && row->scratch_bytes > 0
                    ? cat("\nIt works with ", bytes_text(row->scratch_bytes), " of scratch memory.")
                    : "",
                shown    ? "\nIts output is drawn above."
                : ticked ? "\nClick to draw its output above."
                         : ""));
}

void kernel_row(const State& state, const KernelFacts& kernel, const KernelChoice& choice,
                const std::vector<KernelChoice>& ticked_list, Post& post) {
    ImGui::TableNextRow();
    ImGui::PushID(cat(choice.device, ".", choice.kernel).c_str());
    const bool ticked = std::ranges::find(ticked_list, choice) != ticked_list.end();
    tick_cell(choice, ticked_list, post);
    name_cell(state, kernel, choice, ticked, post);
    const KernelResult* row = ticked ? result_of(state, choice) : nullptr;
    if (row && !row->timing) {
        untimed_cells(state, *row);
    } else if (row) {
        time_cells(state, *row);
        peer_cell(state, row);
        verification_cell(state, *row);
    }
    ImGui::PopID();
}

void header(const char* title, bool right, const char* shorter = nullptr) {
    ImGui::TableNextColumn();
    const WithFont small(fonts().small);
    const float width = ImGui::GetContentRegionAvail().x;
    if (shorter && text_width(title) > width) title = shorter;
    const float room = width - text_width(title);
    if (right && room > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room);
    dim_text(title);
}

// As wide as the longest name, as far as that leaves room to the numbers.
float name_width(const std::vector<ListedKernel>& rows) {
    float widest = px(124);
    for (const ListedKernel& kernel : rows)
        widest = std::max(widest, text_width(cat(kernel.device, "  ", kernel.facts.name)));
    constexpr float numbers = 346, padding = 90, verification = 64;  // and the scroll bar
    const float room = ImGui::GetContentRegionAvail().x - px(numbers + padding + verification) -
                       ImGui::GetStyle().ScrollbarSize;
    return std::clamp(room, px(110), std::min(std::ceil(widest), px(190)));
}

void set_up_columns(const std::vector<ListedKernel>& rows, const char* rate) {
    const auto fixed = [](const char* title, float width) {
        ImGui::TableSetupColumn(title, ImGuiTableColumnFlags_WidthFixed, px(width));
    };
    fixed("tick", 18);
    ImGui::TableSetupColumn("kernel", ImGuiTableColumnFlags_WidthFixed, name_width(rows));
    fixed("median", 66);
    fixed("spread", 52);
    fixed("GB/s", 48);
    fixed(rate, 54);
    fixed("roofline", 54);
    fixed("peer", 50);
    ImGui::TableSetupColumn("verification", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableNextRow();
    header("", false);
    header("kernel", false);
    for (const char* title : {"median", "spread", "GB/s", rate, "roofline", "peer"}) header(title, true);
    header("verification", false, "verified");
}

}  // namespace

void draw_kernel_table(const State& state, Post& post) {
    if (!state.devices) {
        dim_text("Looking for devices …");
        return;
    }
    ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(px(5), px(2.5f)));
    const std::vector<ListedKernel> rows =
        listed_kernels(state.experiment, *state.devices, state.experiment.spec.op);
    if (ImGui::BeginTable("kernels", columns, ImGuiTableFlags_ScrollY | ImGuiTableFlags_NoPadOuterX,
                          ImGui::GetContentRegionAvail())) {
        set_up_columns(rows, rate_unit(state).name);
        std::vector<KernelChoice> ticked;
        if (state.problem)
            ticked = ticked_kernels(state.experiment, *state.devices, *state.problem);
        else if (state.result)
            for (const KernelResult& row : state.result->rows) ticked.push_back(row.choice);
        for (const ListedKernel& kernel : rows)
            kernel_row(state, kernel.facts, kernel.choice(), ticked, post);
        ImGui::EndTable();
    }
    ImGui::PopStyleVar();
}

}  // namespace convscope
