// Every access of every lane: where it lies, what it touches, and whether it may.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "core/text.h"
#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

constexpr int64_t word_bytes = 4;

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

void LockstepBlock::access(uintptr_t address, int bytes, AccessKind kind, uintptr_t pc) {
    const auto [stack_begin, stack_end] = fiber_of(running())->stack();
    if (address >= reinterpret_cast<uintptr_t>(stack_begin) &&
        address < reinterpret_cast<uintptr_t>(stack_end))
        return;
    const Region* region = find(address);
    if (region && region->kind == Region::Kind::ignored) return;
    check(region, address, bytes, kind, pc);
    if (region->kind == Region::Kind::array) {
        count_elements(*region, address, bytes, kind);
        join_request(address, bytes, kind, MemorySpace::global, pc);
        return;
    }
    const int64_t place = region->shared_begin + static_cast<int64_t>(address - region->begin);
    Request& request = join_request(static_cast<uintptr_t>(place), bytes, kind, MemorySpace::shared, pc);
    request.word[static_cast<size_t>(lane())] = count_words(address, place, bytes, kind);
}

const Region* LockstepBlock::find(uintptr_t address) const {
    const auto holds = [&](const Region& region) { return address >= region.begin && address < region.end; };
    if (holds(regions_[last_region_])) return &regions_[last_region_];
    for (size_t i = 0; i < regions_.size(); ++i) {
        if (!holds(regions_[i])) continue;
        last_region_ = i;
        return &regions_[i];
    }
    return nullptr;
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
    if (kind == AccessKind::load || result.element_writer.empty()) return;
    // Blocks are in no order; the last of them counts as the later.
    const int64_t block_end = (number_ + 1) * thread_count(), writer = number_ * thread_count() + running();
    for (uintptr_t element = first; element <= last; ++element) {
        std::atomic_ref last_writer(result.element_writer[element]);
        int64_t before = last_writer.load(std::memory_order_relaxed);
        while (before < block_end && !last_writer.compare_exchange_weak(before, writer)) {
        }
    }
}

// The first word that a load finds before it happens; poison where that is no whole word.
uint32_t LockstepBlock::count_words(uintptr_t address, int64_t place, int bytes, AccessKind kind) {
    constexpr uint32_t poison = ~0u;
    const int64_t first = place / word_bytes, last = (place + bytes - 1) / word_bytes;
    for (int64_t word = first; word <= last; ++word) {
        if (kind != AccessKind::store) ++counts_.shared_loads[static_cast<size_t>(word)];
        if (kind != AccessKind::load) ++counts_.shared_stores[static_cast<size_t>(word)];
    }
    if (kind != AccessKind::load || traced_.tagged.empty() || bytes < word_bytes) return poison;
    uint32_t first_word = poison;
    for (int64_t word = first; word <= last; ++word) {
        uint32_t bits = 0;
        std::memcpy(&bits, reinterpret_cast<const std::byte*>(address) + (word - first) * word_bytes,
                    sizeof bits);
        if (word == first) first_word = bits;
        const Tagged* copy = copy_of(bits);
        if (!copy) continue;
        const auto array = static_cast<size_t>(copy->array);
        std::vector<uint32_t>& reads = traced_.result.arrays[array].element_shared_reads;
        if (reads.empty()) continue;
        ++counts_.array_shared_reads[array];
        std::atomic_ref(reads[bits - copy->tag]).fetch_add(1, std::memory_order_relaxed);
    }
    return first_word;
}

void LockstepBlock::check(const Region* region, uintptr_t address, int bytes, AccessKind kind, uintptr_t pc) {
    const auto end = address + static_cast<uintptr_t>(bytes);
    const bool inside = region && end <= region->end;
    const bool aligned = address % std::bit_floor(static_cast<uintptr_t>(std::min(bytes, 16))) == 0;
    if (inside && aligned) return;
    TraceFault found{
        .kind = inside ? TraceFault::Kind::misaligned : TraceFault::Kind::outside,
        .block = number_,
        .thread = running(),
        .address = address,
        .bytes = bytes,
        .access = kind,
        .space = region && region->kind == Region::Kind::shared ? MemorySpace::shared : MemorySpace::global,
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
