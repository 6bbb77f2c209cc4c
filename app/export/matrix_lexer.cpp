#include "export/matrix_lexer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c));
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

// Characters beyond ASCII that people paste without seeing them.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF", hard_space = "\xC2\xA0",
                           minus_sign = "\xE2\x88\x92";

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<MatrixToken> tokens() {
        if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
        while (at_ < text_.size()) next();
        tokens_.push_back({.offset = text_.size()});
        return std::move(tokens_);
    }

  private:
    using Kind = MatrixToken::Kind;

    std::string_view rest() const { return text_.substr(at_); }
    char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void push(MatrixToken token, size_t length) {
        token.offset = at_;
        token.space_before = std::exchange(space_, false);
        if (token.text.data() == nullptr) token.text = text_.substr(at_, length);
        tokens_.push_back(token);
        at_ += length;
    }
    void blank(size_t length) {
        at_ += length;
        space_ = true;
    }
    void skip_line() { at_ += std::min(rest().find('\n'), rest().size()); }

    void next() {
        const char c = text_[at_];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') return blank(1);
        if (rest().starts_with(hard_space)) return blank(hard_space.size());
        if (c == '\n') return push({.kind = Kind::newline}, 1);
        if (c == '#' || (c == '%' && (space_ || tokens_.empty() || tokens_.back().is(Kind::newline))))
            return skip_line();
        if (rest().starts_with("...")) return continuation();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
        if (is_letter(c)) return name();
        if (c == '"' || c == '\'') return quoted();
        if (rest().starts_with(minus_sign)) return push({.kind = Kind::sign, .sign = '-'}, minus_sign.size());
        if (c == '.' && (peek(1) == '*' || peek(1) == '/'))  // MATLAB's, element by element
            return push({.kind = Kind::sign, .sign = peek(1)}, 2);
        if (std::string_view("[](),;=*/+-.").find(c) != std::string_view::npos)
            return push({.kind = Kind::sign, .sign = c}, 1);
        fail_at(text_, at_, cat(found_at(text_, at_), " has no place in a matrix; ", matrix_forms));
    }

    // MATLAB continues a row on the next line; NumPy writes the same for numbers that it leaves out.
    void continuation() {
        const size_t start = at_;
        at_ += 3;
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '%') {
            if (!std::isspace(static_cast<unsigned char>(text_[at_])))
                fail_at(text_, start, "'...' stands for numbers that were left out; all are needed");
            ++at_;
        }
        skip_line();
        if (at_ < text_.size()) ++at_;
        space_ = true;
    }

    void number() {
        // "3..." is a 3 and a continuation, not "3." and something else.
        const NumberStart number = number_start(rest().substr(0, rest().find("...")));
        const std::string_view behind = rest().substr(number.length);
        const bool point = behind.starts_with('.') && !behind.starts_with("...") &&
                           !behind.starts_with(".*") && !behind.starts_with("./");
        if (point || (!behind.empty() && (is_letter(behind[0]) || is_digit(behind[0]))))
            fail_at(text_, at_, cat(found_at(text_, at_), " is not a number; ", matrix_forms));
        if (number.too_large)
            fail_at(text_, at_,
                    cat(found_at(text_, at_), " is too large for float32, which reaches 3.4028235e+38"));
        push({.kind = Kind::number, .number = number}, number.length);
    }

    // "np.array": a path is one name.
    void name() {
        size_t length = 1;
        while (is_letter(peek(length)) || is_digit(peek(length)) ||
               (peek(length) == '.' && is_letter(peek(length + 1))))
            ++length;
        push({.kind = Kind::name}, length);
    }

    void quoted() {
        const char quote = text_[at_];
        const bool transposes = quote == '\'' && !space_ && !tokens_.empty() &&
                                (tokens_.back().is(']') || tokens_.back().is(')'));
        if (transposes) fail_at(text_, at_, "the transpose of a matrix is not computed here");
        const size_t end = text_.find_first_of(std::string("\n") + quote, at_ + 1);
        if (end == std::string_view::npos || text_[end] == '\n')
            fail_at(text_, at_, cat(found_at(text_, at_), " has no place in a matrix; ", matrix_forms));
        push({.kind = Kind::quoted, .text = text_.substr(at_ + 1, end - at_ - 1)}, end + 1 - at_);
    }

    std::string_view text_;
    size_t at_ = 0;
    bool space_ = false;
    std::vector<MatrixToken> tokens_;
};

}  // namespace

std::vector<MatrixToken> matrix_tokens(std::string_view text) {
    return Lexer(text).tokens();
}

void fail_at(std::string_view text, size_t offset, const std::string& sentence) {
    const std::string_view before = text.substr(0, offset);
    const size_t newline = before.rfind('\n');
    const std::string_view line = before.substr(newline == std::string_view::npos ? 0 : newline + 1);
    const auto column = 1 + std::ranges::count_if(line, [](char c) { return !continues_character(c); });
    fail_request(cat("line ", 1 + std::ranges::count(before, '\n'), ", column ", column, ": ", sentence));
}

std::string found_at(std::string_view text, size_t offset) {
    if (offset >= text.size()) return "the end of the text";
    if (text[offset] == '\n') return "the end of the line";
    std::string_view word = text.substr(offset, 24);
    word = word.substr(0, word.find_first_of(" \t\r\n,;[]()"));
    if (word.empty()) word = text.substr(offset, 1);
    // Not half a character of UTF-8.
    while (offset + word.size() < text.size() && continues_character(text[offset + word.size()]))
        word = text.substr(offset, word.size() + 1);
    std::string shown;
    for (const char c : word) shown += static_cast<unsigned char>(c) < ' ' || c == 127 ? '?' : c;
    return "'" + shown + "'";
}

}  // namespace convscope
