// How far a kernel's answer may lie from the exact one: a bound from rounding theory, not a tolerance.
#pragma once
#include <cstdint>

namespace convscope {

// Whose magnitudes a bound counts.
enum class Sums {
    products,       // of the output's own products: n products and bias, M the sum of their magnitudes
    winograd_f2x2,  // of all products of the 4×4 tile, for they cancel: see reference/tile_sums.h
};

// |y − y_ref| ≤ ((1 + product_error)(1 + γ(an)) − 1)·M + an·2⁻¹⁴⁹ with γ(n) = n·u/(1 − n·u), where n counts
// the products and the bias, a the additions that each takes, and M is the sum of their magnitudes (N.
// Higham, Accuracy and Stability of Numerical Algorithms, §3.1).
struct ErrorModel {
    double unit = 0x1p-24;       // u: rounding unit of the accumulation
    double product_error = 0.0;  // relative error of one product before it is added
    int additions = 1;           // that one product takes
    const char* name = "float32";
    Sums sums = Sums::products;
};

// Tensor cores: both operands rounded to TF32's 11 significant bits, (1 + 2⁻¹¹)² − 1 a product, and sums cut
// off, u = 2⁻²³.
inline constexpr ErrorModel tf32_error{.unit = 0x1p-23, .product_error = 0x1p-10 + 0x1p-22, .name = "tf32"};
// Both operands as two TF32 numbers, 2⁻²² each, and lo·lo ≤ 2⁻²² left out; three additions a product.
inline constexpr ErrorModel three_tf32_error{
    .unit = 0x1p-23, .product_error = 3 * 0x1p-22, .additions = 3, .name = "3xtf32"};

// The bound for `terms` = n and `magnitude` = M.
double rounding_bound(const ErrorModel& model, int64_t terms, double magnitude);

}  // namespace convscope
