// The Index of convolutions: one phase, whose rows are the taps in the order of the weights.
#pragma once
#include "common/implicit_gemm.h"

namespace convscope::gemm {

static __device__ __forceinline__ PhaseAxis window_axis(const AxisSizes& axis) {
    return {axis.output, axis.stride, -axis.padding, 1, 0};
}

struct ConvIndex {
    static constexpr bool shared_phase = false;
    static int64_t phases(const Problem&) { return 1; }
    static int64_t most_pixels(const Problem& problem) {
        const Axes& out = problem.output();
        return problem.batch() * out[0] * out[1] * out[2];
    }

    // The furthest input position at which a window begins, on either side.
    static double furthest_window(const AxisSizes& axis) {
        return static_cast<double>(axis.output) * static_cast<double>(axis.stride) +
               static_cast<double>(axis.padding);
    }

    static __device__ __forceinline__ Phase phase(const ConvSizes& s, int64_t) {
        return {window_axis(s.depth), window_axis(s.height), window_axis(s.width), 0,
                s.group_in * s.depth.window * s.height.window * s.width.window};
    }
    static __device__ __forceinline__ Row row(const ConvSizes& s, int64_t channel, const TapIndex& tap) {
        return {flat(s, channel, tap),
                {tap.depth * s.depth.dilation, tap.height * s.height.dilation, tap.width * s.width.dilation}};
    }
    // weights (C_out, C_in/groups, K_d, K_h, K_w)
    static __device__ __forceinline__ int64_t weight(const ConvSizes& s, int64_t group, int64_t channel,
                                                     const TapIndex& tap, int64_t out) {
        const int64_t window = s.depth.window * s.height.window * s.width.window;
        return (group * s.group_out + out) * s.group_in * window + flat(s, channel, tap);
    }

  private:
    static __device__ __forceinline__ int64_t flat(const ConvSizes& s, int64_t channel, const TapIndex& tap) {
        return ((channel * s.depth.window + tap.depth) * s.height.window + tap.height) * s.width.window +
               tap.width;
    }
};

}  // namespace convscope::gemm
