#include "views/xray_map.h"

#include <algorithm>
#include <bit>

#include "core/text.h"

namespace convscope {
namespace {

using sim::TraceRecord;

constexpr int64_t word_bytes = 4, sector_bytes = 32;
constexpr int banks = 32;

int thread_of(const TraceRecord& record, int lane) {
    return record.warp * lanes_of_warp + lane;
}

bool has_lane(const TraceRecord& record, int lane) {
    return ((record.lanes | record.refused) >> lane & 1u) != 0;
}

bool is_request(const TraceRecord& record) {
    return record.what == TraceRecord::What::request;
}

template <class Do>
void each_lane(const TraceRecord& record, const Do& act) {
    for (unsigned rest = record.lanes; rest != 0; rest &= rest - 1) act(std::countr_zero(rest));
}

// The elements of one lane's access that the array has.
template <class Do>
void each_element(const TraceRecord& record, int lane, int64_t elements, const Do& act) {
    const int64_t place = record.place[static_cast<size_t>(lane)];
    if (place < 0) return;
    const int64_t last = std::min((place + record.bytes - 1) / word_bytes, elements - 1);
    for (int64_t e = place / word_bytes; e <= last; ++e) act(e);
}

// Of a request that not all of its lanes make.
std::string refused_words(const TraceRecord& record) {
    const int refused = std::popcount(record.refused), lanes = std::popcount(record.lanes);
    const std::string verb = record.kind == sim::AccessKind::load    ? "read"
                             : record.kind == sim::AccessKind::store ? "write"
                                                                     : "update";
    const std::string stop = refused == 1 ? cat("1 lane stops here before it ", verb, "s")
                                          : cat(refused, " lanes stop here before they ", verb);
    return cat(stop, " what is not allowed; ",
               lanes == 0   ? "nothing is asked for."
               : lanes == 1 ? cat("1 lane ", verb, "s ", record.bytes, " bytes.")
                            : cat(lanes, " lanes ", verb, " ", record.bytes, " bytes each."));
}

}  // namespace

XrayChoice xray_choice(const XrayView& view, const xray::BlockXray& block) {
    XrayChoice c;
    c.threads = static_cast<int>(std::max<int64_t>(block.facts.block.count(), 1));
    c.warps = (c.threads + lanes_of_warp - 1) / lanes_of_warp;
    c.thread = static_cast<int>(std::clamp<int64_t>(view.thread, -1, c.threads - 1));
    c.warp = static_cast<int>(std::clamp<int64_t>(view.warp, -1, c.warps - 1));
    if (c.thread >= 0) c.warp = c.thread / lanes_of_warp;
    c.records = static_cast<int64_t>(block.records.size());
    c.position = view.position < 0 ? c.records : std::min(view.position, c.records);
    // What is present is always a record of the chosen threads.
    while (c.position > 0 && !takes_part(block.records[static_cast<size_t>(c.position - 1)], c)) --c.position;
    return c;
}

const TraceRecord* present_record(const xray::BlockXray& block, const XrayChoice& choice) {
    if (choice.position <= 0 || choice.position > static_cast<int64_t>(block.records.size())) return nullptr;
    return &block.records[static_cast<size_t>(choice.position - 1)];
}

bool takes_part(const TraceRecord& record, const XrayChoice& choice) {
    if (record.what == TraceRecord::What::barrier || choice.warp < 0) return true;
    if (record.warp != choice.warp) return false;
    return choice.thread < 0 || has_lane(record, choice.thread % lanes_of_warp);
}

int64_t stepped(const xray::BlockXray& block, const XrayChoice& choice, int by) {
    const auto count = static_cast<int64_t>(block.records.size());
    const auto fits = [&](int64_t position) {
        return takes_part(block.records[static_cast<size_t>(position - 1)], choice);
    };
    if (by > 0) {
        for (int64_t p = choice.position + 1; p <= count; ++p)
            if (fits(p)) return p;
        return choice.position;
    }
    for (int64_t p = choice.position - 1; p > 0; --p)
        if (fits(p)) return p;
    return 0;
}

std::vector<int64_t> phase_starts(const xray::BlockXray& block) {
    std::vector<int64_t> starts{0};
    const auto count = static_cast<int64_t>(block.records.size());
    for (int64_t i = 0; i < count; ++i)
        if (block.records[static_cast<size_t>(i)].what == TraceRecord::What::barrier && i + 1 < count)
            starts.push_back(i + 1);
    starts.push_back(count);
    return starts;
}

XrayTouches::XrayTouches(xray::BlockXrayPtr block, const XrayChoice& choice)
    : block_(std::move(block)), choice_(choice) {
    arrays_.resize(block_->arrays.size());
    for (size_t a = 0; a < arrays_.size(); ++a) arrays_[a].elements = block_->arrays[a].elements;
    words_.resize(static_cast<size_t>((block_->shared_bytes + word_bytes - 1) / word_bytes));
    const int64_t wanted = choice.position;
    choice_.position = 0;
    move_to(wanted);
}

XrayTouches::Cell& XrayTouches::Array::cell(int64_t element) {
    const auto page = static_cast<size_t>(element / page_elements);
    if (page >= pages.size()) pages.resize(page + 1);
    if (!pages[page]) pages[page] = std::make_unique<std::array<Cell, page_elements>>();
    return (*pages[page])[static_cast<size_t>(element % page_elements)];
}

void XrayTouches::restart() {
    for (Array& a : arrays_) {
        for (const int64_t e : a.order) a.cell(e) = {};
        a.order.clear();
    }
    std::ranges::fill(words_, Word{});
    played_ = 0;
}

void XrayTouches::move_to(int64_t position) {
    position = std::clamp<int64_t>(position, 0, static_cast<int64_t>(block_->records.size()));
    if (position < played_) restart();
    for (; played_ < position; ++played_) play(played_);
    choice_.position = position;
    asked_.clear();
    const TraceRecord* present = present_record(*block_, choice_);
    if (!present || !is_request(*present) || present->space != sim::MemorySpace::shared ||
        !takes_part(*present, choice_))
        return;
    each_lane(*present, [&](int lane) {
        each_element(*present, lane, static_cast<int64_t>(words_.size()), [&](int64_t word) {
            asked_.push_back({word, lane});
        });
    });
}

void XrayTouches::play(int64_t index) {
    const TraceRecord& record = block_->records[static_cast<size_t>(index)];
    if (!is_request(record)) return;
    const bool chosen = takes_part(record, choice_);
    each_lane(record, [&](int lane) {
        if (record.space == sim::MemorySpace::shared) return play_shared(record, lane);
        if (!chosen || (choice_.thread >= 0 && lane != choice_.thread % lanes_of_warp)) return;
        const int array = record.array[static_cast<size_t>(lane)];
        if (array < 0 || array >= static_cast<int>(arrays_.size())) return;
        Array& a = arrays_[static_cast<size_t>(array)];
        each_element(record, lane, a.elements, [&](int64_t e) {
            Cell& cell = a.cell(e);
            if (cell.record < 0) a.order.push_back(e);
            cell.record = index;
            cell.lane = static_cast<int8_t>(lane);
            cell.warp = static_cast<int16_t>(record.warp);
            if (record.kind != sim::AccessKind::load) cell.writer = thread_of(record, lane);
        });
    });
}

void XrayTouches::play_shared(const TraceRecord& record, int lane) {
    const auto l = static_cast<size_t>(lane);
    each_element(record, lane, static_cast<int64_t>(words_.size()), [&](int64_t w) {
        Word& word = words_[static_cast<size_t>(w)];
        if (record.kind != sim::AccessKind::load) {
            word = {thread_of(record, lane), record.offset, -1, -1};
        } else if (record.copy_array[l] >= 0 && w == record.place[l] / word_bytes) {
            word.copy_array = record.copy_array[l];
            word.copy_element = record.copy_element[l];
        }
    });
}

XrayTouches::Touch XrayTouches::touch(size_t array, int64_t element) const {
    const Array& a = arrays_[array];
    const auto page = static_cast<size_t>(element / page_elements);
    if (element < 0 || page >= a.pages.size() || !a.pages[page]) return {};
    const Cell& cell = (*a.pages[page])[static_cast<size_t>(element % page_elements)];
    return {cell.lane, cell.warp, cell.writer};
}

std::optional<XrayWriter> writer_of(const xray::Counts* counts, int64_t main_threads,
                                    const XrayTouches& whole_block, size_t array, int64_t element) {
    if (const int thread = whole_block.touch(array, element).writer; thread >= 0)
        return XrayWriter{whole_block.block().block, thread};
    if (!counts || array >= counts->arrays.size()) return std::nullopt;
    const std::vector<int64_t>& writers = counts->arrays[array].element_writer;
    if (element < 0 || element >= static_cast<int64_t>(writers.size())) return std::nullopt;
    const int64_t writer = writers[static_cast<size_t>(element)];
    if (writer < 0 || main_threads < 1) return std::nullopt;
    return XrayWriter{writer / main_threads, static_cast<int>(writer % main_threads)};
}

std::string element_name(const xray::ArrayFacts& array, int64_t element) {
    std::string inside;
    for (size_t axis = array.shape.size(); axis-- > 0;) {
        const int64_t size = std::max<int64_t>(array.shape[axis], 1);
        inside = cat(axis == 0 ? element : element % size, inside.empty() ? "" : ",", inside);
        element /= size;
    }
    return cat(array.name, "[", inside, "]");
}

std::string shared_name(const xray::BlockXray& block, int64_t byte) {
    for (const xray::SharedArray& a : block.shared) {
        if (byte < a.begin || byte >= a.begin + a.bytes) continue;
        int64_t word = (byte - a.begin) / word_bytes;
        if (a.sizes.empty()) return cat(a.name, "[", word, "]");
        std::string places;
        for (size_t axis = a.sizes.size(); axis-- > 0;) {
            const int64_t size = std::max<int64_t>(a.sizes[axis], 1);
            places = cat("[", axis == 0 ? word : word % size, "]", places);
            word /= size;
        }
        return a.name + places;
    }
    return cat("shared word ", byte / word_bytes);
}

std::string dim_place(const Dim3& dims, int64_t number) {
    const int64_t x = number % dims.x, y = number / dims.x % dims.y, z = number / (int64_t{dims.x} * dims.y);
    if (dims.z > 1) return cat("(", x, ", ", y, ", ", z, ")");
    if (dims.y > 1) return cat("(", x, ", ", y, ")");
    return cat("(", x, ")");
}

std::string dim_text(const Dim3& dims) {
    if (dims.z > 1) return cat(dims.x, "×", dims.y, "×", dims.z);
    if (dims.y > 1) return cat(dims.x, "×", dims.y);
    return std::to_string(dims.x);
}

std::string grouped_digits(int64_t number) {
    const std::string digits = std::to_string(number);
    std::string out;
    for (size_t i = 0; i < digits.size(); ++i) {
        const bool first = i == 0 || (number < 0 && i == 1);
        if (!first && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

std::string place_name(const std::vector<xray::SourcePlace>& places) {
    if (places.empty()) return {};
    return cat(places.front().file, ":", places.front().line);
}

std::string position_words(const xray::BlockXray& block, const XrayChoice& choice) {
    if (choice.records == 0) return "This block asks memory for nothing.";
    const TraceRecord* record = present_record(block, choice);
    if (!record) return cat("before the first of ", grouped_digits(choice.records), " requests");
    const std::string place = cat(grouped_digits(choice.position), " of ", grouped_digits(choice.records),
                                  ", phase ", record->phase);
    if (record->what == TraceRecord::What::barrier) return cat("barrier, ", place);
    if (record->what == TraceRecord::What::stuck) return cat("warp ", record->warp, " waits, ", place);
    return cat("warp ", record->warp, ", request ", place);
}

const std::vector<xray::SourcePlace>& record_places(const xray::BlockXray& block, const TraceRecord& record) {
    const std::vector<xray::SourcePlace>& counted = block.places(record.offset);
    if (!counted.empty()) return counted;
    for (const xray::Fault& fault : block.faults) {
        if (fault.fault.offset == record.offset) return fault.places;
        if (fault.fault.other_offset == record.offset) return fault.other_places;
    }
    return counted;
}

std::string request_words(const xray::BlockXray& block, const TraceRecord& record) {
    if (record.what == TraceRecord::What::barrier)
        return cat("Barrier: all threads of the block wait here for each other. Phase ", record.phase,
                   " ends.");
    const int lanes = std::popcount(record.lanes);
    const std::string who = cat(lanes, lanes == 1 ? " lane" : " lanes"), s = lanes == 1 ? "s" : "";
    if (record.what == TraceRecord::What::stuck)
        return cat(who, " of warp ", record.warp, " wait", s, " here in vain: others never come.");
    if (record.refused != 0) return refused_words(record);
    const char* verb = record.kind == sim::AccessKind::load    ? "ask"
                       : record.kind == sim::AccessKind::store ? "write"
                                                               : "update";
    const std::string start = cat(who, " ", verb, s, record.kind == sim::AccessKind::load ? " for " : " ");
    if (record.space == sim::MemorySpace::shared) {
        const std::string what = cat(start, lanes * record.bytes, " bytes of shared memory");
        if (record.passes <= 1) return what + " in one pass: no bank conflict.";
        return cat(what, " in ", record.passes, " passes: bank conflicts cost ", record.passes - 1,
                   " of them.");
    }
    int64_t bytes = 0;
    for (const RequestSector& sector : sectors_of(record)) bytes += std::popcount(sector.bytes);
    const int64_t asked = int64_t{lanes} * record.bytes;
    return cat(start, bytes, " bytes", bytes < asked ? " (some of them the same)" : "", " in ",
               record.sectors, record.sectors == 1 ? " sector" : " sectors",
               record.sectors > record.sectors_ideal ? cat("; ", record.sectors_ideal, " would do.")
                                                     : std::string("; no fewer would do."));
}

std::vector<RequestSector> sectors_of(const TraceRecord& record) {
    std::vector<RequestSector> out;
    if (!is_request(record)) return out;
    each_lane(record, [&](int lane) {
        const auto l = static_cast<size_t>(lane);
        for (int64_t byte = record.place[l]; byte < record.place[l] + record.bytes; ++byte) {
            const int64_t into = (byte % sector_bytes + sector_bytes) % sector_bytes;
            const int64_t begin = byte - into;
            auto at = std::ranges::find_if(
                out, [&](const RequestSector& s) { return s.array == record.array[l] && s.begin == begin; });
            if (at == out.end()) at = out.insert(out.end(), {record.array[l], begin, 0});
            at->bytes |= 1u << into;
        }
    });
    std::ranges::sort(out, [](const RequestSector& a, const RequestSector& b) {
        return a.array != b.array ? a.array < b.array : a.begin < b.begin;
    });
    return out;
}

std::vector<std::vector<int64_t>> bank_words(const TraceRecord& record) {
    std::vector<std::vector<int64_t>> out(banks);
    if (!is_request(record)) return out;
    each_lane(record, [&](int lane) {
        each_element(record, lane, INT64_MAX / 8, [&](int64_t word) {
            std::vector<int64_t>& bank = out[static_cast<size_t>(word % banks)];
            if (std::ranges::find(bank, word) == bank.end()) bank.push_back(word);
        });
    });
    for (auto& bank : out) std::ranges::sort(bank);
    return out;
}

}  // namespace convscope
