// What one access and one warp request cost.
#include <algorithm>
#include <atomic>
#include <bit>

#include "core/text.h"
#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

constexpr uintptr_t sector_bytes = 32;
constexpr uintptr_t bank_bytes = 4;
constexpr int banks = 32;

// The distinct numbers among [first address/unit, last address/unit] of the lanes.
template <class Lanes>
size_t distinct_units(const std::array<uintptr_t, warpSize>& address, Lanes lanes, int bytes, uintptr_t unit,
                      std::vector<uintptr_t>& units) {
    units.clear();
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
        const uintptr_t first = address[static_cast<size_t>(std::countr_zero(rest))];
        for (uintptr_t u = first / unit; u <= (first + static_cast<uintptr_t>(bytes) - 1) / unit; ++u)
            if (units.empty() || units.back() != u) units.push_back(u);
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    return units.size();
}

// Passes over the first: a bank gives one word a pass, to as many lanes as want it. Accesses of 8 bytes are
// served half a warp at a time, those of 16 a quarter.
int bank_conflicts(const std::array<uintptr_t, warpSize>& address, unsigned lanes, int bytes,
                   std::vector<uintptr_t>& words) {
    const int group = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
    int extra = 0;
    for (int first = 0; first < warpSize; first += group) {
        const unsigned members = lanes & (group == 32 ? ~0u : ((1u << group) - 1) << first);
        if (members == 0) continue;
        distinct_units(address, members, bytes, bank_bytes, words);
        std::array<int, banks> passes{};
        for (const uintptr_t word : words) ++passes[word % banks];
        extra += *std::max_element(passes.begin(), passes.end()) - 1;
    }
    return extra;
}

const char* verb(AccessKind kind) {
    switch (kind) {
        case AccessKind::load:
            return "reads";
        case AccessKind::store:
            return "writes";
        case AccessKind::atomic:
            return "changes atomically";
    }
    return "";
}

}  // namespace

void LockstepBlock::count(const Request& request) {
    TraceTotals& totals = counts_.totals;
    const uint64_t key =
        request.pc << 3 | static_cast<uint64_t>(request.kind) << 1 | static_cast<uint64_t>(request.space);
    InstructionTrace& instruction = counts_.instructions[key];
    instruction.offset = request.pc - traced_.module_base;
    instruction.kind = request.kind;
    instruction.space = request.space;
    instruction.bytes = request.bytes;
    ++instruction.requests;
    instruction.lanes += std::popcount(request.lanes);
    if (request.kind == AccessKind::atomic) {
        totals.atomics += std::popcount(request.lanes);
        return;
    }
    if (request.space == MemorySpace::shared) {
        const int conflicts = bank_conflicts(request.address, request.lanes, request.bytes, units_);
        ++totals.shared_requests;
        totals.shared_conflicts += conflicts;
        instruction.conflicts += conflicts;
        return;
    }
    const auto sectors = static_cast<int64_t>(
        distinct_units(request.address, request.lanes, request.bytes, sector_bytes, units_));
    instruction.sectors += sectors;
    const bool load = request.kind == AccessKind::load;
    ++(load ? totals.load_requests : totals.store_requests);
    (load ? totals.load_sectors : totals.store_sectors) += sectors;
}

void LockstepBlock::count_elements(const Region& region, uintptr_t address, int bytes, AccessKind kind) {
    const auto array = static_cast<size_t>(region.array);
    const auto size = static_cast<uintptr_t>(traced_.options.arrays[array].element_bytes);
    const uintptr_t first = (address - region.begin) / size;
    const uintptr_t last = (address - region.begin + static_cast<uintptr_t>(bytes) - 1) / size;
    const auto add = [&](std::vector<int64_t>& totals, std::vector<uint32_t>& elements) {
        totals[array] += static_cast<int64_t>(last - first + 1);
        if (!traced_.options.per_element) return;
        for (uintptr_t element = first; element <= last; ++element)
            std::atomic_ref(elements[element]).fetch_add(1, std::memory_order_relaxed);
    };
    ArrayTrace& result = traced_.result.arrays[array];
    if (kind != AccessKind::store) add(counts_.array_reads, result.element_reads);
    if (kind != AccessKind::load) add(counts_.array_writes, result.element_writes);
}

void LockstepBlock::check(const Region* region, uintptr_t address, int bytes, AccessKind kind, uintptr_t pc) {
    const auto end = address + static_cast<uintptr_t>(bytes);
    const bool inside = region && end <= region->end;
    const bool aligned = address % std::bit_floor(static_cast<uintptr_t>(std::min(bytes, 16))) == 0;
    if (inside && aligned) return;
    TraceFault found{.kind = inside ? TraceFault::Kind::misaligned : TraceFault::Kind::outside,
                     .block = number_,
                     .thread = running(),
                     .address = address,
                     .bytes = bytes,
                     .access = kind,
                     .offset = pc - traced_.module_base,
                     .sentence = {}};
    found.sentence =
        cat(launch().step.label, ": thread ", running(), " of block ", text(blockIdx), " ", verb(kind), " ",
            bytes, bytes == 1 ? " byte" : " bytes", ", ",
            inside ? std::string("at an address that is not a multiple of them") : where_is(address, bytes));
    fault(std::move(found));
    stop_running_thread();
}

void LockstepBlock::fault(TraceFault found) {
    constexpr size_t most_kept = 100;
    ++counts_.fault_count;
    if (counts_.faults.size() < most_kept) counts_.faults.push_back(std::move(found));
}

void LockstepBlock::stuck(const std::string& sentence) {
    fault({.kind = TraceFault::Kind::stuck, .block = number_, .sentence = sentence});
}

// Which array the address lies at, and how far off.
std::string LockstepBlock::where_is(uintptr_t address, int bytes) const {
    constexpr uintptr_t near = 1 << 20;
    uintptr_t nearest = near;
    std::string out = "far from every array";
    for (const Region& region : regions_) {
        if (region.kind == Region::Kind::ignored || region.begin == region.end) continue;
        const std::string name = region.kind == Region::Kind::shared
                                     ? "the block's shared memory"
                                     : traced_.options.arrays[static_cast<size_t>(region.array)].name;
        const bool across = address < region.end && address + static_cast<uintptr_t>(bytes) > region.begin;
        const bool before = address < region.begin;
        const uintptr_t distance = across ? 0 : before ? region.begin - address : address - region.end;
        if (distance >= nearest) continue;
        nearest = distance;
        if (across)
            out = cat("across the ", before ? "start of " : "end of ", name);
        else
            out = cat(distance, " bytes ", before ? "before the start of " : "past the end of ", name);
    }
    return out;
}

}  // namespace convscope::sim
