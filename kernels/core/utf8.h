// Characters of UTF-8 text, as RFC 3629 defines them.
#pragma once
#include <cstddef>
#include <string_view>

namespace convscope {

// How many bytes the character has that begins at byte `at` < text.size(): 1 … 4. 0 where none does: a byte
// that only continues one, a form that is cut off or longer than it has to be, a half of a UTF-16 pair, or a
// number past the last character.
size_t utf8_length(std::string_view text, size_t at = 0);

}  // namespace convscope
