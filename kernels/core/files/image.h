// Images as tensors (1, C, H, W): PNG, JPEG, BMP, HDR (stb_image), PGM and PPM (ours). PNG out.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace convscope {

// 8-bit values /255, 16-bit /65535, PGM and PPM by their own largest value, HDR as they are; no gamma
// change; alpha is dropped; grey stays one channel. The content decides about the format, not the name.
// Throws Error(request) with a sentence for a wrong, huge or truncated file.
Tensor read_image(const std::string& path);
// Whether the name ends like an image that read_image knows.
bool has_image_name(const std::string& path);

// Images have at most this many rows and columns, read or written.
inline constexpr int64_t largest_image_side = 16384;

// Element by element, mapping [low, high] to 0…255; NaN becomes 0, low above high gives the negative.
std::vector<uint8_t> to_bytes(std::span<const float> values, float low, float high);
// Planes (C, H, W) as pixels (H, W, C), as write_png takes them.
std::vector<uint8_t> interleaved(std::span<const uint8_t> planes, int channels);
// `pixels` is rows × columns × channels, channels 1, 3 or 4.
void write_png(const std::string& path, int width, int height, int channels, std::span<const uint8_t> pixels);

}  // namespace convscope
