#include "core/utf8.h"

namespace convscope {

size_t utf8_length(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char head = byte(at);
    const size_t count = head < 0x80   ? 1
                         : head < 0xC2 ? 0
                         : head < 0xE0 ? 2
                         : head < 0xF0 ? 3
                         : head < 0xF5 ? 4
                                       : 0;
    if (at + count > text.size()) return 0;
    for (size_t i = 1; i < count; ++i)
        if ((byte(at + i) & 0xC0) != 0x80) return 0;
    // Too long a form, a half of a UTF-16 pair, or beyond the last character.
    if (count >= 3 && ((head == 0xE0 && byte(at + 1) < 0xA0) || (head == 0xED && byte(at + 1) > 0x9F) ||
                       (head == 0xF0 && byte(at + 1) < 0x90) || (head == 0xF4 && byte(at + 1) > 0x8F)))
        return 0;
    return count;
}

}  // namespace convscope
