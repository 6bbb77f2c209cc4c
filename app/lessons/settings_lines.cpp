#include "lessons/settings_lines.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "experiment_values.h"
#include "lessons/facts_parts.h"
#include "lessons/typed_values.h"
#include "lessons/words.h"
#include "numbers.h"
#include "presets.h"
#include "program_files.h"
#include "views/explain.h"

namespace convscope::lessons {
namespace {

using nlohmann::json;

// display.pin.view has two. Printing what is nested deeply would exhaust the stack.
constexpr int most_dots = 3;

int64_t whole(const Setting& line, int64_t least = 0) {
    return whole_number(line.value, line.name, line.name, least, largest_size);
}

// "[1, 1, 6, 6]", or a single number.
std::vector<int64_t> whole_list(const Setting& line) {
    const bool list = line.value.starts_with('[') && line.value.ends_with(']');
    std::vector<int64_t> out;
    for (const std::string& word :
         split_list(list ? std::string_view(line.value).substr(1, line.value.size() - 2) : line.value))
        out.push_back(whole_number(word, line.name, line.name, 0, largest_size));
    if (!list && out.size() != 1)
        fail_request(cat("'", line.name, "' takes a number, or a list in brackets such as [3, 5]; found '",
                         line.value, "'"));
    return out;
}

bool truth(const Setting& line) {
    if (line.value != "true" && line.value != "false")
        fail_request(cat("'", line.name, "' must be true or false; found '", line.value, "'"));
    return line.value == "true";
}

Fill fill_of(const Setting& line, bool for_input) {
    const std::optional<Fill> fill = fill_named(line.value);
    if (fill && (for_input ? facts(*fill).for_input : facts(*fill).for_weights)) return *fill;
    std::vector<std::string> allowed;
    for (const FillFacts& row : fills())
        if (for_input ? row.for_input : row.for_weights) allowed.emplace_back(row.name);
    if (for_input) allowed.insert(allowed.end(), {"image NAME", "constant NUMBER"});
    allowed.emplace_back("values as [[1, 2], [3, 4]]");
    fail_request(
        cat("'", line.name, "' cannot be '", line.value, "'; ", joined(allowed, " or "), " is allowed"));
}

void set_start(Experiment& e, const Setting& line) {
    if (line.value == "blank") {
        e = blank_experiment();
        return;
    }
    for (const ExperimentPreset& preset : experiment_presets())
        if (line.value == preset.name) {
            e = preset.make();
            return;
        }
    const Preset& preset = preset_named(line.value);
    e = {};
    e.spec = preset.spec;
    e.source.fill = preset.input_fill;
    if (!preset.image.empty())
        e.source = {.kind = InputSource::Kind::image, .path = "assets/images/" + preset.image};
    e.weights.fill = preset.weights_fill;
}

// Every parameter is as `start: blank` has it; batch, channels and sizes of the input stay.
void set_operator(Experiment& e, const Setting& line) {
    const std::optional<Operator> op = operator_named(line.value);
    if (!op) fail_request(cat("'", line.value, "' is not an operator; ", operator_names(), " is allowed"));
    e = apply(std::move(e), SetOperator{*op});
    const ProblemSpec before = e.spec;
    e.spec = {};
    e.spec.op = *op;
    e.spec.batch = before.batch;
    e.spec.in_channels = before.in_channels;
    e.spec.input = before.input;
    e.spec.kernel_size = axes_from_list(*op, {3}, "kernel_size", 1);
}

// One of the program's, or a lesson's own, which load_lesson() gives with its folder.
std::string picture_path(const std::string& name) {
    if (std::filesystem::path(name).is_absolute()) {
        if (!std::filesystem::exists(name)) fail_request(cat("the picture ", name, " is missing"));
        return name;
    }
    (void)asset_path("images/" + name);  // it is there
    return "assets/images/" + name;
}

void set_input(Experiment& e, const Setting& line) {
    constexpr std::string_view image = "image ", constant = "constant ";
    if (is_typed(line)) return;  // once all sizes are known
    if (line.value.starts_with(image)) {
        const std::string name = trimmed(line.value.substr(image.size()));
        e.source = {.kind = InputSource::Kind::image, .path = picture_path(name)};
    } else if (line.value.starts_with(constant)) {
        e.source = {.kind = InputSource::Kind::constant,
                    .value = float_of(trimmed(line.value.substr(constant.size())), line.name)};
    } else {
        e.source = {.kind = InputSource::Kind::fill, .fill = fill_of(line, true)};
    }
}

void set_axes(Experiment& e, const Setting& line, AxisField field) {
    if (field == AxisField::output_padding && !facts(e.spec.op).transposed)
        fail_request(
            cat("'output_padding' belongs to transposed operators; this one is ", facts(e.spec.op).name));
    axes_of(e.spec, field) = axes_from_list(e.spec.op, whole_list(line), line.name, least_value(field));
}

// display.… and xray.…, read as an experiment's file has them. A value that is no JSON is a word.
void set_by_json(Experiment& e, const Setting& line) {
    Experiment plain;  // what is not looked at has no part in it
    plain.display = e.display;
    plain.xray = e.xray;
    json file = parse_json(experiment_json(plain), "an experiment");
    const json value =
        json::accept(line.value) ? parse_json(line.value, cat("'", line.name, "'")) : json(line.value);
    std::string path = "/" + line.name;
    std::ranges::replace(path, '.', '/');
    const json::json_pointer place(path);
    if (std::ranges::count(line.name, '.') > most_dots ||
        (file.contains(place.parent_pointer()) && !file[place.parent_pointer()].is_object()))
        fail_request(cat("an experiment has no '", line.name.substr(0, 60), "'"));
    file[place] = value;
    const Experiment read = experiment_from_json(file.dump());
    e.display = read.display;
    e.xray = read.xray;
}

using Carry = void (*)(Experiment&, const Setting&);
struct Line {
    const char* name;
    Carry carry_out;
};

constexpr std::array lines{
    Line{"start", set_start},
    Line{"operator", set_operator},
    Line{"shape", [](Experiment& e, const Setting& s) { set_input_shape(e.spec, whole_list(s)); }},
    Line{"out_channels", [](Experiment& e, const Setting& s) { e.spec.out_channels = whole(s); }},
    Line{"groups", [](Experiment& e, const Setting& s) { e.spec.groups = whole(s); }},
    Line{"kernel_size", [](Experiment& e, const Setting& s) { set_axes(e, s, AxisField::kernel_size); }},
    Line{"stride", [](Experiment& e, const Setting& s) { set_axes(e, s, AxisField::stride); }},
    Line{"padding", [](Experiment& e, const Setting& s) { set_axes(e, s, AxisField::padding); }},
    Line{"dilation", [](Experiment& e, const Setting& s) { set_axes(e, s, AxisField::dilation); }},
    Line{"output_padding",
         [](Experiment& e, const Setting& s) { set_axes(e, s, AxisField::output_padding); }},
    Line{"bias", [](Experiment& e, const Setting& s) { e.spec.bias = truth(s); }},
    Line{"input", set_input},
    Line{"weights",
         [](Experiment& e, const Setting& s) {
             if (!is_typed(s)) e.weights = {.fill = fill_of(s, false)};
         }},
    Line{"pointwise",
         [](Experiment& e, const Setting& s) {
             if (!is_typed(s)) e.pointwise = WeightsSource{.fill = fill_of(s, false)};
         }},
    Line{"seed", [](Experiment& e, const Setting& s) { e.seed = seed_of(s.value, "seed"); }},
    Line{"device", [](Experiment& e, const Setting& s) { e.device = s.value; }},
    Line{"kernels",
         [](Experiment& e, const Setting& s) {
             std::vector<KernelChoice> ticked;
             for (const std::string& name : split_list(s.value))
                 ticked.push_back(choice_of(name, "'kernels'"));
             e.ticked = ticked;
         }},
    Line{"kernel", [](Experiment& e, const Setting& s) { e.shown = choice_of(s.value, "'kernel'"); }},
};

bool by_json(const std::string& name) {
    return name.starts_with("display.") || name.starts_with("xray.");
}

const Line* line_named(const std::string& name) {
    const auto at = std::ranges::find_if(lines, [&](const Line& line) { return name == line.name; });
    return at == lines.end() ? nullptr : &*at;
}

// What goes wrong in `act` is the line's mistake.
template <class Act>
void at_line(int line, const Act& act) {
    try {
        act();
    } catch (const Error& error) {
        throw LineError{line, error.what()};
    }
}

// By heat: the X-ray's map, or its heat.
constexpr std::array heat_words{"map", "heat"};

std::vector<std::string> view_words() {
    std::vector<std::string> out(mode_words.begin(), mode_words.end());
    const auto add = [&](const auto& words) { out.insert(out.end(), words.begin(), words.end()); };
    add(method_names);
    add(heat_words);
    add(xray_panel_names);
    return out;
}

template <class Choice, size_t N>
void choose(const std::string& word, const std::array<const char*, N>& words, Choice& choice) {
    const auto at = std::ranges::find(words, word);
    if (at != words.end()) choice = static_cast<Choice>(at - words.begin());
}

// No two of these lists share a word.
void turn_view(Experiment& e, const std::string& word) {
    choose(word, mode_words, e.display.output_mode);
    choose(word, method_names, e.display.method);
    choose(word, heat_words, e.xray.heat);
    choose(word, xray_panel_names, e.xray.panel);
}

// The element explained, and in the picture: the display turns to its batch, channel and slice.
void hover(Experiment& e, const Look::Element& element, int line) {
    e.display.pin.reset();
    if (element.view == ViewKind::none) return;
    const std::optional<Problem> problem = problem_of(e);
    if (!problem)
        throw LineError{line, "an element is hovered, but the experiment breaks rules and has none"};
    const Shape shape = view_shape(*problem, element.view);
    if (shape.empty()) throw LineError{line, "this operator has no tensor of that name to hover"};
    at_line(line, [&] {
        const int64_t index = element_at(shape, element.place, "the hovered tensor");
        const std::array<int64_t, 5> at = place_of(shape, index);
        Display& d = e.display;
        d.pin = Pin{element.view, index};
        const Axes slices{at[2], at[3], at[4]};
        if (element.view == ViewKind::input || element.view == ViewKind::output) d.batch = at[0];
        if (element.view == ViewKind::input) {
            d = with_in_channel(*problem, d, at[1]);
            d.in_slice = slices;
        } else if (element.view == ViewKind::output) {
            d = with_out_channel(*problem, d, at[1]);
            d.out_slice = slices;
        }
    });
}

}  // namespace

void require_setting(const Setting& setting) {
    if (line_named(setting.name) || by_json(setting.name)) return;
    std::vector<std::string> known;
    for (const Line& line : lines) known.emplace_back(line.name);
    known.insert(known.end(), {"display.…", "xray.…"});
    throw LineError{setting.line,
                    cat("a 'set' has no line '", setting.name, "'; ", joined(known), " are known")};
}

void require_view(int line, const std::string& view) {
    const std::vector<std::string> known = view_words();
    if (std::ranges::find(known, view) != known.end()) return;
    throw LineError{line, cat("'", view, "' is no view; ", joined(known, " or "), " is")};
}

Experiment blank_experiment() {
    Experiment e;
    e.spec.input = {1, 6, 6};
    e.spec.kernel_size = {1, 3, 3};
    e.weights.fill = Fill::ones;
    return e;
}

Experiment with_settings(Experiment e, const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) {
        require_setting(setting);
        at_line(setting.line, [&] {
            if (by_json(setting.name))
                set_by_json(e, setting);
            else
                line_named(setting.name)->carry_out(e, setting);
            if (is_typed(setting)) take_sizes_of_typed(e, setting);
        });
    }
    // Values that are typed in need the problem as a whole.
    for (const Setting& setting : settings)
        if (is_typed(setting)) at_line(setting.line, [&] { type_values(e, setting); });
    detail::fit_values(e);
    return e;
}

Experiment with_look(Experiment e, const Look& look) {
    if (look.tab) e.tab = *look.tab;
    for (const std::string& view : look.views) {
        require_view(look.line, view);
        turn_view(e, view);
    }
    if (look.hover) hover(e, *look.hover, look.line);
    return e;
}

Experiment experiment_at(const Lesson& lesson, size_t index) {
    const auto through = [&](Experiment e, const Step& step) {
        e.display.pin.reset();  // the hovered element is that of its step alone
        if (step.set) e = with_settings(std::move(e), *step.set);
        return with_look(std::move(e), step.look);
    };
    Experiment e = blank_experiment();
    for (size_t i = 0; i < index && i < lesson.steps.size(); ++i) try {
            e = through(e, lesson.steps[i]);
        } catch (const LineError&) {
            continue;  // that step says so itself; this one works
        }
    return index < lesson.steps.size() ? through(std::move(e), lesson.steps[index]) : e;
}

}  // namespace convscope::lessons
