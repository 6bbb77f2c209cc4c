// A block made by hand: warp 0 loads an input row that is not aligned, stages it, meets a barrier, reads a
// column of shared memory, and warp 1 stores.
#include "views/xray_map.h"

#include <gtest/gtest.h>

#include <bit>

namespace convscope {
namespace {

using sim::AccessKind;
using sim::MemorySpace;
using sim::TraceRecord;

TraceRecord request(AccessKind kind, MemorySpace space, int warp, int phase, int16_t array, int64_t first,
                    int64_t stride) {
    TraceRecord r;
    r.kind = kind;
    r.space = space;
    r.bytes = 4;
    r.warp = warp;
    r.phase = phase;
    r.lanes = ~0u;
    for (size_t lane = 0; lane < 32; ++lane) {
        r.array[lane] = array;
        r.place[lane] = first + stride * static_cast<int64_t>(lane);
        r.copy_array[lane] = -1;
        r.copy_element[lane] = -1;
    }
    return r;
}

xray::BlockXrayPtr made_block() {
    auto block = std::make_shared<xray::BlockXray>();
    block->block = 3;
    block->facts.grid = {4, 2, 1};
    block->facts.block = {64, 1, 1};
    block->arrays = {{BufferRole::input, "input", {1, 2, 4, 40}, 320},
                     {BufferRole::output, "output", {1, 1, 2, 32}, 64}};
    block->shared = {{"tile", 128, 32 * 32 * 4, {32, 32}}};
    block->shared_bytes = 128 + 32 * 32 * 4;
    // Elements 1 … 32 of the input: bytes 4 … 131.
    block->records.push_back(request(AccessKind::load, MemorySpace::global, 0, 0, 0, 4, 4));
    block->records.back().sectors = 5;
    block->records.back().sectors_ideal = 4;
    // Lane i writes tile[i][0]: all in one bank.
    block->records.push_back(request(AccessKind::store, MemorySpace::shared, 0, 0, -1, 128, 128));
    block->records.back().passes = 32;
    TraceRecord barrier;
    barrier.what = TraceRecord::What::barrier;
    block->records.push_back(barrier);
    // Lane i reads tile[0][i].
    block->records.push_back(request(AccessKind::load, MemorySpace::shared, 0, 1, -1, 128, 4));
    block->records.back().passes = 1;
    block->records.back().copy_array[0] = 0;
    block->records.back().copy_element[0] = 1;
    block->records.push_back(request(AccessKind::store, MemorySpace::global, 1, 1, 1, 128, 4));
    block->records.back().sectors = block->records.back().sectors_ideal = 4;
    return block;
}

XrayChoice chosen(const xray::BlockXray& block, int64_t warp, int64_t thread, int64_t position) {
    return xray_choice({.warp = warp, .thread = thread, .position = position}, block);
}

TEST(XrayMap, NumbersThatDoNotExistAreTheNearest) {
    const auto block = made_block();
    const XrayChoice c = chosen(*block, 9, -1, 99);
    EXPECT_EQ(c.warps, 2);
    EXPECT_EQ(c.warp, 1);
    EXPECT_EQ(c.position, 5);
    EXPECT_EQ(chosen(*block, 0, 1000, -1).thread, 63);
    EXPECT_EQ(chosen(*block, 0, 40, -1).warp, 1) << "a thread brings its warp";
    EXPECT_EQ(present_record(*block, chosen(*block, -1, -1, 0)), nullptr);
    EXPECT_EQ(chosen(*block, 0, -1, -1).position, 4) << "the last record of warp 0";
}

TEST(XrayMap, StepsGoThroughTheRecordsOfTheChoice) {
    const auto block = made_block();
    EXPECT_EQ(stepped(*block, chosen(*block, -1, -1, 0), 1), 1);
    EXPECT_EQ(stepped(*block, chosen(*block, 1, -1, 0), 1), 3) << "the barrier that all meet";
    EXPECT_EQ(stepped(*block, chosen(*block, 1, -1, 3), 1), 5);
    EXPECT_EQ(stepped(*block, chosen(*block, 1, -1, 5), 1), 5);
    EXPECT_EQ(stepped(*block, chosen(*block, 1, -1, 3), -1), 0);
    EXPECT_EQ(phase_starts(*block), (std::vector<int64_t>{0, 3, 5}));
}

TEST(XrayMap, TouchesFollowThePosition) {
    const auto block = made_block();
    XrayTouches touches(block, chosen(*block, -1, -1, -1));
    EXPECT_EQ(touches.touched(0).size(), 32u);
    EXPECT_EQ(touches.touch(0, 1).lane, 0);
    EXPECT_EQ(touches.touch(0, 32).lane, 31);
    EXPECT_EQ(touches.touch(0, 0).lane, -1);
    EXPECT_EQ(touches.touch(1, 32).writer, 32) << "the last record stores";
    EXPECT_EQ(touches.words()[32].thread, 0);
    EXPECT_EQ(touches.words()[64].thread, 1) << "tile[1][0]";
    EXPECT_EQ(touches.words()[33].thread, -1);
    EXPECT_EQ(touches.words()[32].copy_element, 1);
    touches.move_to(1);
    EXPECT_EQ(touches.words()[32].thread, -1) << "nothing is staged yet";
    EXPECT_EQ(touches.touch(0, 1).lane, 0);
    EXPECT_TRUE(touches.touched(1).empty());
    touches.move_to(4);
    EXPECT_EQ(touches.asked_words().size(), 32u);
    XrayTouches one(block, chosen(*block, -1, 5, -1));
    EXPECT_EQ(one.touched(0), std::vector<int64_t>{6});
    EXPECT_EQ(one.words()[64].thread, 1) << "shared memory is everybody's";
}

TEST(XrayMap, WritersComeFromTheBlockElseFromTheCounts) {
    const auto block = made_block();
    const XrayTouches whole(block, chosen(*block, -1, -1, -1));
    EXPECT_EQ(writer_of(nullptr, 64, whole, 1, 33), (XrayWriter{3, 33}));
    EXPECT_FALSE(writer_of(nullptr, 64, whole, 1, 2));
    ProblemSpec spec;
    spec.input = {1, 4, 4};
    xray::Counts counts{.problem = Problem(spec), .kernel = "made"};
    counts.arrays.resize(2);
    counts.arrays[1].element_writer.assign(64, -1);
    counts.arrays[1].element_writer[2] = 7 * 64 + 9;
    EXPECT_EQ(writer_of(&counts, 64, whole, 1, 2), (XrayWriter{7, 9}));
    EXPECT_FALSE(writer_of(&counts, 64, whole, 1, 3)) << "nobody writes it";
}

TEST(XrayMap, SectorsAndBanksOfARequest) {
    const auto block = made_block();
    const auto sectors = sectors_of(block->records[0]);
    ASSERT_EQ(sectors.size(), 5u) << "bytes 4 … 131";
    EXPECT_EQ(sectors[0].begin, 0);
    EXPECT_EQ(std::popcount(sectors[0].bytes), 28);
    EXPECT_EQ(std::popcount(sectors[4].bytes), 4);
    const auto column = bank_words(block->records[1]);
    EXPECT_EQ(column[0].size(), 32u);
    EXPECT_TRUE(column[1].empty());
    for (const auto& bank : bank_words(block->records[3])) EXPECT_EQ(bank.size(), 1u);
}

TEST(XrayMap, Words) {
    const auto block = made_block();
    EXPECT_EQ(request_words(*block, block->records[0]),
              "32 lanes ask for 128 bytes in 5 sectors; 4 would do.");
    EXPECT_EQ(request_words(*block, block->records[1]),
              "32 lanes write 128 bytes of shared memory in 32 passes: bank conflicts cost 31 of them.");
    EXPECT_EQ(request_words(*block, block->records[3]),
              "32 lanes ask for 128 bytes of shared memory in one pass: no bank conflict.");
    EXPECT_EQ(request_words(*block, block->records[4]),
              "32 lanes write 128 bytes in 4 sectors; no fewer would do.");
    EXPECT_EQ(position_words(*block, chosen(*block, -1, -1, 5)), "warp 1, request 5 of 5, phase 1");
    EXPECT_EQ(element_name(block->arrays[0], 160 + 40 + 3), "input[0,1,1,3]");
    EXPECT_EQ(shared_name(*block, 128 + 4 * 35), "tile[1][3]");
    EXPECT_EQ(dim_place(block->facts.grid, 5), "(1, 1)");
    EXPECT_EQ(dim_text(block->facts.grid), "4×2");
    EXPECT_EQ(grouped_digits(1234567), "1,234,567");
    EXPECT_EQ(grouped_digits(-1234), "-1,234");
    EXPECT_EQ(grouped_digits(100), "100");
}

// Lane 3 of a load asks for what lies behind the input and stops; then lanes 0 and 1 wait in vain.
TEST(XrayMap, WhatIsRefusedIsNotTouched) {
    const auto block = std::make_shared<xray::BlockXray>(*made_block());
    TraceRecord stuck;
    stuck.what = TraceRecord::What::stuck;
    stuck.warp = 1;
    stuck.phase = 1;
    stuck.lanes = 3;
    stuck.array.fill(-1);
    block->records.push_back(stuck);
    TraceRecord& load = block->records.front();
    load.offset = 16;
    load.lanes = ~8u;
    load.refused = 8;
    const XrayTouches touches(block, chosen(*block, -1, -1, -1));
    EXPECT_EQ(touches.touched(0).size(), 31u);
    EXPECT_EQ(touches.touch(0, 4).lane, -1);
    EXPECT_EQ(chosen(*block, 0, 3, 1).position, 1) << "the thread takes part, and stops";
    EXPECT_EQ(chosen(*block, -1, 33, 6).position, 6);
    EXPECT_EQ(chosen(*block, -1, 34, 6).position, 5) << "it does not wait";
    EXPECT_EQ(request_words(*block, load),
              "1 lane stops here before it reads what is not allowed; 31 lanes read 4 bytes each.");
    load.lanes = 0;
    load.refused = ~0u;
    EXPECT_EQ(request_words(*block, load),
              "32 lanes stop here before they read what is not allowed; nothing is asked for.");
    EXPECT_EQ(request_words(*block, stuck), "2 lanes of warp 1 wait here in vain: others never come.");
    EXPECT_EQ(position_words(*block, chosen(*block, -1, -1, 6)), "warp 1 waits, 6 of 6, phase 1");
    EXPECT_TRUE(sectors_of(stuck).empty());
    // Nothing is counted there, but the fault knows its line.
    EXPECT_TRUE(record_places(*block, load).empty());
    xray::Fault fault;
    fault.fault.offset = 16;
    fault.places = {{"conv2d/made.cu", 7, "made"}};
    block->faults.push_back(fault);
    EXPECT_EQ(place_name(record_places(*block, load)), "conv2d/made.cu:7");
}

}  // namespace
}  // namespace convscope
