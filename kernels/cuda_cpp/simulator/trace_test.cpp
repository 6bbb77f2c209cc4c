// Traces of small kernels against counts worked out by hand.
#include "cuda_cpp/simulator/trace.h"

#include <gtest/gtest.h>

#include "cuda_cpp/simulator/traced_bench.h"

namespace convscope::sim {
namespace {

TEST(Trace, CopyIsFullyCoalesced) {
    Traced b("copy", {4}, {64});
    const Trace t = b.trace();
    EXPECT_EQ(b.out[255], 255);
    EXPECT_EQ(t.totals.input_reads, 256);
    EXPECT_EQ(t.totals.output_writes, 256);
    EXPECT_EQ(t.totals.load_requests, 8);  // 4 blocks of 2 warps
    EXPECT_EQ(t.totals.load_sectors, 32);  // 128 bytes each
    EXPECT_EQ(t.totals.store_requests, 8);
    EXPECT_EQ(t.totals.store_sectors, 32);
    EXPECT_EQ(t.totals.threads, 256);
    EXPECT_DOUBLE_EQ(t.totals.active_lanes(), 32);
    EXPECT_EQ(t.arrays[0].element_reads[255], 1u);
    EXPECT_EQ(t.arrays[0].element_reads[256], 0u);
    EXPECT_EQ(t.arrays[1].element_writes[0], 1u);
    EXPECT_EQ(t.instructions.size(), 2u);
    EXPECT_TRUE(t.faults.empty());
}

TEST(Trace, ChosenBlocksOnly) {
    Traced b("copy", {4}, {64});
    b.options.blocks = {1, 3};
    const Trace t = b.trace();
    EXPECT_EQ(t.totals.input_reads, 128);
    EXPECT_EQ(b.out[64], 64);
    EXPECT_EQ(b.out[63], 0);
    EXPECT_EQ(b.out[255], 255);
}

TEST(Trace, StridesSpreadOverSectors) {
    const auto sectors = [](int stride) {
        Traced b("strided_copy", {1}, {32}, {.n = stride});
        return b.trace().totals.load_sectors;
    };
    EXPECT_EQ(sectors(0), 1);
    EXPECT_EQ(sectors(1), 4);
    EXPECT_EQ(sectors(2), 8);
    EXPECT_EQ(sectors(3), 12);
    EXPECT_EQ(sectors(8), 32);
    EXPECT_EQ(sectors(100), 32);
}

TEST(Trace, AVectorLoadIsOneRequest) {
    Traced four("copy_float4", {2}, {32});
    const Trace t = four.trace();
    EXPECT_EQ(four.out[4], 5);
    EXPECT_EQ(t.totals.load_requests, 2);
    EXPECT_EQ(t.totals.load_sectors, 32);  // 512 bytes each
    EXPECT_EQ(t.totals.store_requests, 2);
    EXPECT_EQ(t.totals.input_reads, 256);
    ASSERT_EQ(t.instructions.size(), 2u);
    EXPECT_EQ(t.instructions[0].bytes, 16);
    EXPECT_EQ(t.instructions[0].lanes, 64);

    Traced two("copy_float2", {1}, {32});
    const Trace u = two.trace();
    EXPECT_EQ(u.totals.load_requests, 1);
    EXPECT_EQ(u.totals.load_sectors, 8);
    EXPECT_EQ(u.totals.input_reads, 64);
}

TEST(Trace, BankConflictsOfATransposedTile) {
    Traced wide("transpose_32_wide", {1}, {32, 8});
    const Trace t = wide.trace();
    EXPECT_EQ(wide.out[1], 32);
    EXPECT_EQ(t.totals.shared_requests, 64);        // 32 rows in, 32 columns out
    EXPECT_EQ(t.totals.shared_conflicts, 32 * 31);  // every column lies in one bank
    EXPECT_EQ(t.totals.barriers, 1);

    Traced padded("transpose_33_wide", {1}, {32, 8});
    const Trace u = padded.trace();
    EXPECT_EQ(padded.out[1], 32);
    EXPECT_EQ(u.totals.shared_requests, 64);
    EXPECT_EQ(u.totals.shared_conflicts, 0);
}

TEST(Trace, WideSharedAccessesAreServedInQuarters) {
    const auto conflicts = [](int step) {
        Traced b("shared_float4", {1}, {32}, {.n = step});
        b.step.shared_bytes = 32 * 16;
        return b.trace().totals.shared_conflicts;
    };
    EXPECT_EQ(conflicts(1), 0);  // a quarter reads 128 bytes in a row
    EXPECT_EQ(conflicts(0), 0);  // everybody reads the same: a broadcast
    // Lanes of a quarter read every second float4: 8 of them in 4 columns of banks, 2 passes, 4 quarters.
    EXPECT_EQ(conflicts(2), 4);
    // Every eighth: 4 distinct float4 in one column of banks (0, 8, 16, 24), 4 passes, 4 quarters.
    EXPECT_EQ(conflicts(8), 4 * 3);
}

TEST(Trace, LanesMeetAgainAfterACallInABranch) {
    Traced b("call_in_a_branch", {1}, {32}, {.n = 3});
    const Trace t = b.trace();
    EXPECT_EQ(b.out[1], 0 + 1 + 2 + 1);
    EXPECT_EQ(b.out[2], 2);
    // Three rounds of the 16 odd lanes, one sector each; then one load and one store of all 32.
    EXPECT_EQ(t.totals.load_requests, 3 + 1);
    EXPECT_EQ(t.totals.load_sectors, 3 + 4);
    EXPECT_EQ(t.totals.store_requests, 1);
    EXPECT_EQ(t.totals.store_sectors, 4);
    EXPECT_EQ(t.totals.input_reads, 16 * 3 + 32);
    EXPECT_LT(t.totals.active_lanes(), 32);
    EXPECT_GT(t.totals.active_lanes(), 16);
}

TEST(Trace, LoopsOfDifferentLengthAndSkippedRounds) {
    Traced loop("loop_of_own_length", {1}, {32});
    const Trace t = loop.trace();
    EXPECT_EQ(t.totals.load_requests, 32);
    EXPECT_EQ(t.totals.load_sectors, 32);  // all lanes that are left read one element
    EXPECT_EQ(t.totals.input_reads, 32 * 33 / 2);
    EXPECT_EQ(t.totals.store_requests, 1);

    Traced skip("skip_some_rounds", {1}, {32}, {.n = 8});
    const Trace u = skip.trace();
    EXPECT_EQ(u.totals.load_requests, 8);  // a skipped round shifts no lane by one
    EXPECT_EQ(u.totals.load_sectors, 8);
    EXPECT_EQ(u.totals.input_reads, 8 * 24);
    EXPECT_EQ(u.totals.store_requests, 1);
}

TEST(Trace, CollectivesAndAtomics) {
    Traced sum("warp_sum", {1}, {64});
    const Trace t = sum.trace();
    EXPECT_EQ(sum.out[1], 32 * 47.5f);
    EXPECT_EQ(t.totals.load_requests, 2);
    EXPECT_EQ(t.totals.store_requests, 2);
    EXPECT_EQ(t.totals.output_writes, 2);

    Traced block("block_sum", {2}, {128});
    const Trace s = block.trace();
    EXPECT_EQ(block.out[0], 127 * 64);
    EXPECT_EQ(s.totals.barriers, 2 * 8);
    // 4 warps store; the tree takes 2 loads and a store of 2, 1, 1, 1, 1, 1, 1 warps; then one load.
    EXPECT_EQ(s.totals.shared_requests, 2 * (4 + 3 * 8 + 1));
    EXPECT_EQ(s.totals.shared_conflicts, 0);

    Traced atomics("atomics", {1}, {64});
    const Trace a = atomics.trace();
    EXPECT_EQ(atomics.counts[0], 64);
    EXPECT_EQ(a.totals.atomics, 7 * 64);
    EXPECT_EQ(a.arrays[1].element_reads[0], 64u);
    EXPECT_EQ(a.arrays[1].element_writes[0], 64u);
}

TEST(Trace, AccessesOutsideOfEveryArray) {
    Traced b("write_outside", {1}, {64}, {.n = 100}, 128);
    const Trace t = b.trace();
    ASSERT_EQ(t.fault_count, 36);    // threads 28 to 63 write behind element 127
    ASSERT_EQ(t.faults.size(), 1u);  // all by one instruction; the first of them is kept
    EXPECT_EQ(t.faults[0].count, 36);
    EXPECT_EQ(t.faults[0].kind, TraceFault::Kind::outside);
    EXPECT_EQ(t.faults[0].array, 1);
    EXPECT_EQ(t.faults[0].place, 4 * 128);
    EXPECT_EQ(t.faults[0].offset, t.instructions[1].offset);
    EXPECT_EQ(t.faults[0].thread, 28);
    EXPECT_EQ(t.faults[0].address, reinterpret_cast<uint64_t>(b.out.data() + 128));
    EXPECT_EQ(t.faults[0].sentence,
              "write_outside: thread 28 of block (0, 0, 0) writes 4 bytes, 0 bytes past the end of out");
    EXPECT_EQ(b.counts[27], 1);  // the others pass the barrier without them
    EXPECT_EQ(b.counts[28], 0);
    EXPECT_EQ(t.totals.barriers, 1);
}

TEST(Trace, SharedMemoryEndsWhereTheStepSays) {
    Traced b("read_shared_outside", {1}, {32}, {.n = 8});
    b.step.shared_bytes = 32 * 4;
    const Trace t = b.trace();
    EXPECT_EQ(t.fault_count, 8 + 24);  // 8 lanes read behind the end, the others what nobody wrote
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ(t.faults[0].kind, TraceFault::Kind::uninitialised);
    EXPECT_EQ(t.faults[0].count, 24);
    EXPECT_EQ(t.faults[1].kind, TraceFault::Kind::outside);
    EXPECT_EQ(t.faults[1].count, 8);
    EXPECT_EQ(t.faults[1].thread, 24);
    EXPECT_NE(t.faults[1].sentence.find("0 bytes past the end of the block's shared memory"),
              std::string::npos)
        << t.faults[1].sentence;
}

TEST(Trace, MisalignedVectorAccess) {
    Traced b("misaligned_float4", {1}, {32}, {.n = 2});
    const Trace t = b.trace();
    EXPECT_EQ(t.fault_count, 32);
    EXPECT_EQ(t.faults[0].kind, TraceFault::Kind::misaligned);
    EXPECT_EQ(b.out[0], 0);
}

TEST(Trace, ABarrierThatNotAllReachIsAFault) {
    Traced b("exit_before_barrier", {2}, {64}, {.n = 10});
    const Trace t = b.trace();
    ASSERT_EQ(t.faults.size(), 1u);
    EXPECT_EQ(t.fault_count, 2);  // in each block
    EXPECT_EQ(t.faults[0].count, 2);
    EXPECT_EQ(t.faults[0].kind, TraceFault::Kind::stuck);
    EXPECT_EQ(t.faults[0].block, 0);
    EXPECT_NE(t.faults[0].offset, 0u);  // where threads 0 to 9 wait; the others wait nowhere
    EXPECT_EQ(t.faults[0].other_offset, 0u);
    EXPECT_NE(t.faults[0].sentence.find("threads 0–9 wait at __syncthreads()"), std::string::npos);
}

TEST(Trace, TheSameCountsOnOneAndSeveralCores) {
    Traced one("block_sum", {16}, {256});
    one.options.workers = 1;
    Traced many("block_sum", {16}, {256});
    many.options.workers = 4;
    const Trace a = one.trace();
    const Trace b = many.trace();
    EXPECT_EQ(a.totals, b.totals);
    EXPECT_EQ(a.arrays[0].element_reads, b.arrays[0].element_reads);
    EXPECT_EQ(a.instructions.size(), b.instructions.size());
}

TEST(Trace, AKernelWithoutTracingIsRefused) {
    Bench b("test_kernels.so", "copy", {1}, {32});
    EXPECT_THROW(trace(b.step, b.arguments(), {}), Error);
}

}  // namespace
}  // namespace convscope::sim
