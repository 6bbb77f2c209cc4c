// The 256 colours of a picture that has more.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

struct GifColour {
    uint8_t red = 0, green = 0, blue = 0;
    bool operator==(const GifColour&) const = default;
};

struct GifPicture {
    std::vector<GifColour> palette;  // 1 to 256
    std::vector<uint8_t> indices;    // one a pixel
};

// `pixels` are RGB. Up to 256 colours stay exactly as they are; more are cut into boxes at the mean of their
// widest spread, each box becoming its mean colour (after Wu, "Efficient statistical computations for optimal
// color quantization", Graphics Gems II, 1991), and no dithering disturbs flat areas and text.
GifPicture with_palette(std::span<const uint8_t> pixels);

}  // namespace convscope
