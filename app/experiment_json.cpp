#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/json_text.h"
#include "core/files/atomic_file.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "experiment.h"

namespace convscope {
namespace {

using nlohmann::json;

constexpr int64_t version = 1;
constexpr int64_t most_bytes = 4 << 20;
constexpr size_t most_weight_values = 65536;
constexpr std::array kind_names{"image", "npy", "fill", "constant"};
constexpr std::array range_names{"automatic", "symmetric", "percentile", "fixed"};
constexpr std::array theme_names{"dark", "light"};

json view_json(const ViewBox& view) {
    return {{"zoom", view.zoom}, {"x", view.x}, {"y", view.y}};
}

json kernels_json(const std::vector<KernelChoice>& kernels) {
    json out = json::array();
    for (const KernelChoice& k : kernels) out.push_back({k.device, k.kernel});
    return out;
}

// Not-a-number and infinities have no form in JSON: they are written as words.
json float_json(float value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

// Reads the members of one object: each by name, all of them known, every value in its range.
class Reader {
  public:
    Reader(const json& value, std::string name) : value_(value), name_(std::move(name)) {
        if (!value.is_object()) fail("", "must be an object", value);
    }

    const json* find(const char* key) {
        read_.emplace_back(key);
        const auto at = value_.find(key);
        return at == value_.end() ? nullptr : &*at;
    }
    void integer(const char* key, int64_t& to, int64_t least, int64_t most) {
        const json* v = find(key);
        if (!v) return;
        const bool fits = v->is_number_integer() &&
                          (!v->is_number_unsigned() || v->get<uint64_t>() <= uint64_t(most)) &&
                          v->get<int64_t>() >= least && v->get<int64_t>() <= most;
        if (!fits) fail(key, cat("must be a whole number from ", least, " to ", most), *v);
        to = v->get<int64_t>();
    }
    template <class Number>
    void number(const char* key, Number& to, double least, double most) {
        const json* v = find(key);
        if (!v) return;
        if (!v->is_number() || !(v->get<double>() >= least && v->get<double>() <= most))
            fail(key, cat("must be a number from ", number_text(least), " to ", number_text(most)), *v);
        to = static_cast<Number>(v->get<double>());
    }
    void boolean(const char* key, bool& to) {
        const json* v = find(key);
        if (!v) return;
        if (!v->is_boolean()) fail(key, "must be true or false", *v);
        to = v->get<bool>();
    }
    void text(const char* key, std::string& to) {
        const json* v = find(key);
        if (!v) return;
        if (!v->is_string() || v->get_ref<const std::string&>().size() > 4096)
            fail(key, "must be a text", *v);
        to = v->get<std::string>();
    }
    // A word of the list, as its place in it.
    template <class Enum, class Names>
    void word(const char* key, Enum& to, const Names& names) {
        const json* v = find(key);
        if (!v) return;
        for (size_t i = 0; i < names.size(); ++i)
            if (v->is_string() && v->get_ref<const std::string&>() == names[i]) {
                to = static_cast<Enum>(i);
                return;
            }
        fail(key, cat("must be ", joined({names.begin(), names.end()}, " or ")), *v);
    }
    // To be called last: a name that nobody asked for is a mistake in the file.
    void nothing_else() {
        for (const auto& item : value_.items())
            if (std::ranges::find(read_, item.key()) == read_.end())
                fail_request(cat("an experiment's ", name_, " has no field '", item.key(), "'; ",
                                 joined(read_), " are known"));
    }
    [[noreturn]] void fail(const std::string& key, const std::string& allowed, const json& found) const {
        fail_request(cat("'", name_, key.empty() ? "" : ".", key, "' ", allowed, "; found ",
                         found.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40)));
    }

  private:
    const json& value_;
    std::string name_;
    std::vector<std::string> read_;
};

Fill read_fill(Reader& reader, Fill otherwise) {
    std::string name = facts(otherwise).name;
    reader.text("fill", name);
    const std::optional<Fill> fill = fill_named(name);
    if (!fill) {
        std::vector<std::string> names;
        for (const FillFacts& row : fills()) names.emplace_back(row.name);
        fail_request(cat("'", name, "' is not a fill; ", joined(names, " or "), " is allowed"));
    }
    return *fill;
}

float read_float(const Reader& reader, const json& value) {
    if (value.is_number() && std::isfinite(value.get<float>())) return value.get<float>();
    if (value == "nan") return NAN;
    if (value == "inf") return INFINITY;
    if (value == "-inf") return -INFINITY;
    reader.fail("values", "holds float32 numbers, \"nan\", \"inf\" or \"-inf\"", value);
}

InputSource read_source(const json& value) {
    Reader reader(value, "input");
    InputSource source;
    reader.word("kind", source.kind, kind_names);
    reader.text("path", source.path);
    source.fill = read_fill(reader, source.fill);
    reader.number("value", source.value, -1e30, 1e30);
    reader.nothing_else();
    return source;
}

WeightsSource read_weights(const json& value) {
    Reader reader(value, "weights");
    WeightsSource weights;
    weights.fill = read_fill(reader, weights.fill);
    if (const json* values = reader.find("values")) {
        if (!values->is_array() || values->size() > most_weight_values)
            reader.fail("values", cat("must be a list of at most ", most_weight_values, " numbers"), *values);
        for (const json& v : *values) weights.values.push_back(read_float(reader, v));
    }
    reader.nothing_else();
    return weights;
}

std::vector<KernelChoice> read_kernels(const json& value) {
    std::vector<KernelChoice> out;
    for (const json& pair : value) {
        if (!value.is_array() || !pair.is_array() || pair.size() != 2 || !pair[0].is_string() ||
            !pair[1].is_string())
            fail_request(cat("kernels are listed as [device, kernel]; found ", pair.dump().substr(0, 40)));
        out.push_back({pair[0].get<std::string>(), pair[1].get<std::string>()});
    }
    return out;
}

ViewBox read_view(Reader& parent, const char* key) {
    ViewBox view;
    const json* value = parent.find(key);
    if (!value) return view;
    Reader reader(*value, cat("display.", key));
    reader.number("zoom", view.zoom, 0.01, 1e6);
    reader.number("x", view.x, -1, 2);
    reader.number("y", view.y, -1, 2);
    reader.nothing_else();
    return view;
}

Display read_display(const json& value) {
    Reader reader(value, "display");
    Display d;
    reader.integer("batch", d.batch, 0, largest_size);
    reader.integer("in_channel", d.in_channel, 0, largest_size);
    reader.integer("out_channel", d.out_channel, 0, largest_size);
    reader.integer("in_depth", d.in_depth, 0, largest_size);
    reader.integer("out_depth", d.out_depth, 0, largest_size);
    reader.boolean("composite", d.composite);
    if (const json* map = reader.find("map"); map && !map->is_null()) {
        std::vector<std::string> names;
        for (const ColourMapFacts& row : colour_maps()) names.emplace_back(row.name);
        ColourMap chosen{};
        reader.word("map", chosen, names);
        d.map = chosen;
    }
    reader.word("range", d.range, range_names);
    reader.number("low", d.low, -3.4e38, 3.4e38);
    reader.number("high", d.high, -3.4e38, 3.4e38);
    reader.boolean("linked", d.linked);
    d.input = read_view(reader, "input");
    d.weights = read_view(reader, "weights");
    d.output = read_view(reader, "output");
    reader.nothing_else();
    return d;
}

json display_json(const Display& d) {
    return {{"batch", d.batch},
            {"in_channel", d.in_channel},
            {"out_channel", d.out_channel},
            {"in_depth", d.in_depth},
            {"out_depth", d.out_depth},
            {"composite", d.composite},
            {"map", d.map ? json(colour_maps()[static_cast<size_t>(*d.map)].name) : json()},
            {"range", range_names[static_cast<size_t>(d.range)]},
            {"low", d.low},
            {"high", d.high},
            {"linked", d.linked},
            {"input", view_json(d.input)},
            {"weights", view_json(d.weights)},
            {"output", view_json(d.output)}};
}

void require_version(Reader& reader) {
    const json* found = reader.find("convscope_experiment");
    if (!found || !found->is_number_integer())
        fail_request(
            "this is not an experiment: the field 'convscope_experiment' with its version is missing");
    if (found->get<int64_t>() > version)
        fail_request(cat("this experiment has version ", found->dump(), "; this program reads up to version ",
                         version));
    if (found->get<int64_t>() < 1) reader.fail("convscope_experiment", "must be at least 1", *found);
}

}  // namespace

std::string experiment_json(const Experiment& e) {
    json weights{{"fill", facts(e.weights.fill).name}};
    for (const float v : e.weights.values) weights["values"].push_back(float_json(v));
    json out{{"convscope_experiment", version},
             {"problem", to_json(e.spec)},
             {"input",
              {{"kind", kind_names[static_cast<size_t>(e.source.kind)]},
               {"path", e.source.path},
               {"fill", facts(e.source.fill).name},
               {"value", e.source.value}}},
             {"weights", weights},
             {"seed", e.seed},
             {"device", e.device},
             {"display", display_json(e.display)},
             {"theme", theme_names[static_cast<size_t>(e.theme)]},
             {"scale", e.scale}};
    if (e.ticked) out["kernels"] = kernels_json(*e.ticked);
    if (e.shown) out["shown"] = kernels_json({*e.shown})[0];
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Experiment experiment_from_json(std::string_view text) {
    const json value = parse_json(text, "this is not an experiment: it");
    Reader reader(value, "experiment");
    require_version(reader);
    Experiment e;
    const json* problem = reader.find("problem");
    if (!problem) fail_request("the experiment has no 'problem'");
    e.spec = spec_from_json(*problem);
    if (const json* source = reader.find("input")) e.source = read_source(*source);
    if (const json* weights = reader.find("weights")) e.weights = read_weights(*weights);
    if (const json* seed = reader.find("seed")) {
        if (!seed->is_number_unsigned()) reader.fail("seed", "must be a whole number from 0 on", *seed);
        e.seed = seed->get<uint64_t>();
    }
    reader.text("device", e.device);
    if (const json* kernels = reader.find("kernels")) e.ticked = read_kernels(*kernels);
    if (const json* shown = reader.find("shown")) e.shown = read_kernels(json::array({*shown})).front();
    if (const json* display = reader.find("display")) e.display = read_display(*display);
    reader.word("theme", e.theme, theme_names);
    reader.number("scale", e.scale, smallest_scale, largest_scale);
    reader.nothing_else();
    // An experiment that breaks rules has no count yet: it is judged once it is a problem.
    if (broken_rules(e.spec).empty()) require_weight_count(e.weights, Problem(e.spec));
    return e;
}

Experiment load_experiment(const std::string& path) {
    const std::string text = read_text_file(path, most_bytes);
    try {
        return experiment_from_json(text);
    } catch (const Error& error) {
        throw Error(error.kind(), cat(path, ": ", error.what()));
    }
}

void save_experiment(const std::string& path, const Experiment& experiment) {
    write_file(path, experiment_json(experiment));
}

}  // namespace convscope
