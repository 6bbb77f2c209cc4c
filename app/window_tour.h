// Named states of the window, of which pictures are drawn.
#pragma once
#include <span>

#include "window_driver.h"

namespace convscope {

struct TourStop {
    const char* name;
    const char* preset;
    // What happens after the result is there and before the picture is taken.
    void (*act)(OffscreenApp& app);
};
// What the Explore tab explains.
std::span<const TourStop> explore_stops();

}  // namespace convscope
