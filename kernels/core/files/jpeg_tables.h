// A check of JPEG files that stb_image up to 2.27 leaves out.
#pragma once
#include <cstdint>
#include <span>

namespace convscope {

// Whether no Huffman table of the file has more than 256 codes: such a table makes stb_image write behind
// its own (CVE-2022-28042 and its kin). Follows the markers as stb_image does, so that thumbnails and data
// behind the image's end are not looked at.
bool jpeg_tables_fit(std::span<const uint8_t> bytes);

}  // namespace convscope
