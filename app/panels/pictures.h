// The pictures of one result: the present experiment's, or that of A.
#pragma once
#include <array>
#include <optional>
#include <string>

#include "panels/state.h"
#include "widgets/tensor_view.h"

namespace convscope {

struct Pictures {
    const Experiment& experiment;  // the present one: A is looked at in the same way
    const Result& result;
    const KernelResult* shown;
    std::shared_ptr<const Devices> devices;
    ShownPlanes planes;
    std::optional<Pin> focus;  // what is explained
    bool stale = false;
    bool live = true;  // A cannot be changed
    const Problem& problem() const { return result.problem; }
    size_t slot() const { return live ? 0 : 1; }
};

// Empty where there is no result yet.
std::optional<Pictures> present_pictures(const State& state);
std::optional<Pictures> pinned_pictures(const State& state);

// Which slice of its tensor a view shows.
gl::SliceIndex slice_of(const ShownPlanes& planes, ViewKind view);
// The output of one of the result's rows; empty where it has none.
gl::TensorRef output_of(const Pictures& pictures, const KernelResult* row);
// The tensor behind a view; empty where there is none.
gl::TensorRef tensor_of(const Pictures& pictures, ViewKind view);
// The output of another kernel of the same result: the experiment's choice, else the next row that has one.
const KernelResult* other_kernel(const Pictures& pictures);

// One view, ready to be drawn, but for its name.
struct Picture {
    ViewKind view = ViewKind::none;
    std::string title{}, caption{};  // "Output", "error in bounds"
    std::string why_not{};           // a sentence where there is nothing to draw
    TensorCanvas canvas{};
    gl::SliceStatistics statistics{};
    bool may_composite = false;
    bool derived = false;  // its values are not the tensor's
    // The element of the view's tensor that a cell stands for; none for padding and stuffed zeros.
    int64_t channel_start = 0;
    std::optional<PlaneLayout> stuffed{};  // the grid's, where the input is shown with zeros between
    std::optional<int64_t> element(const Pictures& pictures, const PlaneCell& cell) const;
};
Picture picture_of(const State& state, const Pictures& pictures, ViewKind view, const Animation& animation,
                   ViewCaches& caches);
// The views of the operator, from left to right.
std::vector<ViewKind> views_of(Operator op);

// The window's walk: where the animation goes. Empty where there is no result.
std::optional<Walk> present_walk(const State& state);

// What is explained now: under the mouse, else where the animation is, else what is pinned.
std::optional<Pin> present_focus(const State& state, const PanelMemory& memory);

// The name of a view in the registry: "view.output".
const char* canvas_name(ViewKind view);
ViewKind canvas_named(const std::string& name);

}  // namespace convscope
