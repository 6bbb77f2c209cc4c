// What devices allow and what kernels reach: rate over arithmetic intensity, both axes logarithmic.
#pragma once
#include <imgui.h>

#include <string>
#include <vector>

#include "devices/device.h"
#include "widgets/plot_frame.h"

namespace convscope {

struct Roof {
    std::string device{};  // empty where it goes without saying
    Ceilings ceilings{};   // bandwidth and fp32 positive
    // TFLOP/s that this intensity (FLOP/byte) allows in float32.
    double at(double intensity) const;
    // Where arithmetic takes over from bandwidth, in FLOP/byte.
    double ridge() const { return ceilings.fp32_tflops * 1e3 / ceilings.bandwidth_gbs; }
};

struct RooflinePoint {
    std::string label{};
    ImVec4 colour{};
    double intensity = 0;  // FLOP/byte
    double tflops = 0;
    size_t roof = 0;  // its device's
};

// What the axes cover: every point, every ridge and every ceiling.
struct RooflineRanges {
    Range intensity, tflops;
};
RooflineRanges roofline_ranges(const std::vector<Roof>& roofs, const std::vector<RooflinePoint>& points);

// Draws into the box; `roofs` is not empty. `tip` is asked with a place in `points`, or with their number
// where the mouse is on none of them.
void roofline_plot(const std::vector<Roof>& roofs, const std::vector<RooflinePoint>& points, const Box& box,
                   const TipOf& tip);

}  // namespace convscope
