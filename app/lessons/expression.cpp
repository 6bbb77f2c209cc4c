#include "lessons/expression.h"

#include <muParser.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "core/errors.h"
#include "core/text.h"
#include "lessons/facts.h"
#include "lessons/words.h"

namespace convscope::lessons {

// muParser sees numbers, operators and calls alone: every name of a fact is a call that carries its place in
// a table. So a fact is asked for only where the expression comes to it, and texts in quotes never get there.
struct Expression::Compiled {
    struct Name {
        const Fact* fact = nullptr;  // or
        const NamedFact* named = nullptr;
        std::string of{};
        bool at_start = false;
    };
    std::vector<Name> names{};
    mu::Parser parser{};
};

namespace {

constexpr size_t most_characters = 1000, most_places = 5;

// What the calls need that muParser makes.
struct Evaluation {
    const std::function<std::optional<double>(size_t)>& name;
    const Laboratory* laboratory;  // null: only the grammar is tried
    bool missing = false;
};
thread_local Evaluation* present = nullptr;

double value_of_name(double index) {
    if (!present || !present->laboratory || present->missing) return 1;
    const std::optional<double> value = present->name(static_cast<size_t>(index));
    present->missing = !value;
    return value.value_or(0);
}

double value_of_place(const double* numbers, int count) {
    if (!present || !present->laboratory || present->missing) return 1;
    const PlaceFact& fact = place_facts()[static_cast<size_t>(numbers[0])];
    std::vector<int64_t> place;
    for (int i = 1; i < count; ++i) {
        const double rounded = std::round(numbers[i]);
        if (!(std::abs(rounded) < 1e15) || rounded != numbers[i])
            fail_request(cat(fact.name, "(…) takes whole numbers; found ", number_text(numbers[i])));
        place.push_back(static_cast<int64_t>(rounded));
    }
    const std::optional<double> value = fact.value(*present->laboratory, place);
    present->missing = !value;
    return value.value_or(0);
}

double smallest(const double* values, int count) {
    return *std::min_element(values, values + count);
}
double largest(const double* values, int count) {
    return *std::max_element(values, values + count);
}
double negated(double value) {
    return value == 0 || std::isnan(value);
}
double magnitude(double value) {
    return std::abs(value);
}
double rounded(double value) {
    return std::round(value);
}
double floored(double value) {
    return std::floor(value);
}
double raised(double value) {
    return std::ceil(value);
}
double root(double value) {
    return std::sqrt(value);
}

constexpr std::array plain_functions{"min", "max", "abs", "round", "floor", "ceil", "sqrt", "not"};

// false: never worked out before it is asked for.
void define_functions(mu::Parser& parser) {
    parser.ClearFun();
    parser.ClearConst();
    parser.DefineFun("name", value_of_name, false);
    parser.DefineFun("place", value_of_place, false);
    parser.DefineFun("min", smallest, false);
    parser.DefineFun("max", largest, false);
    parser.DefineFun("abs", magnitude, false);
    parser.DefineFun("round", rounded, false);
    parser.DefineFun("floor", floored, false);
    parser.DefineFun("ceil", raised, false);
    parser.DefineFun("sqrt", root, false);
    parser.DefineFun("not", negated, false);
}

const char* reason(mu::EErrorCodes code) {
    switch (code) {
        case mu::ecUNEXPECTED_EOF:
            return "it ends too early";
        case mu::ecMISSING_PARENS:
            return "a parenthesis is not closed";
        case mu::ecUNEXPECTED_PARENS:
            return "a parenthesis stands in the wrong place";
        case mu::ecUNEXPECTED_OPERATOR:
        case mu::ecUNASSIGNABLE_TOKEN:
            return "an operator has no value beside it";
        case mu::ecUNEXPECTED_VAL:
        case mu::ecUNEXPECTED_VAR:
        case mu::ecUNEXPECTED_FUN:
            return "two values stand beside each other without an operator";
        case mu::ecTOO_MANY_PARAMS:
            return "a function is given too many values";
        case mu::ecTOO_FEW_PARAMS:
            return "a function is given too few values";
        case mu::ecMISSING_ELSE_CLAUSE:
            return "of 'cond ? a : b' the ':' is missing";
        default:
            return "it is no expression";
    }
}

[[noreturn]] void fail_unreadable(const std::string& text, const std::string& why) {
    fail_request(cat("'", text, "' cannot be read: ", why));
}

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

template <class Row>
const Row* named(std::span<const Row> table, const std::string& name) {
    const auto at = std::ranges::find_if(table, [&](const Row& row) { return name == row.name; });
    return at == table.end() ? nullptr : &*at;
}

// Reads the text once and writes what muParser is to see.
class Writer {
  public:
    Writer(const std::string& text, std::vector<Expression::Use>& uses) : text_(text), uses_(uses) {}

    // `bind` gives a use its place in the table of names.
    template <class Bind>
    std::string write(const Bind& bind) {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (begins_name(c))
                write_name(bind);
            else if (is_digit(c) || c == '.')
                write_number();
            else
                write_sign();
        }
        return out_;
    }

  private:
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }

    template <class Bind>
    void write_name(const Bind& bind) {
        const size_t from = at_;
        while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '.'))
            ++at_;
        std::string name = text_.substr(from, at_ - from);
        if (name == "and" || name == "or") {
            out_ += name == "and" ? " && " : " || ";
            return;
        }
        const size_t after = at_;
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '(') {
            write_call(name, bind);
            return;
        }
        at_ = after;
        const bool at_start = name.starts_with("start.");
        if (at_start) name = name.substr(6);
        if (const Fact* fact = named(facts(), name)) {
            if (at_start && !fact->of_experiment)
                fail_unreadable(
                    text_,
                    cat("'start.' stands before names of the experiment only, not before '", name, "'"));
            uses_.push_back({name, "", at_start});
            out_ += cat("name(", bind({fact, nullptr, "", at_start}), ")");
            return;
        }
        const Word* const found = at_start ? nullptr : named(words(), name);
        if (!found) fail_unknown(name);
        out_ += cat(" ", static_cast<int64_t>(found->number), " ");
    }

    // `at_` is at the parenthesis.
    template <class Bind>
    void write_call(std::string name, const Bind& bind) {
        if (std::ranges::find(plain_functions, name) != plain_functions.end()) {
            out_ += name;
            return;
        }
        if (const PlaceFact* fact = named(place_facts(), name)) {
            uses_.push_back({name});
            out_ += cat("place(", fact - place_facts().data(), ",");
            ++at_;
            return;
        }
        const bool at_start = name.starts_with("start.");
        if (at_start) name = name.substr(6);
        const NamedFact* const fact = named(named_facts(), name);
        if (!fact) fail_unknown(name);
        if (at_start && !fact->of_experiment)
            fail_unreadable(
                text_, cat("'start.' stands before names of the experiment only, not before '", name, "'"));
        const std::string of = quoted(name);
        uses_.push_back({name, of, at_start});
        out_ += cat("name(", bind({nullptr, fact, of, at_start}), ")");
    }

    // The text of ("text").
    std::string quoted(const std::string& name) {
        const auto wrong = [&] {
            fail_unreadable(text_, cat(name, "(…) takes a name in quotes, as in ", name, "(\"cpu direct\")"));
        };
        ++at_;
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != '"') wrong();
        const size_t end = text_.find('"', at_ + 1);
        if (end == std::string::npos) wrong();
        const std::string of = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != ')') wrong();
        ++at_;
        return of;
    }

    void write_number() {
        const size_t from = at_;
        while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
        const auto exponent = [&](size_t at) { return at < text_.size() && is_digit(text_[at]); };
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
            const bool with_sign = at_ + 1 < text_.size() && (text_[at_ + 1] == '-' || text_[at_ + 1] == '+');
            if (exponent(at_ + (with_sign ? 2 : 1))) {
                at_ += with_sign ? 2 : 1;
                while (exponent(at_)) ++at_;
            }
        }
        const std::string number = text_.substr(from, at_ - from);
        if (!is_digit(number.front()) || std::ranges::count(number, '.') > 1 ||
            (at_ < text_.size() && begins_name(text_[at_])))
            fail_unreadable(text_, cat("'", text_.substr(from, at_ + 1 - from), "' is not a number"));
        out_ += number;
    }

    void write_sign() {
        static constexpr std::array signs{"==", "!=", "<=", ">=", "<", ">", "+", "-", "*",
                                          "/",  "^",  "(",  ")",  ",", "?", ":", " ", "\t"};
        for (const std::string_view sign : signs)
            if (text_.compare(at_, sign.size(), sign) == 0) {
                at_ += sign.size();
                out_ += sign == "\t" ? std::string_view(" ") : sign;
                return;
            }
        const char c = text_[at_];
        if (c == '=') fail_unreadable(text_, "two values are compared by '=='");
        if (c == '&') fail_unreadable(text_, "'and' joins two conditions");
        if (c == '|') fail_unreadable(text_, "'or' joins two conditions");
        if (c == '!') fail_unreadable(text_, "'not(…)' turns a condition round");
        if (c == '"')
            fail_unreadable(text_, "a text in quotes stands only in a call such as ticked(\"cpu direct\")");
        size_t length = 1;  // of the character, which may be a sequence of UTF-8
        while (at_ + length < text_.size() &&
               (static_cast<unsigned char>(text_[at_ + length]) & 0xC0) == 0x80)
            ++length;
        fail_unreadable(text_, cat("'", text_.substr(at_, length), "' means nothing here"));
    }

    [[noreturn]] void fail_unknown(const std::string& name) const {
        std::vector<std::string> known;
        for (const Fact& fact : facts()) known.emplace_back(fact.name);
        for (const PlaceFact& fact : place_facts()) known.emplace_back(fact.name);
        for (const NamedFact& fact : named_facts()) known.emplace_back(fact.name);
        for (const Word& row : words()) known.push_back(row.name);
        for (const char* function : plain_functions) known.emplace_back(function);
        const std::string near = nearest_word(name, known);
        fail_unreadable(text_, cat("'", name, "' is not a name that lessons know",
                                   near.empty() ? "" : cat("; did you mean '", near, "'?")));
    }

    const std::string& text_;
    std::vector<Expression::Use>& uses_;
    size_t at_ = 0;
    std::string out_;
};

// Puts back what was evaluated before, however this one ends.
struct Present {
    explicit Present(Evaluation& evaluation) : before(present) { present = &evaluation; }
    ~Present() { present = before; }
    Present(const Present&) = delete;
    Present& operator=(const Present&) = delete;
    Evaluation* before;
};

}  // namespace

bool is_true(double value) {
    return std::isfinite(value) && value != 0;
}

Expression::Expression(const std::string& text) : text_(trimmed(text)) {
    if (text_.empty()) fail_request("an expression is missing");
    if (text_.size() > most_characters)
        fail_request(
            cat("an expression has at most ", most_characters, " characters; this one has ", text_.size()));
    const auto compiled = std::make_shared<Compiled>();
    const std::string written = Writer(text_, uses_).write([&](Compiled::Name name) {
        compiled->names.push_back(std::move(name));
        return compiled->names.size() - 1;
    });
    const std::function<std::optional<double>(size_t)> nothing;
    Evaluation trial{nothing, nullptr};
    const Present now(trial);
    try {
        define_functions(compiled->parser);
        compiled->parser.SetExpr(written);
        int results = 0;
        (void)compiled->parser.Eval(results);
        if (results != 1) fail_unreadable(text_, "a ',' stands between the values of a function only");
    } catch (const mu::ParserError& error) {
        fail_unreadable(text_, reason(error.GetCode()));
    }
    compiled_ = compiled;
}

std::optional<double> Expression::value(const Laboratory& laboratory) const {
    if (!compiled_) return std::nullopt;
    Laboratory at_start = laboratory;
    if (laboratory.start) at_start.experiment = laboratory.start;
    const std::function<std::optional<double>(size_t)> name = [&](size_t index) {
        const Compiled::Name& use = compiled_->names.at(index);
        const Laboratory& of = use.at_start ? at_start : laboratory;
        return use.fact ? use.fact->value(of) : use.named->value(of, use.of);
    };
    Evaluation evaluation{name, &laboratory};
    const Present now(evaluation);
    try {
        const double value = compiled_->parser.Eval();
        return evaluation.missing ? std::nullopt : std::optional(value);
    } catch (const mu::ParserError& error) {
        fail_unreadable(text_, reason(error.GetCode()));
    }
}

bool Expression::holds(const Laboratory& laboratory) const {
    const std::optional<double> found = value(laboratory);
    return found && is_true(*found);
}

}  // namespace convscope::lessons
