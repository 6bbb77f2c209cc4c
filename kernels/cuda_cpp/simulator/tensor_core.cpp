#include "cuda_cpp/simulator/tensor_core.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace convscope::sim {
namespace {

constexpr int products_per_step = 4;
constexpr int fraction_bits = 24;  // kept below the largest exponent: float32's 23 and a guard bit
constexpr int nothing = -10000;    // the exponent of zero

float as_tf32(float x) {
    return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & ~0x1FFFu);
}

// Of the leading digit, as the exponent field says it: subnormal numbers have that of the smallest normal
// one.
int exponent_of(float x) {
    if (x == 0) return nothing;
    const auto field = static_cast<int>(std::bit_cast<uint32_t>(x) >> 23 & 0xFF);
    return std::max(field, 1) - 127;
}

double power_of_two(int exponent) {
    return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

// Rounds toward zero to float32.
float cut_to_float(double x) {
    const auto near = static_cast<float>(x);
    if (std::isinf(near) || std::fabs(static_cast<double>(near)) <= std::fabs(x)) return near;
    return std::nextafter(near, 0.0f);
}

}  // namespace

float tensor_core_sum(float c, const float* a, const float* b) {
    double products[products_per_step];
    int largest = exponent_of(c);
    bool finite = std::isfinite(c);
    for (int i = 0; i < products_per_step; ++i) {
        const float x = as_tf32(a[i]), y = as_tf32(b[i]);
        finite = finite && std::isfinite(x) && std::isfinite(y);
        products[i] = static_cast<double>(x) * static_cast<double>(y);
        largest = std::max(largest, exponent_of(x) + exponent_of(y));
    }
    if (!finite) return c + static_cast<float>(products[0] + products[1] + products[2] + products[3]);
    if (largest < -300) return c;  // all addends are zero or too small for float32
    const double to_units = power_of_two(fraction_bits - largest);
    auto units = static_cast<int64_t>(static_cast<double>(c) * to_units);
    for (const double product : products) units += static_cast<int64_t>(product * to_units);
    return cut_to_float(static_cast<double>(units) * power_of_two(largest - fraction_bits));
}

void mma_m16n8k8_tf32(const MmaLane (&lanes)[32]) {
    float a[16][8], b[8][8];  // (row, k), (column, k)
    for (int lane = 0; lane < 32; ++lane) {
        const int group = lane / 4, in_group = lane % 4;
        for (int i = 0; i < 4; ++i) a[group + 8 * (i % 2)][in_group + 4 * (i / 2)] = lanes[lane].a[i];
        for (int i = 0; i < 2; ++i) b[group][in_group + 4 * i] = lanes[lane].b[i];
    }
    for (int lane = 0; lane < 32; ++lane)
        for (int i = 0; i < 4; ++i) {
            const int row = lane / 4 + 8 * (i / 2), column = lane % 4 * 2 + i % 2;
            float& d = lanes[lane].d[i];
            for (int k = 0; k < 8; k += products_per_step) d = tensor_core_sum(d, &a[row][k], &b[column][k]);
        }
}

}  // namespace convscope::sim
