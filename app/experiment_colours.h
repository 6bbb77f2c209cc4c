// Colour maps: one table for experiments, the shader, the legends and the text drawn on cells.
#pragma once
#include <cstdint>
#include <span>

namespace convscope {

enum class ColourMap { viridis, magma, grey, diverging };

struct ColourMapFacts {
    ColourMap map;
    const char* name;   // in files
    const char* title;  // in the window
};
std::span<const ColourMapFacts> colour_maps();

struct Rgb {
    uint8_t r = 0, g = 0, b = 0;
};
// t from 0 to 1; outside it is clamped.
Rgb colour_at(ColourMap map, float t);

inline constexpr Rgb colour_of_nan{214, 70, 208};
inline constexpr Rgb colour_of_inf{240, 150, 20};

}  // namespace convscope
