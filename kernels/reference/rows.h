// The inner loops of the float64 reference: one output row at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "core/problem.h"
#include "core/tensor.h"

namespace convscope::detail {

// Adds the taps of input channel `c` (flat over n and C_in) with the K_d×K_h×K_w window `weights` to the
// row (od, oh, 0 … W_out − 1): values += Σ w·x and magnitude += Σ |w·x|.
void add_channel_row(const Problem& problem, const float* input, int64_t c, const float* weights, int64_t od,
                     int64_t oh, double* values, double* magnitude);

// values[i] += factor · from[i], magnitude[i] += |factor| · from_magnitude[i], for `count` elements.
void add_scaled(double factor, const double* from, const double* from_magnitude, int64_t count,
                double* values, double* magnitude);

}  // namespace convscope::detail
