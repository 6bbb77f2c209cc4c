#include "experiment_values.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

using Five = std::array<int64_t, 5>;

// (a, b, D, H, W): shapes of rank 4 get a depth of 1.
Five with_depth(const Shape& shape) {
    Five out{1, 1, 1, 1, 1};
    if (shape.size() == 4) out = {shape[0], shape[1], 1, shape[2], shape[3]};
    if (shape.size() == 5) std::copy_n(shape.begin(), 5, out.begin());
    return out;
}

// The coordinate in the old shape, or −1 where there was nothing.
int64_t old_place(int64_t place, int64_t from, int64_t to, size_t axis, bool centred) {
    if (axis < 2) return place % from;
    if (centred) place += from / 2 - to / 2;
    return place >= 0 && place < from ? place : -1;
}

int64_t flat(const Five& size, const Five& at) {
    int64_t index = 0;
    for (size_t a = 0; a < 5; ++a) index = index * size[a] + at[a];
    return index;
}

std::vector<float> values_of(const Problem& problem, TensorRole role, Fill fill, uint64_t seed) {
    const Tensor tensor = make_tensor(problem, role, fill, seed);
    return {tensor.values.begin(), tensor.values.end()};
}

// Values and the shape that they have, wherever they are kept.
template <class Source>
void fit(Source& source, const Shape& to, int64_t most, bool centred) {
    if (source.values.empty()) return;
    if (source.shape.empty() && static_cast<int64_t>(source.values.size()) == element_count(to))
        source.shape = to;
    // Values of no known shape are a mistake in a file, told when the tensors are made.
    if (source.shape.empty() || source.shape == to) return;
    if (element_count(to) > most) {
        source.values.clear();
        source.shape.clear();
        return;
    }
    source.values = reshaped(source.values, source.shape, to, centred);
    source.shape = to;
}

void set(std::vector<float>& values, int64_t element, float value) {
    if (element >= 0 && element < static_cast<int64_t>(values.size()))
        values[static_cast<size_t>(element)] = value;
}

void set_input_cell(Experiment& e, const Problem& problem, const SetCell& action) {
    const Shape shape = problem.input_shape();
    const int64_t count = element_count(shape);
    if (count > most_typed_inputs) return;
    InputSource& source = e.source;
    if (source.kind != InputSource::Kind::values) {
        std::vector<float> values = action.base;
        if (source.kind == InputSource::Kind::fill)
            values = values_of(problem, TensorRole::input, source.fill, e.seed);
        if (source.kind == InputSource::Kind::constant)
            values.assign(static_cast<size_t>(count), source.value);
        if (static_cast<int64_t>(values.size()) != count) return;
        source = {.kind = InputSource::Kind::values, .values = std::move(values), .shape = shape};
    }
    set(source.values, action.element, action.value);
}

void set_weight_cell(WeightsSource& source, const Problem& problem, TensorRole role, uint64_t seed,
                     const SetCell& action) {
    const Shape shape = role == TensorRole::weights ? problem.weights_shape() : problem.pointwise_shape();
    if (shape.empty() || element_count(shape) > most_typed_weights) return;
    if (source.values.empty()) {
        source.values = values_of(problem, role, source.fill, seed);
        source.shape = shape;
    }
    set(source.values, action.element, action.value);
}

}  // namespace

std::vector<float> reshaped(const std::vector<float>& values, const Shape& from, const Shape& to,
                            bool centred) {
    const Five old = with_depth(from), now = with_depth(to);
    std::vector<float> out(static_cast<size_t>(element_count(to)), 0.0f);
    Five at{};
    for (float& value : out) {
        Five source{};
        bool there = true;
        for (size_t a = 0; a < 5; ++a) {
            source[a] = old_place(at[a], old[a], now[a], a, centred);
            there = there && source[a] >= 0;
        }
        if (there) value = values[static_cast<size_t>(flat(old, source))];
        for (size_t a = 5; a-- > 0 && ++at[a] == now[a];) at[a] = 0;
    }
    return out;
}

namespace detail {

void set_cell(Experiment& e, const SetCell& action) {
    if (!broken_rules(e.spec).empty()) return;
    const Problem problem(e.spec);
    if (action.view == ViewKind::input) set_input_cell(e, problem, action);
    if (action.view == ViewKind::weights)
        set_weight_cell(e.weights, problem, TensorRole::weights, e.seed, action);
    if (action.view == ViewKind::pointwise && !problem.pointwise_shape().empty()) {
        if (!e.pointwise) e.pointwise = WeightsSource{.fill = e.weights.fill};
        set_weight_cell(*e.pointwise, problem, TensorRole::pointwise, e.seed, action);
    }
}

void paste_weights(Experiment& e, const PasteWeights& action) {
    ProblemSpec spec = e.spec;
    spec.kernel_size[axis_height] = action.rows;
    spec.kernel_size[axis_width] = action.columns;
    const auto window = static_cast<size_t>(action.rows * action.columns);
    if (window == 0 || window != action.values.size()) return;
    e.spec = spec;
    e.weights.values.clear();
    e.weights.shape.clear();
    if (!broken_rules(spec).empty()) return;  // told beside the field; the matrix waits in the clipboard
    const Shape shape = Problem(spec).weights_shape();
    const int64_t count = element_count(shape);
    if (count > most_typed_weights) return;
    e.weights.shape = shape;
    for (int64_t i = 0; i < count; ++i)
        e.weights.values.push_back(action.values[static_cast<size_t>(i) % window]);
}

void fit_values(Experiment& e) {
    if (!broken_rules(e.spec).empty()) return;
    const Problem problem(e.spec);
    fit(e.weights, problem.weights_shape(), most_typed_weights, true);
    if (e.source.kind == InputSource::Kind::values) {
        fit(e.source, problem.input_shape(), most_typed_inputs, false);
        if (e.source.values.empty()) e.source = {.kind = InputSource::Kind::fill, .fill = Fill::random};
    }
    if (e.pointwise && !problem.pointwise_shape().empty())
        fit(*e.pointwise, problem.pointwise_shape(), most_typed_weights, true);
}

}  // namespace detail
}  // namespace convscope
