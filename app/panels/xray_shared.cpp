// A block's shared memory: 32 banks wide, each word in the colour of the lane that wrote it.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.h"
#include "panels/xray_pictures.h"
#include "widgets/fonts.h"
#include "widgets/lane_scale.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr int64_t banks = 32;

std::string word_words(const XrayTouches& touches, int64_t index) {
    const xray::BlockXray& block = touches.block();
    const XrayTouches::Word& word = touches.words()[static_cast<size_t>(index)];
    std::string words = cat(shared_name(block, index * 4), ", bank ", index % banks);
    if (word.thread < 0) return words + ": nobody has written it yet";
    words += cat(": written by thread ", word.thread, " (warp ", word.thread / lanes_of_warp, ", lane ",
                 word.thread % lanes_of_warp, ")");
    if (const std::string place = place_name(block.places(word.offset)); !place.empty())
        words += cat(" at ", place);
    if (word.copy_array >= 0 && word.copy_array < static_cast<int>(block.arrays.size()))
        words += cat("; a copy of ",
                     element_name(block.arrays[static_cast<size_t>(word.copy_array)], word.copy_element));
    return words;
}

// The rows of 32 words that hold the arrays which the block touches.
struct Rows {
    int64_t first = 0, count = 0;
    int64_t bytes = 0;  // of the arrays
    int64_t word(const PlaneCell& cell) const { return (first + cell.row) * banks + cell.column; }
    PlaneCell cell(int64_t word) const { return {word / banks - first, word % banks}; }
};
Rows rows_of(const XrayTouches& touches) {
    const auto words = static_cast<int64_t>(touches.words().size());
    int64_t begin = INT64_MAX, end = 0, bytes = 0;
    for (const xray::SharedArray& a : touches.block().shared) {
        begin = std::min(begin, a.begin);
        end = std::max(end, a.begin + a.bytes);
        bytes += a.bytes;
    }
    if (begin >= end) return {0, (words + banks - 1) / banks, words * 4};
    constexpr int64_t row_bytes = banks * 4;
    return {begin / row_bytes, (end + row_bytes - 1) / row_bytes - begin / row_bytes, bytes};
}

void mark_words(const XrayTouches& touches, const Rows& rows, TensorCanvas& canvas) {
    const XrayChoice& c = touches.choice();
    const std::vector<XrayTouches::Word>& words = touches.words();
    std::vector<int8_t> asked(words.size(), -1);
    for (const XrayTouches::Asked& a : touches.asked_words())
        asked[static_cast<size_t>(a.word)] = static_cast<int8_t>(a.lane);
    std::vector<CellMark> present;
    for (size_t i = 0; i < words.size(); ++i) {
        const int thread = words[i].thread;
        const PlaneCell cell = rows.cell(static_cast<int64_t>(i));
        if (asked[i] >= 0) {
            const int lane = thread >= 0 ? thread % lanes_of_warp : asked[i];
            present.push_back({CellMark::Kind::present, cell, lane_colour(lane), lane});
        } else if (thread >= 0) {
            const bool chosen =
                (c.warp < 0 || thread / lanes_of_warp == c.warp) && (c.thread < 0 || thread == c.thread);
            const int lane = thread % lanes_of_warp;
            canvas.marks.push_back({CellMark::Kind::filled, cell, lane_colour(lane, chosen ? 0.72f : 0.22f),
                                    chosen ? lane : -1});
        }
    }
    canvas.marks.insert(canvas.marks.end(), present.begin(), present.end());
    for (const xray::Fault& fault : touches.block().faults) {
        const int64_t word = fault.fault.place / 4;
        const bool here = fault.fault.space == sim::MemorySpace::shared && fault.fault.array < 0 &&
                          fault.fault.place >= 0 && word < static_cast<int64_t>(words.size());
        if (here) canvas.marks.push_back({CellMark::Kind::present, rows.cell(word), packed(palette().bad)});
    }
}

// Rows around what the present request asks for, where not all of them fit.
ViewBox shared_box(const XrayTouches& touches, const Rows& rows, ImVec2 room) {
    const double fit = std::min(static_cast<double>(room.x - px(16)) / banks,
                                static_cast<double>(room.y - px(16)) / static_cast<double>(rows.count));
    const double least = static_cast<double>(px(9));
    ViewBox box;
    if (fit >= least) return box;
    box.zoom = least / fit;
    int64_t row = 0;
    if (!touches.asked_words().empty()) row = rows.cell(touches.asked_words().front().word).row;
    box.y = (static_cast<double>(row) + 0.5) / static_cast<double>(rows.count);
    return box;
}

}  // namespace

bool touches_shared(const xray::BlockXray& block) {
    return block.shared_bytes > 0 && block.totals.shared_requests > 0;
}

void draw_shared_memory(const State& state, PanelMemory& memory, const XrayTouches& touches, ImVec2 size) {
    const auto words = static_cast<int64_t>(touches.words().size());
    if (words == 0) return;
    ImGui::BeginChild("shared", size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    {
        const WithFont strong(fonts().strong);
        text("Shared memory");
    }
    ImGui::SameLine();
    TensorCanvas canvas;
    canvas.name = "xray.shared";
    canvas.numbers = false;
    const Rows rows = rows_of(touches);
    canvas.index.layout = {.size = {1, rows.count, banks}};
    const TensorPtr blank = memory.xray.blank({1, rows.count, banks});
    canvas.tensor = {.tensor = blank, .shape = blank->shape};
    canvas.gaps_are_empty = true;
    canvas.stale = !state.xray->block_is_present;
    mark_words(touches, rows, canvas);
    // The words stand in the line above, but are known once the canvas is drawn.
    const ImVec2 line = ImGui::GetCursorPos();
    ImGui::NewLine();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const auto box = memory.xray.boxes.find(canvas.name);
    canvas.box = box != memory.xray.boxes.end() ? box->second : shared_box(touches, rows, room);
    const CanvasEvents events = tensor_view(canvas, room, state.textures, state.painter);
    draw_overview(canvas, canvas.index.layout);
    take_box(memory.xray, canvas.name, events);
    std::string say =
        cat(grouped_digits(rows.bytes), " bytes in rows of 32 banks; the colour is the lane that wrote");
    if (events.hovered) {
        const int64_t word = rows.word(*events.hovered);
        if (word < words) say = word_words(touches, word);
    }
    ImGui::SetCursorPos(line);
    draw_readout("xray.shared.readout", say, ImGui::GetContentRegionAvail().x);
    ImGui::EndChild();
}

}  // namespace convscope
