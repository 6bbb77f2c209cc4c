// Which products enter which output element. Everything that explains or draws a convolution asks here, or
// the inverses (core/tap_inverses.h).
#pragma once
#include <cstdint>
#include <vector>

#include "core/axis_links.h"
#include "core/positions.h"
#include "core/problem.h"

namespace convscope {

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

}  // namespace convscope
