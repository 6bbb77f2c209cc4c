// Transposed operators by output phase: outputs that lie a stride apart share their taps.
//
// One axis. Kernel position k stamps input `in` onto out = in·stride − padding + k·dilation. The outputs
// out = phase + j·stride, j = 0, 1, …, for one phase in [0, stride), therefore read
//
//     in = j + (phase + padding − k·dilation) / stride
//
// at those k where that divides. With g = gcd(stride, dilation): if one k does, so do those stride/g further
// on, and no others; each lies dilation/g inputs before the last. So tap t of a phase is
//
//     kernel position  first_k + t·k_step    with k_step  = stride/g
//     input position   j + first_in − t·in_step   with in_step = dilation/g
//
// which is a dense problem of stride 1: the remainders are gone. With stride 1 there is one phase, of all k:
// the convolution with flipped weights. Each k belongs to one phase; a phase may have no tap.
//
// All functions are constexpr, so that host and device may call them.
#pragma once
#include <algorithm>
#include <numeric>

#include "common/sizes.h"

namespace convscope {

// What the phases of one axis share.
struct PhasedAxis {
    AxisSizes sizes;
    int64_t phases;  // those that have outputs: min(stride, output)
    int64_t k_step;
    int64_t in_step;
};

struct AxisPhase {
    int64_t phase;    // its first output; the next ones are a stride apart
    int64_t outputs;  // at least 1
    int64_t taps;     // may be 0
    int64_t first_k;
    int64_t first_in;  // what tap 0 of the first output reads; may lie outside, on either side
};

// The taps of one output that lie inside the input, count of them: number t has kernel position
// first_k + t·k_step and reads input first_in − t·in_step. A loop over them needs no test and no remainder.
struct InsideTaps {
    int64_t count;
    int64_t first_k;
    int64_t first_in;
};

constexpr PhasedAxis phased_axis(const AxisSizes& sizes) {
    const int64_t g = std::gcd(sizes.stride, sizes.dilation);
    return {.sizes = sizes,
            .phases = std::min(sizes.stride, sizes.output),
            .k_step = sizes.stride / g,
            .in_step = sizes.dilation / g};
}

// How many outputs a phase has; phase 0 has the most. `phase` in [0, axis.phases), here and below.
constexpr int64_t phase_outputs(const PhasedAxis& axis, int64_t phase) {
    return (axis.sizes.output - phase - 1) / axis.sizes.stride + 1;
}

constexpr AxisPhase axis_phase(const PhasedAxis& axis, int64_t phase) {
    const AxisSizes& s = axis.sizes;
    AxisPhase out{
        .phase = phase, .outputs = phase_outputs(axis, phase), .taps = 0, .first_k = 0, .first_in = 0};
    // The kernel positions of the phase recur every k_step, so the first one is found before that.
    for (int64_t k = 0; k < s.window && k < axis.k_step; ++k) {
        const int64_t distance = phase + s.padding - k * s.dilation;
        if (distance % s.stride != 0) continue;
        out.taps = (s.window - k - 1) / axis.k_step + 1;
        out.first_k = k;
        out.first_in = distance / s.stride;
        break;
    }
    return out;
}

constexpr int64_t phase_output(const PhasedAxis& axis, const AxisPhase& phase, int64_t j) {
    return phase.phase + j * axis.sizes.stride;
}

// The input position of tap `t` for output number j of the phase; may lie outside of the input.
constexpr int64_t phase_input(const PhasedAxis& axis, const AxisPhase& phase, int64_t j, int64_t t) {
    return j + phase.first_in - t * axis.in_step;
}

// For output number j of the phase: 0 ≤ phase_input < input, solved for t. Positions fall as t grows, so
// those past the input's end come first.
constexpr InsideTaps taps_inside(const PhasedAxis& axis, const AxisPhase& phase, int64_t j) {
    const int64_t in = phase_input(axis, phase, j, 0);
    const int64_t past = in - axis.sizes.input + 1;  // so far past the last input element
    const int64_t first = past > 0 ? (past - 1) / axis.in_step + 1 : 0;
    const int64_t not_before = in < 0 ? 0 : in / axis.in_step + 1;  // taps at positions of 0 and more
    const int64_t end = std::min(not_before, phase.taps);
    return {.count = std::max(end - first, int64_t{0}),
            .first_k = phase.first_k + first * axis.k_step,
            .first_in = in - first * axis.in_step};
}

}  // namespace convscope
