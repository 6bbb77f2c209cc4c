// One warp request: its 32 lanes, the sectors or banks that they touch, and what that costs, in words.
#include <algorithm>
#include <bit>
#include <cmath>

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

using sim::TraceRecord;

struct Strip {
    ImVec2 from;
    float width;
    float cell() const { return width / lanes_of_warp; }
    ImVec2 lane_from(int lane) const {
        return {std::round(from.x + cell() * static_cast<float>(lane)), from.y};
    }
    ImVec2 lane_to(int lane) const {
        return {std::round(from.x + cell() * static_cast<float>(lane + 1)) - px(1), from.y + px(24)};
    }
    float lane_middle(int lane) const { return (lane_from(lane).x + lane_to(lane).x) / 2; }
};

bool takes(const TraceRecord& record, int lane) {
    return (record.lanes >> lane & 1u) != 0;
}

bool is_refused(const TraceRecord& record, int lane) {
    return (record.refused >> lane & 1u) != 0;
}

// By its bytes: what is outside or misaligned is no element.
std::string refused_place(const xray::BlockXray& block, const TraceRecord& record, int lane) {
    const auto l = static_cast<size_t>(lane);
    const int array = record.array[l];
    const std::string where = record.space == sim::MemorySpace::shared ? std::string("shared memory")
                              : array >= 0 && array < static_cast<int>(block.arrays.size())
                                  ? block.arrays[static_cast<size_t>(array)].name
                                  : std::string();
    if (where.empty()) return "far from every array";
    const int64_t from = record.place[l], to = from + record.bytes - 1;
    return cat("bytes ", grouped_digits(from), " … ", grouped_digits(to), " of ", where);
}

// What a lane asks for: "input[0,0,3,4]", "stage[1][3], a copy of input[0,0,3,4]".
std::string lane_words(const xray::BlockXray& block, const TraceRecord& record, int lane) {
    const auto l = static_cast<size_t>(lane);
    const std::string who = cat("Lane ", lane, ", thread ", record.warp * lanes_of_warp + lane);
    if (record.what == TraceRecord::What::stuck)
        return cat(who, takes(record, lane) ? "\nwaits here." : "\ndoes not wait here.");
    if (is_refused(record, lane))
        return cat(who, "\nstops here: its access is not allowed,\n", refused_place(block, record, lane));
    if (!takes(record, lane)) return cat(who, "\nis not at this place of the text now.");
    const int array = record.array[l];
    std::string what;
    if (record.space == sim::MemorySpace::shared) {
        what = shared_name(block, record.place[l]);
        if (record.copy_array[l] >= 0 && record.copy_array[l] < static_cast<int>(block.arrays.size()))
            what += cat(",\na copy of ", element_name(block.arrays[static_cast<size_t>(record.copy_array[l])],
                                                      record.copy_element[l]));
    } else if (array >= 0 && array < static_cast<int>(block.arrays.size())) {
        what = element_name(block.arrays[static_cast<size_t>(array)], record.place[l] / 4);
    } else {
        what = "an address outside of every array";
    }
    return cat(who, "\n", what, "\nbytes ", grouped_digits(record.place[l]), " … ",
               grouped_digits(record.place[l] + record.bytes - 1));
}

void draw_lanes(const xray::BlockXray& block, const TraceRecord& record, const XrayChoice& c,
                const Strip& strip) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    ImGui::SetCursorScreenPos(strip.from);
    ImGui::InvisibleButton("##lanes", {strip.width, px(24)});
    registry().add_item("xray.request.lanes");
    const WithFont small(fonts().cells);
    for (int lane = 0; lane < lanes_of_warp; ++lane) {
        const ImVec2 a = strip.lane_from(lane), b = strip.lane_to(lane);
        const bool refused = is_refused(record, lane), active = takes(record, lane) || refused;
        list.AddRectFilled(a, b,
                           refused  ? packed(palette().bad)
                           : active ? lane_colour(lane)
                                    : packed(palette().field),
                           px(2));
        const std::string words = std::to_string(lane);
        if (b.x - a.x > text_width(words) + px(2))
            list.AddText({std::round((a.x + b.x - text_width(words)) / 2),
                          std::round((a.y + b.y - ImGui::GetFontSize()) / 2)},
                         active ? IM_COL32(15, 17, 20, 235) : packed(palette().dim, 0.5f), words.c_str());
        if (c.thread >= 0 && c.thread % lanes_of_warp == lane && record.warp == c.warp)
            compat::add_rect(list, {a.x - px(1), a.y - px(1)}, {b.x + px(1), b.y + px(1)},
                             packed(palette().text), px(2), px(2));
    }
    if (!ImGui::IsItemHovered()) return;
    const int lane = std::clamp(static_cast<int>((ImGui::GetIO().MousePos.x - strip.from.x) / strip.cell()),
                                0, lanes_of_warp - 1);
    tooltip(lane_words(block, record, lane));
}

// Where bytes of the touched sectors stand on the screen: sectors side by side, a gap where memory between
// them is not touched.
struct SectorRow {
    std::vector<RequestSector> sectors;
    std::vector<float> x;
    float width = 0, top = 0;  // of one sector

    SectorRow(const TraceRecord& record, ImVec2 from, float room) : sectors(sectors_of(record)), top(from.y) {
        float gaps = 0;
        for (size_t i = 1; i < sectors.size(); ++i) gaps += joined(i) ? 0.12f : 0.5f;
        const float count = static_cast<float>(sectors.size());
        width = std::min(room / std::max(count + gaps, 1.0f), px(104));
        float at = from.x + (room - width * (count + gaps)) / 2;
        for (size_t i = 0; i < sectors.size(); ++i) {
            if (i > 0) at += width * (joined(i) ? 0.12f : 0.5f);
            x.push_back(std::round(at));
            at += width;
        }
    }
    bool joined(size_t i) const {
        return sectors[i].array == sectors[i - 1].array && sectors[i].begin == sectors[i - 1].begin + 32;
    }
    float middle_of(int array, int64_t byte) const {
        for (size_t i = 0; i < sectors.size(); ++i)
            if (sectors[i].array == array && byte >= sectors[i].begin && byte < sectors[i].begin + 32)
                return x[i] + width * (static_cast<float>(byte - sectors[i].begin) + 2) / 32;
        return x.empty() ? 0 : x.front();
    }
};

void draw_sectors(const xray::BlockXray& block, const TraceRecord& record, const Strip& strip, float room) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float height = px(26);
    const SectorRow row(record, {strip.from.x, strip.from.y + room - height}, strip.width);
    for (int lane = 0; lane < lanes_of_warp; ++lane) {
        if (!takes(record, lane)) continue;
        const auto l = static_cast<size_t>(lane);
        list.AddLine({strip.lane_middle(lane), strip.lane_to(lane).y + px(2)},
                     {row.middle_of(record.array[l], record.place[l]), row.top - px(2)},
                     lane_colour(lane, 0.8f), px(1.5f));
    }
    for (size_t i = 0; i < row.sectors.size(); ++i) {
        const RequestSector& s = row.sectors[i];
        const ImVec2 from{row.x[i], row.top}, to{row.x[i] + row.width, row.top + height};
        list.AddRectFilled(from, to, packed(palette().field), px(2));
        for (int word = 0; word < 8; ++word) {
            if ((s.bytes >> (4 * word) & 15u) == 0) continue;
            const float a = from.x + row.width * static_cast<float>(word) / 8;
            list.AddRectFilled({a, from.y}, {std::max(a + row.width / 8 - 1, a + 1), to.y},
                               packed(palette().accent, 0.75f));
        }
        compat::add_rect(list, from, to, packed(palette().dim, 0.8f), px(2));
        ImGui::SetCursorScreenPos(from);
        ImGui::InvisibleButton(cat("##sector", i).c_str(), {std::max(row.width, 1.0f), height});
        registry().add_item(cat("xray.request.sector.", i));
        const std::string array = s.array >= 0 && s.array < static_cast<int>(block.arrays.size())
                                      ? block.arrays[static_cast<size_t>(s.array)].name
                                      : std::string("no array");
        tooltip(cat("Sector of 32 bytes of ", array, "\nfrom byte ", grouped_digits(s.begin), "; ",
                    std::popcount(s.bytes), " of them are asked for"));
    }
}

void draw_banks(const xray::BlockXray& block, const TraceRecord& record, const Strip& strip, float room) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const std::vector<std::vector<int64_t>> banks = bank_words(record);
    size_t deepest = 1;
    for (const auto& bank : banks) deepest = std::max(deepest, bank.size());
    const float label = ImGui::GetFontSize();
    const float height = std::clamp((room * 0.6f - label) / static_cast<float>(deepest), px(5), px(18));
    const float top =
        strip.from.y + room - label - height * static_cast<float>(std::min<size_t>(deepest, 12));
    for (int lane = 0; lane < lanes_of_warp; ++lane) {
        if (!takes(record, lane)) continue;
        const int64_t word = record.place[static_cast<size_t>(lane)] / 4;
        const int bank = static_cast<int>(word % lanes_of_warp);
        list.AddLine({strip.lane_middle(lane), strip.lane_to(lane).y + px(2)},
                     {strip.lane_middle(bank), top - px(2)}, lane_colour(lane, 0.8f), px(1.5f));
    }
    const WithFont small(fonts().cells);
    // All numbers, else every fourth, which has room over its neighbours.
    const int numbered = strip.cell() > text_width("30") + px(1) ? 1 : 4;
    for (int bank = 0; bank < lanes_of_warp; ++bank) {
        const auto& words = banks[static_cast<size_t>(bank)];
        const float a = strip.lane_from(bank).x, b = strip.lane_to(bank).x;
        const bool conflict = words.size() > 1 && record.passes > 1;
        for (size_t w = 0; w < std::max<size_t>(words.size(), 1) && w < 12; ++w) {
            const float y = top + height * static_cast<float>(w);
            list.AddRectFilled({a, y}, {b, y + height - 1},
                               words.empty() ? packed(palette().field)
                               : conflict    ? packed(palette().bad, 0.85f)
                                             : packed(palette().accent, 0.75f),
                               px(2));
        }
        const std::string number = std::to_string(bank);
        if (bank % numbered == 0)
            list.AddText({std::round((a + b - text_width(number)) / 2), strip.from.y + room - label},
                         packed(palette().dim), number.c_str());
        ImGui::SetCursorScreenPos({a, top});
        ImGui::InvisibleButton(cat("##bank", bank).c_str(),
                               {b - a, std::max(strip.from.y + room - top, 1.0f)});
        registry().add_item(cat("xray.request.bank.", bank));
        std::string tip = cat("Bank ", bank, ": ", words.size(),
                              words.size() == 1 ? " word is asked for" : " words are asked for");
        for (size_t w = 0; w < words.size() && w < 8; ++w) tip += cat("\n", shared_name(block, words[w] * 4));
        tooltip(tip);
    }
}

// "load, 4 bytes a lane, conv2d/naive.cu:71"
std::string access_words(const xray::BlockXray& block, const TraceRecord& record) {
    const char* kind = record.kind == sim::AccessKind::load    ? "load"
                       : record.kind == sim::AccessKind::store ? "store"
                                                               : "atomic";
    const std::string place = place_name(record_places(block, record));
    return cat(record.space == sim::MemorySpace::shared ? "shared " : "global ", kind, ", ", record.bytes,
               " bytes a lane", place.empty() ? "" : cat(", ", place));
}

}  // namespace

void draw_xray_request(const State& state, PanelMemory& memory, Post& post) {
    (void)memory;
    (void)post;
    if (!state.xray->block) return;
    const xray::BlockXray& block = *state.xray->block;
    const XrayChoice c = xray_choice(state.experiment.xray, block);
    const TraceRecord* record = present_record(block, c);
    if (!record) {
        note(palette().dim, c.records == 0 ? "This block asks memory for nothing."
                                           : "Nothing is played yet. Step on, play, or drag the scrubber.");
        return;
    }
    text(fitted(request_words(block, *record), ImGui::GetContentRegionAvail().x));
    registry().add_item("xray.request.words");
    const WithFont small(fonts().small);
    dim_text(fitted(record->what != TraceRecord::What::request ? place_name(record_places(block, *record))
                                                               : access_words(block, *record),
                    ImGui::GetContentRegionAvail().x));
    if (record->what == TraceRecord::What::barrier) return;
    ImGui::Dummy({0, px(2)});
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const Strip strip{ImGui::GetCursorScreenPos(), std::min(room.x, px(1100))};
    const float height = std::clamp(room.y - px(4), px(84), px(230));
    draw_lanes(block, *record, c, strip);
    if (record->what == TraceRecord::What::stuck) return;
    if (record->space == sim::MemorySpace::shared)
        draw_banks(block, *record, strip, height);
    else
        draw_sectors(block, *record, strip, height);
}

}  // namespace convscope
