// What the words of a kernel's text and of its machine code are, so that they can be told apart by colour.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class Syntax : uint8_t {
    plain,
    keyword,
    type,
    cuda,  // what CUDA adds to C++: __shared__, threadIdx, atomicAdd; of machine code: memory and barriers
    number,
    string,
    comment,
    preprocessor,
};

struct SyntaxSpan {
    int begin = 0, end = 0;  // bytes of the line
    Syntax kind = Syntax::plain;
    bool operator==(const SyntaxSpan&) const = default;
};
// All bytes of a line in order, without gaps; neighbours differ in kind. An empty line has none.
using SyntaxLine = std::vector<SyntaxSpan>;

// CUDA C++. Comments, raw strings and directives reach over as many lines as they do for a compiler. It goes
// by spelling: a word with a capital first letter and a small one in it is a type.
std::vector<SyntaxLine> cuda_syntax(const std::vector<std::string>& lines);
// PTX and SASS.
std::vector<SyntaxLine> machine_syntax(const std::vector<std::string>& lines);

// A line as it can be drawn: tabs are spaces up to the next multiple of four, other control characters are
// gone, and bytes that are no UTF-8 are U+FFFD.
std::string drawable_line(std::string_view line);

}  // namespace convscope
