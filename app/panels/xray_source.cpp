// The kernel's text beside the map, with the line of the present access lit.
#include <algorithm>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// What the present record's line is, and where it was called from in the same file.
struct Lit {
    std::string file{};
    SourceMarks marks{};
    std::string words{};
};
Lit lit_of(const State& state) {
    const XrayNews& news = *state.xray;
    Lit out{.file = own_file(state)};
    if (!news.block) return out;
    const XrayChoice c = xray_choice(state.experiment.xray, *news.block);
    const sim::TraceRecord* present = present_record(*news.block, c);
    if (!present) return out;
    const std::vector<xray::SourcePlace>& places = record_places(*news.block, *present);
    if (places.empty()) return out;
    out.file = places.front().file;
    out.marks.lit = places.front().line;
    for (size_t i = 1; i < places.size(); ++i)
        if (places[i].file == out.file) out.marks.related.push_back(places[i].line);
    out.words = cat("line ", places.front().line,
                    places.size() > 1 ? cat(", called from ", places[1].file, ":", places[1].line) : "");
    return out;
}

void add_faults(const State& state, Lit& lit) {
    if (!state.xray->block) return;
    lit.marks.faults = fault_marks(state.xray->block->faults, state.xray->block->step, lit.file);
}

// A line that was clicked in a table or a text comes before that of the present access, until the X-ray
// moves.
void add_clicked(const XrayView& view, const SourceMemory& memory, Lit& lit) {
    const XrayView& at = memory.lit_at;
    if (memory.line == 0 || at.kernel != view.kernel || at.step != view.step || at.block != view.block ||
        at.warp != view.warp || at.thread != view.thread || at.position != view.position)
        return;
    if (lit.file != memory.file)
        lit.marks = {};
    else
        lit.marks.related = {lit.marks.lit};
    lit.file = memory.file;
    lit.marks.lit = memory.line;
    lit.words = cat("line ", memory.line, ", which was clicked");
}

}  // namespace

void draw_xray_source(const State& state, PanelMemory& memory, Post& post) {
    (void)post;
    Lit lit = lit_of(state);
    if (lit.file.empty()) return;
    memory.source.look_at(state.xray->kernel, own_file(state));
    add_clicked(state.experiment.xray, memory.source, lit);
    add_faults(state, lit);
    const float width = ImGui::GetContentRegionAvail().x;
    {
        const WithFont strong(fonts().strong);
        text(fitted(lit.file, width));
    }
    {
        const WithFont small(fonts().small);
        dim_text(fitted(lit.words.empty() ? "no request is present" : lit.words, width));
        registry().add_item("xray.line");
    }
    const SourceTexts::Entry& entry = memory.source_texts.text(state.modules_folder, lit.file);
    if (!entry.error.empty()) {
        note(palette().warning, entry.error);
        return;
    }
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    source_view("xray.source", entry.text, {}, lit.marks, memory.xray_source,
                {from, {from.x + room.x, from.y + room.y}});
}

}  // namespace convscope
