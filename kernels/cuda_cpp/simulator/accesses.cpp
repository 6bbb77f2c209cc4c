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

}  // namespace

void LockstepBlock::access(uintptr_t address, int bytes, AccessKind kind, uintptr_t pc, bool reads,
                           uintptr_t alignment) {
    const auto [stack_begin, stack_end] = fiber_of(running())->stack();
    if (address >= reinterpret_cast<uintptr_t>(stack_begin) &&
        address < reinterpret_cast<uintptr_t>(stack_end))
        return;
    const Region* const region = find(address);
    if (region && region->kind == Region::Kind::ignored) return;
    Access access{address, bytes, kind, pc - traced_.module_base, region, 0, reads};
    check(access, alignment);
    access.place = region->shared_begin + static_cast<int64_t>(address - region->begin);
    if (region->kind == Region::Kind::array) {
        count_elements(access);
        if (region->watched) watch_global(access);
        join_request(access, MemorySpace::global, pc);
        return;
    }
    join_request(access, MemorySpace::shared, pc).word[static_cast<size_t>(lane())] = count_words(access);
    watch_shared(access);
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

void LockstepBlock::count_elements(const Access& access) {
    const auto array = static_cast<size_t>(access.region->array);
    const int64_t size = traced_.options.arrays[array].element_bytes;
    const auto first = static_cast<size_t>(access.place / size);
    const auto last = static_cast<size_t>((access.place + access.bytes - 1) / size);
    const auto add = [&](std::vector<int64_t>& totals, std::vector<uint32_t>& elements) {
        totals[array] += static_cast<int64_t>(last - first + 1);
        if (!traced_.options.per_element) return;
        for (size_t element = first; element <= last; ++element)
            std::atomic_ref(elements[element]).fetch_add(1, std::memory_order_relaxed);
    };
    ArrayTrace& result = traced_.result.arrays[array];
    if (access.kind != AccessKind::store) add(counts_.array_reads, result.element_reads);
    if (access.kind != AccessKind::load) add(counts_.array_writes, result.element_writes);
    if (access.kind == AccessKind::load || result.element_writer.empty()) return;
    // Blocks are in no order; the last of them counts as the later.
    const int64_t block_end = (number_ + 1) * thread_count(), writer = number_ * thread_count() + running();
    for (size_t element = first; element <= last; ++element) {
        std::atomic_ref last_writer(result.element_writer[element]);
        int64_t before = last_writer.load(std::memory_order_relaxed);
        while (before < block_end && !last_writer.compare_exchange_weak(before, writer)) {
        }
    }
}

// The first word that a load finds before it happens; poison where that is no whole word.
uint32_t LockstepBlock::count_words(const Access& access) {
    constexpr uint32_t poison = ~0u;
    const int64_t first = access.place / word_bytes, last = (access.place + access.bytes - 1) / word_bytes;
    for (int64_t word = first; word <= last; ++word) {
        if (access.kind != AccessKind::store) ++counts_.shared_loads[static_cast<size_t>(word)];
        if (access.kind != AccessKind::load) ++counts_.shared_stores[static_cast<size_t>(word)];
    }
    if (access.kind != AccessKind::load || traced_.tagged.empty() || access.bytes < word_bytes) return poison;
    const auto* const found = reinterpret_cast<const std::byte*>(access.address);
    uint32_t first_word = poison;
    for (int64_t word = first; word <= last; ++word) {
        uint32_t bits = 0;
        std::memcpy(&bits, found + (word - first) * word_bytes, sizeof bits);
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

// What counts is the largest power of two that divides the bytes: three floats are aligned as one.
void LockstepBlock::check(const Access& access, uintptr_t alignment) {
    const Region* const region = access.region;
    const auto bytes = static_cast<uintptr_t>(access.bytes);
    const bool inside = region && access.address + bytes <= region->end;
    const bool aligned = access.address % std::min(bytes & -bytes, alignment) == 0;
    if (inside && aligned) return;
    forbidden(access, inside);
    stop_running_thread();  // whose frames are not unwound: nothing here may own memory
}

void LockstepBlock::forbidden(const Access& access, bool inside) {
    TraceFault found = fault_of(inside ? TraceFault::Kind::misaligned : TraceFault::Kind::outside, access);
    std::string where = inside ? "at an address that is not a multiple of them" : "far from every array";
    if (const Region* const at = inside ? access.region : nearest(access.address, access.bytes)) {
        const bool before = access.address < at->begin;
        const bool across =
            access.address < at->end && access.address + static_cast<uintptr_t>(access.bytes) > at->begin;
        found.array = at->array;
        found.space = at->kind == Region::Kind::shared ? MemorySpace::shared : MemorySpace::global;
        found.place = at->shared_begin + static_cast<int64_t>(access.address - at->begin);
        if (!across)
            where = cat(before ? at->begin - access.address : access.address - at->end, " bytes ",
                        before ? "before the start of " : "past the end of ", at->name);
        else if (!inside)
            where = cat("across the ", before ? "start of " : "end of ", at->name);
    }
    counts_.faults.add(found,
                       [&](const TraceFault& told) { return cat(traced_.words.access(told), ", ", where); });
    if (traced_.options.record) refuse(access, found);
}

// It is kept with the request that it would have been part of. A thread that stops asks for nothing more, so
// the request does not have it yet.
void LockstepBlock::refuse(const Access& access, const TraceFault& fault) {
    Request& request = request_of(access, fault.space, access.offset + traced_.module_base);
    const auto l = static_cast<size_t>(lane());
    request.refused |= 1u << lane();
    request.address[l] = static_cast<uintptr_t>(fault.place);
    request.nearest[l] = fault.array;
}

// The array or shared memory that the bytes lie across, or nearest to; nullptr where all are far.
const Region* LockstepBlock::nearest(uintptr_t address, int bytes) const {
    uintptr_t least = 1 << 20;
    const Region* found = nullptr;
    for (const Region& region : regions_) {
        if (region.kind == Region::Kind::ignored || region.begin == region.end) continue;
        const bool across = address < region.end && address + static_cast<uintptr_t>(bytes) > region.begin;
        const uintptr_t distance = across                   ? 0
                                   : address < region.begin ? region.begin - address
                                                            : address - region.end;
        if (distance >= least) continue;
        least = distance;
        found = &region;
    }
    return found;
}

}  // namespace convscope::sim
