// How far a kernel's answer may lie from the exact one: a bound from rounding theory, not a tolerance.
#pragma once
#include <cstdint>

namespace convscope {

// Whose magnitudes a bound counts.
enum class Sums {
    products,       // of the output's own products: n products and bias, M the sum of their magnitudes
    winograd_f2x2,  // of all products of the 4×4 tile, for they cancel: see reference/tile_sums.h
};

// |y − y_ref| ≤ ((1 + product_error)(1 + γ(n)) − 1)·M + n·2⁻¹⁴⁹ with γ(n) = n·u/(1 − n·u), where n counts
// the products and the bias and M is the sum of their magnitudes (N. Higham, Accuracy and Stability of
// Numerical Algorithms, §3.1).
struct ErrorModel {
    double unit = 0x1p-24;       // u: rounding unit of the accumulation
    double product_error = 0.0;  // relative error of one product before it is added
    const char* name = "float32";
    Sums sums = Sums::products;
};

// Whether an Inf or a NaN also reaches outputs whose window does not meet it: what is summed must cancel, and
// they do not.
inline bool mixes_taps(const ErrorModel& model) {
    return model.sums != Sums::products;
}

// The bound for `terms` = n and `magnitude` = M.
double rounding_bound(const ErrorModel& model, int64_t terms, double magnitude);

}  // namespace convscope
