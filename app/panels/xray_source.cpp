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

std::string kernel_file(const XrayNews& news) {
    const auto at = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    return at == news.kernels.end() ? std::string() : at->source_file;
}

// What the present record's line is, and where it was called from in the same file.
struct Lit {
    std::string file{};
    SourceMarks marks{};
    std::string words{};
};
Lit lit_of(const State& state) {
    const XrayNews& news = *state.xray;
    Lit out{.file = kernel_file(news)};
    if (!news.block) return out;
    const XrayChoice c = xray_choice(state.experiment.xray, *news.block);
    const sim::TraceRecord* present = present_record(*news.block, c);
    if (!present) return out;
    const std::vector<xray::SourcePlace>& places = news.block->places(present->offset);
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
    for (const xray::Fault& fault : state.xray->block->faults)
        for (const xray::SourcePlace& place : fault.places)
            if (place.file == lit.file) lit.marks.faults.emplace(place.line, fault.fault.sentence);
}

}  // namespace

void draw_xray_source(const State& state, PanelMemory& memory, Post& post) {
    (void)post;
    Lit lit = lit_of(state);
    if (lit.file.empty()) return;
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
