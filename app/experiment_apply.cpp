#include <algorithm>

#include "core/text.h"
#include "experiment.h"
#include "experiment_values.h"

namespace convscope {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

int first_axis(const ProblemSpec& spec) {
    return 3 - facts(spec.op).spatial_axes;
}

// What a 3D operator starts with where the problem had no depth: enough slices to see something, and planes
// small enough that results still follow the hand.
constexpr int64_t first_depth = 16, largest_3d_side = 64;

void add_depth(ProblemSpec& spec) {
    spec.input[axis_depth] = first_depth;
    for (const int axis : {axis_height, axis_width})
        spec.input[axis] = std::min(spec.input[axis], largest_3d_side);
    for (const AxisField field : {AxisField::kernel_size, AxisField::stride, AxisField::padding,
                                  AxisField::dilation, AxisField::output_padding}) {
        Axes& axes = axes_of(spec, field);
        axes[axis_depth] = axes[axis_height];
    }
}

void remove_depth(ProblemSpec& spec) {
    for (const AxisField field : {AxisField::input, AxisField::kernel_size, AxisField::stride,
                                  AxisField::padding, AxisField::dilation, AxisField::output_padding})
        axes_of(spec, field)[axis_depth] = least_value(field);
}

void set_operator(ProblemSpec& spec, Operator op) {
    const bool had_depth = facts(spec.op).spatial_axes == 3, has_depth = facts(op).spatial_axes == 3;
    const bool was_per_channel = facts(spec.op).per_channel;
    spec.op = op;
    if (has_depth && !had_depth) add_depth(spec);
    if (!has_depth && had_depth) remove_depth(spec);
    if (!facts(op).transposed) spec.output_padding = {0, 0, 0};
    if (facts(op).per_channel || was_per_channel) spec.groups.reset();
    if (op == Operator::depthwise_conv2d && spec.out_channels && *spec.out_channels % spec.in_channels != 0)
        spec.out_channels.reset();
}

void set_axis(ProblemSpec& spec, const SetAxis& action) {
    Axes& axes = axes_of(spec, action.field);
    for (int axis = first_axis(spec); axis < 3; ++axis)
        if (action.linked || axis == action.axis) axes[static_cast<size_t>(axis)] = action.value;
}

void set_count(ProblemSpec& spec, const SetCount& action) {
    switch (action.field) {
        case CountField::batch:
            spec.batch = action.value;
            break;
        case CountField::in_channels:
            // A number of output channels that merely followed C_in goes on following it.
            if (spec.out_channels == spec.in_channels && facts(spec.op).per_channel)
                spec.out_channels.reset();
            spec.in_channels = action.value;
            break;
        case CountField::out_channels:
            spec.out_channels = action.value;
            break;
        case CountField::groups:
            spec.groups = action.value;
            break;
    }
}

void same_padding(ProblemSpec& spec) {
    for (int axis = first_axis(spec); axis < 3; ++axis) {
        const auto a = static_cast<size_t>(axis);
        // The experiment may hold numbers that break rules; their product must still be a number.
        const int64_t reach = std::clamp<int64_t>(spec.kernel_size[a], 1, largest_size) - 1;
        const int64_t most = reach > 0 ? largest_size / reach : largest_size;
        spec.padding[a] = std::clamp<int64_t>(spec.dilation[a], 0, most) * reach / 2;
    }
}

// The problem takes the file's sizes: (…, H, W) for images, all of them for .npy.
void take_sizes(ProblemSpec& spec, const InputSource& source, const Shape& shape) {
    if (shape.size() < 3) return;
    const size_t last = shape.size() - 1;
    const bool deep = facts(spec.op).spatial_axes == 3;
    const bool exact = source.kind == InputSource::Kind::npy;
    const int64_t most = deep && !exact ? largest_3d_side : largest_size;
    if (exact && shape.size() == 5 && !deep) set_operator(spec, Operator::conv3d);
    if (exact && shape.size() == 4 && deep) set_operator(spec, Operator::conv2d);
    spec.input[axis_height] = std::min(shape[last - 1], most);
    spec.input[axis_width] = std::min(shape[last], most);
    if (shape.size() == 5) spec.input[axis_depth] = shape[2];
    if (exact && shape.size() >= 4) spec.batch = shape[0];
    const int64_t channels = shape.size() >= 4 ? shape[1] : shape[0];
    if (channels != spec.in_channels) {
        spec.in_channels = channels;
        if (facts(spec.op).per_channel) spec.out_channels.reset();
        if (spec.groups && (*spec.groups < 1 || channels % *spec.groups != 0)) spec.groups.reset();
    }
}

}  // namespace

std::optional<int64_t> next_legal(const ProblemSpec& spec, CountField field, int64_t from, bool up,
                                  int64_t most) {
    for (int64_t value = std::clamp<int64_t>(from, 1, most); value >= 1 && value <= most;
         value += up ? 1 : -1) {
        ProblemSpec trial = spec;
        set_count(trial, {field, value});
        if (broken_rules(trial).empty()) return value;
    }
    return std::nullopt;
}

Experiment apply(Experiment e, const Action& action) {
    const Overloaded change{
        [&](const SetOperator& a) { set_operator(e.spec, a.op); },
        [&](const SetAxis& a) { set_axis(e.spec, a); },
        [&](const SetCount& a) { set_count(e.spec, a); },
        [&](const SetBias& a) { e.spec.bias = a.bias; },
        [&](const SamePadding&) { same_padding(e.spec); },
        [&](const SetSource& a) {
            e.source = a.source;
            take_sizes(e.spec, a.source, a.shape);
        },
        [&](const SetWeightsFill& a) { e.weights = {.fill = a.fill}; },
        [&](const SetWeightValues& a) {
            e.weights.values = a.values;
            e.weights.shape.clear();
        },
        [&](const PasteWeights& a) { detail::paste_weights(e, a); },
        [&](const SetPointwiseFill& a) {
            e.pointwise.reset();
            if (a.fill) e.pointwise = WeightsSource{.fill = *a.fill};
        },
        [&](const SetCell& a) { detail::set_cell(e, a); },
        [&](const SetSeed& a) { e.seed = a.seed; },
        [&](const SetDevice& a) {
            e.device = a.name;
            e.shown.reset();
        },
        [&](const SetTicked& a) { e.ticked = a.kernels; },
        [&](const SetShown& a) { e.shown = a.kernel; },
        [&](const SetDisplay& a) { e.display = a.display; },
        [&](const SetTab& a) { e.tab = a.tab; },
        [&](const SetXray& a) { e.xray = a.xray; },
        [&](const ReplaceExperiment& a) { e = a.experiment; },
    };
    std::visit(change, action);
    detail::fit_values(e);
    return e;
}

std::string undo_key(const Experiment& before, const Action& action) {
    if (const auto* a = std::get_if<SetDisplay>(&action)) {
        Display looked = before.display;
        looked.input = a->display.input;
        looked.weights = a->display.weights;
        looked.output = a->display.output;
        if (looked == a->display) return moving_key;
        if (before.display.pin != a->display.pin)
            return a->display.pin ? cat("pin ", a->display.pin->element) : "pin none";
        return "display";
    }
    if (std::holds_alternative<SetTab>(action)) return moving_key;
    if (const auto* a = std::get_if<SetXray>(&action))
        return a->xray.kernel == before.xray.kernel ? moving_key : cat("kernel ", a->xray.kernel);
    if (const auto* a = std::get_if<SetAxis>(&action)) return cat(field_name(a->field), ".", a->axis);
    if (const auto* a = std::get_if<SetCount>(&action)) return field_name(a->field);
    if (const auto* a = std::get_if<SetCell>(&action))
        return cat("cell ", static_cast<int>(a->view), ".", a->element);
    return cat("action ", action.index());
}

}  // namespace convscope
