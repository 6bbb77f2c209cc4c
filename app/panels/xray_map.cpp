// The pictures of what a block touches: its arrays with the elements that lanes read and write, and its
// shared memory in rows of 32 banks.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/pictures.h"
#include "panels/state.h"
#include "panels/xray_parts.h"
#include "panels/xray_pictures.h"
#include "widgets/canvas_geometry.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/lane_scale.h"
#include "widgets/layout.h"
#include "widgets/number_field.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using sim::TraceRecord;

constexpr int64_t small_scratch = 4096;     // elements; beyond, a scratch array has a column of its own
constexpr int64_t most_drawn = 16'000'000;  // elements of a plane
constexpr size_t most_cell_marks = 12000;   // beyond, only what the present request touches is marked

struct Map {
    const State& state;
    PanelMemory& memory;
    Post& post;
    const xray::BlockXray& block;
    XrayChoice choice;
    const XrayTouches& touches;
    const XrayTouches& whole;
};

// The elements of an array that the present request is about: those that it reads or writes, and those whose
// copies it reads from shared memory.
struct LaneElement {
    int lane;
    int64_t element;
};
std::vector<LaneElement> present_elements(const Map& m, size_t array) {
    std::vector<LaneElement> out;
    const TraceRecord* record = present_record(m.block, m.choice);
    if (!record || record->what != TraceRecord::What::request || !takes_part(*record, m.choice)) return out;
    const bool shared = record->space == sim::MemorySpace::shared;
    for (int lane = 0; lane < lanes_of_warp; ++lane) {
        const auto l = static_cast<size_t>(lane);
        if ((record->lanes >> lane & 1u) == 0) continue;
        if (m.choice.thread >= 0 && lane != m.choice.thread % lanes_of_warp) continue;
        if ((shared ? record->copy_array[l] : record->array[l]) != static_cast<int>(array)) continue;
        const int64_t first = shared ? record->copy_element[l] : record->place[l] / 4;
        for (int64_t e = first; e < first + std::max(record->bytes / 4, 1); ++e)
            if (e >= 0 && e < m.block.arrays[array].elements) out.push_back({lane, e});
    }
    return out;
}

// Another number for each present request of a block. Of what is wanted, not of what there is: "at the end"
// stays the same while a long block grows.
int64_t request_number(const XrayView& view) {
    const auto from_0 = [](int64_t number) { return static_cast<uint64_t>(number) + 1; };
    return static_cast<int64_t>((from_0(view.position) * 4096 + from_0(view.thread)) * 256 +
                                from_0(view.warp));
}

// The plane that an array's picture shows: of what the present request touches, else of the first element
// that the choice touches; the user may leaf through until the next request.
XrayPlane shown_plane(const Map& m, size_t array) {
    XrayCaches& caches = m.memory.xray;
    const int64_t request = request_number(m.state.experiment.xray);
    if (caches.chosen_at != request) caches.chosen_planes.clear();
    caches.chosen_at = request;
    if (const auto chosen = caches.chosen_planes.find(array); chosen != caches.chosen_planes.end())
        return chosen->second;
    const XrayShape shape = xray_shape(m.block.arrays[array]);
    for (const LaneElement& e : present_elements(m, array)) return shape.plane_of(array, e.element);
    // The newest that was touched: when playing on, the picture stays where the block is at work.
    const std::vector<int64_t>& touched = m.touches.touched(array);
    if (!touched.empty()) return shape.plane_of(array, touched.back());
    const std::vector<int64_t>& whole = m.whole.touched(array);
    return shape.plane_of(array, whole.empty() ? 0 : whole.front());  // empty: it has faults alone
}

void mark_elements(const Map& m, const XrayPlane& plane, TensorCanvas& canvas) {
    const XrayShape shape = xray_shape(m.block.arrays[plane.array]);
    const int64_t start = shape.plane_start(plane), end = start + shape.volume();
    const std::vector<int64_t>& touched = m.touches.touched(plane.array);
    const bool all = touched.size() <= most_cell_marks;
    for (const int64_t e : touched) {
        if (!all) break;
        if (e < start || e >= end) continue;
        const XrayTouches::Touch touch = m.touches.touch(plane.array, e);
        if (const auto cell = plane.layout.place(shape.at(e)))
            canvas.marks.push_back(
                {CellMark::Kind::filled, *cell, lane_colour(touch.lane, 0.62f), touch.lane});
    }
    // On top, so that their frames are whole.
    for (const LaneElement& present : present_elements(m, plane.array)) {
        if (present.element < start || present.element >= end) continue;
        if (const auto cell = plane.layout.place(shape.at(present.element)))
            canvas.marks.push_back({CellMark::Kind::present, *cell, lane_colour(present.lane), present.lane});
    }
    mark_faults(m.state, m.memory.xray, plane, canvas);
    if (all) return;
    const XrayRegion& r = m.memory.xray.region(m.state.xray->block, plane);
    if (!r.empty())
        canvas.framed.emplace_back(static_cast<float>(r.left), static_cast<float>(r.top),
                                   static_cast<float>(r.right), static_cast<float>(r.bottom));
}

// In one line below the picture.
std::string touched_words(const Map& m, size_t array) {
    const size_t count = m.touches.touched(array).size(), whole = m.whole.touched(array).size();
    const std::string all = grouped_digits(static_cast<int64_t>(whole));
    if (count == whole) return cat(all, whole == 1 ? " element touched" : " elements touched");
    return cat(grouped_digits(static_cast<int64_t>(count)), " of the block's ", all, " touched");
}

// What a click may begin by itself: at most a minute's work.
bool click_counts(const XrayNews& news) {
    constexpr double most_seconds = 60;
    return news.counts_by_itself || news.estimated_seconds <= most_seconds;
}

// Which thread writes an element of another block.
std::string how_to_find_it(const XrayNews& news) {
    if (news.counting) return "the grid is being counted";
    if (!news.counts_error.empty()) return cat("counting the grid failed: ", news.counts_error);
    if (click_counts(news)) return "a click counts the grid and finds it";
    return cat("counting the grid finds it, but takes ", duration_words(news.estimated_seconds),
               ": the panel Counts starts it");
}

std::string hovered_words(const Map& m, size_t array, int64_t element) {
    const xray::ArrayFacts& facts = m.block.arrays[array];
    const std::string name = element_name(facts, element);
    if (const std::string fault = fault_words(m.state, m.memory.xray, array, element); !fault.empty())
        return fault;
    const XrayTouches::Touch touch = m.touches.touch(array, element);
    const auto thread_words = [&](int thread) {
        return cat("thread ", thread, " (warp ", thread / lanes_of_warp, ", lane ", thread % lanes_of_warp,
                   ")");
    };
    if (touch.lane >= 0 && touch.writer < 0)
        return cat(name, ": last read by ", thread_words(touch.warp * lanes_of_warp + touch.lane));
    if (facts.role != BufferRole::output) return cat(name, touch.lane < 0 ? ": not touched" : ": written");
    const auto writer =
        writer_of(m.state.xray->counts.get(), main_threads(*m.state.xray), m.whole, array, element);
    if (!writer) return cat(name, ": of another block; ", how_to_find_it(*m.state.xray));
    if (writer->block != m.block.block || m.block.step != m.state.xray->main_step)
        return cat(name, ": block ", grouped_digits(writer->block), ", thread ", writer->thread);
    return cat(name, ": ", thread_words(writer->thread));
}

// A click on an output element chooses the thread that writes it; once more lets it go.
void choose_writer(const Map& m, size_t array, int64_t element) {
    const XrayNews& news = *m.state.xray;
    if (m.block.arrays[array].role != BufferRole::output) return;
    const auto writer = writer_of(news.counts.get(), main_threads(news), m.whole, array, element);
    m.memory.xray.wanted_writer.reset();
    if (!writer) {
        if (news.counts) return;                            // nobody writes it
        if (!news.counting && !click_counts(news)) return;  // the readout says how long it takes, and where
        m.memory.xray.wanted_writer = {array, element};
        if (!news.counting) m.post.command(Command::Kind::count_grid);
        return;
    }
    XrayView next = m.state.experiment.xray;
    const bool again = next.thread == writer->thread && m.block.block == writer->block;
    if (m.block.step != news.main_step && m.whole.touch(array, element).writer < 0) next.step = -1;
    if (next.block != writer->block) next.position = -1;
    next.block = writer->block;
    next.thread = again ? -1 : writer->thread;
    next.warp = again ? -1 : writer->thread / lanes_of_warp;
    if (next != m.state.experiment.xray) m.post.action(SetXray{next});
}

void plane_steppers(const Map& m, XrayPlane plane) {
    const xray::ArrayFacts& facts = m.block.arrays[plane.array];
    const XrayShape shape = xray_shape(facts);
    XrayPlane next = plane;
    const bool weights = facts.role == BufferRole::weights;
    const float right = ImGui::GetWindowPos().x + ImGui::GetWindowWidth();
    bool first = true;
    const auto leaf = [&](const char* axis, const char* words, int64_t value, int64_t count) {
        if (count > 1 && !first) beside_or_below(stepper_width(words, count), right, px(3));
        if (count > 1) first = false;
        // Without room for the word its first letter stands for it, or nothing.
        const float room = right - ImGui::GetCursorScreenPos().x;
        std::string shown(words);
        for (const size_t letters : {size_t{1}, size_t{0}})
            if (stepper_width(shown.c_str(), count) > room) shown.resize(letters);
        return stepper(cat("xray.", facts.name, ".", axis), shown.c_str(), value, count);
    };
    if (const auto b = leaf("batch", weights ? "out" : "image", plane.batch, shape.batches)) next.batch = *b;
    if (const auto c = leaf("channel", weights ? "in" : "channel", plane.channel, shape.channels))
        next.channel = *c;
    if (const auto d = leaf("slice", "depth", plane.layout.position, shape.size[0]))
        next.layout.position = *d;
    if (next != plane) m.memory.xray.chosen_planes[plane.array] = next;
}

void draw_array(const Map& m, size_t array, ImVec2 size) {
    const xray::ArrayFacts& facts = m.block.arrays[array];
    const XrayShape shape = xray_shape(facts);
    const XrayPlane plane = shown_plane(m, array);
    ImGui::BeginChild(facts.name.c_str(), size, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    draw_array_title(facts, size.x);
    if (shape.volume() > most_drawn) {
        note(palette().dim, cat(grouped_digits(shape.volume()), " elements are too many to be drawn."));
        ImGui::EndChild();
        return;
    }
    const bool leafs = shape.batches > 1 || shape.channels > 1 || shape.size[0] > 1;
    if (leafs) plane_steppers(m, plane);
    TensorCanvas canvas = array_canvas(m.state, m.memory.xray, facts, plane);
    const float foot = px(20);
    const ImVec2 room{size.x, std::max(ImGui::GetContentRegionAvail().y - foot, px(24))};
    const auto box = m.memory.xray.boxes.find(canvas.name);
    canvas.box = box != m.memory.xray.boxes.end()
                     ? box->second
                     : box_around(m.memory.xray.region(m.state.xray->block, plane), plane.layout, room);
    mark_elements(m, plane, canvas);
    canvas.stale = !m.state.xray->block_is_present;
    const CanvasEvents events = tensor_view(canvas, room, m.state.textures, m.state.painter);
    const std::string outside = draw_fault_edges(m.state, plane, canvas);
    draw_overview(canvas, plane.layout);
    take_box(m.memory.xray, canvas.name, events);
    const auto element_at = [&](const PlaneCell& cell) -> std::optional<int64_t> {
        const auto at = plane.layout.at(cell.row, cell.column);
        if (!at) return std::nullopt;
        const int64_t e = shape.plane_start(plane) + plane.layout.offset(*at);
        return e < facts.elements ? std::optional(e) : std::nullopt;
    };
    const auto& wanted = m.memory.xray.wanted_writer;
    if (wanted && wanted->first == array && m.state.xray->counts) choose_writer(m, array, wanted->second);
    std::string words = touched_words(m, array);
    if (events.hovered)
        if (const auto e = element_at(*events.hovered)) words = hovered_words(m, array, *e);
    if (!outside.empty()) words = outside;
    if (events.clicked)
        if (const auto e = element_at(*events.clicked)) choose_writer(m, array, *e);
    ImGui::SetCursorPosY(size.y - foot + px(2));
    draw_readout(canvas.name + ".readout", words, size.x);
    ImGui::EndChild();
}

bool is_narrow(const xray::ArrayFacts& facts) {
    return facts.role == BufferRole::weights || facts.role == BufferRole::pointwise ||
           facts.role == BufferRole::bias ||
           (facts.role == BufferRole::scratch && facts.elements <= small_scratch);
}

// Wide pictures from left to right, the small arrays in a column between the first and the others.
void draw_arrays(const Map& m, ImVec2 room) {
    std::vector<size_t> wide, narrow;
    for (size_t a = 0; a < m.block.arrays.size(); ++a)
        if (!m.whole.touched(a).empty() || has_faults(m.state, a))
            (is_narrow(m.block.arrays[a]) ? narrow : wide).push_back(a);
    // As values flow: from the input through what is kept between to the output.
    const auto rank = [&](size_t a) {
        const BufferRole role = m.block.arrays[a].role;
        return role == BufferRole::input ? 0 : role == BufferRole::output ? 2 : 1;
    };
    std::ranges::stable_sort(wide, {}, rank);
    const float gap = px(12);
    const float column = narrow.empty() ? 0 : std::clamp(room.x * 0.25f, px(110), px(220));
    const auto count = static_cast<float>(std::max<size_t>(wide.size(), 1));
    const float gaps = gap * (count - (narrow.empty() ? 1 : 0));
    const float width = std::floor((room.x - column - gaps) / count);
    const auto draw_narrow = [&] {
        if (narrow.empty()) return;
        ImGui::BeginGroup();
        const auto rows = static_cast<float>(narrow.size());
        const float spacing = ImGui::GetStyle().ItemSpacing.y;
        const float height = std::floor((room.y - spacing * (rows - 1)) / rows);
        for (const size_t a : narrow) draw_array(m, a, {wide.empty() ? room.x : column, height});
        ImGui::EndGroup();
    };
    if (wide.empty()) return draw_narrow();
    for (size_t i = 0; i < wide.size(); ++i) {
        if (i > 0) ImGui::SameLine(0, gap);
        draw_array(m, wide[i], {width, room.y});
        if (i == 0 && !narrow.empty()) {
            ImGui::SameLine(0, gap);
            draw_narrow();
        }
    }
}

// A fault that was clicked: its block has been traced, so that its request can be present and its element
// shown. After the pictures are drawn, which forget the planes of another position.
void show_wanted_fault(const Map& m) {
    XrayCaches& caches = m.memory.xray;
    const XrayNews& news = *m.state.xray;
    if (!caches.wanted_fault) return;
    const auto& [fault, view] = *caches.wanted_fault;
    if (m.state.experiment.xray != view) {
        // In the frame of the click the view is not yet the wanted one.
        if (caches.wanted_fault_seen) caches.wanted_fault.reset();
        return;
    }
    caches.wanted_fault_seen = true;
    if (!m.state.xray_settled || !news.block_is_present) return;
    XrayView next = view;
    if (m.block.step == fault.step && m.block.block == fault.fault.block)
        next.position = fault_position(m.block, fault.fault);
    const auto array = static_cast<size_t>(fault.fault.array);
    if (fault.fault.space == sim::MemorySpace::global && fault.fault.array >= 0 &&
        array < m.block.arrays.size()) {
        const xray::ArrayFacts& facts = m.block.arrays[array];
        caches.chosen_planes[array] = xray_shape(facts).plane_of(array, fault_element(fault, facts));
        caches.chosen_at = request_number(next);
    }
    if (next != view) m.post.action(SetXray{next});
    caches.wanted_fault.reset();
}

}  // namespace

void draw_xray_map(const State& state, PanelMemory& memory, Post& post) {
    const XrayNews& news = *state.xray;
    draw_map_or_heat(state, post);
    if (state.experiment.xray.heat) return draw_xray_heat(state, memory, post);
    if (!news.block) {
        note(palette().dim, !news.error.empty()        ? news.error
                            : news.problem.has_value() ? "The block is being traced …"
                                                       : "There is nothing to look through.");
        return;
    }
    if (news.problem) memory.xray.look_at(*news.problem, news.kernel, news.block->step, news.block->block);
    // Counting was cancelled, or failed.
    if (!news.counting && !news.counts) memory.xray.wanted_writer.reset();
    const XrayChoice choice = xray_choice(state.experiment.xray, *news.block);
    const XrayTouches& whole = memory.xray.whole(news.block);
    const XrayTouches& touches = memory.xray.touches(news.block, choice);
    const Map m{state, memory, post, *news.block, choice, touches, whole};
    // In a low window the pictures keep their height and are scrolled through; over them the wheel zooms.
    ImGui::BeginChild("map", ImGui::GetContentRegionAvail(), false, ImGuiWindowFlags_NoScrollWithMouse);
    const bool shared = touches_shared(*news.block);
    ImVec2 room = ImGui::GetContentRegionAvail();
    room.y = std::max(room.y, shared ? px(236) : px(124));
    const float below = shared ? std::floor(std::clamp(room.y * 0.38f, px(110), px(230))) : 0;
    draw_arrays(m, {room.x, room.y - below - (shared ? ImGui::GetStyle().ItemSpacing.y : 0)});
    if (shared) draw_shared_memory(state, memory, touches, {room.x, below});
    show_wanted_fault(m);
    ImGui::EndChild();
}

}  // namespace convscope
