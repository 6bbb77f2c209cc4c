#include "core/files/stb.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/errors.h"
#include "core/files/jpeg_tables.h"
#include "core/text.h"

// Which formats, and how large, is what fuzzing found safe (stb_image 2.27): GIF, PSD, PNM and the others
// crash on damaged files, `req_comp` other than 0 can overflow, and JPEG tables are read before they are
// written, so that memory has to come zeroed.
namespace convscope::stb {
namespace {

constexpr size_t memory_budget = size_t{256} << 20;  // for one image, all tables and passes included

struct Damaged {};    // an assertion of stb's failed
struct Truncated {};  // it asked for more bytes than the file has
struct OverBudget {};

// Memory of one decoding. Whatever is left is freed when it ends, also by an exception through stb's code.
class Arena {
  public:
    Arena() { current() = this; }
    ~Arena() {
        current() = nullptr;
        while (blocks_) release(blocks_ + 1);
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    static Arena*& current() {
        thread_local Arena* arena = nullptr;
        return arena;
    }

    void* allocate(size_t bytes) {
        if (bytes > memory_budget - used_) throw OverBudget{};
        auto* block = static_cast<Block*>(std::calloc(1, sizeof(Block) + bytes));
        if (!block) throw OverBudget{};
        block->bytes = bytes;
        block->next = blocks_;
        if (blocks_) blocks_->previous = block;
        blocks_ = block;
        used_ += bytes;
        return block + 1;
    }

    void* resize(void* memory, size_t bytes) {
        void* const moved = allocate(bytes);
        if (memory) {
            std::memcpy(moved, memory, std::min(bytes, (static_cast<Block*>(memory) - 1)->bytes));
            release(memory);
        }
        return moved;
    }

    void release(void* memory) {
        if (!memory) return;
        Block* const block = static_cast<Block*>(memory) - 1;
        (block->previous ? block->previous->next : blocks_) = block->next;
        if (block->next) block->next->previous = block->previous;
        used_ -= block->bytes;
        std::free(block);
    }

  private:
    struct alignas(std::max_align_t) Block {
        Block* next = nullptr;
        Block* previous = nullptr;
        size_t bytes = 0;
    };
    Block* blocks_ = nullptr;
    size_t used_ = 0;
};

}  // namespace
}  // namespace convscope::stb

#define STBI_MALLOC(bytes) convscope::stb::Arena::current()->allocate(bytes)
#define STBI_REALLOC(memory, bytes) convscope::stb::Arena::current()->resize(memory, bytes)
#define STBI_FREE(memory) convscope::stb::Arena::current()->release(memory)
#define STBI_ASSERT(condition) ((condition) ? void() : throw convscope::stb::Damaged{})
#define STBI_MAX_DIMENSIONS 16384
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_HDR
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace convscope {
namespace {

// Gives stb the file's bytes, and notices when it wants more: with bytes in memory it would silently read
// zeros, and loop for ever in a truncated HDR file.
class Source {
  public:
    explicit Source(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    static const stbi_io_callbacks* callbacks() {
        static const stbi_io_callbacks table{
            [](void* user, char* to, int count) { return static_cast<Source*>(user)->read(to, count); },
            [](void* user, int count) { static_cast<Source*>(user)->skip(count); },
            [](void* user) {
                return int(static_cast<Source*>(user)->at_ == static_cast<Source*>(user)->bytes_.size());
            }};
        return &table;
    }

  private:
    int read(char* to, int wanted) {
        // Filling its buffer, stb takes what there is; any other request is for exactly these bytes.
        constexpr int buffer_bytes = sizeof(stbi__context::buffer_start);
        const size_t left = bytes_.size() - at_;
        if (wanted < 0 || left == 0 || (left < size_t(wanted) && wanted != buffer_bytes))
            throw stb::Truncated{};
        const size_t count = std::min(left, size_t(wanted));
        std::memcpy(to, bytes_.data() + at_, count);
        at_ += count;
        return int(count);
    }
    void skip(int count) { at_ += std::min(bytes_.size() - at_, size_t(std::max(count, 0))); }

    std::span<const uint8_t> bytes_;
    size_t at_ = 0;
};

// What stb says of one image; each question reads the bytes from their start.
struct Facts {
    int width = 0, height = 0, channels = 0;
    bool hdr = false, wide = false;
};

Facts ask(std::span<const uint8_t> bytes, const std::string& path) {
    Facts facts;
    const auto* read = Source::callbacks();
    Source source(bytes);
    if (!stbi_info_from_callbacks(read, &source, &facts.width, &facts.height, &facts.channels))
        fail_request(cat(path, " cannot be decoded: ", stbi_failure_reason()));
    if (facts.width < 1 || facts.height < 1 || facts.width > STBI_MAX_DIMENSIONS ||
        facts.height > STBI_MAX_DIMENSIONS)
        fail_request(cat(path, " has ", facts.width, "×", facts.height, " pixels; 1 to ", STBI_MAX_DIMENSIONS,
                         " a side are allowed"));
    Source for_hdr(bytes), for_depth(bytes);
    facts.hdr = stbi_is_hdr_from_callbacks(read, &for_hdr);
    facts.wide = !facts.hdr && stbi_is_16_bit_from_callbacks(read, &for_depth);
    return facts;
}

// Rows × columns × channels to (1, C, H, W); a channel behind grey or RGB is alpha.
template <class T>
Tensor planar(const T* pixels, int width, int height, int channels, double largest) {
    const int kept = channels >= 3 ? 3 : 1;
    Tensor image(Shape{1, kept, height, width});
    const size_t plane = size_t(width) * size_t(height);
    for (int c = 0; c < kept; ++c)
        for (size_t i = 0; i < plane; ++i)
            image.values[size_t(c) * plane + i] =
                float(double(pixels[i * size_t(channels) + size_t(c)]) / largest);
    return image;
}

Tensor decode(std::span<const uint8_t> bytes, const std::string& path) {
    const Facts facts = ask(bytes, path);
    Source source(bytes);
    const auto* read = Source::callbacks();
    int width = 0, height = 0, channels = 0;
    const auto checked = [&](const auto* pixels, double largest) {
        if (!pixels) fail_request(cat(path, " cannot be decoded: ", stbi_failure_reason()));
        require_host_memory(double(width) * height * std::min(channels, 3) * sizeof(float), path);
        return planar(pixels, width, height, channels, largest);
    };
    if (facts.hdr) return checked(stbi_loadf_from_callbacks(read, &source, &width, &height, &channels, 0), 1);
    if (facts.wide)
        return checked(stbi_load_16_from_callbacks(read, &source, &width, &height, &channels, 0), 65535);
    return checked(stbi_load_from_callbacks(read, &source, &width, &height, &channels, 0), 255);
}

}  // namespace

Tensor decode_with_stb(std::span<const uint8_t> bytes, const std::string& path) {
    const bool jpeg = bytes.size() > 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
    if (jpeg && !jpeg_tables_fit(bytes))
        fail_request(cat(path, " cannot be decoded: a Huffman table has more than 256 codes"));
    stb::Arena arena;
    try {
        return decode(bytes, path);
    } catch (const stb::Truncated&) {
        fail_request(cat(path, " ends before its last pixel; a whole image is needed"));
    } catch (const stb::Damaged&) {
        fail_request(cat(path, " cannot be decoded: its data is damaged"));
    } catch (const stb::OverBudget&) {
        fail_request(cat(path, " needs more than ", stb::memory_budget >> 20,
                         " MiB to be decoded; a smaller image is needed"));
    }
}

std::vector<uint8_t> encode_png(int width, int height, int channels, std::span<const uint8_t> pixels) {
    std::vector<uint8_t> file;
    const auto append = [](void* to, void* bytes, int count) {
        const auto* first = static_cast<const uint8_t*>(bytes);
        static_cast<std::vector<uint8_t>*>(to)->insert(static_cast<std::vector<uint8_t>*>(to)->end(), first,
                                                       first + count);
    };
    if (!stbi_write_png_to_func(append, &file, width, height, channels, pixels.data(), width * channels))
        throw Error(ErrorKind::failed, "memory ran out while a PNG image was packed");
    return file;
}

}  // namespace convscope
