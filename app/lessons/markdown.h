// Markdown as blocks of words, by md4c.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "lessons/expression.h"

namespace convscope::lessons {

// A run of text in one style; or an expression in braces, whose value stands there.
struct Span {
    std::string text;
    bool strong = false, emphasised = false, code = false;
    bool line_break = false;  // after it
    Expression value{};       // not empty: `text` is what it was in the file
};

struct Block {
    enum class Kind { paragraph, heading, item, quote, code, table, rule } kind = Kind::paragraph;
    int level = 0;       // of a heading, 1 … 6; of an item or quote, how deep, from 1
    std::string mark{};  // of an item: "•", "1."; empty: a further paragraph of it
    std::vector<Span> spans{};
    // Of a table, the first row being its head.
    std::vector<std::vector<std::vector<Span>>> rows{};
};

struct Document {
    std::vector<Block> blocks{};
    bool empty() const { return blocks.empty(); }
};

// Throws Error(request) where an expression in braces cannot be read.
Document read_markdown(std::string_view text);

}  // namespace convscope::lessons
