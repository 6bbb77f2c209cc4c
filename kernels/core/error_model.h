// How far a kernel's answer may lie from the exact one: a bound from rounding theory, not a tolerance.
#pragma once
#include <cstdint>

namespace convscope {

// |y − y_ref| ≤ ((1 + product_error)(1 + γ(n)) − 1)·M + n·2⁻¹⁴⁹ with γ(n) = n·u/(1 − n·u), where n counts
// the products and the bias and M is the sum of their magnitudes (N. Higham, Accuracy and Stability of
// Numerical Algorithms, §3.1).
struct ErrorModel {
    double unit = 0x1p-24;       // u: rounding unit of the accumulation
    double product_error = 0.0;  // relative error of one product before it is added
    const char* name = "float32";
};

// The bound for `terms` = n and `magnitude` = M.
double rounding_bound(const ErrorModel& model, int64_t terms, double magnitude);

}  // namespace convscope
