// PTX and SASS, word by word.
#include "views/syntax_parts.h"

namespace convscope {
namespace {

using namespace syntax;

bool is_machine_word(char c) {
    return is_word(c) || c == '.' || c == '$' || c == '%' || c == '@' || c == '!';
}

// R12, UR4, RZ, P0, PT, SR_TID.X, B1; %r1, %tid.x
bool is_register(std::string_view word) {
    if (word[0] == '%' || word.starts_with("SR_")) return true;
    for (const std::string_view name : {"UR", "UP", "R", "P", "B"}) {
        if (!word.starts_with(name)) continue;
        const std::string_view number = word.substr(name.size(), word.find('.') - name.size());
        if (number == "Z" || number == "T") return true;
        if (!number.empty() && std::ranges::all_of(number, is_digit)) return true;
    }
    return false;
}

// What goes to memory or waits for other threads.
constexpr std::string_view accesses =
    " ld ldu st atom red bar barrier cp membar fence"
    " LD LDC LDG LDGSTS LDL LDS LDSM ST STG STL STS ATOM ATOMG ATOMS RED REDG ULDC"
    " BAR BSSY BSYNC DEPBAR LDGDEPBAR MEMBAR WARPSYNC ";
bool is_access(std::string_view mnemonic) {
    const std::string_view first = mnemonic.substr(0, mnemonic.find('.'));
    return holds(accesses, first);
}

Syntax machine_kind(std::string_view word, bool first) {
    if (is_digit(word[0])) return Syntax::number;
    if (is_register(word)) return Syntax::type;
    if (word[0] == '.') return Syntax::preprocessor;
    if (first) return is_access(word) ? Syntax::cuda : Syntax::keyword;
    return Syntax::plain;
}

SyntaxLine machine_line(std::string_view line, bool& in_comment) {
    Spans spans;
    bool first = true;  // the next word is a mnemonic
    for (size_t at = 0; at < line.size();) {
        if (in_comment || line.substr(at, 2) == "/*") {
            const size_t end = line.find("*/", in_comment ? at : at + 2);
            in_comment = end == std::string_view::npos;
            const size_t to = in_comment ? line.size() : end + 2;
            spans.add(at, to, Syntax::comment);
            at = to;
        } else if (line.substr(at, 2) == "//") {
            spans.add(at, line.size(), Syntax::comment);
            at = line.size();
        } else if (line[at] == '"') {
            const size_t end = end_of_string(line, at);
            spans.add(at, end, Syntax::string);
            at = end;
        } else if (is_machine_word(line[at])) {
            size_t end = at;
            while (end < line.size() && is_machine_word(line[end])) ++end;
            const std::string_view word = line.substr(at, end - at);
            const bool label = end < line.size() && line[end] == ':';
            const bool guard = word[0] == '@';
            spans.add(at, end, guard || label ? Syntax::type : machine_kind(word, first));
            if (!guard && !label) first = false;
            at = end;
        } else {
            if (line[at] == ';' || line[at] == '{' || line[at] == '}') first = true;
            spans.add(at, at + 1, Syntax::plain);
            ++at;
        }
    }
    return spans.take();
}

}  // namespace

std::vector<SyntaxLine> machine_syntax(const std::vector<std::string>& lines) {
    std::vector<SyntaxLine> out;
    out.reserve(lines.size());
    bool in_comment = false;
    for (const std::string& line : lines) out.push_back(machine_line(line, in_comment));
    return out;
}

}  // namespace convscope
