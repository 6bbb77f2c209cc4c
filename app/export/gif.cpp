#include "export/gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <new>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/text.h"
#include "export/gif_palette.h"

namespace convscope {
namespace {

constexpr size_t most_bytes = size_t{512} << 20;
constexpr int colour_bits = 8;

struct Rectangle {
    int left = 0, top = 0, width = 0, height = 0;
};

std::vector<uint8_t> without_alpha(std::span<const uint8_t> pixels, size_t count) {
    if (pixels.size() == count * 3) return {pixels.begin(), pixels.end()};
    std::vector<uint8_t> out;
    out.reserve(count * 3);
    for (size_t i = 0; i < count; ++i)
        out.insert(out.end(), {pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]});
    return out;
}

// The smallest one around all pixels that differ; empty where none does.
Rectangle changed(const std::vector<uint8_t>& before, const std::vector<uint8_t>& now, int width,
                  int height) {
    int left = width, right = 0, top = height, bottom = 0;
    const auto row_bytes = static_cast<size_t>(width) * 3;
    for (int y = 0; y < height; ++y) {
        const uint8_t* a = before.data() + static_cast<size_t>(y) * row_bytes;
        const uint8_t* b = now.data() + static_cast<size_t>(y) * row_bytes;
        const auto first = std::mismatch(a, a + row_bytes, b).first - a;
        if (first == static_cast<std::ptrdiff_t>(row_bytes)) continue;
        auto last = static_cast<std::ptrdiff_t>(row_bytes) - 1;
        while (a[last] == b[last]) --last;
        left = std::min(left, static_cast<int>(first / 3));
        right = std::max(right, static_cast<int>(last / 3) + 1);
        top = std::min(top, y);
        bottom = y + 1;
    }
    return bottom == 0 ? Rectangle{} : Rectangle{left, top, right - left, bottom - top};
}

struct CloseFile {
    void operator()(GifFileType* file) const {
        int ignored = 0;
        EGifCloseFile(file, &ignored);
    }
};

struct FreeMap {
    void operator()(ColorMapObject* map) const { GifFreeMapObject(map); }
};

// GIF wants a power of two, of at least two colours.
std::unique_ptr<ColorMapObject, FreeMap> map_of(const std::vector<GifColour>& palette) {
    std::array<GifColorType, 256> colours{};
    for (size_t i = 0; i < palette.size(); ++i)
        colours[i] = {palette[i].red, palette[i].green, palette[i].blue};
    const auto count = std::max<size_t>(2, std::bit_ceil(palette.size()));
    std::unique_ptr<ColorMapObject, FreeMap> map(GifMakeMapObject(static_cast<int>(count), colours.data()));
    if (!map) throw std::bad_alloc();
    return map;
}

}  // namespace

// giflib's state and the bytes that it has written.
struct GifWriter::Packer {
    std::string path;
    int width, height;
    std::vector<uint8_t> bytes{}, last{};  // last: the frame before, RGB
    std::unique_ptr<GifFileType, CloseFile> file{};
    bool too_large = false;

    Packer(std::string of_path, int of_width, int of_height)
        : path(std::move(of_path)), width(of_width), height(of_height) {
        int error = 0;
        file.reset(EGifOpen(this, append, &error));
        if (!file) fail(error);
        EGifSetGifVersion(file.get(), true);
        require(EGifPutScreenDesc(file.get(), width, height, colour_bits, 0, nullptr));
        const std::array<uint8_t, 3> for_ever{1, 0, 0};
        require(EGifPutExtensionLeader(file.get(), APPLICATION_EXT_FUNC_CODE));
        require(EGifPutExtensionBlock(file.get(), 11, "NETSCAPE2.0"));
        require(EGifPutExtensionBlock(file.get(), for_ever.size(), for_ever.data()));
        require(EGifPutExtensionTrailer(file.get()));
    }
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;

    // An exception must not pass through giflib: it learns that fewer bytes were taken.
    static int append(GifFileType* gif, const GifByteType* from, int count) {
        auto* self = static_cast<Packer*>(gif->UserData);
        try {
            self->too_large |= self->bytes.size() + static_cast<size_t>(count) > most_bytes;
            if (self->too_large) return 0;
            self->bytes.insert(self->bytes.end(), from, from + count);
            return count;
        } catch (const std::bad_alloc&) {
            return 0;
        }
    }

    // 0, or giflib's error.
    int close() {
        int error = 0;
        return EGifCloseFile(file.release(), &error) == GIF_OK ? 0 : error;
    }
    void require(int status) {
        if (status != GIF_OK) fail(file->Error);
    }
    [[noreturn]] void fail(int error) const {
        if (too_large)
            fail_request(cat("cannot write ", path, ": the animation has more than ", most_bytes >> 20,
                             " MiB; fewer or smaller frames are needed"));
        const char* reason = GifErrorString(error);
        throw Error(ErrorKind::failed, cat("packing the animation ", path,
                                           " failed: ", reason ? reason : "giflib gives no reason"));
    }

    void put(const Rectangle& at, GifPicture& picture, int delay, int transparent) {
        const GraphicsControlBlock control{DISPOSE_DO_NOT, false, delay, transparent};
        std::array<GifByteType, 4> extension{};
        EGifGCBToExtension(&control, extension.data());
        require(EGifPutExtension(file.get(), GRAPHICS_EXT_FUNC_CODE, extension.size(), extension.data()));
        const auto map = map_of(picture.palette);
        require(EGifPutImageDesc(file.get(), at.left, at.top, at.width, at.height, false, map.get()));
        for (int y = 0; y < at.height; ++y)
            require(EGifPutLine(
                file.get(), picture.indices.data() + static_cast<size_t>(y) * static_cast<size_t>(at.width),
                at.width));
    }

    void add(std::vector<uint8_t> pixels, int delay) {
        const Rectangle whole{0, 0, width, height};
        const Rectangle at = last.empty() ? whole : changed(last, pixels, width, height);
        if (at.width == 0) {  // a longer delay only: one pixel that lets the old one through
            GifPicture nothing{{{}}, {0}};
            put({0, 0, 1, 1}, nothing, delay, 0);
            return;
        }
        std::vector<uint8_t> part;
        for (int y = at.top; y < at.top + at.height; ++y) {
            const auto row = pixels.begin() + (static_cast<std::ptrdiff_t>(y) * width + at.left) * 3;
            part.insert(part.end(), row, row + static_cast<std::ptrdiff_t>(at.width) * 3);
        }
        GifPicture picture = with_palette(part);
        put(at, picture, delay, NO_TRANSPARENT_COLOR);
        last = std::move(pixels);
    }
};

bool gif_supported() {
    return true;
}

std::string gif_support_text() {
    return cat("GIF by giflib ", GIFLIB_MAJOR, ".", GIFLIB_MINOR, ".", GIFLIB_RELEASE);
}

GifWriter::GifWriter(std::string path, int width, int height) {
    if (width < 1 || height < 1 || width > largest_gif_side || height > largest_gif_side)
        fail_request(cat("cannot write ", path, ": the animation has ", width, "×", height, " pixels; 1 to ",
                         largest_gif_side, " a side are allowed"));
    packer_ = std::make_unique<Packer>(std::move(path), width, height);
}
GifWriter::~GifWriter() = default;
GifWriter::GifWriter(GifWriter&&) noexcept = default;
GifWriter& GifWriter::operator=(GifWriter&&) noexcept = default;

void GifWriter::add_frame(std::span<const uint8_t> pixels, int delay) {
    const auto count = static_cast<size_t>(packer_->width) * static_cast<size_t>(packer_->height);
    if (pixels.size() != count * 3 && pixels.size() != count * 4)
        fail_request(cat("cannot write ", packer_->path, ": a frame of ", packer_->width, "×",
                         packer_->height, " pixels has ", count * 3, " or ", count * 4, " bytes; found ",
                         pixels.size()));
    if (delay < 1 || delay > 65535)
        fail_request(cat("cannot write ", packer_->path, ": a frame's delay is ", delay,
                         " hundredths of a second; 1 to 65535 are allowed"));
    assert(packer_->file);
    packer_->add(without_alpha(pixels, count), delay);
}

void GifWriter::finish() {
    assert(packer_->file);
    if (packer_->last.empty())
        fail_request(cat("cannot write ", packer_->path, ": the animation has no frame"));
    if (const int error = packer_->close()) packer_->fail(error);
    write_file(packer_->path, packer_->bytes);
}

}  // namespace convscope
