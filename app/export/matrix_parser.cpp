#include <algorithm>
#include <array>

#include "core/errors.h"
#include "core/text.h"
#include "export/matrix_lexer.h"
#include "export/matrix_text.h"
#include "export/matrix_value.h"

namespace convscope {
namespace {

constexpr size_t largest_text = 1 << 20;
constexpr int deepest = 12;  // brackets, calls and parentheses

// Functions whose result is their first argument, by the last part of their name.
constexpr std::array wrappers{"array",  "asarray",     "matrix", "mat",     "tensor", "as_tensor",
                              "Tensor", "FloatTensor", "single", "float32", "float",  "double"};
constexpr std::array harmless_methods{"float", "double",     "astype", "to",  "copy",
                                      "clone", "contiguous", "cpu",    "cuda"};

std::string_view last_part(std::string_view name) {
    const size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

template <class Names>
bool holds(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

using Value = MatrixValue;
using Number = MatrixNumber;
using Row = MatrixRow;

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text), tokens_(matrix_tokens(text)) {}

    Value whole() {
        skip_newlines();
        // "kernel = …", and how MATLAB shows a variable.
        if (now().is(Kind::name) && tokens_[at_ + 1].is('=')) at_ += 2;
        const bool brackets =
            std::ranges::any_of(tokens_, [](const MatrixToken& t) { return t.is('[') || t.is('('); });
        skip_newlines();
        if (now().is(Kind::end)) fail_request(cat("the text holds no numbers; ", matrix_forms));
        Value value = brackets ? product() : table();
        while (now().is(';') || now().is(Kind::newline)) ++at_;
        if (!now().is(Kind::end)) fail("follows the matrix; one matrix is read");
        return value;
    }

  private:
    using Kind = MatrixToken::Kind;

    const MatrixToken& now() const { return tokens_[at_]; }
    const MatrixToken& after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
    bool accept(char sign) { return now().is(sign) ? (++at_, true) : false; }
    void skip_newlines() {
        while (now().is(Kind::newline)) ++at_;
    }
    [[noreturn]] void fail(const std::string& sentence) const {
        fail_at(text_, now().offset, cat(found_at(text_, now().offset), " ", sentence));
    }
    [[noreturn]] void fail_expecting_number() const {
        fail(cat("stands where a number is expected; ", matrix_forms));
    }
    void enter() {
        if (++depth_ > deepest) fail("is nested too deep; a list of lists is read");
    }

    // factor (* factor | / factor)…, of which one may be a matrix.
    Value product() {
        Value left = factor();
        for (;;) {
            const MatrixToken sign = now();
            if (!sign.is('*') && !sign.is('/')) return left;
            ++at_;
            const Value right = factor();
            if (sign.is('/')) {
                if (!right.is_number())
                    fail_at(text_, right.offset, "a matrix stands under a fraction; a number is allowed");
                scale(text_, left, right.number(), true);
            } else if (left.is_number()) {
                Value scaled = right;
                scale(text_, scaled, left.number(), false);
                left = std::move(scaled);
            } else {
                if (!right.is_number())
                    fail_at(text_, sign.offset,
                            "two matrices are multiplied; one matrix and numbers are allowed");
                scale(text_, left, right.number(), false);
            }
        }
    }

    Value factor() {
        if (now().is('-') || now().is('+')) {
            const bool negative = now().is('-');
            ++at_;
            if (now().is('-') || now().is('+')) fail_expecting_number();
            Value value = factor();
            if (negative) negate(value);
            return value;
        }
        if (now().is('[')) return list();
        if (now().is('(')) return group();
        if (now().is(Kind::name) && after().is('(')) return call();
        return number();
    }

    Value of(const Number& number) const { return {0, {{{number}, number.offset}}, number.offset}; }

    Value number() {
        const MatrixToken token = now();
        if (token.is(Kind::number)) {
            ++at_;
            return of({token.number.value, token.number.wide, false, token.offset});
        }
        if (token.is(Kind::name)) {
            const std::string_view word = last_part(token.text);
            const NumberStart special = number_start(word);
            if (special.length == word.size() && special.length > 0) {
                ++at_;
                return of({special.value, special.wide, false, token.offset});
            }
            fail(cat("is not a number; ", matrix_forms));
        }
        fail_expecting_number();
    }

    // One number of a list or a table: 1, -1/9, 2*3.
    Number element(bool may_multiply) {
        Value value = factor();
        if (!value.is_number())
            fail_at(text_, value.offset, "a list stands among numbers; rows are lists of numbers");
        while (now().is('/') || (may_multiply && now().is('*'))) {
            const bool divide = now().is('/');
            ++at_;
            const Value right = factor();
            if (!right.is_number())
                fail_at(text_, right.offset, "a list stands among numbers; rows are lists of numbers");
            scale(text_, value, right.number(), divide);
        }
        refuse_sum();
        return value.number();
    }

    // [1 -2] has two numbers, [1 - 2] one.
    void refuse_sum() const {
        const bool sign = now().is('-') || now().is('+');
        if (sign && (!now().space_before || after().space_before))
            fail("makes a sum or a difference, which is not computed here; numbers and fractions are read");
    }

    // […]: numbers or lists. A newline ends a row of numbers unless a comma stands before it, as in MATLAB.
    Value list() {
        const MatrixToken open = now();
        if (open_lists_ == 2) fail("opens a third level of lists; a matrix has two");
        enter();
        ++open_lists_;
        ++at_;
        Value out{1, {}, open.offset};
        Row row{{}, open.offset};
        bool after_comma = true;
        const auto end_row = [&] {
            if (!row.numbers.empty()) out.rows.push_back(std::move(row));
            row = {{}, now().offset};
        };
        while (!now().is(']')) {
            if (now().is(Kind::end)) fail_at(text_, open.offset, "a '[' has no ']'");
            if (now().is(Kind::newline)) {
                ++at_;
                if (!after_comma && open_lists_ == 1 && out.depth == 1) end_row();
            } else if (now().is(';')) {
                if (row.numbers.empty() && (out.depth == 1 || out.rows.empty())) fail_expecting_number();
                end_row();
                ++at_;
                after_comma = true;
            } else if (now().is(',')) {
                if (after_comma) fail_expecting_number();
                // A comma that begins a line belongs to the row of the line before, as in Python.
                if (row.numbers.empty() && out.depth == 1 && !out.rows.empty()) {
                    row = std::move(out.rows.back());
                    out.rows.pop_back();
                }
                ++at_;
                after_comma = true;
            } else {
                if (!after_comma && !now().space_before && !tokens_[at_ - 1].is(Kind::newline))
                    fail("stands where a ',' or a ']' is expected");
                add(out, row);
                after_comma = false;
            }
        }
        end_row();
        ++at_;
        --open_lists_;
        --depth_;
        if (out.rows.empty()) fail_at(text_, open.offset, "a list is empty; it needs a number");
        return out;
    }

    // A row or a number to what a list has already.
    void add(Value& to, Row& row) {
        const bool opens = now().is('[') || now().is('(') || (now().is(Kind::name) && after().is('('));
        if (!opens) {
            if (to.depth == 2) fail("stands among lists; all rows are lists");
            if (row.numbers.empty()) row.offset = now().offset;
            row.numbers.push_back(element(true));
            return;
        }
        const Value inner = factor();
        if (inner.is_number()) {
            if (to.depth == 2)
                fail_at(text_, inner.offset, "a number stands among lists; all rows are lists");
            Value value = inner;
            while (now().is('/') || now().is('*')) {
                const bool divide = now().is('/');
                ++at_;
                const Value right = number();
                scale(text_, value, right.number(), divide);
            }
            refuse_sum();
            row.numbers.push_back(value.number());
            return;
        }
        if (!row.numbers.empty() || (to.depth == 1 && !to.rows.empty()))
            fail_at(text_, inner.offset, "a list stands among numbers; rows are lists of numbers");
        append_row(text_, to, inner);
    }

    // (…): what is in it, or with commas a list.
    Value group() {
        const MatrixToken open = now();
        enter();
        ++at_;
        skip_newlines();
        Value first = product();
        skip_newlines();
        if (now().is(',')) first = tuple(first, open);
        if (!accept(')')) fail(cat("stands where a ')' is expected; ", matrix_forms));
        skip_methods();
        --depth_;
        return first;
    }

    Value tuple(const Value& first, const MatrixToken& open) {
        Value out{1, {}, open.offset};
        Row row{{}, first.offset};
        const auto take = [&](const Value& value) {
            const bool lists = out.depth == 2, numbers = !row.numbers.empty();
            if (value.is_number() ? lists : numbers)
                fail_at(text_, value.offset, "numbers and lists are mixed; all rows are lists");
            if (value.is_number())
                row.numbers.push_back(value.number());
            else
                append_row(text_, out, value);
        };
        take(first);
        while (accept(',')) {
            skip_newlines();
            if (now().is(')')) break;
            take(product());
            skip_newlines();
        }
        if (!row.numbers.empty()) out.rows.push_back(std::move(row));
        return out;
    }

    // np.array(…, dtype=…), float("nan"), and methods that keep the numbers.
    Value call() {
        const MatrixToken name = now();
        if (!holds(wrappers, last_part(name.text)))
            fail(cat("is not known here; array(…), tensor(…) and single(…) are; ", matrix_forms));
        enter();
        at_ += 2;
        skip_newlines();
        Value value = now().is(Kind::quoted) ? quoted_number() : product();
        for (skip_newlines(); accept(','); skip_newlines()) skip_argument();
        if (!accept(')')) fail(cat("stands where a ')' is expected; ", matrix_forms));
        skip_methods();
        --depth_;
        return value;
    }

    // .astype(np.float32) and the like, which keep the numbers.
    void skip_methods() {
        while (now().is('.')) {
            ++at_;
            if (!now().is(Kind::name) || !holds(harmless_methods, now().text) || !after().is('('))
                fail("is not computed here; the matrix itself is read");
            at_ += 2;
            while (!now().is(')') && !now().is(Kind::end)) skip_argument(), accept(',');
            if (!accept(')')) fail("stands where a ')' is expected");
        }
    }

    Value quoted_number() {
        const NumberStart number = number_start(now().text);
        if (number.length == 0 || number.length != now().text.size() || number.too_large)
            fail("is not a number");
        ++at_;
        return of({number.value, number.wide, false, now().offset});
    }

    // dtype=torch.float32, device="cpu", np.float32
    void skip_argument() {
        skip_newlines();
        int open = 0;
        for (; !now().is(Kind::end); ++at_) {
            if (open == 0 && (now().is(',') || now().is(')'))) return;
            if (now().is('(')) ++open;
            if (now().is(')')) --open;
            if (open == 0 && (now().is('[') || now().is(Kind::number)))
                fail("is a second argument; the first one is the matrix");
        }
    }

    // Lines of numbers.
    Value table() {
        Value out{1, {}, now().offset};
        Row row{{}, now().offset};
        bool after_comma = true;
        for (;;) {
            if (now().is(Kind::newline) || now().is(Kind::end)) {
                if (!row.numbers.empty()) out.rows.push_back(std::move(row));
                row = {};
                after_comma = true;
                if (now().is(Kind::end)) return out;
                ++at_;
            } else if (now().is(',')) {
                if (after_comma) fail_expecting_number();
                after_comma = true;
                ++at_;
            } else if (now().is(';')) {
                fail(
                    "stands outside of brackets, where it could end a row or a number; [1 2; 3 4] or lines "
                    "of numbers are read");
            } else {
                if (row.numbers.empty()) row.offset = now().offset;
                row.numbers.push_back(element(false));
                after_comma = false;
            }
        }
    }

    std::string_view text_;
    std::vector<MatrixToken> tokens_;
    size_t at_ = 0;
    int depth_ = 0, open_lists_ = 0;
};

}  // namespace

Matrix parse_matrix(std::string_view text) {
    if (text.size() > largest_text)
        fail_request(cat("the text has ", bytes_text(static_cast<double>(text.size())),
                         "; a matrix of at most ", largest_matrix_side, "×", largest_matrix_side,
                         " numbers is read"));
    return matrix_of(text, Parser(text).whole());
}

}  // namespace convscope
