// PGM and PPM images, as text (P2, P3) or binary (P5, P6), 8 or 16 bits: netpbm's man pages pgm(5), ppm(5).
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "core/tensor.h"

namespace convscope {

// Whether the bytes begin like any netpbm file: P1 … P7.
bool is_pnm(std::span<const uint8_t> bytes);

// (1, 1 or 3, H, W), values divided by the file's largest value. Where several images follow each other,
// as the format allows, the first. Throws Error(request) for anything else; `path` is for its sentence.
Tensor decode_pnm(std::span<const uint8_t> bytes, const std::string& path);

}  // namespace convscope
