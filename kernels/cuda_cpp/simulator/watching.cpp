// What a block's accesses say together: races, reads of what nothing wrote, outputs written twice, barriers
// that are not one.
#include <algorithm>
#include <map>

#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

constexpr int64_t word_bytes = 4;

// Tells `take(word, mask)` each word of the bytes, and which of its bytes they are.
template <class Take>
void for_words(int64_t place, int bytes, const Take& take) {
    const int64_t end = place + bytes;
    while (place < end) {
        const int64_t word = place / word_bytes;
        const int64_t stop = std::min(end, (word + 1) * word_bytes);
        take(word, static_cast<uint8_t>(((1u << (stop - place)) - 1) << place % word_bytes));
        place = stop;
    }
}

}  // namespace

TraceFault LockstepBlock::fault_of(TraceFault::Kind kind, const Access& access) const {
    const Region* const region = access.region;
    return {
        .kind = kind,
        .block = number_,
        .thread = running(),
        .address = access.address,
        .bytes = access.bytes,
        .access = access.kind,
        .space = region && region->kind == Region::Kind::shared ? MemorySpace::shared : MemorySpace::global,
        .offset = access.offset,
        .array = region ? region->array : -1,
        .place = access.place,
        .sentence = {}};
}

Touch LockstepBlock::touch_of(AccessKind kind, uint64_t offset) const {
    return {.offset = static_cast<uint32_t>(offset),
            .time = shadow_.clocks().time(running()),
            .thread = static_cast<int16_t>(running()),
            .bytes = 0,
            .kind = kind};
}

void LockstepBlock::watch_shared(const Access& access) {
    Touch now = touch_of(access.kind, access.offset);
    Touch other;
    bool early = access.kind == AccessKind::store || !access.reads;  // or already told
    for_words(access.place, access.bytes, [&](int64_t word, uint8_t mask) {
        const auto at = static_cast<size_t>(word);
        WordShadow& cell = shadow_.shared_word(at);
        now.bytes = mask;
        if (!early && (mask & (~cell.written | cell.landing)) != 0) {
            early = true;
            early_reads_.push_back(
                {at, now, access.address, access.place, access.bytes, newest_early_read_[at]});
            newest_early_read_[at] = static_cast<int32_t>(early_reads_.size());
        }
        const Touch conflict = enter_shared(at, now);
        if (!other.present()) other = conflict;
    });
    if (other.present()) race(access, other);
    constexpr size_t most_early_reads = size_t{1} << 18;  // 12 MB; of more some races are told as this, too
    if (early_reads_.size() >= most_early_reads) judge_early_reads();
}

// Gives what `now` is in conflict with, as BlockShadow::enter() does. A read that came before a write of
// another thread, unordered, is a race; whether it came first is the simulator's choice. So it is no read of
// what nobody wrote.
Touch LockstepBlock::enter_shared(size_t word, const Touch& now) {
    Touch other = shadow_.enter(shadow_.shared_word(word), now);
    if (now.kind == AccessKind::load) return other;
    for (int32_t* link = &newest_early_read_[word]; *link != 0;) {
        EarlyRead& read = early_reads_[static_cast<size_t>(*link - 1)];
        if (!shadow_.races(read.touch, now)) {
            link = &read.older;
            continue;
        }
        if (!other.present()) other = read.touch;  // the shadow keeps two readers
        read.touch = {};
        *link = read.older;
    }
    return other;
}

// An output that two threads write is a fault of its own, also where a barrier stands between.
void LockstepBlock::watch_global(const Access& access) {
    const int array = access.region->array;
    const bool output = traced_.options.arrays[static_cast<size_t>(array)].role == BufferRole::output;
    const bool writes_output = output && access.kind == AccessKind::store;
    Touch now = touch_of(access.kind, access.offset);
    Touch other, writer;
    for_words(access.place, access.bytes, [&](int64_t word, uint8_t mask) {
        WordShadow* const cell =
            shadow_.global_word(access.region->begin / word_bytes + static_cast<uintptr_t>(word));
        if (!cell) {
            counts_.watched_all = false;
            return;
        }
        now.bytes = mask;
        const Touch& before = cell->writer;
        const bool again =
            writes_output && before.present() && before.thread != now.thread && (before.bytes & mask) != 0;
        if (again && !writer.present()) writer = before;
        const Touch conflict = shadow_.enter(*cell, now);
        if (!again && !other.present()) other = conflict;
    });
    if (writer.present()) written_twice(access, writer);
    if (other.present()) race(access, other);
    if (traced_.grid && traced_.grid->watches(array)) compare_between_blocks(access);
}

// Of a part of a word the grid's shadow could not tell whether two blocks touch the same bytes.
void LockstepBlock::compare_between_blocks(const Access& access) {
    const bool whole_words = access.place % word_bytes == 0 && access.bytes % word_bytes == 0;
    const int64_t first = access.place / word_bytes, last = first + access.bytes / word_bytes - 1;
    if (!whole_words || !traced_.grid->enter(access.region->array, first, last, access.kind, number_,
                                             running(), access.offset))
        counts_.watched_all = false;
}

void LockstepBlock::race(const Access& access, const Touch& other) {
    TraceFault found = fault_of(TraceFault::Kind::race, access);
    found.other_block = number_;
    found.other_thread = other.thread;
    found.other_offset = other.offset;
    found.other_access = other.kind;
    counts_.faults.add(found, [&](const TraceFault& told) { return traced_.words.race(told); });
}

void LockstepBlock::written_twice(const Access& access, const Touch& other) {
    TraceFault found = fault_of(TraceFault::Kind::written_twice, access);
    found.other_block = number_;
    found.other_thread = other.thread;
    found.other_offset = other.offset;
    found.other_access = other.kind;
    counts_.faults.add(found, [&](const TraceFault& told) { return traced_.words.written_twice(told); });
}

void LockstepBlock::copy_begins(uintptr_t address, int bytes) {
    const Region* const region = find(address);
    if (!region || region->kind != Region::Kind::shared) return;
    for_words(
        region->shared_begin + static_cast<int64_t>(address - region->begin), bytes,
        [&](int64_t word, uint8_t mask) { shadow_.shared_word(static_cast<size_t>(word)).landing |= mask; });
}

// Whoever read the place since the last barrier, or reads it before the next one, may find either.
void LockstepBlock::copy_lands(const AsyncCopies::Copy& copy) {
    const auto address = reinterpret_cast<uintptr_t>(copy.shared);
    const Region* const region = find(address);
    if (!region || region->kind != Region::Kind::shared) return;
    const Access access{.address = address,
                        .bytes = copy.bytes,
                        .kind = AccessKind::store,
                        .offset = copy.pc - traced_.module_base,
                        .region = region,
                        .place = region->shared_begin + static_cast<int64_t>(address - region->begin),
                        .reads = false};
    Touch now = touch_of(access.kind, access.offset);
    Touch other;
    for_words(access.place, access.bytes, [&](int64_t word, uint8_t mask) {
        now.bytes = mask;
        const Touch conflict = enter_shared(static_cast<size_t>(word), now);
        if (!other.present()) other = conflict;
        shadow_.shared_word(static_cast<size_t>(word)).landing &= static_cast<uint8_t>(~mask);
    });
    if (other.present()) race(access, other);
}

// Those that no write has turned out to race with, which a later one no longer can.
void LockstepBlock::judge_early_reads() {
    for (const EarlyRead& read : early_reads_) {
        newest_early_read_[read.word] = 0;
        if (read.touch.present())
            uninitialised(read, (shadow_.shared_word(read.word).landing & read.touch.bytes) != 0);
    }
    early_reads_.clear();
}

void LockstepBlock::uninitialised(const EarlyRead& read, bool under_way) {
    const TraceFault found{.kind = TraceFault::Kind::uninitialised,
                           .block = number_,
                           .thread = read.touch.thread,
                           .address = read.address,
                           .bytes = read.bytes,
                           .access = read.touch.kind,
                           .space = MemorySpace::shared,
                           .offset = read.touch.offset,
                           .place = read.place,
                           .sentence = {}};
    counts_.faults.add(found,
                       [&](const TraceFault& told) { return traced_.words.uninitialised(told, under_way); });
}

// All threads that still run are here, so no lane of this turn has anything left to do.
void LockstepBlock::barrier_met() {
    count_requests();
    judge_early_reads();
    shadow_.barrier_met();
    int first = 0;
    while (state(first) != State::ready) ++first;
    compare_barriers(first);
    const uint64_t offset = positions_[static_cast<size_t>(first)].pc - traced_.module_base;
    ++counts_.totals.barriers;
    ++counts_.barriers[offset];
    if (traced_.options.record) keep({.offset = offset, .what = TraceRecord::What::barrier, .phase = phase_});
    ++phase_;
    warp_ = 0;
}

// Of each place but that of the first thread, its first thread.
void LockstepBlock::compare_barriers(int first) {
    const auto pc = [&](int thread) { return positions_[static_cast<size_t>(thread)].pc; };
    std::vector<uintptr_t> places{pc(first)};
    for (int thread = first + 1; thread < thread_count(); ++thread) {
        if (state(thread) != State::ready || std::ranges::find(places, pc(thread)) != places.end()) continue;
        places.push_back(pc(thread));
        const TraceFault found{.kind = TraceFault::Kind::stuck,
                               .block = number_,
                               .thread = thread,
                               .space = MemorySpace::shared,
                               .offset = pc(thread) - traced_.module_base,
                               .other_block = number_,
                               .other_thread = first,
                               .other_offset = pc(first) - traced_.module_base,
                               .sentence = {}};
        counts_.faults.add(found, [&](const TraceFault& told) { return traced_.words.two_barriers(told); });
    }
}

void LockstepBlock::warp_met(device::Collective kind, int first_thread, unsigned lanes) {
    if (kind == device::Collective::sync) shadow_.clocks().met(first_thread, lanes);
}

void LockstepBlock::stuck(const std::string& sentence) {
    TraceFault found{.kind = TraceFault::Kind::stuck, .block = number_, .sentence = {}};
    for (int thread = 0; thread < thread_count(); ++thread) {
        if (state(thread) != State::at_barrier && state(thread) != State::in_collective) continue;
        const uint64_t offset = positions_[static_cast<size_t>(thread)].pc - traced_.module_base;
        if (found.offset == 0) {
            found.offset = offset;
        } else if (offset != found.offset) {
            found.other_block = number_;
            found.other_thread = thread;
            found.other_offset = offset;
            break;
        }
    }
    counts_.faults.add(found, [&](const TraceFault&) { return sentence; });
    if (!traced_.options.record) return;
    for (int first = 0; first < thread_count(); first += warpSize) keep_waiting(first);
}

// Of one warp, a record for each place where lanes wait.
void LockstepBlock::keep_waiting(int first_thread) {
    std::map<uintptr_t, unsigned> lanes_at;
    for (int lane = 0; lane < std::min(warpSize, thread_count() - first_thread); ++lane) {
        const int thread = first_thread + lane;
        if (state(thread) == State::at_barrier || state(thread) == State::in_collective)
            lanes_at[positions_[static_cast<size_t>(thread)].pc] |= 1u << lane;
    }
    for (const auto& [pc, lanes] : lanes_at) {
        TraceRecord record{.offset = pc - traced_.module_base,
                           .what = TraceRecord::What::stuck,
                           .warp = first_thread / warpSize,
                           .phase = phase_,
                           .lanes = lanes};
        record.array.fill(-1);
        record.copy_array.fill(-1);
        keep(std::move(record));
    }
}

}  // namespace convscope::sim
