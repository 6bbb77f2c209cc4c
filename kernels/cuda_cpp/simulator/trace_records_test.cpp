// What a trace keeps of a block: its requests in order, copies found again, and ideals, worked out by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "cuda_cpp/simulator/traced_bench.h"

namespace convscope::sim {
namespace {

constexpr uint32_t tag = 0x4000'0000u;

// Element i of `in` holds the bits tag + i.
void number_input(Traced& b) {
    for (size_t i = 0; i < b.in.size(); ++i) b.in[i] = std::bit_cast<float>(tag + static_cast<uint32_t>(i));
    b.options.arrays[0].tag = tag;
}

TEST(TraceRecords, ABlockAsItGoes) {
    Traced b("reverse", {2}, {64});
    number_input(b);
    b.options.blocks = {1};
    b.options.record = true;
    const Trace t = b.trace();
    // Warp 0 loads from in and stores to the tile, so does warp 1; the barrier; warp 0 loads from the tile
    // and stores to out, so does warp 1.
    ASSERT_EQ(t.records.size(), 9u);
    EXPECT_FALSE(t.records_cut);
    const auto expect = [&](size_t at, int warp, int phase, AccessKind kind, MemorySpace space) {
        EXPECT_EQ(t.records[at].what, TraceRecord::What::request);
        EXPECT_EQ(t.records[at].warp, warp) << at;
        EXPECT_EQ(t.records[at].phase, phase) << at;
        EXPECT_EQ(t.records[at].kind, kind) << at;
        EXPECT_EQ(t.records[at].space, space) << at;
        EXPECT_EQ(t.records[at].lanes, ~0u) << at;
        EXPECT_EQ(t.records[at].bytes, 4) << at;
        EXPECT_EQ(t.records[at].sectors, space == MemorySpace::global ? 4 : 0) << at;
        EXPECT_EQ(t.records[at].sectors_ideal, space == MemorySpace::global ? 4 : 0) << at;
        EXPECT_EQ(t.records[at].passes, space == MemorySpace::global ? 0 : 1) << at;
    };
    for (const int warp : {0, 1}) {
        const size_t first = 2 * static_cast<size_t>(warp);
        expect(first, warp, 0, AccessKind::load, MemorySpace::global);
        expect(first + 1, warp, 0, AccessKind::store, MemorySpace::shared);
        expect(first + 5, warp, 1, AccessKind::load, MemorySpace::shared);
        expect(first + 6, warp, 1, AccessKind::store, MemorySpace::global);
        for (size_t lane = 0; lane < 32; ++lane) {
            const auto thread = static_cast<int64_t>(lane) + 32 * warp;
            EXPECT_EQ(t.records[first].array[lane], 0);
            EXPECT_EQ(t.records[first].place[lane], 4 * (64 + thread));
            EXPECT_EQ(t.records[first].copy_array[lane], -1);
            EXPECT_EQ(t.records[first + 1].array[lane], -1);
            EXPECT_EQ(t.records[first + 1].place[lane] - t.records[1].place[0], 4 * thread);
            EXPECT_EQ(t.records[first + 5].place[lane] - t.records[1].place[0], 4 * (63 - thread));
            EXPECT_EQ(t.records[first + 5].copy_array[lane], 0);
            EXPECT_EQ(t.records[first + 5].copy_element[lane], 64 + 63 - thread);
            EXPECT_EQ(t.records[first + 6].array[lane], 1);
            EXPECT_EQ(t.records[first + 6].place[lane], 4 * (64 + thread));
        }
    }
    EXPECT_EQ(t.records[4].what, TraceRecord::What::barrier);
    EXPECT_EQ(t.records[4].warp, -1);
    EXPECT_EQ(t.records[4].phase, 0);
    EXPECT_GT(t.records[4].offset, t.records[3].offset);
    EXPECT_LT(t.records[4].offset, t.records[5].offset);
    ASSERT_EQ(t.instructions.size(), 4u);
    EXPECT_EQ(t.records[0].offset, t.instructions[0].offset);
    EXPECT_EQ(t.records[6].offset, t.instructions[3].offset);
}

TEST(TraceRecords, TheyEndWhereTheyAreToo) {
    Traced b("reverse", {2}, {64});
    b.options.record = true;
    b.options.most_records = 3;
    const Trace t = b.trace();
    EXPECT_EQ(t.records.size(), 3u);
    EXPECT_TRUE(t.records_cut);
    EXPECT_EQ(t.totals.load_requests, 4);  // counted all the same
}

TEST(TraceRecords, DynamicMemoryFollowsTheModulesOwn) {
    Traced b("reverse_dynamic", {1}, {32});
    b.step.shared_bytes = 128;
    b.options.record = true;
    const Trace t = b.trace();
    EXPECT_EQ(t.dynamic_shared_bytes, 128);
    EXPECT_GT(t.static_shared_bytes, 0);
    EXPECT_EQ(t.static_shared_bytes % 128, 0);
    ASSERT_EQ(t.records.size(), 5u);
    for (size_t lane = 0; lane < 32; ++lane)
        EXPECT_EQ(t.records[1].place[lane], t.static_shared_bytes + 4 * static_cast<int64_t>(lane));
    const auto first = static_cast<size_t>(t.static_shared_bytes / 4);
    ASSERT_EQ(t.shared_loads.size(), first + 32);
    EXPECT_EQ(t.shared_loads[first], 1u);
    EXPECT_EQ(t.shared_stores[first + 31], 1u);
    EXPECT_EQ(t.shared_stores[first - 1], 0u);
}

TEST(TraceRecords, LanesThatStandAside) {
    Traced b("early_exit", {1}, {64}, {.n = 40});
    b.options.record = true;
    const Trace t = b.trace();
    ASSERT_EQ(t.records.size(), 4u);  // a load and a store of warp 0; of 8 lanes of warp 1
    EXPECT_EQ(t.records[2].lanes, 0xFFu);
    EXPECT_EQ(t.records[2].sectors, 1);
    EXPECT_EQ(t.records[2].place[7], 4 * 39);
    EXPECT_EQ(t.records[2].array[8], -1);
}

TEST(TraceRecords, PassesCountBankConflicts) {
    Traced b("transpose_32_wide", {1}, {32, 8});
    b.options.record = true;
    const Trace t = b.trace();
    int stores = 0, loads = 0;
    for (const TraceRecord& record : t.records) {
        if (record.what == TraceRecord::What::barrier || record.space == MemorySpace::global) continue;
        const bool load = record.kind == AccessKind::load;
        ++(load ? loads : stores);
        EXPECT_EQ(record.passes, load ? 32 : 1);  // a column lies in one bank
    }
    EXPECT_EQ(stores, 32);
    EXPECT_EQ(loads, 32);
}

// Threads 28 to 63 write behind element 127 of out: four lanes of warp 0, and all of warp 1.
TEST(TraceRecords, WhatIsNotAllowedIsKeptButNotCounted) {
    Traced b("write_outside", {1}, {64}, {.n = 100}, 128);
    const Trace plain = b.trace();
    b.options.record = true;
    const Trace t = b.trace();
    EXPECT_EQ(t.totals, plain.totals);
    EXPECT_EQ(t.totals.store_requests, 2);  // of warp 0, to out and to counts
    ASSERT_EQ(t.records.size(), 6u);        // the barrier after both warps' load and store, and a store
    const TraceRecord& some = t.records[1];
    EXPECT_EQ(some.kind, AccessKind::store);
    EXPECT_EQ(some.lanes, 0x0FFF'FFFFu);
    EXPECT_EQ(some.refused, 0xF000'0000u);
    EXPECT_EQ(some.place[27], 4 * 127);
    EXPECT_EQ(some.place[28], 4 * 128);
    EXPECT_EQ(some.array[28], 1);
    EXPECT_EQ(some.sectors, 4);  // 28 elements from the fifth of a sector on
    const TraceRecord& none = t.records[3];
    EXPECT_EQ(none.warp, 1);
    EXPECT_EQ(none.offset, some.offset);
    EXPECT_EQ(none.lanes, 0u);
    EXPECT_EQ(none.refused, ~0u);
    EXPECT_EQ(none.place[31], 4 * 163);
    EXPECT_EQ(none.sectors, 0);
    for (const size_t other : {0u, 2u, 4u, 5u}) EXPECT_EQ(t.records[other].refused, 0u) << other;
}

TEST(TraceRecords, LanesThatWaitInVain) {
    Traced b("exit_before_barrier", {2}, {64}, {.n = 10});
    b.options.record = true;
    b.options.blocks = {1};
    const Trace t = b.trace();
    ASSERT_EQ(t.faults.size(), 1u);
    ASSERT_FALSE(t.records.empty());
    const TraceRecord& last = t.records.back();
    EXPECT_EQ(last.what, TraceRecord::What::stuck);
    EXPECT_EQ(last.offset, t.faults[0].offset);
    EXPECT_EQ(last.warp, 0);
    EXPECT_EQ(last.lanes, 0x3FFu);  // threads 0 to 9; the others have ended
    EXPECT_EQ(std::ranges::count(t.records, TraceRecord::What::stuck, &TraceRecord::what), 1);
}

TEST(TraceCounts, CopiesInSharedMemoryCountForTheirElement) {
    Traced b("reverse", {2}, {64});
    number_input(b);
    const Trace t = b.trace();
    EXPECT_EQ(t.arrays[0].shared_reads, 128);
    EXPECT_EQ(t.arrays[0].element_shared_reads[0], 1u);
    EXPECT_EQ(t.arrays[0].element_shared_reads[127], 1u);
    EXPECT_EQ(t.arrays[0].element_shared_reads[128], 0u);
    EXPECT_TRUE(t.arrays[1].element_shared_reads.empty());
    // Both blocks store and load each word of the tile once.
    EXPECT_EQ(std::count(t.shared_loads.begin(), t.shared_loads.end(), 2u), 64);
    EXPECT_EQ(std::count(t.shared_stores.begin(), t.shared_stores.end(), 2u), 64);
    EXPECT_EQ(std::count(t.shared_loads.begin(), t.shared_loads.end(), 0u),
              static_cast<std::ptrdiff_t>(t.shared_loads.size()) - 64);
}

TEST(TraceCounts, AVectorLoadFindsFourCopies) {
    Traced b("shared_float4", {1}, {32}, {.n = 3});
    number_input(b);
    b.step.shared_bytes = 32 * 16;
    b.options.record = true;
    const Trace t = b.trace();
    EXPECT_EQ(t.arrays[0].shared_reads, 128);
    EXPECT_EQ(t.arrays[0].element_shared_reads[127], 1u);  // 3 · lane mod 32 takes every float4 once
    const auto load = std::find_if(t.records.begin(), t.records.end(), [](const TraceRecord& record) {
        return record.space == MemorySpace::shared && record.kind == AccessKind::load;
    });
    ASSERT_NE(load, t.records.end());
    EXPECT_EQ(load->copy_element[1], 4 * 3);
    EXPECT_EQ(load->copy_element[11], 4 * 1);
}

TEST(TraceCounts, AsynchronousCopiesAreFoundAgain) {
    Traced b("async_float4", {1}, {64});
    number_input(b);
    const Trace t = b.trace();
    EXPECT_EQ(t.arrays[0].shared_reads, 64);
    EXPECT_EQ(t.arrays[0].element_shared_reads[63], 1u);
    EXPECT_EQ(t.totals.load_bytes, 16 * 16);
}

TEST(TraceCounts, TheFewestSectors) {
    const auto totals = [](int stride) {
        Traced b("strided_copy", {1}, {32}, {.n = stride});
        return b.trace().totals;
    };
    EXPECT_EQ(totals(0).load_sectors_ideal, 1);  // 4 distinct bytes
    EXPECT_EQ(totals(0).load_bytes, 128);        // that 32 lanes ask for
    EXPECT_EQ(totals(1).load_sectors_ideal, 4);
    EXPECT_EQ(totals(2).load_sectors_ideal, 4);  // 128 bytes, spread over 8 sectors
    EXPECT_EQ(totals(2).load_sectors, 8);
    EXPECT_EQ(totals(2).store_sectors_ideal, 4);
    EXPECT_EQ(totals(2).store_bytes, 128);

    Traced shifted("write_outside", {1}, {32}, {.n = 1});
    const Trace t = shifted.trace();
    ASSERT_EQ(t.instructions.size(), 3u);
    EXPECT_EQ(t.instructions[1].kind, AccessKind::store);
    EXPECT_EQ(t.instructions[1].sectors, 5);  // from the second element of a sector on
    EXPECT_EQ(t.instructions[1].sectors_ideal, 4);

    Traced few("early_exit", {1}, {32}, {.n = 9});
    EXPECT_EQ(few.trace().totals.load_sectors_ideal, 2);  // 36 bytes
}

// Atomics are requests of their instruction, but neither loads nor stores.
TEST(TraceCounts, AtomicsStandApart) {
    Traced b("atomics", {1}, {64});
    const Trace t = b.trace();
    EXPECT_EQ(t.totals.load_requests + t.totals.store_requests, 0);
    EXPECT_EQ(t.totals.load_bytes + t.totals.store_bytes, 0);
    ASSERT_EQ(t.instructions.size(), 7u);
    for (const InstructionTrace& instruction : t.instructions) {
        EXPECT_EQ(instruction.kind, AccessKind::atomic);
        EXPECT_EQ(instruction.requests, 2);
        EXPECT_EQ(instruction.lanes, 64);
        EXPECT_EQ(instruction.sectors, 2);
        EXPECT_EQ(instruction.sectors_ideal, 2);
    }
}

TEST(TraceCounts, WhoWroteAnElement) {
    Traced b("copy", {3}, {64});
    b.options.blocks = {0, 2};
    const Trace t = b.trace();
    EXPECT_EQ(t.arrays[1].element_writer[0], 0);
    EXPECT_EQ(t.arrays[1].element_writer[63], 63);
    EXPECT_EQ(t.arrays[1].element_writer[64], -1);
    EXPECT_EQ(t.arrays[1].element_writer[130], 2 * 64 + 2);
    EXPECT_TRUE(t.arrays[0].element_writer.empty());
    EXPECT_TRUE(t.arrays[2].element_writer.empty());  // of the output only
}

TEST(TraceCounts, ProgressIsReported) {
    Traced b("copy", {64}, {32});
    b.options.workers = 1;
    std::vector<double> shares;
    b.options.report = [&](double share) { shares.push_back(share); };
    b.trace();
    ASSERT_GE(shares.size(), 8u);
    EXPECT_EQ(shares.front(), 0);
    EXPECT_EQ(shares.back(), 1);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
}

TEST(TraceRecords, ABlockEndsWhereItsRecordsAreCut) {
    Traced whole("block_sum", {1}, {128});
    whole.options.record = true;
    const Trace all = whole.trace();
    Traced b("block_sum", {1}, {128});
    b.options.record = b.options.stop_when_cut = true;
    b.options.most_records = 10;
    const Trace first = b.trace();
    ASSERT_GT(all.records.size(), 20u);
    ASSERT_EQ(first.records.size(), 10u);
    EXPECT_TRUE(first.records_cut);
    EXPECT_TRUE(first.faults.empty());
    for (size_t i = 0; i < 10; ++i) EXPECT_EQ(first.records[i].offset, all.records[i].offset) << i;
    EXPECT_LT(first.totals.shared_requests, all.totals.shared_requests);
    EXPECT_EQ(b.out[0], 0);  // its store was not reached
    // Where nothing is cut nothing ends early.
    b.options.most_records = all.records.size();
    const Trace again = b.trace();
    EXPECT_FALSE(again.records_cut);
    EXPECT_EQ(again.totals, all.totals);
    EXPECT_EQ(b.out[0], 127 * 64);
}

TEST(TraceRecords, ALongBlockIsCancelledWithinIt) {
    Traced b("long_loop", {1}, {32}, {.n = 1 << 30});
    int asked = 0;
    b.options.keep_going = [&] { return ++asked < 3; };
    EXPECT_THROW(b.trace(), Error);
    EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace convscope::sim
