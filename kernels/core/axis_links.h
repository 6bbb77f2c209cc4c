// One axis of a convolution: which kernel position of which output coordinate reads which input coordinate.
// Taps know padding, stride and dilation only from axis_links.cpp. One relation serves both directions:
// far = near·s − p + k·d, where conv reads its input at `far` for its output `near`, and transposed, which
// exchanges input and output, stamps its input `near` onto its output `far`.
//
// `axis` is 0, 1 or 2 (depth, height, width); a 2D operator has depth 1. Coordinates and kernel positions
// count elements from 0 and lie within the problem's sizes, unless a comment says otherwise.
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

// Transposed: out + p − k·d, the coordinate on the input with s − 1 zeros stuffed between its elements,
// where input element i stands at i·s. conv stuffs nothing, so it is the input's: out·s − p + k·d.
// Both may lie outside.
int64_t stuffed_coordinate(const Problem& problem, int axis, int64_t out, int64_t k);

// Where one kernel position of an output coordinate falls, also where it is no tap.
struct WindowCell {
    int64_t k;
    int64_t place;  // ⌊stuffed coordinate / spacing⌋, the spacing being s for transposed, 1 for conv
    // input: reads input coordinate `place`. padding: `place` lies outside of the input. between (transposed
    // only): falls on a stuffed zero after `place`, which may lie outside like any other place.
    enum class Kind { input, padding, between } kind;
};
// All K cells of an output coordinate, in the order of k. Those of kind `input` are the axis' taps.
std::vector<WindowCell> window_cells(const Problem& problem, int axis, int64_t out);

// Kernel position `k` of output coordinate `out` reads input coordinate `in`.
struct AxisLink {
    int64_t out, k, in;
    bool operator==(const AxisLink&) const = default;
};
// All links of one output coordinate, in the order of k.
std::vector<AxisLink> axis_links_of_output(const Problem& problem, int axis, int64_t out);
// All links of one input coordinate, in the order of k.
std::vector<AxisLink> axis_links_of_input(const Problem& problem, int axis, int64_t in);
// All links of one kernel position, in the order of out (and of in).
std::vector<AxisLink> axis_links_of_weight(const Problem& problem, int axis, int64_t k);

// The sizes of these lists: how many kernel positions of `out` read the input along an axis, …
int64_t axis_taps(const Problem& problem, int axis, int64_t out);
int64_t axis_link_count_of_input(const Problem& problem, int axis, int64_t in);
int64_t axis_link_count_of_weight(const Problem& problem, int axis, int64_t k);
// The sum of axis_taps over all output coordinates of the axis, from a closed formula per k.
int64_t axis_taps_total(const Problem& problem, int axis);

}  // namespace convscope
