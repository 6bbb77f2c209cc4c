#include "experiment_colours.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

constexpr std::array<ColourMapFacts, 4> facts_table{{
    {ColourMap::viridis, "viridis", "Viridis"},
    {ColourMap::magma, "magma", "Magma"},
    {ColourMap::grey, "grey", "Grey"},
    {ColourMap::diverging, "diverging", "Blue – white – red"},
}};

// Equally spaced stops. Viridis and Magma are those of matplotlib (CC0, S. van der Walt and N. Smith); both,
// and the diverging map, keep their order for every common kind of colour blindness.
constexpr uint32_t viridis[] = {0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e,
                                0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725};
constexpr uint32_t magma[] = {0x000004, 0x180f3e, 0x451077, 0x721f81, 0x9f2f7f,
                              0xcd4071, 0xf1605d, 0xfd9567, 0xfec98d, 0xfcfdbf};
constexpr uint32_t grey[] = {0x000000, 0xffffff};
constexpr uint32_t diverging[] = {0x163a7d, 0x2f6db8, 0x74a9d8, 0xbdd7ea, 0xf5f5f3,
                                  0xf5c6b0, 0xe58a6b, 0xc64637, 0x83121f};

std::span<const uint32_t> stops(ColourMap map) {
    switch (map) {
        case ColourMap::viridis:
            return viridis;
        case ColourMap::magma:
            return magma;
        case ColourMap::grey:
            return grey;
        case ColourMap::diverging:
            return diverging;
    }
    return grey;
}

}  // namespace

std::span<const ColourMapFacts> colour_maps() {
    return facts_table;
}

Rgb colour_at(ColourMap map, float t) {
    const auto table = stops(map);
    const float place = std::clamp(t, 0.0f, 1.0f) * static_cast<float>(table.size() - 1);
    const size_t low = std::min(static_cast<size_t>(place), table.size() - 2);
    const float share = place - static_cast<float>(low);
    const auto mix = [&](int shift) {
        const auto part = [&](size_t k) { return static_cast<float>((table[k] >> shift) & 255); };
        return static_cast<uint8_t>(part(low) + share * (part(low + 1) - part(low)) + 0.5f);
    };
    return {mix(16), mix(8), mix(0)};
}

}  // namespace convscope
