// What the readers of CUDA C++ and of machine code share.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "views/cuda_syntax.h"

namespace convscope::syntax {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}
inline bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}
inline bool is_word(char c) {
    return is_digit(c) || is_small(c) || is_capital(c) || c == '_';
}

// Adds up the spans of one line.
class Spans {
  public:
    void add(size_t begin, size_t end, Syntax kind) {
        if (begin == end) return;
        if (!line_.empty() && line_.back().kind == kind)
            line_.back().end = static_cast<int>(end);
        else
            line_.push_back({static_cast<int>(begin), static_cast<int>(end), kind});
    }
    SyntaxLine take() { return std::move(line_); }

  private:
    SyntaxLine line_;
};

// Whether `words`, each between spaces, hold this one.
inline bool holds(std::string_view words, std::string_view word) {
    return words.find(" " + std::string(word) + " ") != std::string_view::npos;
}

// Where the string or character that begins at `at` with its quote ends; at the latest with the line.
inline size_t end_of_string(std::string_view line, size_t at) {
    const char quote = line[at];
    size_t end = at + 1;
    while (end < line.size() && line[end] != quote) end += line[end] == '\\' ? 2 : 1;
    return std::min(end + 1, line.size());
}

}  // namespace convscope::syntax
