#include "xray/occupancy.h"

#include <gtest/gtest.h>

namespace convscope::xray {
namespace {

using Limit = Occupancy::Limit;

const GpuModel& gpu(const char* name) {
    const GpuModel* model = find_gpu_model(name);
    if (!model) throw std::runtime_error(std::string("no GPU is named ") + name);
    return *model;
}

TEST(Occupancy, RegistersAreGivenToWarpsInAPartition) {
    // 160 · 32 = 5120 registers a warp; ⌊16384 / 5120⌋ = 3 warps in each of 4 partitions, 12 in all; 128
    // threads are 4 warps: 3 blocks. 12 of 64 warps; 1000 blocks over 3 · 132.
    const Occupancy it = occupancy(gpu("H200 SXM"), 128, 160, 0, 1000);
    EXPECT_EQ(it.blocks, 3);
    EXPECT_EQ(it.warps, 12);
    EXPECT_DOUBLE_EQ(it.share, 12.0 / 64);
    EXPECT_EQ(it.limit, Limit::registers);
    EXPECT_EQ(it.by_threads, 16);
    EXPECT_EQ(it.by_registers, 3);
    EXPECT_EQ(it.by_blocks, 32);
    EXPECT_EQ(it.by_shared, 228);  // of 1 KiB that is kept back
    EXPECT_DOUBLE_EQ(it.waves, 1000.0 / 396);
    EXPECT_EQ(
        it.sentence,
        "the registers allow 3 blocks of 128 threads on a multiprocessor: 160 a thread make 5120 a warp, "
        "and each of its 4 partitions has 16384");

    // 88 · 32 = 2816, a multiple of 256; ⌊16384 / 2816⌋ = 5 in a partition, 20 warps; the whole file over
    // 2816 would be 23.
    EXPECT_EQ(occupancy(gpu("H200 SXM"), 32, 88, 0, 1).blocks, 20);
    // 33 · 32 = 1056 is rounded up to 1280: ⌊16384 / 1280⌋ = 12, 48 warps, 6 blocks of 8.
    EXPECT_EQ(occupancy(gpu("H200 SXM"), 256, 33, 0, 1).by_registers, 6);
}

TEST(Occupancy, AFullMultiprocessorIsLimitedByItsThreads) {
    // 64 warps over 8; 32 registers a thread give 1024 a warp and ⌊16384 / 1024⌋ · 4 = 64 warps as well.
    const Occupancy it = occupancy(gpu("A100 SXM 80 GB"), 256, 32, 0, 864);
    EXPECT_EQ(it.blocks, 8);
    EXPECT_EQ(it.by_registers, 8);
    EXPECT_DOUBLE_EQ(it.share, 1);
    EXPECT_EQ(it.limit, Limit::threads);
    EXPECT_DOUBLE_EQ(it.waves, 1);  // 864 = 8 · 108
    // 33 threads are two warps, one of which has one thread: 64 warps over 2 is 32.
    EXPECT_EQ(occupancy(gpu("A100 SXM 80 GB"), 33, 16, 0, 1).by_threads, 32);
    // 1536 threads hold one block of 1024.
    EXPECT_EQ(occupancy(gpu("RTX 4090"), 1024, 32, 0, 1).blocks, 1);
}

TEST(Occupancy, SharedMemoryKeepsAKibibyteBackOfEachBlockFromAmpereOn) {
    // 41 KiB + 1 KiB; ⌊164 / 42⌋ = 3 where ⌊164 / 41⌋ would be 4.
    const Occupancy it = occupancy(gpu("A100 SXM 80 GB"), 128, 32, 41 * 1024, 1);
    EXPECT_EQ(it.blocks, 3);
    EXPECT_EQ(it.limit, Limit::shared_memory);
    EXPECT_EQ(
        it.sentence,
        "the shared memory allows 3 blocks of 128 threads on a multiprocessor: 41984 bytes a block take "
        "43008 of its 167936");
    // 100 KiB of an RTX 3090 = 102400; 1028 + 1024 = 2052 is rounded up to 2176 = 17 · 128: 47 blocks.
    EXPECT_EQ(occupancy(gpu("RTX 3090"), 32, 16, 1028, 1).by_shared, 47);
    // Turing keeps nothing back and gives 256 bytes at a time: 1028 becomes 1280, 65536 / 1280 = 51.
    EXPECT_EQ(occupancy(gpu("T4"), 32, 16, 1028, 1).by_shared, 51);
    EXPECT_EQ(occupancy(gpu("T4"), 32, 16, 65536, 1).blocks, 1);
    EXPECT_EQ(occupancy(gpu("T4"), 32, 16, 0, 1).by_shared, 16);  // no more than there are slots
}

TEST(Occupancy, SmallBlocksTakeAllSlots) {
    // One warp a block: 48 warps, ⌊16384 / 512⌋ · 4 = 128 by registers, but 16 slots.
    const Occupancy it = occupancy(gpu("RTX 3090"), 32, 16, 0, 1);
    EXPECT_EQ(it.blocks, 16);
    EXPECT_EQ(it.limit, Limit::blocks);
    EXPECT_DOUBLE_EQ(it.share, 16.0 / 48);
    EXPECT_EQ(it.by_registers, 128);
    EXPECT_EQ(
        it.sentence,
        "the block slots allow 16 blocks of 32 threads on a multiprocessor: it holds 16 blocks at once, "
        "however small");
    EXPECT_EQ(occupancy(gpu("RTX 4090"), 32, 16, 0, 1).blocks, 24);
    EXPECT_EQ(occupancy(gpu("H100 SXM"), 32, 16, 0, 1).blocks, 32);
}

struct TooLarge {
    int threads, registers;
    int64_t shared_bytes;
    const char* sentence;
};

TEST(Occupancy, ABlockThatDoesNotFitSaysWhy) {
    const TooLarge cases[] = {
        {1025, 16, 0, "a block of 1025 threads cannot run: 1 to 1024 are allowed"},
        {0, 16, 0, "a block of 0 threads cannot run: 1 to 1024 are allowed"},
        {32, 256, 0, "256 registers a thread are more than the 255 that a thread can have"},
        // 2304 a warp · 32 warps
        {1024, 72, 0,
         "a block of 1024 threads with 72 registers each needs 73728 registers; the multiprocessor has "
         "65536"},
        // 25 warps of 2560 are 64000, but they are checked as 28.
        {800, 80, 0,
         "a block of 800 threads with 80 registers each needs 71680 registers; the multiprocessor has 65536"},
        {32, 16, 227 * 1024 + 1,
         "a block with 232449 bytes of shared memory cannot run: H200 SXM allows 232448"}};
    for (const TooLarge& c : cases) {
        const Occupancy it = occupancy(gpu("H200 SXM"), c.threads, c.registers, c.shared_bytes, 100);
        EXPECT_EQ(it.limit, Limit::too_large);
        EXPECT_EQ(it.blocks, 0);
        EXPECT_EQ(it.waves, 0);
        EXPECT_EQ(it.sentence, c.sentence);
    }
    EXPECT_EQ(occupancy(gpu("H200 SXM"), 32, 16, 227 * 1024, 1).blocks, 1);
    EXPECT_EQ(occupancy(gpu("H200 SXM"), 768, 80, 0, 1).blocks, 1);  // 24 warps of 2560 are 61440
}

TEST(GpuModels, AreFoundByNameWhateverItsCase) {
    ASSERT_NE(find_gpu_model("h200 sxm"), nullptr);
    EXPECT_STREQ(find_gpu_model("h200 sxm")->name, "H200 SXM");
    EXPECT_EQ(find_gpu_model("H200"), nullptr);
    EXPECT_EQ(find_gpu_model(""), nullptr);
    for (const GpuModel& model : gpu_models()) EXPECT_EQ(find_gpu_model(model.name), &model);
}

ProblemSpec depthwise_3x3() {
    ProblemSpec spec;
    spec.op = Operator::depthwise_conv2d;
    spec.in_channels = 3;
    spec.input = {1, 512, 512};
    spec.kernel_size = {1, 3, 3};
    return spec;
}

TEST(PredictedFloor, IsBytesOverBandwidthAndTapsOverThePeak) {
    // In 3·512², out 3·510², weights 27: 4 · (786432 + 780300 + 27) = 6267036 bytes over 4800 GB/s; 3·510²·9
    // taps, 2 FLOPs each, are 14045400 over 67 TFLOP/s.
    const PredictedFloor floor = predicted_floor(gpu("H200 SXM"), Problem(depthwise_3x3()), {});
    EXPECT_NEAR(floor.memory_ms, 6267036 / 4800e9 * 1e3, 1e-12);
    EXPECT_NEAR(floor.arithmetic_ms, 14045400 / 67e12 * 1e3, 1e-12);
    EXPECT_EQ(floor.floor_ms(), floor.memory_ms);
}

TEST(PredictedFloor, LeavesOutWhatAKernelNeedNotDo) {
    // Padding 1 on 3×3: 7 of 9 kernel positions a row are taps, 49 of 81 products.
    ProblemSpec padded = depthwise_3x3();
    padded.in_channels = 1;
    padded.input = {1, 3, 3};
    padded.padding = {0, 1, 1};
    EXPECT_NEAR(predicted_floor(gpu("H200 SXM"), Problem(padded), {}).arithmetic_ms, 2 * 49 / 67e12 * 1e3,
                1e-15);
    // 1×1 with stride 2 reads 4 of 16 elements and one weight, and writes 4: 36 bytes.
    ProblemSpec strided = depthwise_3x3();
    strided.in_channels = 1;
    strided.input = {1, 4, 4};
    strided.kernel_size = {1, 1, 1};
    strided.stride = {1, 2, 2};
    EXPECT_NEAR(predicted_floor(gpu("H200 SXM"), Problem(strided), {}).memory_ms, 36 / 4800e9 * 1e3, 1e-15);
    // The same along a row of 2³⁰, in no time: 2²⁹ are read and written.
    strided.input = {1, 1, int64_t{1} << 30};
    EXPECT_NEAR(predicted_floor(gpu("H200 SXM"), Problem(strided), {}).memory_ms,
                (8.0 * (1 << 29) + 4) / 4800e9 * 1e3, 1e-9);
}

TEST(PredictedFloor, HoldsAKernelAgainstItsKindOfArithmetic) {
    ProblemSpec spec;
    spec.in_channels = 8;
    spec.out_channels = 16;
    spec.input = {1, 10, 10};
    spec.kernel_size = {1, 3, 3};
    const Problem problem(spec);
    const double flops = 2.0 * 16 * 8 * 9 * 64;  // 8 × 8 outputs
    const auto floor_of = [&](const char* name, const ErrorModel& model) {
        return predicted_floor(gpu(name), problem, model).arithmetic_ms;
    };
    EXPECT_NEAR(floor_of("A10", {}), flops / 31.2e12 * 1e3, 1e-12);
    EXPECT_NEAR(floor_of("A10", tf32_error), flops / 62.5e12 * 1e3, 1e-12);
    EXPECT_NEAR(floor_of("A10", three_tf32_error), 3 * flops / 62.5e12 * 1e3, 1e-12);
    EXPECT_NEAR(floor_of("T4", tf32_error), flops / 8.1e12 * 1e3, 1e-12);  // it has no TF32
    ErrorModel winograd;
    winograd.sums = Sums::winograd_f2x2;
    EXPECT_NEAR(floor_of("A10", winograd), flops * 16 / 36 / 31.2e12 * 1e3, 1e-12);
}

}  // namespace
}  // namespace convscope::xray
