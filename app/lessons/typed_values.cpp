#include "lessons/typed_values.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/json_text.h"
#include "core/text.h"
#include "lessons/facts_parts.h"

namespace convscope::lessons {
namespace {

using nlohmann::json;

struct Table {
    Shape shape;
    std::vector<float> values;
};

[[noreturn]] void fail_table(const Setting& line) {
    fail_request(cat("'", line.name, "' lists numbers, as [[1, 2], [3, 4]], with rows of one length; found '",
                     line.value.substr(0, 60), "'"));
}

void read_level(const json& value, size_t level, const Setting& line, Table& table) {
    if (!value.is_array()) {
        const bool number = value.is_number() && std::isfinite(value.get<float>());
        if (!number || level != table.shape.size()) fail_table(line);
        table.values.push_back(value.get<float>());
        return;
    }
    if (level >= table.shape.size() || static_cast<int64_t>(value.size()) != table.shape[level])
        fail_table(line);
    for (const json& part : value) read_level(part, level + 1, line, table);
}

Table table_of(const Setting& line) {
    const json value = parse_json(line.value, cat("'", line.name, "'"));
    Table table;
    for (const json* level = &value; level->is_array(); level = &level->front()) {
        if (level->empty()) fail_table(line);
        table.shape.push_back(static_cast<int64_t>(level->size()));
    }
    read_level(value, 0, line, table);
    return table;
}

[[noreturn]] void fail_rank(const Setting& line, const Table& table, const std::string& allowed) {
    fail_request(cat("'", line.name, "' is listed with ", allowed, "; found ", table.shape.size()));
}

size_t axes_count(const Experiment& experiment) {
    return static_cast<size_t>(facts(experiment.spec.op).spatial_axes);
}

void put_last(const Shape& shape, size_t count, Axes& axes) {
    std::copy(shape.end() - static_cast<std::ptrdiff_t>(count), shape.end(),
              axes.end() - static_cast<std::ptrdiff_t>(count));
}

// The values, again and again, as a tensor whose last axes they are.
std::vector<float> repeated(const Table& table, const Shape& shape, const Setting& line, int64_t most) {
    Shape tail = shape;
    tail.erase(tail.begin(),
               tail.end() - static_cast<std::ptrdiff_t>(std::min(shape.size(), table.shape.size())));
    if (tail != table.shape)
        fail_request(
            cat("'", line.name, "' lists ", dims(table.shape), " values; the problem takes ", dims(shape)));
    const int64_t count = element_count(shape);
    if (count > most)
        fail_request(cat("'", line.name, "' can list values for at most ", most,
                         " elements; the problem has ", count));
    std::vector<float> out(static_cast<size_t>(count));
    for (size_t i = 0; i < out.size(); ++i) out[i] = table.values[i % table.values.size()];
    return out;
}

}  // namespace

bool is_typed(const Setting& line) {
    return line.value.starts_with('[') &&
           (line.name == "input" || line.name == "weights" || line.name == "pointwise");
}

void take_sizes_of_typed(Experiment& e, const Setting& line) {
    const Table table = table_of(line);
    const size_t rank = table.shape.size(), axes = axes_count(e);
    if (line.name == "pointwise") {
        if (rank != 2) fail_rank(line, table, "2 axes, a row for each output channel");
    } else if (line.name == "weights") {
        if (rank != axes && rank != axes + 2)
            fail_rank(line, table, cat(axes, " axes, or ", axes + 2, " with both channels"));
        put_last(table.shape, axes, e.spec.kernel_size);
    } else {
        if (rank < axes || rank > axes + 2)
            fail_rank(line, table,
                      cat(axes, " axes, or ", axes + 1, " with channels, or ", axes + 2, " with batches"));
        put_last(table.shape, axes, e.spec.input);
        if (rank > axes) e.spec.in_channels = table.shape[rank - axes - 1];
        if (rank == axes + 2) e.spec.batch = table.shape[0];
    }
}

void type_values(Experiment& e, const Setting& line) {
    const std::optional<Problem> problem = problem_of(e);
    if (!problem)
        fail_request(cat("'", line.name, "' lists values, but ", broken_rules(e.spec).front().sentence));
    Table table = table_of(line);
    if (line.name == "input") {
        const Shape shape = problem->input_shape();
        e.source = {.kind = InputSource::Kind::values,
                    .values = repeated(table, shape, line, most_typed_inputs),
                    .shape = shape};
        return;
    }
    const bool pointwise = line.name == "pointwise";
    const Shape shape = pointwise ? problem->pointwise_shape() : problem->weights_shape();
    if (shape.empty()) fail_request(cat(facts(e.spec.op).name, " has no pointwise weights"));
    if (pointwise) table.shape.insert(table.shape.end(), {1, 1});
    WeightsSource source{.values = repeated(table, shape, line, most_typed_weights), .shape = shape};
    if (pointwise)
        e.pointwise = source;
    else
        e.weights = source;
}

}  // namespace convscope::lessons
