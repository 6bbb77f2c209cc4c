// stb_image and stb_image_write behind walls of ours: PNG, JPEG, BMP and HDR in, PNG out.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace convscope {

// (1, 1 or 3, H, W) of a PNG, JPEG, BMP or HDR file's bytes. Throws Error(request); `path` is for its
// sentence.
Tensor decode_with_stb(std::span<const uint8_t> bytes, const std::string& path);

// A PNG file's bytes of rows × columns × channels; sizes are checked by the caller.
std::vector<uint8_t> encode_png(int width, int height, int channels, std::span<const uint8_t> pixels);

}  // namespace convscope
