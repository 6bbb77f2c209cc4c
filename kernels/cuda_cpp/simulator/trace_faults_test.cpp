// What a trace finds fault with, in small kernels whose faults are worked out by hand. Warps run one after
// the other, each until it waits.
#include <gtest/gtest.h>

#include "cuda_cpp/simulator/traced_bench.h"

namespace convscope::sim {
namespace {

using Kind = TraceFault::Kind;

Trace trace_of(const char* kernel, Dim3 grid, Dim3 block, TestSizes sizes = {}, int workers = 0) {
    Traced b(kernel, grid, block, sizes);
    b.options.workers = workers;
    return b.trace();
}

void expect_none(const char* kernel, Dim3 grid, Dim3 block, TestSizes sizes) {
    const Trace t = trace_of(kernel, grid, block, sizes);
    EXPECT_EQ(t.fault_count, 0) << kernel << " " << sizes.n << " " << sizes.m;
    for (const TraceFault& fault : t.faults) ADD_FAILURE() << fault.sentence;
}

struct Expected {
    Kind kind;
    AccessKind access;
    int64_t block;
    int thread;
    AccessKind other_access;
    int64_t other_block;
    int other_thread;
    int64_t count;
};
constexpr AccessKind load = AccessKind::load, store = AccessKind::store, atomic = AccessKind::atomic;

void expect_fault(const TraceFault& found, const Expected& expected) {
    EXPECT_EQ(found.kind, expected.kind) << found.sentence;
    EXPECT_EQ(found.access, expected.access) << found.sentence;
    EXPECT_EQ(found.block, expected.block) << found.sentence;
    EXPECT_EQ(found.thread, expected.thread) << found.sentence;
    EXPECT_EQ(found.other_access, expected.other_access) << found.sentence;
    EXPECT_EQ(found.other_block, expected.other_block) << found.sentence;
    EXPECT_EQ(found.other_thread, expected.other_thread) << found.sentence;
    EXPECT_EQ(found.count, expected.count) << found.sentence;
}

void expect_faults(const Trace& t, const std::vector<Expected>& expected) {
    ASSERT_EQ(t.faults.size(), expected.size());
    int64_t count = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        expect_fault(t.faults[i], expected[i]);
        count += expected[i].count;
    }
    EXPECT_EQ(t.fault_count, count);
}

const InstructionTrace& instruction(const Trace& t, AccessKind kind, MemorySpace space) {
    for (const InstructionTrace& found : t.instructions)
        if (found.kind == kind && found.space == space) return found;
    throw Error(ErrorKind::failed, "the kernel has no such instruction");
}

TEST(TraceFaults, AWordOfSharedMemoryThatNobodyWrote) {
    expect_none("unwritten_word", {2}, {64}, {.n = 64});
    const Trace t = trace_of("unwritten_word", {2}, {64}, {.n = 5});
    expect_faults(t, {{Kind::uninitialised, load, 0, 58, load, -1, -1, 2}});  // 58 = 63 − 5, in both blocks
    EXPECT_EQ(t.faults[0].space, MemorySpace::shared);
    EXPECT_EQ(t.faults[0].array, -1);
    EXPECT_EQ(t.faults[0].bytes, 4);
    EXPECT_EQ(t.faults[0].offset, instruction(t, load, MemorySpace::shared).offset);
    const auto unwritten = static_cast<size_t>(t.faults[0].place / 4);
    EXPECT_EQ(t.shared_loads[unwritten], 2u);
    EXPECT_EQ(t.shared_stores[unwritten], 0u);
    EXPECT_EQ(t.faults[0].sentence, "unwritten_word: thread 58 of block (0, 0, 0) reads 4 bytes at byte " +
                                        std::to_string(t.faults[0].place) +
                                        " of shared memory, which no thread of the block has written");
}

TEST(TraceFaults, BytesAreToldApart) {
    expect_none("unwritten_byte", {1}, {64}, {.n = 0});
    expect_faults(trace_of("unwritten_byte", {1}, {64}, {.n = 1}),
                  {{Kind::uninitialised, load, 0, 0, load, -1, -1, 64}});
    expect_none("bytes_of_one_word", {1}, {64}, {});
}

TEST(TraceFaults, AWordReadBeforeItsOwnThreadWritesIt) {
    expect_faults(trace_of("read_then_written", {1}, {32}),
                  {{Kind::uninitialised, load, 0, 0, load, -1, -1, 32}});
}

TEST(TraceFaults, AtomicsOnSharedMemory) {
    expect_none("atomics_on_shared", {1}, {64}, {.n = 0});
    expect_none("atomics_on_shared", {1}, {64}, {.n = 1});  // an exchange asks for no old value
    // Each of the 4 sums begins with what was there.
    expect_faults(trace_of("atomics_on_shared", {1}, {64}, {.n = 2}),
                  {{Kind::uninitialised, atomic, 0, 0, load, -1, -1, 4}});
    // Without the barrier every thread reads what others of its warp have added to, thread 0 what thread 4
    // has, and every addition in warp 1 meets the reads of warp 0.
    expect_faults(trace_of("atomics_on_shared", {1}, {64}, {.n = 0, .m = 1}),
                  {{Kind::race, load, 0, 0, atomic, 0, 4, 64}, {Kind::race, atomic, 0, 32, load, 0, 0, 32}});
}

TEST(TraceFaults, AnAtomicDoesNotHideThePlainAccessOfItsThread) {
    // The additions of all threads but thread 0 meet its write, or its read.
    expect_faults(trace_of("plain_then_atomic", {1}, {64}, {.n = 0}),
                  {{Kind::race, atomic, 0, 1, store, 0, 0, 63}});
    expect_faults(trace_of("plain_then_atomic", {1}, {64}, {.n = 1}),
                  {{Kind::race, atomic, 0, 1, load, 0, 0, 63}});
    // Thread 1 reads what it was the last to add to: thread 0 has added, too.
    expect_faults(trace_of("plain_then_atomic", {1}, {64}, {.n = 2}),
                  {{Kind::race, load, 0, 1, atomic, 0, 0, 1}});
    expect_faults(trace_of("plain_then_atomic_in_global_memory", {2}, {64}),
                  {{Kind::race, atomic, 0, 1, store, 0, 0, 2 * 63}});
}

// In round 1 warp 0 does not wait: it writes the other stage, reads it and writes the first one again. Warp 1
// then reads both, and writes both, where warp 0 wrote and read: thread 32 reads word 31 and writes word 32,
// which thread 31 writes and reads.
TEST(TraceFaults, ABarrierThatIsMissingInOneRound) {
    expect_none("two_stages", {1}, {64}, {.m = 0});
    const Trace t = trace_of("two_stages", {1}, {64}, {.n = 1, .m = 1});
    ASSERT_EQ(t.faults.size(), 2u);
    const bool load_first = t.faults[0].access == load;
    expect_fault(t.faults[load_first ? 0 : 1], {Kind::race, load, 0, 32, store, 0, 31, 64});
    expect_fault(t.faults[load_first ? 1 : 0], {Kind::race, store, 0, 32, load, 0, 31, 64});
    EXPECT_EQ(t.fault_count, 128);
    const uint64_t loads = instruction(t, load, MemorySpace::shared).offset;
    const uint64_t stores = instruction(t, store, MemorySpace::shared).offset;
    EXPECT_EQ(t.faults[load_first ? 0 : 1].offset, loads);
    EXPECT_EQ(t.faults[load_first ? 0 : 1].other_offset, stores);
    EXPECT_NE(t.faults[0].sentence.find("which thread 31"), std::string::npos) << t.faults[0].sentence;
    EXPECT_NE(t.faults[0].sentence.find(": no barrier stands between"), std::string::npos);
}

TEST(TraceFaults, LanesAreOrderedBySyncwarpOnly) {
    expect_none("neighbour_exchange", {1}, {64}, {.n = 0, .m = 0});
    // Two rounds in which every lane reads what its neighbour has just written.
    expect_faults(trace_of("neighbour_exchange", {1}, {64}, {.n = 1, .m = 0}),
                  {{Kind::race, load, 0, 0, store, 0, 1, 128}});
    expect_faults(trace_of("neighbour_exchange", {1}, {64}, {.n = 2, .m = 0}),
                  {{Kind::race, load, 0, 0, store, 0, 1, 128}});  // a shuffle orders no memory
    // Nothing between the reads of round 0 and the writes of round 1.
    const Trace t = trace_of("neighbour_exchange", {1}, {64}, {.n = 0, .m = 1});
    expect_faults(t, {{Kind::race, store, 0, 0, load, 0, 1, 64}});
    EXPECT_NE(t.faults[0].sentence.find("no barrier and no __syncwarp()"), std::string::npos);
}

TEST(TraceFaults, SyncwarpOrdersThoseWhoTookPart) {
    expect_none("half_a_warp_meets", {1}, {32}, {.n = 1});
    expect_faults(trace_of("half_a_warp_meets", {1}, {32}, {.n = 20}),
                  {{Kind::race, load, 0, 20, store, 0, 0, 1}});
    // Warp 0 reads what warp 1 then writes; warp 1 reads what warp 0 wrote.
    const Trace t = trace_of("exchange_between_warps", {1}, {64});
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ(t.fault_count, 64);
    for (const TraceFault& fault : t.faults)
        expect_fault(fault, {Kind::race, fault.access, 0, 32, fault.access == load ? store : load, 0, 0, 32});
    EXPECT_NE(t.faults[0].access, t.faults[1].access);
}

// A __syncwarp() of the reader's warp comes before warp 1 has run.
TEST(TraceFaults, AnEarlyReadWaitsForTheOtherWarps) {
    const Trace t = trace_of("read_before_another_warp_writes", {1}, {64}, {.n = 0});
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ(t.fault_count, 64);
    for (const TraceFault& fault : t.faults)
        expect_fault(fault, {Kind::race, fault.access, 0, 32, fault.access == load ? store : load, 0, 0, 32});
    EXPECT_NE(t.faults[0].access, t.faults[1].access);
    // Nobody writes words 32 to 63, or warp 0 itself, behind its reads; warp 1 reads what warp 0 has written.
    for (const int n : {1, 2})
        expect_faults(trace_of("read_before_another_warp_writes", {1}, {64}, {.n = n}),
                      {{Kind::uninitialised, load, 0, 0, load, -1, -1, 32},
                       {Kind::race, load, 0, 32, store, 0, 0, 32}});
}

// What a read of nothing meets later decides, however many parts of the warp met in between.
TEST(TraceFaults, AnEarlyReadAmongLanesThatMeetInParts) {
    const Expected early{Kind::uninitialised, load, 0, 0, load, -1, -1, 1};
    expect_faults(trace_of("lanes_meet_in_parts", {1}, {32}, {.n = 0, .m = 1}),
                  {{Kind::race, store, 0, 5, load, 0, 0, 1}});
    for (const int n : {1, 2, 3})
        expect_faults(trace_of("lanes_meet_in_parts", {1}, {32}, {.n = n, .m = 1}), {early});
    // Thread 5 has met the readers 0 and 1, and not reader 2.
    const Trace t = trace_of("lanes_meet_in_parts", {1}, {32}, {.n = 3, .m = 3});
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ(t.fault_count, 3);
    const bool race_first = t.faults[0].kind == Kind::race;
    expect_fault(t.faults[race_first ? 0 : 1], {Kind::race, store, 0, 5, load, 0, 2, 1});
    expect_fault(t.faults[race_first ? 1 : 0], {Kind::uninitialised, load, 0, 0, load, -1, -1, 2});
}

TEST(TraceFaults, AWriteAmongReaders) {
    // Thread 3 writes what its warp has read; then warp 1 reads it.
    expect_faults(trace_of("written_while_read", {1}, {64}, {.n = 3}),
                  {{Kind::race, store, 0, 3, load, 0, 0, 1}, {Kind::race, load, 0, 32, store, 0, 3, 32}});
    // The first reader writes: the second is in conflict with it.
    expect_faults(trace_of("written_while_read", {1}, {64}, {.n = 0}),
                  {{Kind::race, store, 0, 0, load, 0, 1, 1}, {Kind::race, load, 0, 32, store, 0, 0, 32}});
    // Thread 40 has read both: threads 0 and 32 are kept, of different warps.
    expect_faults(trace_of("written_while_read", {1}, {64}, {.n = 40}),
                  {{Kind::race, store, 0, 40, load, 0, 0, 1}});
}

TEST(TraceFaults, AsynchronousCopiesWriteWhereTheyBeginAndLand) {
    expect_none("async_landing", {1}, {64}, {.n = 0});
    // Waited for behind the barrier: warp 1's copies land where warp 0 has read, and warp 1 reads what warp
    // 0's have written. Thread 31 reads word 32 and writes word 31.
    const Trace late = trace_of("async_landing", {1}, {64}, {.n = 1});
    ASSERT_EQ(late.faults.size(), 2u);
    EXPECT_EQ(late.fault_count, 64);
    for (const TraceFault& fault : late.faults)
        expect_fault(fault,
                     {Kind::race, fault.access, 0, 32, fault.access == load ? store : load, 0, 31, 32});
    EXPECT_NE(late.faults[0].access, late.faults[1].access);

    const Trace never = trace_of("async_landing", {1}, {64}, {.n = 2});
    expect_faults(never, {{Kind::uninitialised, load, 0, 0, load, -1, -1, 64}});
    EXPECT_NE(never.faults[0].sentence.find("whose asynchronous copy is still under way"), std::string::npos);

    expect_none("async_begins_too_early", {1}, {64}, {.n = 0});
    const Trace early = trace_of("async_begins_too_early", {1}, {64}, {.n = 1});
    ASSERT_EQ(early.faults.size(), 2u);
    EXPECT_EQ(early.fault_count, 64);
    for (const TraceFault& fault : early.faults)
        expect_fault(fault,
                     {Kind::race, fault.access, 0, 32, fault.access == load ? store : load, 0, 31, 32});
}

// Blocks of 32 that begin 30 apart: words 30, 31, 60 and 61 have two writers.
TEST(TraceFaults, BlocksThatOverlap) {
    expect_none("overlapping_blocks", {3}, {32}, {.n = 32});
    expect_none("overlapping_scratch", {3}, {32}, {.n = 32});
    for (const int workers : {1, 3}) {
        const Trace t = trace_of("overlapping_blocks", {3}, {32}, {.n = 30}, workers);
        expect_faults(t, {{Kind::written_twice, store, 1, 0, store, 0, 30, 4}});
        EXPECT_EQ(t.faults[0].space, MemorySpace::global);
        EXPECT_EQ(t.faults[0].array, 1);
        EXPECT_EQ(t.faults[0].place, 4 * 30);
        EXPECT_EQ(t.faults[0].bytes, 4);
        EXPECT_EQ(t.faults[0].offset, instruction(t, store, MemorySpace::global).offset);
        EXPECT_EQ(t.faults[0].other_offset, t.faults[0].offset);
        EXPECT_EQ(t.faults[0].sentence,
                  "overlapping_blocks: thread 0 of block (1, 0, 0) writes element 30 of out, which thread 30 "
                  "of block (0, 0, 0) writes, too");
        EXPECT_EQ(t.arrays[1].element_writer[30], 32);
        EXPECT_EQ(t.arrays[1].element_writer[29], 29);
        expect_faults(trace_of("overlapping_scratch", {3}, {32}, {.n = 30}, workers),
                      {{Kind::race, store, 1, 0, store, 0, 30, 4}});
    }
}

TEST(TraceFaults, AnOutputThatTwoThreadsOfABlockWrite) {
    expect_none("written_again", {2}, {64}, {.n = 0});  // one thread, twice
    expect_faults(trace_of("written_again", {2}, {64}, {.n = 5}),
                  {{Kind::written_twice, store, 0, 5, store, 0, 0, 2}});
}

// In each block every thread but one reads what the next has written: 63 of them, of which one (thread 31)
// comes before the writer (thread 32).
TEST(TraceFaults, ThreadsOfABlockMeetInGlobalMemory) {
    expect_none("neighbours_in_global_memory", {2}, {64}, {.n = 0});
    const Trace t = trace_of("neighbours_in_global_memory", {2}, {64}, {.n = 1});
    expect_faults(
        t, {{Kind::race, load, 0, 0, store, 0, 1, 2 * 63}, {Kind::race, store, 0, 32, load, 0, 31, 2}});
    EXPECT_EQ(t.faults[0].array, 2);
    EXPECT_EQ(t.faults[0].place, 4 * 1);
}

TEST(TraceFaults, NothingOrdersBlocks) {
    for (const int workers : {1, 2}) {
        const Trace t = trace_of("blocks_pass_on", {2}, {32}, {}, workers);
        expect_faults(t, {{Kind::race, load, 1, 0, store, 0, 0, 32}});
        EXPECT_EQ(t.faults[0].sentence,
                  "blocks_pass_on: thread 0 of block (1, 0, 0) reads 4 bytes at element 0 of counts, which "
                  "thread 0 of block (0, 0, 0) writes: nothing orders two blocks");
    }
}

TEST(TraceFaults, AtomicsAgainstAtomicsAreNoRace) {
    expect_none("atomics_and_a_read", {4}, {32}, {.n = 0});
    expect_none("atomics", {4}, {64}, {});
    // The plain read meets an addition of its own block, and those of the other blocks.
    expect_faults(trace_of("atomics_and_a_read", {4}, {32}, {.n = 1}),
                  {{Kind::race, load, 2, 3, atomic, 2, 0, 2}});
}

TEST(TraceFaults, TwoBarriersThatMeet) {
    Traced b("two_barriers", {1}, {64});
    const Trace t = b.trace();
    ASSERT_EQ(t.faults.size(), 1u);
    EXPECT_EQ(t.faults[0].kind, Kind::stuck);
    EXPECT_EQ(t.faults[0].thread, 32);
    EXPECT_EQ(t.faults[0].other_thread, 0);
    EXPECT_NE(t.faults[0].offset, t.faults[0].other_offset);
    EXPECT_NE(t.faults[0].other_offset, 0u);
    EXPECT_EQ(t.totals.barriers, 1);  // the hardware's barrier does not mind
}

TEST(TraceFaults, EachPlaceOfABarrierIsTold) {
    const Trace t = trace_of("three_barriers", {1}, {96});
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ(t.fault_count, 2);
    for (const TraceFault& fault : t.faults) {
        EXPECT_EQ(fault.kind, Kind::stuck);
        EXPECT_EQ(fault.other_thread, 0);
        EXPECT_NE(fault.offset, fault.other_offset);
        EXPECT_EQ(fault.other_offset, t.faults[0].other_offset);
    }
    EXPECT_EQ(t.faults[0].thread, 32);
    EXPECT_EQ(t.faults[1].thread, 64);
    EXPECT_NE(t.faults[0].offset, t.faults[1].offset);
}

// Of one block 2^19 words of global memory are watched: the race is in the last one, or behind it.
TEST(TraceFaults, WhatIsNotWatchedIsTold) {
    constexpr int words_per_thread = 512;  // of 1024 threads
    const auto trace_words = [](int n) {
        Traced b("many_words", {1}, {1024}, {.n = n}, size_t{1024} * (words_per_thread + 1));
        return b.trace();
    };
    const Trace all = trace_words(words_per_thread);
    EXPECT_TRUE(all.watched_all);
    EXPECT_EQ(all.fault_count, 1);
    const Trace most = trace_words(words_per_thread + 1);
    EXPECT_FALSE(most.watched_all);
    EXPECT_EQ(most.fault_count, 0);
}

// Between blocks 512 MB of shadow watch 44.7 MB of arrays.
TEST(TraceFaults, ArraysThatAreNotWatchedAreTold) {
    const auto watched_all = [](unsigned blocks, size_t elements) {
        Traced b("overlapping_scratch", {blocks}, {32}, {.n = 32}, elements);
        b.options.per_element = false;
        return b.trace().watched_all;
    };
    EXPECT_TRUE(watched_all(2, 5'000'000));  // out and counts, 20 MB each
    EXPECT_FALSE(watched_all(2, 6'000'000));
    EXPECT_TRUE(watched_all(1, 6'000'000));  // one block meets no other
}

// Between blocks whole words are compared: of bytes it is not known whether two blocks write the same.
TEST(TraceFaults, BytesAreNotComparedBetweenBlocksAndThatIsTold) {
    const Trace bytes = trace_of("bytes_of_blocks", {4}, {1}, {.n = 0});
    EXPECT_EQ(bytes.fault_count, 0);
    EXPECT_FALSE(bytes.watched_all);
    const Trace words = trace_of("bytes_of_blocks", {4}, {1}, {.n = 1});
    EXPECT_EQ(words.fault_count, 0);
    EXPECT_TRUE(words.watched_all);
}

TEST(TraceFaults, StructuresAreAlignedAsTheirParts) {
    for (const int floats : {2, 3, 8})
        for (const int first : {0, 1, 2, 3}) {
            expect_none("structures", {1}, {64}, {.n = first, .m = floats});
            Traced b("structures", {1}, {64}, {.n = first, .m = floats});
            const Trace t = b.trace();
            EXPECT_EQ(t.arrays[0].reads, 64 * floats);
            EXPECT_EQ(t.arrays[1].writes, 64 * floats);
        }
    for (const int part_bytes : {1, 2})
        for (const int first : {0, 1, 2, 3}) {
            Traced b("structures_of_narrow_parts", {1}, {64}, {.n = first, .m = part_bytes});
            const Trace t = b.trace();
            EXPECT_EQ(t.fault_count, 0) << part_bytes << " " << first;
            EXPECT_EQ(t.totals.load_bytes, 64 * 8);
            EXPECT_EQ(t.totals.store_bytes, 64 * 8);
        }
    expect_none("pairs_as_one", {1}, {1}, {.n = 2});
    const Trace t = trace_of("pairs_as_one", {1}, {1}, {.n = 1});
    ASSERT_EQ(t.faults.size(), 1u);
    EXPECT_EQ(t.faults[0].kind, Kind::misaligned);
    EXPECT_EQ(t.faults[0].bytes, 8);
}

TEST(TraceFaults, BetweenTwoSharedArrays) {
    Traced b("between_shared_arrays", {1}, {32}, {.n = 4});
    b.options.record = true;
    // Stores to the first array and then the second tell where they begin.
    std::vector<int64_t> begins;
    for (const TraceRecord& record : b.trace().records)
        if (record.space == MemorySpace::shared && record.kind == store) begins.push_back(record.place[0]);
    ASSERT_EQ(begins.size(), 2u);
    b.options.shared_arrays = {{"first", begins[0], 80}, {"second", begins[1], 80}};
    const Trace t = b.trace();
    // Lanes 16 to 19 read elements 20 to 23, those from 20 on begin again.
    ASSERT_EQ(t.faults.size(), 1u);
    EXPECT_EQ(t.faults[0].kind, Kind::outside);
    EXPECT_EQ(t.faults[0].thread, 16);
    EXPECT_EQ(t.faults[0].count, 4);
    EXPECT_EQ(t.faults[0].space, MemorySpace::shared);
    EXPECT_EQ(t.faults[0].place, begins[0] + 80);
    EXPECT_EQ(
        t.faults[0].sentence,
        "between_shared_arrays: thread 16 of block (0, 0, 0) reads 4 bytes, 0 bytes past the end of first");

    b.options.shared_arrays = {{"first", t.static_shared_bytes, 4}};  // the module has no more
    EXPECT_THROW(b.trace(), Error);
}

}  // namespace
}  // namespace convscope::sim
