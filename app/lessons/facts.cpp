#include "lessons/facts.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "lessons/facts_parts.h"
#include "views/explain.h"

namespace convscope::lessons {
namespace {

template <class Row>
std::vector<Row> all(std::initializer_list<std::span<const Row>> parts) {
    std::vector<Row> out;
    for (const std::span<const Row> part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

// Far from every number that a convolution has: an expression that compares a word with a number is false.
constexpr double first_word = 7e14;

std::vector<Word> make_words() {
    std::vector<Word> out{{"false", 0}, {"true", 1}};
    const auto add = [&](const char* name) {
        out.push_back({name, first_word + static_cast<double>(out.size())});
    };
    for (const OperatorFacts& row : operators()) add(row.name);
    for (const char* name : tab_names) add(name);
    for (const char* name : view_names) add(name);
    for (const char* name : mode_words) add(name);
    for (const char* name : method_names) add(name);
    for (const char* name : xray_panel_names) add(name);
    return out;
}

}  // namespace

std::span<const Fact> facts() {
    static const std::vector<Fact> table = all({experiment_facts(), result_facts(), xray_facts()});
    return table;
}

std::span<const PlaceFact> place_facts() {
    return result_place_facts();
}

std::span<const NamedFact> named_facts() {
    static const std::vector<NamedFact> table =
        all({experiment_named_facts(), result_named_facts(), xray_named_facts()});
    return table;
}

std::span<const Word> words() {
    static const std::vector<Word> table = make_words();
    return table;
}

double word(const std::string& name) {
    const auto at = std::ranges::find(words(), name, &Word::name);
    if (at == words().end()) throw Error(ErrorKind::failed, cat("'", name, "' is not a word of lessons"));
    return at->number;
}

std::string value_text(double value) {
    if (value >= first_word) {
        const auto at = std::ranges::find(words(), value, &Word::number);
        if (at != words().end()) return at->name;
    }
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
    const bool whole = value == std::round(value) && std::abs(value) < 1e15;
    std::string text = whole ? cat(static_cast<int64_t>(std::abs(value))) : number_text(std::abs(value));
    return value < 0 ? "−" + text : text;
}

std::optional<Problem> problem_of(const Experiment& experiment) {
    if (!broken_rules(experiment.spec).empty()) return std::nullopt;
    return Problem(experiment.spec);
}

KernelChoice choice_of(const std::string& name, const char* of) {
    const size_t blank = name.find(' ');
    if (blank == std::string::npos || blank == 0 || blank + 1 == name.size() ||
        name.find(' ', blank + 1) != std::string::npos)
        fail_request(cat(of, " takes a device and a kernel, as in 'cpu direct'; found '", name, "'"));
    return {name.substr(0, blank), name.substr(blank + 1)};
}

int64_t element_at(const Shape& shape, std::span<const int64_t> place, const std::string& what) {
    if (place.size() != shape.size())
        fail_request(cat("an element of ", what, " has ", shape.size(), " numbers; found ", place.size()));
    int64_t element = 0;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (place[i] < 0 || place[i] >= shape[i])
            fail_request(cat(what, " is ", dims(shape), "; it has no element (",
                             joined(
                                 [&] {
                                     std::vector<std::string> numbers;
                                     for (const int64_t number : place) numbers.push_back(cat(number));
                                     return numbers;
                                 }(),
                                 ", "),
                             ")"));
        element = element * shape[i] + place[i];
    }
    return element;
}

std::array<int64_t, 5> place_of(const Shape& shape, int64_t element) {
    const std::vector<int64_t> place = place_in(shape, element);
    std::array<int64_t, 5> out{};
    for (size_t i = 0; i < place.size(); ++i) out[i < 2 ? i : i + 5 - place.size()] = place[i];
    return out;
}

}  // namespace convscope::lessons
