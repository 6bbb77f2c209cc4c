#include "views/cuda_syntax.h"

#include <algorithm>

#include "core/utf8.h"
#include "views/syntax_parts.h"

namespace convscope {
namespace {

using namespace syntax;

constexpr std::string_view keywords =
    " alignas alignof asm auto break case catch class concept const const_cast consteval"
    " constexpr constinit continue decltype default delete do else enum explicit extern false"
    " final for friend goto if inline mutable namespace new noexcept nullptr operator"
    " override private protected public reinterpret_cast requires return sizeof static"
    " static_assert static_cast struct switch template this thread_local throw true try"
    " typedef typename union using virtual volatile while ";
constexpr std::string_view types = " bool char dim3 double float half int long short signed unsigned void ";
constexpr std::string_view cuda_words = " blockDim blockIdx dynamic_shared gridDim threadIdx warpSize ";
// Those of which there are vectors: float4, uchar2.
constexpr std::string_view vector_bases =
    " char double float half int long longlong short uchar uint ulong ulonglong ushort ";

Syntax kind_of(std::string_view word) {
    if (holds(keywords, word)) return Syntax::keyword;
    if (word.starts_with("__") || holds(cuda_words, word)) return Syntax::cuda;
    if (word.starts_with("atomic") && word.size() > 6 && is_capital(word[6])) return Syntax::cuda;
    if (holds(types, word) || word.ends_with("_t")) return Syntax::type;
    const bool counted = word.size() > 1 && word.back() >= '1' && word.back() <= '4';
    if (counted && holds(vector_bases, word.substr(0, word.size() - 1))) return Syntax::type;
    if (is_capital(word[0]) && std::ranges::any_of(word, is_small)) return Syntax::type;
    return Syntax::plain;
}

// Where the number that begins at `at` ends: digits with their marks, letters, and the sign of an exponent.
size_t end_of_number(std::string_view line, size_t at) {
    const bool hexadecimal = line.substr(at, 2) == "0x" || line.substr(at, 2) == "0X";
    size_t end = at;
    while (end < line.size()) {
        const char c = line[end];
        const bool mark = c == '\'' && end + 1 < line.size() && is_word(line[end + 1]);
        if (!is_word(c) && c != '.' && !mark) break;
        ++end;
        const bool exponent = hexadecimal ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
        if (exponent && end < line.size() && (line[end] == '+' || line[end] == '-')) ++end;
    }
    return end;
}

// Reads line after line and remembers what reaches into the next one.
class CudaReader {
  public:
    SyntaxLine read(std::string_view line) {
        line_ = line;
        at_ = 0;
        begin_line();
        while (at_ < line_.size()) step();
        const bool goes_on = !line_.empty() && line_.back() == '\\';
        directive_ = directive_ && goes_on;
        line_comment_ = line_comment_ && goes_on;
        return spans_.take();
    }

  private:
    void take_to(size_t end, Syntax kind) {
        spans_.add(at_, end, kind);
        at_ = end;
    }
    // Up to and with `closing`; false: it is not in this line.
    bool take_through(std::string_view closing, size_t from, Syntax kind) {
        const size_t found = line_.find(closing, from);
        take_to(found == std::string_view::npos ? line_.size() : found + closing.size(), kind);
        return found != std::string_view::npos;
    }
    void begin_line() {
        if (line_comment_) return take_to(line_.size(), Syntax::comment);
        if (block_comment_) block_comment_ = !take_through("*/", 0, Syntax::comment);
        if (!raw_closing_.empty() && take_through(raw_closing_, 0, Syntax::string)) raw_closing_.clear();
        const size_t first = line_.find_first_not_of(" \t");
        directive_ = directive_ || (at_ == 0 && first != std::string_view::npos && line_[first] == '#');
        include_ = directive_ && line_.find("include") != std::string_view::npos;
    }
    void step() {
        const std::string_view rest = line_.substr(at_);
        if (rest.starts_with("//")) {
            line_comment_ = true;
            take_to(line_.size(), Syntax::comment);
        } else if (rest.starts_with("/*")) {
            block_comment_ = !take_through("*/", at_ + 2, Syntax::comment);
        } else if (rest[0] == '"' || rest[0] == '\'') {
            take_to(end_of_string(line_, at_), Syntax::string);
        } else if (rest[0] == '<' && include_ && rest.find('>') != std::string_view::npos) {
            take_through(">", at_, Syntax::string);
        } else if (is_digit(rest[0]) || (rest[0] == '.' && rest.size() > 1 && is_digit(rest[1]))) {
            take_to(end_of_number(line_, at_), directive_ ? Syntax::preprocessor : Syntax::number);
        } else if (is_word(rest[0])) {
            word();
        } else {
            take_to(at_ + 1, directive_ ? Syntax::preprocessor : Syntax::plain);
        }
    }
    void word() {
        size_t end = at_;
        while (end < line_.size() && is_word(line_[end])) ++end;
        const std::string_view text = line_.substr(at_, end - at_);
        const bool quoted = end < line_.size() && line_[end] == '"';
        if (quoted && (text == "R" || text == "u8R" || text == "LR" || text == "uR" || text == "UR"))
            return raw_string(end);
        if (quoted && (text == "u8" || text == "L" || text == "u" || text == "U"))
            return take_to(end_of_string(line_, end), Syntax::string);
        take_to(end, directive_ ? Syntax::preprocessor : kind_of(text));
    }
    // R"delimiter( … )delimiter"
    void raw_string(size_t quote) {
        const size_t open = line_.find('(', quote);
        if (open == std::string_view::npos) return take_to(line_.size(), Syntax::string);
        raw_closing_ = ")" + std::string(line_.substr(quote + 1, open - quote - 1)) + "\"";
        if (take_through(raw_closing_, open + 1, Syntax::string)) raw_closing_.clear();
    }

    std::string_view line_;
    size_t at_ = 0;
    Spans spans_;
    bool block_comment_ = false, line_comment_ = false, directive_ = false, include_ = false;
    std::string raw_closing_;  // of a raw string that is open
};

}  // namespace

std::vector<SyntaxLine> cuda_syntax(const std::vector<std::string>& lines) {
    CudaReader reader;
    std::vector<SyntaxLine> out;
    out.reserve(lines.size());
    for (const std::string& line : lines) out.push_back(reader.read(line));
    return out;
}

std::string drawable_line(std::string_view line) {
    std::string out;
    size_t column = 0;
    for (size_t at = 0; at < line.size();) {
        const size_t count = utf8_length(line, at);
        const auto head = static_cast<unsigned char>(line[at]);
        if (head == '\t') {
            const size_t spaces = 4 - column % 4;
            out.append(spaces, ' ');
            column += spaces;
        } else if (count == 0) {
            out += "\xEF\xBF\xBD";
            ++column;
        } else if (head >= 0x20 && head != 0x7F) {
            out += line.substr(at, count);
            ++column;
        }
        at += std::max(count, size_t{1});
    }
    return out;
}

}  // namespace convscope
