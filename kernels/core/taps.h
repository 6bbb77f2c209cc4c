// Which products enter which output element. Everything that explains or draws a convolution asks here.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/problem.h"

namespace convscope {

// The input coordinate that kernel position `k` of output coordinate `out` reads along an axis, or nothing
// where that is padding (conv), or falls between two input elements or outside (transposed).
// conv: i = out·s − p + k·d. Transposed: i = (out + p − k·d)/s, where that divides.
std::optional<int64_t> input_coordinate(const Problem& problem, int axis, int64_t out, int64_t k);

// How many kernel positions of `out` read the input along an axis.
int64_t axis_taps(const Problem& problem, int axis, int64_t out);
// The sum of axis_taps over all output coordinates of the axis, from a closed formula per k.
int64_t axis_taps_total(const Problem& problem, int axis);

// One product: flat indices into the tensors.
struct Tap {
    int64_t input;
    int64_t weight;
    int64_t pointwise = -1;  // separable only
};
// All products of one output element, in the order of channels, then kernel positions.
std::vector<Tap> taps(const Problem& problem, int64_t output_index);
// Their number: taps(…).size() without the list. Separable: C_in depthwise windows and one pointwise
// product each, as n₁ + n₂ of one output element: window + C_in.
int64_t tap_count(const Problem& problem, int64_t output_index);

// All multiplications of the problem (padding excluded; separable: both stages).
double exact_taps(const Problem& problem);
// The share of output elements that receive any tap: below 1 where a transposed stride skips some.
double fed_share(const Problem& problem);

// Flat index to (n, c, d, h, w) and back, for outputs.
struct OutputPosition {
    int64_t n, c;
    Axes at;
};
OutputPosition output_position(const Problem& problem, int64_t flat_index);
int64_t output_index(const Problem& problem, const OutputPosition& position);

}  // namespace convscope
