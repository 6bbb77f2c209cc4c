// Tensor cores and asynchronous copies: their numbers, who holds them, and when they arrive.
#include "cuda_cpp/simulator/tensor_core.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cuda_cpp/simulator/test_bench.h"

namespace convscope::sim {
namespace {

constexpr float u = 0x1p-24f;

float sum(float c, std::initializer_list<float> a, std::initializer_list<float> b) {
    return tensor_core_sum(c, a.begin(), b.begin());
}

Bench bench(const char* kernel, Dim3 block, TestSizes sizes = {}) {
    return Bench("test_kernels.so", kernel, {1}, block, sizes);
}

std::string sentence_of(Bench& b) {
    try {
        b.launch();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(TensorCore, IntegersAreExact) {
    EXPECT_EQ(sum(5, {2047, -3, 1, 0}, {2047, 100, 7, 9}), 5 + 2047 * 2047 - 300 + 7);
    EXPECT_EQ(sum(0, {0, 0, 0, 0}, {1, 2, 3, 4}), 0);
    EXPECT_EQ(sum(-8, {0, 0, 0, 0}, {1, 2, 3, 4}), -8);
}

TEST(TensorCore, CutsTowardZeroWhereFloat32Rounds) {
    // 1 + 1.5·2⁻²³ lies nearer to 1 + 2·2⁻²³, and is cut to 1 + 2⁻²³.
    EXPECT_EQ(sum(1, {3 * u, 0, 0, 0}, {1, 0, 0, 0}), 1 + 2 * u);
    EXPECT_EQ(sum(-1, {-3 * u, 0, 0, 0}, {1, 0, 0, 0}), -1 - 2 * u);
    // Four addends below the guard bit are lost one by one, though together they are 1.96·2⁻²³.
    EXPECT_EQ(sum(1, {0.98f * u, 0.98f * u, 0.98f * u, 0.98f * u}, {1, 1, 1, 1}), 1);
    // Two halves of the last digit meet in the guard bit.
    EXPECT_EQ(sum(1, {u, u, 0, 0}, {1, 1, 0, 0}), 1 + 2 * u);
}

TEST(TensorCore, SeesTenBitsOfAFraction) {
    const float x = 1 + 0x1p-10f;
    EXPECT_EQ(sum(0, {std::nextafter(x, 2.0f), 0, 0, 0}, {1, 0, 0, 0}), x);
    EXPECT_EQ(sum(0, {std::nextafter(x, 0.0f), 0, 0, 0}, {1, 0, 0, 0}), 1);
}

TEST(TensorCore, InfinityAndNaNStay) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(sum(0, {infinity, 1, 0, 0}, {2, 1, 0, 0}), infinity);
    EXPECT_TRUE(std::isnan(sum(0, {infinity, 1, 0, 0}, {0, 1, 0, 0})));
    EXPECT_EQ(sum(0, {1e20f, 0, 0, 0}, {1e20f, 0, 0, 0}), infinity);
    const float tiny = std::numeric_limits<float>::denorm_min();
    EXPECT_EQ(sum(8 * tiny, {0, 0, 0, 0}, {0, 0, 0, 0}), 8 * tiny);
}

TEST(TensorCore, AWarpHoldsItsFragmentsAsTheManualSays) {
    for (const FiberOrder order : {FiberOrder::ascending, FiberOrder::reversed, FiberOrder::random}) {
        Bench b = bench("tensor_product", {32}, {.n = 32});
        for (size_t i = 0; i < 192; ++i) b.in[i] = static_cast<float>((i * 37 + 11) % 23) - 9;
        b.launch({.order = order, .seed = 3});
        for (size_t row = 0; row < 16; ++row)
            for (size_t column = 0; column < 8; ++column) {
                float expected = 0;
                for (size_t k = 0; k < 8; ++k) expected += b.in[row * 8 + k] * b.in[128 + k * 8 + column];
                ASSERT_EQ(b.out[row * 8 + column], expected) << row << ", " << column;
            }
    }
}

TEST(TensorCore, AllLanesOfAWarpTakePart) {
    Bench b = bench("tensor_product", {32}, {.n = 31});
    EXPECT_EQ(sentence_of(b),
              "tensor_product: block (0, 0, 0) calls mma.sync in a warp that lacks 1 of the 32 lanes that it "
              "takes");
}

TEST(AsyncCopies, LandAtTheirWaitAndNotBefore) {
    for (const int left_open : {0, 1, 2}) {
        Bench b = bench("async_copies", {64}, {.n = left_open});
        for (float& x : b.in) x += 1;
        b.launch();
        for (int i = 0; i < 64; ++i)
            for (int group = 0; group < 2; ++group) {
                const float value = b.out[static_cast<size_t>(64 * group + i)];
                const bool landed = group < 2 - left_open, taken = (63 - i) % 3 != 0;
                if (landed)
                    ASSERT_EQ(value, taken ? 64 * group + 64 - i : 0) << i;
                else
                    ASSERT_TRUE(std::isnan(value))
                        << "group " << group << " landed, " << left_open << " left open";
            }
    }
}

TEST(AsyncCopies, AreAlignedToTheirSize) {
    Bench b = bench("async_float4", {64});
    b.launch();
    EXPECT_EQ(b.out[63], 63);
    Bench shifted = bench("async_float4", {64}, {.n = 1});
    EXPECT_EQ(
        sentence_of(shifted),
        "async_float4: thread 0 of block (0, 0, 0) begins an asynchronous copy of 16 bytes between addresses "
        "that are not aligned to them");
}

}  // namespace
}  // namespace convscope::sim
