#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "experiment_names.h"

namespace convscope {
namespace {

using nlohmann::json;

constexpr int64_t version = 2;  // 1 knew depth slices only, and held how the window looks
constexpr int64_t most_bytes = 4 << 20;

json view_json(const ViewBox& view) {
    return {{"zoom", view.zoom}, {"x", view.x}, {"y", view.y}};
}

json values_json(const std::vector<float>& values);

json weights_json(const WeightsSource& weights) {
    json out{{"fill", facts(weights.fill).name}};
    if (!weights.values.empty()) out["values"] = values_json(weights.values);
    if (!weights.shape.empty()) out["shape"] = weights.shape;
    return out;
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

json values_json(const std::vector<float>& values) {
    json out = json::array();
    for (const float v : values) out.push_back(float_json(v));
    return out;
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

// Values with their shape, where there are any.
template <class Source>
void read_values(Reader& reader, Source& source, int64_t most) {
    if (const json* values = reader.find("values")) {
        if (!values->is_array() || static_cast<int64_t>(values->size()) > most)
            reader.fail("values", cat("must be a list of at most ", most, " numbers"), *values);
        for (const json& v : *values) source.values.push_back(read_float(reader, v));
    }
    const json* shape = reader.find("shape");
    if (!shape) return;
    const bool right = shape->is_array() && (shape->size() == 4 || shape->size() == 5) &&
                       std::ranges::all_of(*shape, [&](const json& size) {
                           return size.is_number_unsigned() && size.get<uint64_t>() >= 1 &&
                                  size.get<uint64_t>() <= static_cast<uint64_t>(most);
                       });
    if (right) source.shape = shape->get<Shape>();
    if (!right || element_count(source.shape) != static_cast<int64_t>(source.values.size()))
        reader.fail("shape", cat("must be four or five sizes of ", source.values.size(), " values"), *shape);
}

InputSource read_source(const json& value) {
    Reader reader(value, "input");
    InputSource source;
    reader.word("kind", source.kind, source_kind_names);
    reader.text("path", source.path);
    source.fill = read_fill(reader, source.fill);
    reader.number("value", source.value, -1e30, 1e30);
    read_values(reader, source, most_typed_inputs);
    reader.nothing_else();
    return source;
}

WeightsSource read_weights(const json& value, const char* name) {
    Reader reader(value, name);
    WeightsSource weights;
    weights.fill = read_fill(reader, weights.fill);
    read_values(reader, weights, most_typed_weights);
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

void read_axes(Reader& parent, const char* key, Axes& to) {
    const json* value = parent.find(key);
    if (!value) return;
    const bool right =
        value->is_array() && value->size() == 3 && std::ranges::all_of(*value, [](const json& v) {
            return v.is_number_integer() && v.get<int64_t>() >= -1 && v.get<int64_t>() <= largest_size;
        });
    if (!right) parent.fail(key, "must be three places, of depth, height and width", *value);
    to = value->get<Axes>();
}

Pin read_pin(const json& value) {
    Reader reader(value, "display.pin");
    Pin pin;
    reader.word("view", pin.view, view_names);
    reader.integer("element", pin.element, 0, INT64_MAX);
    reader.nothing_else();
    return pin;
}

Display read_display(const json& value) {
    Reader reader(value, "display");
    Display d;
    reader.integer("batch", d.batch, 0, largest_size);
    reader.integer("in_channel", d.in_channel, 0, largest_size);
    reader.integer("out_channel", d.out_channel, 0, largest_size);
    reader.integer("in_depth", d.in_slice[axis_depth], 0, largest_size);  // of version 1
    reader.integer("out_depth", d.out_slice[axis_depth], 0, largest_size);
    reader.word("slicing", d.slicing, slicing_names);
    read_axes(reader, "in_slice", d.in_slice);
    read_axes(reader, "out_slice", d.out_slice);
    read_axes(reader, "weights_slice", d.weights_slice);
    reader.boolean("composite", d.composite);
    reader.boolean("out_composite", d.out_composite);
    reader.word("output_mode", d.output_mode, mode_names);
    if (const json* other = reader.find("other")) d.other = read_kernels(json::array({*other})).front();
    reader.number("wipe", d.wipe, 0, 1);
    reader.word("method", d.method, method_names);
    if (const json* pin = reader.find("pin")) d.pin = read_pin(*pin);
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
    json out{{"batch", d.batch},
             {"in_channel", d.in_channel},
             {"out_channel", d.out_channel},
             {"slicing", name_in(slicing_names, d.slicing)},
             {"in_slice", d.in_slice},
             {"out_slice", d.out_slice},
             {"weights_slice", d.weights_slice},
             {"composite", d.composite},
             {"out_composite", d.out_composite},
             {"output_mode", name_in(mode_names, d.output_mode)},
             {"wipe", d.wipe},
             {"method", name_in(method_names, d.method)},
             {"map", d.map ? json(colour_maps()[static_cast<size_t>(*d.map)].name) : json()},
             {"range", name_in(range_names, d.range)},
             {"low", d.low},
             {"high", d.high},
             {"linked", d.linked},
             {"input", view_json(d.input)},
             {"weights", view_json(d.weights)},
             {"output", view_json(d.output)}};
    if (d.other) out["other"] = kernels_json({*d.other})[0];
    if (d.pin) out["pin"] = {{"view", name_in(view_names, d.pin->view)}, {"element", d.pin->element}};
    return out;
}

XrayView read_xray(const json& value) {
    Reader reader(value, "xray");
    XrayView x;
    reader.text("kernel", x.kernel);
    reader.integer("step", x.step, -1, INT32_MAX);
    reader.integer("block", x.block, 0, INT64_MAX);
    reader.integer("warp", x.warp, -1, INT32_MAX);
    reader.integer("thread", x.thread, -1, INT32_MAX);
    reader.integer("position", x.position, -1, INT64_MAX);
    reader.boolean("heat", x.heat);
    reader.word("panel", x.panel, xray_panel_names);
    reader.text("gpu", x.gpu);
    reader.nothing_else();
    return x;
}

json xray_json(const XrayView& x) {
    return {{"kernel", x.kernel}, {"step", x.step},
            {"block", x.block},   {"warp", x.warp},
            {"thread", x.thread}, {"position", x.position},
            {"heat", x.heat},     {"panel", name_in(xray_panel_names, x.panel)},
            {"gpu", x.gpu}};
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
    json out{{"convscope_experiment", version},
             {"problem", to_json(e.spec)},
             {"input",
              {{"kind", name_in(source_kind_names, e.source.kind)},
               {"path", e.source.path},
               {"fill", facts(e.source.fill).name},
               {"value", e.source.value}}},
             {"weights", weights_json(e.weights)},
             {"seed", e.seed},
             {"device", e.device},
             {"display", display_json(e.display)},
             {"tab", name_in(tab_names, e.tab)},
             {"xray", xray_json(e.xray)}};
    if (!e.source.values.empty()) out["input"]["values"] = values_json(e.source.values);
    if (!e.source.shape.empty()) out["input"]["shape"] = e.source.shape;
    if (e.pointwise) out["pointwise"] = weights_json(*e.pointwise);
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
    if (const json* weights = reader.find("weights")) e.weights = read_weights(*weights, "weights");
    if (const json* pointwise = reader.find("pointwise")) e.pointwise = read_weights(*pointwise, "pointwise");
    if (const json* seed = reader.find("seed")) {
        if (!seed->is_number_unsigned()) reader.fail("seed", "must be a whole number from 0 on", *seed);
        e.seed = seed->get<uint64_t>();
    }
    reader.text("device", e.device);
    if (const json* kernels = reader.find("kernels")) e.ticked = read_kernels(*kernels);
    if (const json* shown = reader.find("shown")) e.shown = read_kernels(json::array({*shown})).front();
    if (const json* display = reader.find("display")) e.display = read_display(*display);
    reader.word("tab", e.tab, tab_names);
    if (const json* xray = reader.find("xray")) e.xray = read_xray(*xray);
    for (const char* of_version_1 : {"theme", "scale"}) (void)reader.find(of_version_1);
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
