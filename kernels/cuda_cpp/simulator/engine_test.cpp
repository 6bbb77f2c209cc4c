// The engine: what threads of a block see of each other, and what it says where they cannot go on.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "cuda_cpp/simulator/test_bench.h"

namespace convscope::sim {
namespace {

Bench bench(const char* kernel, Dim3 grid, Dim3 block, TestSizes sizes = {}) {
    return Bench("test_kernels.so", kernel, grid, block, sizes);
}

const Options all_orders[] = {{.order = FiberOrder::ascending},
                              {.order = FiberOrder::reversed},
                              {.order = FiberOrder::random, .seed = 1},
                              {.order = FiberOrder::random, .seed = 2, .workers = 3}};

// The sentence of the Error that a launch throws.
std::string sentence_of(Bench& bench, const Options& options = {}, ErrorKind kind = ErrorKind::failed) {
    try {
        bench.launch(options);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind);
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

void expect_contains(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

TEST(Engine, EveryThreadRunsOnceWithItsIndices) {
    for (const Options& options : all_orders) {
        Bench b = bench("indices", {3, 2, 2}, {4, 3, 5});
        b.launch(options);
        for (int i = 0; i < 12 * 60; ++i) ASSERT_EQ(b.counts[i], i);
    }
}

TEST(Engine, BarriersInEveryOrder) {
    for (const Options& options : all_orders) {
        Bench b = bench("reverse", {4}, {256});
        b.launch(options);
        for (int i = 0; i < 1024; ++i) ASSERT_EQ(b.out[i], i / 256 * 256 + 255 - i % 256);
        Bench sums = bench("block_sum", {4}, {1024});
        sums.launch(options);
        for (int block = 0; block < 4; ++block) ASSERT_EQ(sums.out[block], 1024 * (1024 * block + 511.5f));
    }
}

TEST(Engine, AMissingBarrierShowsOutOfOrder) {
    const auto wrong = [](const char* kernel, const Options& options) {
        Bench b = bench(kernel, {1}, {256});
        b.launch(options);
        int count = 0;
        for (int i = 1; i < 256; ++i) count += b.out[i] != static_cast<float>(i - 1);
        return count;
    };
    EXPECT_EQ(wrong("shift_without_barrier", {.order = FiberOrder::ascending}), 0);
    EXPECT_EQ(wrong("shift_without_barrier", {.order = FiberOrder::reversed}), 255);
    EXPECT_GT(wrong("shift_without_barrier", {.order = FiberOrder::random, .seed = 3}), 64);
    EXPECT_GT(wrong("reverse_without_barrier", {}), 64);
}

TEST(Engine, DynamicSharedMemory) {
    Bench b = bench("reverse_dynamic", {1}, {512});
    b.step.shared_bytes = 512 * sizeof(float);
    b.launch({.order = FiberOrder::random});
    for (int i = 0; i < 512; ++i) ASSERT_EQ(b.out[i], 511 - i);
}

TEST(Engine, SharedMemoryIsPoisonedBeforeEachBlock) {
    Bench b = bench("read_unwritten_shared", {2}, {64});
    b.step.shared_bytes = 64 * sizeof(float);
    b.launch({.workers = 1});
    for (int i = 0; i < 128; ++i) ASSERT_TRUE(std::isnan(b.out[i])) << i;
}

TEST(Engine, BarriersWithPredicates) {
    for (const Options& options : all_orders) {
        Bench b = bench("predicates", {1}, {64});
        b.launch(options);
        for (int t = 0; t < 64; ++t) {
            const int* mine = &b.counts[t * 5];
            EXPECT_EQ(std::vector<int>(mine, mine + 5), (std::vector<int>{32, 0, 1, 1, 0}));
        }
    }
}

TEST(Engine, Shuffles) {
    for (const Options& options : all_orders) {
        Bench b = bench("shuffles", {1}, {64});
        b.launch(options);
        for (int t = 0; t < 64; ++t) {
            const int lane = t % 32;
            const int* mine = &b.counts[t * 6];
            EXPECT_EQ(mine[0], 50);
            EXPECT_EQ(mine[1], (lane / 8 * 8 + 1) * 10);
            EXPECT_EQ(mine[2], lane < 3 ? lane : lane - 3);
            EXPECT_EQ(mine[3], lane % 16 + 2 > 15 ? lane : lane + 2);
            EXPECT_EQ(mine[4], lane ^ 1);
            EXPECT_EQ(mine[5], 2 * (lane ^ 16) + 1);
        }
    }
}

TEST(Engine, WarpSumAndVotes) {
    for (const Options& options : all_orders) {
        Bench sum = bench("warp_sum", {1}, {128});
        sum.launch(options);
        for (int warp = 0; warp < 4; ++warp) EXPECT_EQ(sum.out[warp], 32 * (32 * warp + 15.5f));
        Bench b = bench("votes", {1}, {32});
        b.launch(options);
        EXPECT_EQ(static_cast<unsigned>(b.counts[0]), 0x49249249u);
        EXPECT_EQ(std::vector<int>(&b.counts[1], &b.counts[4]), (std::vector<int>{1, 1, 0}));
    }
}

TEST(Engine, HalvesOfAWarpTalkApart) {
    for (const Options& options : all_orders) {
        Bench b = bench("half_warps", {1}, {32});
        b.launch(options);
        for (int lane = 0; lane < 16; ++lane) EXPECT_EQ(b.counts[lane], lane ^ 15);
        for (int lane = 16; lane < 32; ++lane) EXPECT_EQ(static_cast<unsigned>(b.counts[lane]), 0xAAAA0000u);
    }
}

TEST(Engine, ExitedLanesTakeNoPartInCollectives) {
    for (const Options& options : all_orders) {
        Bench b = bench("shuffle_after_exit", {1}, {40}, {.n = 20, .m = 19});
        b.launch(options);
        EXPECT_EQ(b.counts[0], 119);
        EXPECT_EQ(b.counts[20], 0);
        EXPECT_EQ(b.counts[32], -1);  // lane 19 of the second warp, of 8 lanes, never was: poison
    }
}

TEST(Engine, MemoryBetweenLanesAfterSyncwarp) {
    for (const Options& options : all_orders) {
        Bench b = bench("warp_exchange_through_memory", {1}, {96});
        b.launch(options);
        for (int t = 0; t < 96; ++t) EXPECT_EQ(b.counts[t], t ^ 1);
    }
}

TEST(Engine, Atomics) {
    Bench b = bench("atomics", {64}, {128});
    b.launch({.workers = 4});
    EXPECT_EQ(b.counts[0], 64 * 128);
    EXPECT_EQ(b.counts[1], 64 * 128 - 1);
    EXPECT_EQ(b.counts[2], -(64 * 128 - 1));
    EXPECT_EQ(b.counts[3], 0x7FFFFFFF);
    EXPECT_GE(b.counts[4], 1);
    EXPECT_EQ(b.counts[5], 7);
    EXPECT_EQ(b.out[0], 64 * 128 * 0.5f);
}

TEST(Engine, ThreadsMayExitEarlyWhereNobodyWaits) {
    for (const Options& options : all_orders) {
        Bench b = bench("early_exit", {4}, {64}, {.n = 200});
        b.launch(options);
        EXPECT_EQ(b.out[199], 398);
        EXPECT_EQ(b.out[200], 0);
    }
}

TEST(Engine, ABarrierThatSomeExitedBeforeNamesTheThreads) {
    for (const Options& options : all_orders) {
        Bench b = bench("exit_before_barrier", {2}, {128}, {.n = 48});
        b.step.label = "conv2d broken";
        const std::string sentence = sentence_of(b, options);
        expect_contains(sentence, "conv2d broken: block (0, 0, 0) of 128 threads cannot go on");
        expect_contains(sentence, "threads 0–47, 64–111 wait at __syncthreads()");
        expect_contains(sentence, "threads 48–63, 112–127 have exited");
    }
}

TEST(Engine, ThreadsThatWaitApartAreNamed) {
    Bench kinds = bench("two_kinds_of_barrier", {1}, {64});
    const std::string two = sentence_of(kinds);
    expect_contains(two, "threads 0–31 wait at __syncthreads()");
    expect_contains(two, "threads 32–63 wait at __syncthreads_count()");

    Bench lanes = bench("lanes_that_never_come", {1}, {32});
    const std::string never = sentence_of(lanes);
    expect_contains(never, "threads 0–15 wait in a __shfl_sync() with mask 0xFFFFFFFF");
    expect_contains(never, "threads 16–31 wait at __syncthreads()");

    Bench mask = bench("mask_without_own_lane", {1}, {32});
    expect_contains(sentence_of(mask), "leaves out its own lane 1");
}

TEST(Engine, AnEngineThatFailedRunsAgain) {
    for (int i = 0; i < 3; ++i) {
        Bench broken = bench("exit_before_barrier", {1}, {256}, {.n = 1});
        sentence_of(broken);
        Bench good = bench("reverse", {1}, {256});
        good.launch();
        EXPECT_EQ(good.out[0], 255);
    }
}

TEST(Engine, ExceptionsComeOutOfTheFirstBlockThatThrows) {
    for (const Options& options : all_orders) {
        Bench b = bench("throws", {100}, {64}, {.n = 17});
        EXPECT_THROW(
            {
                try {
                    b.launch(options);
                } catch (const std::runtime_error& error) {
                    EXPECT_STREQ(error.what(), "from a kernel");
                    throw;
                }
            },
            std::runtime_error);
    }
}

TEST(Engine, Cancellation) {
    Bench b = bench("slow_blocks", {1'000'000}, {64}, {.n = 100'000});
    std::atomic<int> asked = 0;
    const auto start = std::chrono::steady_clock::now();
    const Options options{.workers = 2, .keep_going = [&] { return ++asked < 4; }};
    EXPECT_EQ(sentence_of(b, options, ErrorKind::cancelled), "the computation was cancelled");
    EXPECT_EQ(asked, 4);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Engine, LimitsOfTheHardware) {
    const auto refused = [](Dim3 grid, Dim3 block, size_t shared_bytes, const std::string& part) {
        Bench b = bench("copy", grid, block);
        b.step.shared_bytes = shared_bytes;
        expect_contains(sentence_of(b), part);
    };
    refused({1}, {1025}, 0, "a block of 1025×1×1 threads");
    refused({1}, {32, 33}, 0, "a block of 32×33×1 threads");
    refused({1}, {1, 1, 65}, 0, "at most 64 of them in z");
    refused({1}, {0}, 0, "a block of 0×1×1 threads");
    refused({1, 65536}, {32}, 0, "a grid of 1×65536×1 blocks");
    refused({1, 1, 65536}, {32}, 0, "65535 in z");
    refused({0x8000'0000u}, {32}, 0, "2147483647 in x");
    refused({1}, {32}, 227 * 1024 + 1, "232449 bytes of dynamic shared memory");
    Bench largest = bench("copy", {1}, {1024});
    largest.step.shared_bytes = 227 * 1024;
    EXPECT_NO_THROW(largest.launch());
}

TEST(Engine, LaunchesFromSeveralThreads) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([] {
            for (int run = 0; run < 5; ++run) {
                Bench b = bench("reverse", {4}, {256});
                b.launch({.workers = 2});
                EXPECT_EQ(b.out[0], 255);
            }
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace convscope::sim
