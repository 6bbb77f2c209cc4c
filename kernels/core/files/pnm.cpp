#include "core/files/pnm.h"

#include <charconv>
#include <string_view>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/text.h"

namespace convscope {
namespace {

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Numbers between blanks and comments.
class Words {
  public:
    Words(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

    // `name` is for the sentence: "its width".
    int64_t number(const char* name, int64_t least, int64_t most) {
        skip_blanks();
        if (rest_.empty()) fail_request(cat(path_, " ends before ", name));
        int64_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error == std::errc::invalid_argument)
            fail_request(cat(path_, ": ", name, " is not a number; ", least, " to ", most, " is allowed"));
        if (error != std::errc() || value < least || value > most)
            fail_request(cat(path_, ": ", name, " is ", std::string_view(rest_.data(), end), "; ", least,
                             " to ", most, " is allowed"));
        rest_.remove_prefix(size_t(end - rest_.data()));
        return value;
    }

    // Exactly one blank stands between the header and binary values, which may look like blanks.
    void one_blank() {
        if (rest_.empty() || !is_blank(rest_.front()))
            fail_request(
                cat(path_, " has no blank after its largest value; one is needed before the pixels"));
        rest_.remove_prefix(1);
    }

    std::string_view rest() const { return rest_; }

  private:
    void skip_blanks() {
        while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == '#')) {
            if (rest_.front() == '#') {
                const size_t end = rest_.find_first_of("\r\n");
                rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
            } else {
                rest_.remove_prefix(1);
            }
        }
    }
    std::string_view rest_;
    const std::string& path_;
};

// Index in (C, H, W) of the n-th value of (H, W, C).
size_t planar_index(size_t n, size_t channels, size_t pixels) {
    return n % channels * pixels + n / channels;
}

void read_binary(std::string_view data, int64_t largest, Tensor& image, const std::string& path) {
    const size_t channels = size_t(image.shape[1]), count = image.values.size();
    const bool wide = largest > 255;
    const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
    for (size_t n = 0; n < count; ++n) {
        const int64_t value = wide ? bytes[2 * n] << 8 | bytes[2 * n + 1] : bytes[n];
        if (value > largest)
            fail_request(cat(path, ": value ", n, " is ", value, "; at most ", largest,
                             ", its own largest value, is allowed"));
        image.values[planar_index(n, channels, count / channels)] = float(double(value) / double(largest));
    }
}

void read_text(Words& words, int64_t largest, Tensor& image) {
    const size_t channels = size_t(image.shape[1]), count = image.values.size();
    for (size_t n = 0; n < count; ++n) {
        const double value = double(words.number("a pixel's value", 0, largest));
        image.values[planar_index(n, channels, count / channels)] = float(value / double(largest));
    }
}

}  // namespace

bool is_pnm(std::span<const uint8_t> bytes) {
    return bytes.size() >= 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7';
}

Tensor decode_pnm(std::span<const uint8_t> bytes, const std::string& path) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const char kind = bytes.size() >= 2 ? text[1] : '?';
    if (kind != '2' && kind != '3' && kind != '5' && kind != '6')
        fail_request(cat(path, " is a netpbm file of kind P", std::string(1, kind),
                         "; P2 and P5 (PGM), P3 and P6 (PPM) are allowed"));
    const bool binary = kind >= '5';
    const int64_t channels = kind == '3' || kind == '6' ? 3 : 1;

    Words words(text.substr(2), path);
    const int64_t width = words.number("its width", 1, largest_image_side);
    const int64_t height = words.number("its height", 1, largest_image_side);
    const int64_t largest = words.number("its largest value", 1, 65535);
    if (binary) words.one_blank();

    // Text needs a digit and a blank for each value but the last.
    const int64_t count = width * height * channels;
    const int64_t needed = binary ? count * (largest > 255 ? 2 : 1) : 2 * count - 1;
    const int64_t found = int64_t(words.rest().size());
    if (found < needed)
        fail_request(cat(path, " ends too early: ", width, "×", height, " pixels need ", needed,
                         " bytes after the header, ", found, " are there"));
    require_host_memory(double(count) * sizeof(float), path);
    Tensor image(Shape{1, channels, height, width});
    if (binary)
        read_binary(words.rest(), largest, image, path);
    else
        read_text(words, largest, image);
    return image;
}

}  // namespace convscope
