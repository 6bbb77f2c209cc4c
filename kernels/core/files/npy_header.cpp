#include "core/files/npy_header.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

// Printable characters only, and not many: a header may hold anything.
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 40)) out += c >= ' ' && c <= '~' ? c : '?';
    return out;
}

class Parser {
  public:
    Parser(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

    NpyHeader header() {
        expect('{');
        while (!accept('}')) {
            entry();
            if (accept(',')) continue;
            expect('}');
            break;
        }
        skip_blanks();
        if (!rest_.empty()) fail(cat("'", shown(rest_), "' follows its end"));
        if (!has_type_ || !has_order_ || !has_shape_)
            fail(cat("'", !has_type_ ? "descr" : !has_order_ ? "fortran_order" : "shape", "' is missing"));
        return std::move(header_);
    }

  private:
    [[noreturn]] void fail(const std::string& found) const {
        fail_request(cat(path_, ": the .npy header is damaged: ", found,
                         "; a dictionary of exactly descr, fortran_order and shape is allowed"));
    }

    void skip_blanks() {
        const size_t start = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(std::min(start, rest_.size()));
    }

    bool accept(char wanted) {
        skip_blanks();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char wanted) {
        if (!accept(wanted)) fail(cat("'", std::string(1, wanted), "' expected, ", next(), " found"));
    }

    std::string next() const { return rest_.empty() ? "its end" : cat("'", shown(rest_.substr(0, 12)), "'"); }

    bool accept_word(std::string_view word) {
        skip_blanks();
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    std::string_view string() {
        skip_blanks();
        const char quote = rest_.empty() ? '\0' : rest_.front();
        if (quote != '\'' && quote != '"') fail(cat("a quoted word expected, ", next(), " found"));
        const size_t end = rest_.find(quote, 1);
        if (end == std::string_view::npos) fail("a quoted word does not end");
        const std::string_view word = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return word;
    }

    void once(bool& seen, std::string_view key) const {
        if (seen) fail(cat("'", key, "' stands twice"));
        seen = true;
    }

    void entry() {
        const std::string_view key = string();
        expect(':');
        if (key == "descr") {
            once(has_type_, key);
            type();
        } else if (key == "fortran_order") {
            once(has_order_, key);
            header_.fortran_order = accept_word("True");
            if (!header_.fortran_order && !accept_word("False"))
                fail(cat("True or False expected after fortran_order, ", next(), " found"));
        } else if (key == "shape") {
            once(has_shape_, key);
            shape();
        } else {
            fail(cat("'", shown(key), "' is unknown"));
        }
    }

    void type() {
        skip_blanks();
        if (rest_.starts_with('['))
            fail_request(cat(path_,
                             " holds records with several fields (a structured type); "
                             "float32, float64, integers and bool are allowed"));
        header_.type = string();
    }

    void shape() {
        expect('(');
        while (!accept(')')) {
            header_.shape.push_back(size());
            if (header_.shape.size() > npy_largest_rank)
                fail_request(cat(path_, " has more than ", npy_largest_rank, " axes; at most ",
                                 npy_largest_rank, " are allowed"));
            if (accept(',')) continue;
            expect(')');
            break;
        }
    }

    int64_t size() {
        skip_blanks();
        int64_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error == std::errc::result_out_of_range)
            fail_request(cat(path_, " has a size over 2^63 in its shape; no memory holds that"));
        if (error != std::errc() || value < 0) fail(cat("a size expected in the shape, ", next(), " found"));
        rest_.remove_prefix(size_t(end - rest_.data()));
        return value;
    }

    std::string_view rest_;
    const std::string& path_;
    NpyHeader header_;
    bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& path) {
    return Parser(text, path).header();
}

std::string npy_header_text(std::string_view type, const Shape& shape) {
    std::string sizes;
    for (const int64_t size : shape) sizes += cat(size, ", ");
    if (shape.size() == 1) sizes.pop_back();  // Python's tuple of one keeps its comma: (3,)
    if (shape.size() > 1) sizes.resize(sizes.size() - 2);
    return cat("{'descr': '", type, "', 'fortran_order': False, 'shape': (", sizes, "), }");
}

}  // namespace convscope
