// GifWriter where giflib was not found.
#include "core/errors.h"
#include "core/text.h"
#include "export/gif.h"

namespace convscope {

struct GifWriter::Packer {};

bool gif_supported() {
    return false;
}

std::string gif_support_text() {
    return "none: giflib was not found when ConvScope was built";
}

GifWriter::GifWriter(std::string path, int, int) {
    fail_request(
        cat("cannot write ", path, ": this program was built without giflib, which packs animations"));
}
GifWriter::~GifWriter() = default;
GifWriter::GifWriter(GifWriter&&) noexcept = default;
GifWriter& GifWriter::operator=(GifWriter&&) noexcept = default;
void GifWriter::add_frame(std::span<const uint8_t>, int) {}
void GifWriter::finish() {}

}  // namespace convscope
