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
    bool rests = true;  // what follows from it is waited for
};
// What the Explore tab explains.
std::span<const TourStop> explore_stops();
// The map and the heat of the X-ray tab.
std::span<const TourStop> xray_stops();
// The Source tab, and the figures of the X-ray tab.
std::span<const TourStop> source_stops();
// The path of the course, and steps of it.
std::span<const TourStop> lesson_stops();

}  // namespace convscope
