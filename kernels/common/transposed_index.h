// The Index of transposed operators: the outputs fall into phases (transposed_phase.h), each a dense problem
// of stride 1 with the taps that reach it. The rows of the packed weights are those of phase after phase;
// within one of input channel after input channel, and there its taps.
#pragma once
#include "common/implicit_gemm.h"
#include "common/transposed_phase.h"

namespace convscope::gemm {

// One axis of a phase, or of the phase that a tap belongs to.
struct PhaseTaps {
    int64_t before;  // taps of the axis' phases that come before
    int64_t taps;
};

struct TransposedIndex {
    static constexpr bool shared_phase = true;
    static int64_t phases(const Problem& problem) {
        const ConvSizes s = conv_sizes(problem);
        return phased_axis(s.depth).phases * phased_axis(s.height).phases * phased_axis(s.width).phases;
    }
    static int64_t most_pixels(const Problem& problem) {
        const ConvSizes s = conv_sizes(problem);
        int64_t count = problem.batch();
        for (const AxisSizes& axis : {s.depth, s.height, s.width})
            count *= axis_phase(phased_axis(axis), 0).outputs;
        return count;
    }
    // The furthest input position at which a window begins, on either side.
    static double furthest_window(const AxisSizes& axis) {
        return static_cast<double>(axis.output) + static_cast<double>(axis.padding);
    }

    static __device__ __forceinline__ Phase phase(const ConvSizes& s, int64_t number) {
        const PhasedAxis depth = phased_axis(s.depth), height = phased_axis(s.height),
                         width = phased_axis(s.width);
        const AxisPhase d = axis_phase(depth, number / width.phases / height.phases),
                        h = axis_phase(height, number / width.phases % height.phases),
                        w = axis_phase(width, number % width.phases);
        const PhaseTaps in_depth{taps_before(s.depth, d.phase), d.taps},
            in_height{taps_before(s.height, h.phase), h.taps},
            in_width{taps_before(s.width, w.phase), w.taps};
        return {gathered(depth, d), gathered(height, h), gathered(width, w),
                first_row(s, in_depth, in_height, in_width), s.group_in * d.taps * h.taps * w.taps};
    }

    static __device__ __forceinline__ Row row(const ConvSizes& s, int64_t channel, const TapIndex& tap) {
        const PhasedAxis depth = phased_axis(s.depth), height = phased_axis(s.height),
                         width = phased_axis(s.width);
        const PhaseTaps d = phase_of(depth, tap.depth), h = phase_of(height, tap.height),
                        w = phase_of(width, tap.width);
        const TapIndex in_phase{tap.depth / depth.k_step, tap.height / height.k_step,
                                tap.width / width.k_step};
        const int64_t in_channel = (in_phase.depth * h.taps + in_phase.height) * w.taps + in_phase.width;
        return {first_row(s, d, h, w) + channel * d.taps * h.taps * w.taps + in_channel,
                {-in_phase.depth * depth.in_step, -in_phase.height * height.in_step,
                 -in_phase.width * width.in_step}};
    }

    // weights (C_in, C_out/groups, K_d, K_h, K_w)
    static __device__ __forceinline__ int64_t weight(const ConvSizes& s, int64_t group, int64_t channel,
                                                     const TapIndex& tap, int64_t out) {
        const int64_t plane = (group * s.group_in + channel) * s.group_out + out;
        return ((plane * s.depth.window + tap.depth) * s.height.window + tap.height) * s.width.window +
               tap.width;
    }

  private:
    static __device__ __forceinline__ PhaseAxis gathered(const PhasedAxis& axis, const AxisPhase& phase) {
        return {phase.outputs, 1, phase.first_in, axis.sizes.stride, phase.phase};
    }
    // The phase whose outputs tap k reaches: (k·dilation − padding) mod stride.
    static __device__ __forceinline__ int64_t phase_number(const AxisSizes& axis, int64_t k) {
        const int64_t remainder = (k * axis.dilation - axis.padding) % axis.stride;
        return remainder < 0 ? remainder + axis.stride : remainder;
    }
    static __device__ __forceinline__ int64_t taps_before(const AxisSizes& axis, int64_t phase) {
        int64_t count = 0;
        for (int64_t k = 0; k < axis.window; ++k) count += phase_number(axis, k) < phase;
        return count;
    }
    static __device__ __forceinline__ PhaseTaps phase_of(const PhasedAxis& axis, int64_t k) {
        const int64_t first_k = k % axis.k_step;
        return {taps_before(axis.sizes, phase_number(axis.sizes, k)),
                (axis.sizes.window - first_k - 1) / axis.k_step + 1};
    }
    // Each tap of an axis belongs to one phase, so phases before this one on the outer axes hold all taps of
    // the inner ones.
    static __device__ __forceinline__ int64_t first_row(const ConvSizes& s, const PhaseTaps& d,
                                                        const PhaseTaps& h, const PhaseTaps& w) {
        const int64_t on_width = h.before * s.width.window + h.taps * w.before;
        return s.group_in * (d.before * s.height.window * s.width.window + d.taps * on_width);
    }
};

}  // namespace convscope::gemm
