// What one warp request costs, and its record.
#include <algorithm>
#include <bit>

#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

constexpr uintptr_t sector_bytes = 32;
constexpr uintptr_t bank_bytes = 4;
constexpr int banks = 32;

// The addresses of some of a request's lanes, ascending.
struct Ascending {
    std::array<uintptr_t, warpSize> address;
    size_t count = 0;

    Ascending(const std::array<uintptr_t, warpSize>& of_lane, unsigned lanes) {
        for (unsigned rest = lanes; rest != 0; rest &= rest - 1)
            address[count++] = of_lane[static_cast<size_t>(std::countr_zero(rest))];
        const auto end = address.begin() + static_cast<std::ptrdiff_t>(count);
        if (!std::is_sorted(address.begin(), end)) std::sort(address.begin(), end);
    }
    // Tells `take` the units that lanes with `bytes` each touch, each unit once: [first, last].
    template <class Take>
    void for_distinct(uintptr_t bytes, uintptr_t unit, const Take& take) const {
        uintptr_t next = 0;
        for (size_t i = 0; i < count; ++i) {
            const uintptr_t first = std::max(address[i] / unit, next), last = (address[i] + bytes - 1) / unit;
            if (first > last) continue;
            take(first, last);
            next = last + 1;
        }
    }
};

struct Sectors {
    int moved = 0;
    int ideal = 0;  // that the distinct bytes would fill if they lay in a row
};

Sectors sectors_of(const std::array<uintptr_t, warpSize>& of_lane, unsigned lanes, int bytes) {
    const Ascending sorted(of_lane, lanes);
    const auto lane_bytes = static_cast<uintptr_t>(bytes);
    uintptr_t moved = 0, distinct_bytes = 0;
    sorted.for_distinct(lane_bytes, sector_bytes,
                        [&](uintptr_t first, uintptr_t last) { moved += last - first + 1; });
    sorted.for_distinct(lane_bytes, 1,
                        [&](uintptr_t first, uintptr_t last) { distinct_bytes += last - first + 1; });
    return {static_cast<int>(moved), static_cast<int>((distinct_bytes + sector_bytes - 1) / sector_bytes)};
}

// Passes over the first: a bank gives one word a pass, to as many lanes as want it. Accesses of 8 bytes are
// served half a warp at a time, those of 16 a quarter.
int bank_conflicts(const std::array<uintptr_t, warpSize>& place, unsigned lanes, int bytes) {
    const int group = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
    int extra = 0;
    for (int first = 0; first < warpSize; first += group) {
        const unsigned members = lanes & (group == 32 ? ~0u : ((1u << group) - 1) << first);
        if (members == 0) continue;
        std::array<int, banks> passes{};
        Ascending(place, members)
            .for_distinct(static_cast<uintptr_t>(bytes), bank_bytes, [&](uintptr_t word, uintptr_t last) {
                for (; word <= last; ++word) ++passes[word % banks];
            });
        extra += *std::max_element(passes.begin(), passes.end()) - 1;
    }
    return extra;
}

}  // namespace

void LockstepBlock::count_requests() {
    for (size_t i = 0; i < request_count_; ++i) count(requests_[i]);
    request_count_ = 0;
}

void LockstepBlock::count(const Request& request) {
    if (request.lanes == 0) return keep(record_of(request));  // all lanes are refused
    const uint64_t key =
        request.pc << 3 | static_cast<uint64_t>(request.kind) << 1 | static_cast<uint64_t>(request.space);
    InstructionTrace& instruction = counts_.instructions[key];
    instruction.offset = request.pc - traced_.module_base;
    instruction.kind = request.kind;
    instruction.space = request.space;
    instruction.bytes = request.bytes;
    ++instruction.requests;
    instruction.lanes += std::popcount(request.lanes);
    if (request.kind == AccessKind::atomic) counts_.totals.atomics += std::popcount(request.lanes);
    if (request.space == MemorySpace::shared)
        count_shared(request, instruction);
    else
        count_global(request, instruction);
}

void LockstepBlock::count_global(const Request& request, InstructionTrace& instruction) {
    const auto [moved, ideal] = sectors_of(request.address, request.lanes, request.bytes);
    instruction.sectors += moved;
    instruction.sectors_ideal += ideal;
    TraceTotals& totals = counts_.totals;
    const int64_t bytes = int64_t{std::popcount(request.lanes)} * request.bytes;
    if (request.kind == AccessKind::load) {
        ++totals.load_requests;
        totals.load_bytes += bytes;
        totals.load_sectors += moved;
        totals.load_sectors_ideal += ideal;
    } else if (request.kind == AccessKind::store) {
        ++totals.store_requests;
        totals.store_bytes += bytes;
        totals.store_sectors += moved;
        totals.store_sectors_ideal += ideal;
    }
    if (!traced_.options.record) return;
    TraceRecord record = record_of(request);
    record.sectors = moved;
    record.sectors_ideal = ideal;
    keep(std::move(record));
}

void LockstepBlock::count_shared(const Request& request, InstructionTrace& instruction) {
    int conflicts = 0;
    if (request.kind != AccessKind::atomic) {
        conflicts = bank_conflicts(request.address, request.lanes, request.bytes);
        ++counts_.totals.shared_requests;
        counts_.totals.shared_conflicts += conflicts;
        instruction.conflicts += conflicts;
    }
    if (!traced_.options.record) return;
    TraceRecord record = record_of(request);
    record.passes = 1 + conflicts;
    keep(std::move(record));
}

TraceRecord LockstepBlock::record_of(const Request& request) const {
    TraceRecord record{.offset = request.pc - traced_.module_base,
                       .kind = request.kind,
                       .space = request.space,
                       .bytes = request.bytes,
                       .warp = warp_,
                       .phase = phase_,
                       .lanes = request.lanes,
                       .refused = request.refused};
    record.array.fill(-1);
    record.copy_array.fill(-1);
    record.copy_element.fill(-1);
    for (unsigned rest = request.lanes; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<size_t>(std::countr_zero(rest));
        if (request.space == MemorySpace::global) {
            const Region& region = *find(request.address[lane]);
            record.array[lane] = static_cast<int16_t>(region.array);
            record.place[lane] = static_cast<int64_t>(request.address[lane] - region.begin);
            continue;
        }
        record.place[lane] = static_cast<int64_t>(request.address[lane]);
        const Tagged* copy = request.kind == AccessKind::load ? copy_of(request.word[lane]) : nullptr;
        if (!copy) continue;
        record.copy_array[lane] = static_cast<int16_t>(copy->array);
        record.copy_element[lane] = request.word[lane] - copy->tag;
    }
    for (unsigned rest = request.refused; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<size_t>(std::countr_zero(rest));
        record.array[lane] = static_cast<int16_t>(request.nearest[lane]);
        record.place[lane] = static_cast<int64_t>(request.address[lane]);
    }
    return record;
}

void LockstepBlock::keep(TraceRecord record) {
    if (counts_.records.size() < traced_.options.most_records)
        counts_.records.push_back(std::move(record));
    else
        counts_.records_cut = true;
}

const Tagged* LockstepBlock::copy_of(uint32_t word) const {
    for (const Tagged& tagged : traced_.tagged)
        if (word - tagged.tag < tagged.elements) return &tagged;
    return nullptr;
}

}  // namespace convscope::sim
