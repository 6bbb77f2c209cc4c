#include "panels/pictures.h"

#include <algorithm>
#include <cmath>

#include "core/separable.h"
#include "core/text.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

const ShownPlane& plane_of(const ShownPlanes& planes, ViewKind view) {
    switch (view) {
        case ViewKind::input:
            return planes.input;
        case ViewKind::weights:
            return planes.weights;
        case ViewKind::pointwise:
            return planes.pointwise;
        case ViewKind::middle:
            return planes.middle;
        default:
            return planes.output;
    }
}

std::optional<Pictures> pictures_of(const State& state, const ResultPtr& result, const KernelResult* shown) {
    if (!result || !state.devices) return std::nullopt;
    return Pictures{.experiment = state.experiment,
                    .result = *result,
                    .shown = shown,
                    .devices = state.devices,
                    .planes = shown_planes(result->problem, state.experiment.display),
                    .focus = state.focus};
}

}  // namespace

gl::TensorRef output_of(const Pictures& p, const KernelResult* row) {
    if (!row || !row->output) return {};
    gl::TensorRef out{.output = row->output, .shape = p.problem().output_shape()};
    for (const auto& device : p.devices->present)
        if (device->name() == row->choice.device) out.device = device;
    return out;
}

std::optional<Pictures> present_pictures(const State& state) {
    auto pictures = pictures_of(state, state.result, state.shown);
    if (pictures) pictures->stale = state.stale;
    return pictures;
}

std::optional<Pictures> pinned_pictures(const State& state) {
    if (!state.pinned) return std::nullopt;
    const KernelResult* shown = nullptr;
    for (const KernelResult& row : state.pinned->result->rows)
        if (row.choice == state.pinned->shown && row.output) shown = &row;
    auto pictures = pictures_of(state, state.pinned->result, shown);
    if (!pictures) return pictures;
    pictures->live = false;
    // An element is explained in A as well where A has the same tensor.
    if (pictures->focus && state.result && !(state.result->problem == pictures->problem()) &&
        pictures->focus->element >= view_elements(pictures->problem(), pictures->focus->view))
        pictures->focus.reset();
    return pictures;
}

gl::SliceIndex slice_of(const ShownPlanes& planes, ViewKind view) {
    const ShownPlane& plane = plane_of(planes, view);
    return {plane.batch, plane.channel, plane.layout};
}

gl::TensorRef tensor_of(const Pictures& p, ViewKind view) {
    const Tensors& t = p.result.tensors;
    const Problem& problem = p.problem();
    switch (view) {
        case ViewKind::input:
            return {.tensor = t.input, .shape = problem.input_shape()};
        case ViewKind::weights:
            return {.tensor = t.weights, .shape = problem.weights_shape()};
        case ViewKind::pointwise:
            if (!t.pointwise) return {};
            return {.tensor = t.pointwise, .shape = {1, 1, problem.out_channels(), problem.in_channels()}};
        case ViewKind::middle:
            if (!p.result.middle) return {};
            return {.tensor = p.result.middle, .shape = middle_shape(problem)};
        case ViewKind::output:
            return output_of(p, p.shown);
        case ViewKind::none:
            break;
    }
    return {};
}

const KernelResult* other_kernel(const Pictures& p) {
    const KernelResult* any = nullptr;
    for (const KernelResult& row : p.result.rows) {
        if (!row.output || &row == p.shown) continue;
        if (row.choice == p.experiment.display.other) return &row;
        if (!any) any = &row;
    }
    return any;
}

std::vector<ViewKind> views_of(Operator op) {
    using enum ViewKind;
    if (op == Operator::separable_conv2d) return {input, weights, pointwise, middle, output};
    return {input, weights, output};
}

std::optional<Walk> present_walk(const State& state) {
    if (!state.result) return std::nullopt;
    const Problem& problem = state.result->problem;
    const Display& display = state.experiment.display;
    return walk_of(problem, shown_planes(problem, display), display.method);
}

std::optional<Pin> present_focus(const State& state, const PanelMemory& memory) {
    if (!state.result) return std::nullopt;
    if (memory.hover.view != ViewKind::none && memory.hover.flat_index >= 0)
        return Pin{memory.hover.view, memory.hover.flat_index};
    if (memory.animation.on)
        if (const auto walk = present_walk(state))
            return walk->at(static_cast<int64_t>(memory.animation.position));
    return state.experiment.display.pin;
}

namespace {

constexpr std::array view_names{"view.none",      "view.input",  "view.weights",
                                "view.pointwise", "view.middle", "view.output"};

}  // namespace

const char* canvas_name(ViewKind view) {
    return view_names[static_cast<size_t>(view)];
}

ViewKind canvas_named(const std::string& name) {
    for (size_t i = 0; i < view_names.size(); ++i)
        if (name == view_names[i]) return static_cast<ViewKind>(i);
    return ViewKind::none;
}

}  // namespace convscope
