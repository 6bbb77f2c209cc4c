// Markdown as blocks of words, by md4c.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.h"
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
    // Of a heading, 1 … 6; of an item or quote, how deep, from 1; of anything else, how deep it stands in
    // lists.
    int level = 0;
    std::string mark{};  // of an item: "•", "1."; empty: a further paragraph of it
    std::vector<Span> spans{};
    // Of a table, the first row being its head.
    std::vector<std::vector<std::vector<Span>>> rows{};
};

struct Document {
    std::vector<Block> blocks{};
    bool empty() const { return blocks.empty(); }
};

struct MarkdownError : Error {
    MarkdownError(int of_line, const std::string& sentence)
        : Error(ErrorKind::request, sentence), line(of_line) {}
    int line;  // of the text, from 1
};

// \{ is a brace itself, and so is every brace in code. Throws MarkdownError where an expression in braces
// cannot be read, or a brace is not closed on its line.
Document read_markdown(std::string_view text);
// One line of plain text with expressions in braces: no other sign means anything. Throws MarkdownError.
std::vector<Span> read_sentence(std::string_view text);
// The sentence with the values that its expressions have now; "…" where one is not known. Never throws.
std::string filled(const std::string& sentence, const Laboratory& laboratory);
// The same of one expression in a text.
std::string filled(const Expression& expression, const Laboratory& laboratory);

}  // namespace convscope::lessons
