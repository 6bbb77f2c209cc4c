#include "core/files/image.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/files/pnm.h"
#include "core/text.h"

#ifdef CONVSCOPE_HAVE_IMAGES
#include "core/files/stb.h"
#endif

namespace convscope {
namespace {

constexpr int64_t largest_image_file = int64_t{256} << 20;
constexpr const char* allowed = "PNG, JPEG, BMP, HDR, PGM and PPM are allowed";

// How files of a format begin.
struct Format {
    const char* name;
    std::string_view start;
    bool for_stb;
};
constexpr std::array formats{
    Format{"PNG", "\x89PNG\r\n\x1a\n", true},
    Format{"JPEG", "\xff\xd8\xff", true},
    Format{"BMP", "BM", true},
    Format{"HDR", "#?RADIANCE\n", true},
    Format{"HDR", "#?RGBE\n", true},
    Format{"GIF", "GIF8", false},
    Format{"WebP or another RIFF", "RIFF", false},
    Format{"TIFF", std::string_view("II*\0", 4), false},
    Format{"TIFF", std::string_view("MM\0*", 4), false},
    Format{"SVG or XML", "<", false},
    Format{".npy", "\x93NUMPY", false},
    Format{"OpenEXR", "\x76\x2f\x31\x01", false},
};

const Format* format_of(std::string_view bytes) {
    for (const Format& format : formats)
        if (bytes.starts_with(format.start)) return &format;
    return nullptr;
}

Tensor decode_other(std::span<const uint8_t> bytes, const std::string& path) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const Format* format = format_of(text);
    if (!format) fail_request(cat(path, " is not an image of a known format; ", allowed));
    if (!format->for_stb) fail_request(cat(path, " is a ", format->name, " file; ", allowed));
#ifdef CONVSCOPE_HAVE_IMAGES
    return decode_with_stb(bytes, path);
#else
    fail_request(cat(path, " is a ", format->name,
                     " file, and this program was built without stb_image; PGM and PPM are allowed"));
#endif
}

}  // namespace

Tensor read_image(const std::string& path) {
    const std::vector<uint8_t> bytes = read_file(path, largest_image_file);
    if (bytes.empty()) fail_request(cat(path, " is empty; ", allowed));
    return is_pnm(bytes) ? decode_pnm(bytes, path) : decode_other(bytes, path);
}

bool has_image_name(const std::string& path) {
    const size_t dot = path.find_last_of("./");
    if (dot == std::string::npos || path[dot] != '.') return false;
    std::string ending = path.substr(dot + 1);
    for (char& c : ending) c = char(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::array<std::string_view, 8> known{"png", "jpg", "jpeg", "bmp", "hdr", "pgm", "ppm", "pnm"};
    return std::find(known.begin(), known.end(), ending) != known.end();
}

std::vector<uint8_t> to_bytes(std::span<const float> values, float low, float high) {
    // In float64, so that the width of the range cannot overflow; an empty range has a step in it.
    const double width = double(high) - double(low);
    std::vector<uint8_t> bytes;
    bytes.reserve(values.size());
    for (const float value : values) {
        const double share = width != 0 ? (double(value) - low) / width : value > low ? 1.0 : 0.0;
        bytes.push_back(std::isnan(share) ? 0 : uint8_t(std::clamp(share, 0.0, 1.0) * 255 + 0.5));
    }
    return bytes;
}

std::vector<uint8_t> interleaved(std::span<const uint8_t> planes, int channels) {
    const size_t count = size_t(channels), plane = planes.size() / count;
    std::vector<uint8_t> pixels(plane * count);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = planes[i % count * plane + i / count];
    return pixels;
}

void write_png(const std::string& path, int width, int height, int channels,
               std::span<const uint8_t> pixels) {
#ifdef CONVSCOPE_HAVE_IMAGES
    if (width < 1 || height < 1 || width > largest_image_side || height > largest_image_side)
        fail_request(cat("cannot write ", path, ": the image has ", width, "×", height, " pixels; 1 to ",
                         largest_image_side, " a side are allowed"));
    if (channels != 1 && channels != 3 && channels != 4)
        fail_request(
            cat("cannot write ", path, ": the image has ", channels, " channels; 1, 3 or 4 are allowed"));
    const int64_t bytes = int64_t{width} * height * channels;
    if (bytes != int64_t(pixels.size()))
        fail_request(cat("cannot write ", path, ": ", width, "×", height, " pixels with ", channels,
                         " channels are ", bytes, " bytes; found ", pixels.size()));
    // The packer counts in int and doubles its buffers.
    if (bytes > largest_image_file)
        fail_request(cat("cannot write ", path, ": its pixels take ", bytes_text(double(bytes)), "; at most ",
                         bytes_text(double(largest_image_file)), " are allowed"));
    write_file(path, encode_png(width, height, channels, pixels));
#else
    fail_request(
        cat("cannot write ", path, ": this program was built without stb_image_write, which packs PNG"));
#endif
}

}  // namespace convscope
