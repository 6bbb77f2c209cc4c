#include "lessons/lesson_blocks.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/errors.h"
#include "core/text.h"
#include "experiment_names.h"
#include "lessons/words.h"
#include "numbers.h"

namespace convscope::lessons {
namespace {

constexpr size_t most_fields = 200;
constexpr std::array block_names{"set", "look", "do", "predict", "explain"};
constexpr const char* computed =
    "answers are computed, never written: an expression needs a name such as output.height";

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.';
    });
}

Expression expression_at(int line, const std::string& text) {
    try {
        return Expression(text);
    } catch (const Error& error) {
        throw LineError{line, error.what()};
    }
}

// Text with expressions in braces, whose mistakes are to be found before anybody reads it.
std::string sentence_at(int line, const std::string& text) {
    try {
        (void)read_sentence(text);
    } catch (const Error& error) {
        throw LineError{line, error.what()};
    }
    return text;
}

[[noreturn]] void fail_unknown(const RawBlock& block, const Setting& field,
                               const std::vector<std::string>& known) {
    throw LineError{field.line,
                    cat("'", block.name, "' has no line '", field.name, "'; ", joined(known), " are known")};
}

// The parts around '|', each without blanks around it; `least` … `most` of them.
std::vector<std::string> parts_of(const Setting& field, size_t least, size_t most, const char* form) {
    const std::vector<std::string> parts = split_list(field.value, '|');
    if (parts.size() < least || parts.size() > most || std::ranges::count(parts, "") > 0)
        throw LineError{field.line,
                        cat("'", field.name, "' has the form ", form, "; found '", field.value, "'")};
    return parts;
}

template <size_t N>
size_t word_place(const Setting& field, const std::string& word, const std::array<const char*, N>& allowed) {
    const auto at = std::ranges::find(allowed, word);
    if (at == allowed.end())
        throw LineError{field.line, cat("'", word, "' is not allowed for '", field.name, "'; ",
                                        joined({allowed.begin(), allowed.end()}, " or "), " is")};
    return static_cast<size_t>(at - allowed.begin());
}

// The names of these alone.
template <class Enum, size_t N, size_t All>
constexpr std::array<const char*, N> some_of(const std::array<const char*, All>& names,
                                             const std::array<Enum, N>& of) {
    std::array<const char*, N> out{};
    for (size_t i = 0; i < N; ++i) out[i] = name_in(names, of[i]);
    return out;
}

std::vector<std::string> listed(const Setting& field) {
    std::vector<std::string> out = split_list(field.value);
    if (std::ranges::count(out, "") > 0)
        throw LineError{field.line, cat("'", field.name, "' lists names with a comma between two; found '",
                                        field.value, "'")};
    return out;
}

// No field twice, but those that may.
void require_once(const RawBlock& block, const std::vector<Setting>& fields,
                  const std::vector<std::string>& repeatable) {
    if (fields.size() > most_fields)
        throw LineError{block.line, cat("a '", block.name, "' has at most ", most_fields,
                                        " lines; this one has ", fields.size())};
    std::map<std::string, int> lines;
    for (const Setting& field : fields) {
        const auto [first, fresh] = lines.emplace(field.name, field.line);
        if (!fresh && std::ranges::find(repeatable, field.name) == repeatable.end())
            throw LineError{field.line, cat("'", field.name, "' stands twice in this '", block.name,
                                            "', first in line ", first->second)};
    }
}

Look::Element element_of(const Setting& field) {
    std::vector<std::string> words;
    for (const std::string& word : split_list(field.value, ' '))
        if (!word.empty()) words.push_back(word);
    if (words.empty()) words.emplace_back();
    Look::Element element{static_cast<ViewKind>(word_place(field, words[0], view_names)), {}};
    for (size_t i = 1; i < words.size(); ++i) try {
            element.place.push_back(whole_number(words[i], field.name, field.name, 0, largest_size));
        } catch (const Error& error) {
            throw LineError{field.line, error.what()};
        }
    const size_t numbers = element.place.size();
    const bool none = element.view == ViewKind::none;
    if (none ? numbers != 0 : numbers != 4 && numbers != 5)
        throw LineError{field.line,
                        cat("'", field.name,
                            "' takes 'none', or a view and its element, as in 'output 0 "
                            "0 3 4' (batch, channel, row, column; in 3D the depth before the row); found '",
                            field.value, "'")};
    return element;
}

Setting without_prefix(const Setting& field, const char* prefix) {
    Setting setting = field;
    setting.name = field.name.substr(std::string_view(prefix).size());
    require_setting(setting);
    return setting;
}

Remark remark_of(const Setting& field, const char* form) {
    const std::vector<std::string> parts = parts_of(field, 2, 2, form);
    return {expression_at(field.line, parts[0]), sentence_at(field.line, parts[1])};
}

Expression answer_of(const Setting& field, const std::string& text) {
    Expression expression = expression_at(field.line, text);
    if (expression.constant()) throw LineError{field.line, computed};
    return expression;
}

Prediction::Option option_of(const Setting& field) {
    const std::vector<std::string> parts =
        parts_of(field, 2, 3, "'TEXT | CONDITION' or 'TEXT | CONDITION | feedback'");
    Expression condition = expression_at(field.line, parts[1]);
    // An option that is never right may say so; one that always is would be a written answer.
    if (condition.constant() && condition.text() != "0") throw LineError{field.line, computed};
    return {sentence_at(field.line, parts[0]), std::move(condition),
            parts.size() == 3 ? sentence_at(field.line, parts[2]) : std::string()};
}

void read_within(const Setting& field, Prediction& prediction) {
    const NumberStart start = number_start(field.value);
    const std::string rest = trimmed(std::string_view(field.value).substr(start.length));
    if (start.length == 0 || !(start.wide >= 0 && start.wide < 1e30) || (!rest.empty() && rest != "%"))
        throw LineError{
            field.line,
            cat("'within' takes a number from 0 on, or a share such as '5 %'; found '", field.value, "'")};
    prediction.within_is_share = rest == "%";
    prediction.within = prediction.within_is_share ? start.wide / 100 : start.wide;
}

void read_prediction_line(const RawBlock& block, const Setting& field, Prediction& prediction) {
    const std::string& name = field.name;
    if (name == "number") {
        prediction.number = answer_of(field, field.value);
    } else if (name == "unit") {
        prediction.unit = field.value;
    } else if (name == "option") {
        prediction.options.push_back(option_of(field));
    } else if (name == "cell") {
        constexpr std::array clickable{ViewKind::input, ViewKind::weights, ViewKind::output};
        prediction.view = clickable[word_place(field, field.value, some_of(view_names, clickable))];
    } else if (name == "where") {
        prediction.where = answer_of(field, field.value);
    } else if (name == "within") {
        read_within(field, prediction);
    } else if (name == "wrong") {
        prediction.wrong.push_back(remark_of(field, "'EXPRESSION | sentence'"));
    } else if (name == "hide") {
        prediction.hidden = listed(field);
    } else if (name.starts_with("then.")) {
        prediction.then.push_back(without_prefix(field, "then."));
    } else {
        fail_unknown(block, field,
                     {"number", "unit", "within", "option", "cell", "where", "wrong", "hide", "then.…"});
    }
}

}  // namespace

bool is_block_name(const std::string& name) {
    return std::ranges::find(block_names, name) != block_names.end();
}

void require_block_name(const std::string& info, int line) {
    if (is_block_name(info)) return;
    std::string lower = info;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string meant;
    for (const std::string name : block_names) {
        const bool begun = lower.starts_with(name + " ") || lower == name || lower == name + "s";
        if (begun || (name.size() > 3 && nearest_word(lower, {name}) == name)) meant = name;
    }
    if (!meant.empty())
        throw LineError{line,
                        cat("'", info, "' is no block; '", meant, "' is one, and stands alone on its line")};
}

std::vector<Setting> read_fields(const std::vector<RawLine>& lines, Comments comments) {
    std::vector<Setting> out;
    for (const RawLine& line : lines) {
        std::string text = line.text;
        if (comments == Comments::after_blank) {
            size_t cut = std::min(text.find(" #"), text.find("\t#"));
            if (text.starts_with('#')) cut = 0;
            if (cut != std::string::npos) text.resize(cut);
        }
        text = trimmed(text);
        if (text.empty()) continue;
        const size_t colon = text.find(':');
        const std::string name = colon == std::string::npos ? std::string() : trimmed(text.substr(0, colon));
        if (!is_name(name))
            throw LineError{line.number,
                            cat("a line has the form 'name: value'; found '", text.substr(0, 60), "'")};
        Setting field{line.number, name, trimmed(text.substr(colon + 1))};
        if (field.value.empty()) throw LineError{line.number, cat("'", name, "' has no value")};
        out.push_back(std::move(field));
    }
    return out;
}

std::vector<Setting> read_set(const RawBlock& block) {
    std::vector<Setting> fields = read_fields(block.lines, Comments::after_blank);
    require_once(block, fields, {});
    for (const Setting& field : fields) {
        if (field.name == "start" && field.line != fields.front().line)
            throw LineError{field.line, "'start' is the first line of a 'set'"};
        require_setting(field);
    }
    return fields;
}

Look read_look(const RawBlock& block) {
    constexpr std::array tabs{Tab::explore, Tab::xray, Tab::source};
    constexpr std::array panels{"inspect", "kernels", "times"};
    constexpr std::array plots{"bars", "history", "spread", "roofline"};
    constexpr std::array plays{"nothing", "slide", "requests"};
    const std::vector<Setting> fields = read_fields(block.lines, Comments::after_blank);
    require_once(block, fields, {});
    Look look{.line = block.line};
    for (const Setting& field : fields) {
        if (field.name == "tab") {
            look.tab = tabs[word_place(field, field.value, some_of(tab_names, tabs))];
        } else if (field.name == "view") {
            look.views = listed(field);
            for (const std::string& view : look.views) require_view(field.line, view);
        } else if (field.name == "hover") {
            look.hover = element_of(field);
        } else if (field.name == "panel") {
            look.panel = static_cast<LowerPanel>(word_place(field, field.value, panels));
        } else if (field.name == "plot") {
            look.plot = static_cast<Plot>(word_place(field, field.value, plots));
        } else if (field.name == "play") {
            look.play = static_cast<Play>(word_place(field, field.value, plays));
        } else if (field.name == "light") {
            look.lights = listed(field);
        } else {
            fail_unknown(block, field, {"tab", "view", "hover", "panel", "plot", "play", "light"});
        }
    }
    return look;
}

Goal read_goal(const RawBlock& block) {
    const std::vector<Setting> fields = read_fields(block.lines, Comments::after_blank);
    require_once(block, fields, {"nearly", "hint", "solution"});
    Goal goal{.line = block.line};
    for (const Setting& field : fields) {
        if (field.name == "when") {
            goal.when = expression_at(field.line, field.value);
            if (goal.when.constant())
                throw LineError{
                    field.line,
                    "'when' needs a name such as output.height: without one it always holds, or never"};
        } else if (field.name == "nearly") {
            goal.nearly.push_back(remark_of(field, "'CONDITION | sentence'"));
        } else if (field.name == "hint") {
            goal.hints.push_back(sentence_at(field.line, field.value));
        } else if (field.name == "solution") {
            constexpr std::array commands{"compare", "count"};
            goal.commands.emplace_back(commands[word_place(field, field.value, commands)]);
        } else if (field.name.starts_with("solution.")) {
            goal.solution.push_back(without_prefix(field, "solution."));
        } else {
            fail_unknown(block, field, {"when", "nearly", "hint", "solution", "solution.…"});
        }
    }
    if (goal.when.empty()) throw LineError{block.line, "this 'do' has no line 'when: CONDITION'"};
    if (goal.solution.empty() && goal.commands.empty())
        throw LineError{block.line, "this 'do' has no solution: lines such as 'solution.padding: 1'"};
    return goal;
}

Prediction read_prediction(const RawBlock& block) {
    const std::vector<Setting> fields = read_fields(block.lines, Comments::after_blank);
    require_once(block, fields, {"option", "wrong"});
    Prediction prediction{.line = block.line};
    for (const Setting& field : fields) read_prediction_line(block, field, prediction);
    const auto has = [&](const char* name) { return std::ranges::count(fields, name, &Setting::name) > 0; };
    const auto require = [&](bool right, const char* sentence) {
        if (!right) throw LineError{block.line, sentence};
    };
    require(has("number") + has("option") + has("cell") == 1,
            "a 'predict' asks for one of 'number', 'option' (two or more) and 'cell'");
    require(!has("option") || prediction.options.size() >= 2, "a choice has two or more lines 'option'");
    require(has("number") || !(has("unit") || has("within")), "'unit' and 'within' belong to a 'number'");
    require(has("cell") == has("where"),
            "'cell' says the view and 'where' which of its elements are right: both are needed");
    require(!has("option") || !has("wrong"),
            "an option's feedback stands behind it, 'TEXT | CONDITION | feedback'; 'wrong' is for numbers "
            "and cells");
    using Kind = Prediction::Kind;
    prediction.kind = has("number") ? Kind::number : has("option") ? Kind::choice : Kind::cell;
    return prediction;
}

}  // namespace convscope::lessons
