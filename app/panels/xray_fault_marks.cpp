// Faults on the pictures of a block's arrays: the elements that they are about, those that nobody wrote, and
// at a picture's edge what lies outside of its array.
#include <algorithm>

#include "core/text.h"
#include "panels/xray_pictures.h"
#include "widgets/canvas_geometry.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = sim::TraceFault::Kind;

constexpr int64_t element_bytes = 4;
constexpr size_t most_unwritten_marks = 12000;  // of a plane

// Those of the whole grid where it is counted, else those of the block.
const std::vector<xray::Fault>& known_faults(const XrayNews& news) {
    return news.counts ? news.counts->faults : news.block->faults;
}

bool is_of(const xray::Fault& fault, size_t array) {
    return fault.fault.space == sim::MemorySpace::global && fault.fault.array == static_cast<int>(array);
}

// −1: before the array's start, 1: past its end, 0: neither.
int side_of(const xray::Fault& fault, const xray::ArrayFacts& facts) {
    if (fault.fault.place < 0) return -1;
    return fault.fault.place / element_bytes >= facts.elements ? 1 : 0;
}

// The fault that says so, where outputs were never written.
const xray::Fault* never_written(const XrayNews& news, size_t array) {
    if (!news.counts || news.block->arrays[array].role != BufferRole::output) return nullptr;
    const auto at = std::ranges::find_if(
        news.counts->faults, [](const xray::Fault& f) { return f.fault.kind == Kind::never_written; });
    return at == news.counts->faults.end() ? nullptr : &*at;
}

// Where the marked cells are on the screen, for tests.
void register_marks(const TensorCanvas& canvas, const XrayPlane& plane, const WidgetRect& drawn,
                    const std::string& name) {
    const float margin = px(8);  // of tensor_view
    const CanvasGeometry g({drawn.from.x + margin, drawn.from.y + margin},
                           {drawn.to.x - margin, drawn.to.y - margin}, plane.layout.rows(),
                           plane.layout.columns(), 0, 0, canvas.box);
    for (const CellMark& mark : canvas.marks) {
        if (mark.kind != CellMark::Kind::present || mark.colour != packed(palette().bad)) continue;
        const auto x = static_cast<double>(mark.cell.column), y = static_cast<double>(mark.cell.row);
        registry().add(name, g.to_screen(x, y), g.to_screen(x + 1, y + 1));
        return;
    }
}

void add_mark(TensorCanvas& canvas, const XrayShape& shape, const XrayPlane& plane, int64_t element) {
    const int64_t start = shape.plane_start(plane);
    if (element < start || element >= start + shape.volume()) return;
    if (const auto cell = plane.layout.place(shape.at(element)))
        canvas.marks.push_back({CellMark::Kind::present, *cell, packed(palette().bad)});
}

std::string fault_sentence(const xray::Fault& fault) {
    return cat(fault.fault.sentence, ".");
}

}  // namespace

void mark_faults(const State& state, XrayCaches& caches, const XrayPlane& plane, TensorCanvas& canvas) {
    const XrayNews& news = *state.xray;
    const xray::ArrayFacts& facts = news.block->arrays[plane.array];
    const XrayShape shape = xray_shape(facts);
    if (never_written(news, plane.array)) {
        const std::vector<int64_t>& unwritten = caches.unwritten(news.counts, plane.array);
        const int64_t start = shape.plane_start(plane);
        auto at = std::ranges::lower_bound(unwritten, start);
        const size_t before = canvas.marks.size();
        for (; at != unwritten.end() && *at < start + shape.volume(); ++at) {
            if (canvas.marks.size() - before == most_unwritten_marks) break;
            add_mark(canvas, shape, plane, *at);
        }
    }
    for (const xray::Fault& fault : known_faults(news))
        if (is_of(fault, plane.array) && side_of(fault, facts) == 0)
            add_mark(canvas, shape, plane, fault.fault.place / element_bytes);
}

std::string draw_fault_edges(const State& state, const XrayPlane& plane, const TensorCanvas& canvas) {
    const XrayNews& news = *state.xray;
    const xray::ArrayFacts& facts = news.block->arrays[plane.array];
    const auto drawn = registry().find_drawn(canvas.name);
    if (!drawn) return {};
    register_marks(canvas, plane, *drawn, cat("xray.fault_mark.", facts.name));
    const float size = px(16), inset = px(3), thick = px(4);
    std::string hovered;
    for (const int side : {-1, 1}) {
        std::string words;
        for (const xray::Fault& fault : known_faults(news))
            if (is_of(fault, plane.array) && side_of(fault, facts) == side)
                words += cat(words.empty() ? "" : "\n", fault_sentence(fault));
        if (words.empty()) continue;
        // An angle in the corner where the array begins or ends.
        const ImVec2 corner = side < 0 ? ImVec2{drawn->from.x + inset, drawn->from.y + inset}
                                       : ImVec2{drawn->to.x - inset, drawn->to.y - inset};
        const auto towards = static_cast<float>(-side);
        const auto bar = [&](float width, float height) {
            const ImVec2 other{corner.x + towards * width, corner.y + towards * height};
            ImGui::GetWindowDrawList()->AddRectFilled(
                {std::min(corner.x, other.x), std::min(corner.y, other.y)},
                {std::max(corner.x, other.x), std::max(corner.y, other.y)}, packed(palette().bad), px(1));
        };
        bar(size, thick);
        bar(thick, size);
        const ImVec2 inner{corner.x + towards * size, corner.y + towards * size};
        const ImVec2 from{std::min(corner.x, inner.x), std::min(corner.y, inner.y)},
            to{std::max(corner.x, inner.x), std::max(corner.y, inner.y)};
        registry().add(cat("xray.fault_outside.", facts.name, side < 0 ? ".before" : ".past"), from, to);
        if (!ImGui::IsItemHovered() || !ImGui::IsMouseHoveringRect(from, to)) continue;
        tooltip(words);
        hovered = words.substr(0, words.find('\n'));
    }
    return hovered;
}

std::string fault_words(const State& state, XrayCaches& caches, size_t array, int64_t element) {
    const XrayNews& news = *state.xray;
    const xray::ArrayFacts& facts = news.block->arrays[array];
    for (const xray::Fault& fault : known_faults(news))
        if (is_of(fault, array) && fault.fault.kind != Kind::never_written && side_of(fault, facts) == 0 &&
            fault.fault.place / element_bytes == element)
            return fault_sentence(fault);
    if (never_written(news, array) &&
        std::ranges::binary_search(caches.unwritten(news.counts, array), element))
        return cat(element_name(facts, element), ": no thread writes it");
    return {};
}

bool has_faults(const State& state, size_t array) {
    const XrayNews& news = *state.xray;
    return never_written(news, array) ||
           std::ranges::any_of(known_faults(news), [&](const xray::Fault& f) { return is_of(f, array); });
}

int64_t fault_element(const xray::Fault& fault, const xray::ArrayFacts& facts) {
    return std::clamp<int64_t>(fault.fault.place / element_bytes, 0,
                               std::max<int64_t>(facts.elements - 1, 0));
}

int64_t fault_position(const xray::BlockXray& block, const sim::TraceFault& fault) {
    using What = sim::TraceRecord::What;
    const int lane = std::max(fault.thread, 0) % lanes_of_warp;
    int64_t same_line = -1;
    for (size_t i = 0; i < block.records.size(); ++i) {
        const sim::TraceRecord& r = block.records[i];
        const auto position = static_cast<int64_t>(i) + 1;
        if (fault.kind == Kind::stuck) {
            // Where lanes wait in vain; where two barriers met, the one that is kept for both.
            const bool there = r.offset == fault.offset || r.offset == fault.other_offset;
            if (there && r.what == (fault.thread < 0 ? What::stuck : What::barrier)) return position;
            continue;
        }
        if (fault.thread < 0 || r.what != What::request || r.offset != fault.offset ||
            r.warp != fault.thread / lanes_of_warp || ((r.lanes | r.refused) >> lane & 1u) == 0)
            continue;
        const auto l = static_cast<size_t>(lane);
        if (r.array[l] == fault.array && r.place[l] == fault.place) return position;
        if (same_line < 0) same_line = position;
    }
    return same_line;
}

}  // namespace convscope
