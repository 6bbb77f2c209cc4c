// The words of a pasted matrix: numbers, names, signs and brackets, each with its place in the text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "numbers.h"

namespace convscope {

struct MatrixToken {
    enum class Kind { number, name, quoted, sign, newline, end };
    Kind kind = Kind::end;
    size_t offset = 0;        // in bytes
    std::string_view text{};  // of a quoted text, what is between the quotes
    NumberStart number{};
    char sign = 0;              // [ ] ( ) , ; = * / + - .
    bool space_before = false;  // separates numbers where no comma does

    bool is(char wanted) const { return kind == Kind::sign && sign == wanted; }
    bool is(Kind wanted) const { return kind == wanted; }
};

// A newline after a continuation (...) and comments (# and %) are left out; the last token is `end`. The
// texts lie in `text`. Throws Error(request) for what no matrix holds.
std::vector<MatrixToken> matrix_tokens(std::string_view text);

// Throws Error(request): "line 2, column 5: SENTENCE", columns being characters.
[[noreturn]] void fail_at(std::string_view text, size_t offset, const std::string& sentence);

// The start of what stands at the offset, for a sentence; "the end of the text".
std::string found_at(std::string_view text, size_t offset);

inline constexpr const char* matrix_forms =
    "[[1, 2], [3, 4]] as in Python, [1 2; 3 4] as in MATLAB and lines of numbers are read";

}  // namespace convscope
