#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/axis_links.h"
#include "core/text.h"
#include "lessons/facts_parts.h"
#include "views/explain.h"

namespace convscope::lessons {
namespace {

using Value = std::optional<double>;
using Lab = const Laboratory&;

const Experiment& experiment(Lab lab) {
    return *lab.experiment;
}
const ProblemSpec& spec(Lab lab) {
    return lab.experiment->spec;
}

Value number(auto value) {
    return static_cast<double>(value);
}

// Of the experiment as a problem; nothing where it breaks rules.
template <auto Method>
Value of_problem(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem) return std::nullopt;
    return number(((*problem).*Method)());
}

template <AxisField Field, int Axis>
Value of_axis(Lab lab) {
    return number(axes_of(spec(lab), Field)[Axis]);
}

template <int Axis>
Value output_size_of(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem) return std::nullopt;
    return number(problem->output()[Axis]);
}

template <int Axis>
Value reach_of(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem) return std::nullopt;
    const int64_t last = problem->kernel_size()[Axis] - 1;
    return number(
        std::abs(stuffed_coordinate(*problem, Axis, 0, last) - stuffed_coordinate(*problem, Axis, 0, 0)) + 1);
}

// As the problem has it; where it breaks rules, as it is set, if it is.
Value out_channels(Lab lab) {
    if (const auto problem = problem_of(experiment(lab))) return number(problem->out_channels());
    return spec(lab).out_channels ? number(*spec(lab).out_channels) : Value();
}
Value groups(Lab lab) {
    if (const auto problem = problem_of(experiment(lab))) return number(problem->groups());
    return spec(lab).groups ? number(*spec(lab).groups) : Value();
}

template <ViewKind View, ViewKind Other = ViewKind::none>
Value elements(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem) return std::nullopt;
    return number(view_elements(*problem, View) + view_elements(*problem, Other));
}

Value tab(Lab lab) {
    return word(name_in(tab_names, experiment(lab).tab));
}
Value view_mode(Lab lab) {
    return word(name_in(mode_words, experiment(lab).display.output_mode));
}
Value view_method(Lab lab) {
    return word(name_in(method_names, experiment(lab).display.method));
}
Value xray_panel(Lab lab) {
    return word(name_in(xray_panel_names, experiment(lab).xray.panel));
}

Value view_name(ViewKind view) {
    return word(name_in(view_names, view));
}

bool has(const Problem& problem, const Pin& element) {
    return element.element >= 0 && element.element < view_elements(problem, element.view);
}

// The pinned element, where it is one of the present problem's.
std::optional<Pin> pin(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    const std::optional<Pin>& found = experiment(lab).display.pin;
    return problem && found && has(*problem, *found) ? found : std::nullopt;
}

// Number `Place` of (batch, channel, depth, row, column); −1 where nothing is pinned.
template <size_t Place>
Value pin_place(Lab lab) {
    const std::optional<Pin> found = pin(lab);
    if (!found) return -1;
    return number(place_of(view_shape(Problem(spec(lab)), found->view), found->element)[Place]);
}
template <size_t Place>
Value cell_place(Lab lab) {
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem || !lab.cell || !has(*problem, *lab.cell)) return std::nullopt;
    return number(place_of(view_shape(*problem, lab.cell->view), lab.cell->element)[Place]);
}

Value is_shown(Lab lab, const std::string& of) {
    const KernelChoice wanted = choice_of(of, "kernel(\"…\")");
    if (experiment(lab).shown) return *experiment(lab).shown == wanted;
    const std::optional<Problem> problem = problem_of(experiment(lab));
    if (!problem || !lab.devices) return std::nullopt;
    return shown_kernel(experiment(lab), *lab.devices, *problem) == wanted;
}

Value is_ticked(Lab lab, const std::string& of) {
    const KernelChoice wanted = choice_of(of, "ticked(\"…\")");
    std::vector<KernelChoice> ticked;
    if (experiment(lab).ticked) {
        ticked = *experiment(lab).ticked;
    } else {
        const std::optional<Problem> problem = problem_of(experiment(lab));
        if (!problem || !lab.devices) return std::nullopt;
        ticked = ticked_kernels(experiment(lab), *lab.devices, *problem);
    }
    return std::ranges::find(ticked, wanted) != ticked.end();
}

// A kernel that the operator does not have is its first one.
Value is_looked_at(Lab lab, const std::string& of) {
    const std::string& set = experiment(lab).xray.kernel;
    if (!lab.xray || lab.xray->kernels.empty()) return set.empty() ? Value() : set == of;
    const std::vector<xray::KernelName>& kernels = lab.xray->kernels;
    const bool known = std::ranges::find(kernels, set, &xray::KernelName::name) != kernels.end();
    return (known ? set : kernels.front().name) == of;
}

template <AxisField Field>
constexpr std::array<Fact, 3> per_axis(const char* depth, const char* height, const char* width,
                                       const char* meaning) {
    return {{{depth, meaning, of_axis<Field, axis_depth>, true},
             {height, meaning, of_axis<Field, axis_height>, true},
             {width, meaning, of_axis<Field, axis_width>, true}}};
}

constexpr std::array other_facts{
    Fact{"input_elements", "elements of the input", elements<ViewKind::input>, true},
    Fact{"weights_elements", "weights, the pointwise ones included",
         elements<ViewKind::weights, ViewKind::pointwise>, true},
    Fact{"output_elements", "elements of the output", elements<ViewKind::output>, true},
    Fact{"taps_per_output", "products that an interior output element sums",
         of_problem<&Problem::nominal_taps_per_output>, true},
    Fact{"flops", "nominal operations: 2 a product", of_problem<&Problem::flops>, true},
    Fact{"minimal_bytes", "every tensor moved once", of_problem<&Problem::minimal_bytes>, true},
    Fact{"legal", "1 where no rule is broken", [](Lab l) { return Value(broken_rules(spec(l)).empty()); },
         true},
    Fact{"tab", "the tab that is open", tab, true},
    Fact{"view.mode", "what the output shows", view_mode, true},
    Fact{"view.method", "how a transposed convolution is told", view_method, true},
    Fact{"view.batch", "the shown batch", [](Lab l) { return number(experiment(l).display.batch); }, true},
    Fact{"view.in_channel", "the shown input channel",
         [](Lab l) { return number(experiment(l).display.in_channel); }, true},
    Fact{"view.out_channel", "the shown output channel",
         [](Lab l) { return number(experiment(l).display.out_channel); }, true},
    Fact{"pin.view", "the view whose element was clicked",
         [](Lab l) { return view_name(pin(l) ? pin(l)->view : ViewKind::none); }, true},
    Fact{"pin.batch", "of the clicked element; −1: there is none", pin_place<0>, true},
    Fact{"pin.channel", "of the clicked element; −1: there is none", pin_place<1>, true},
    Fact{"pin.depth", "of the clicked element; −1: there is none", pin_place<2>, true},
    Fact{"pin.row", "of the clicked element; −1: there is none", pin_place<3>, true},
    Fact{"pin.column", "of the clicked element; −1: there is none", pin_place<4>, true},
    Fact{"xray.block", "the block that the X-ray looks at",
         [](Lab l) { return number(experiment(l).xray.block); }, true},
    Fact{"xray.warp", "the chosen warp; −1: all", [](Lab l) { return number(experiment(l).xray.warp); },
         true},
    Fact{"xray.thread", "the chosen thread; −1: none",
         [](Lab l) { return number(experiment(l).xray.thread); }, true},
    Fact{"xray.position", "requests that are played; −1: all",
         [](Lab l) { return number(experiment(l).xray.position); }, true},
    Fact{"xray.panel", "the X-ray's lower panel", xray_panel, true},
    Fact{"xray.heat", "1 where the X-ray shows heat", [](Lab l) { return number(experiment(l).xray.heat); },
         true},
    Fact{"answer", "the number that was typed", [](Lab l) { return l.answer; }},
    Fact{"cell.batch", "of the element that was clicked as an answer", cell_place<0>},
    Fact{"cell.channel", "of the element that was clicked as an answer", cell_place<1>},
    Fact{"cell.depth", "of the element that was clicked as an answer", cell_place<2>},
    Fact{"cell.row", "of the element that was clicked as an answer", cell_place<3>},
    Fact{"cell.column", "of the element that was clicked as an answer", cell_place<4>},
};

std::vector<Fact> make_facts() {
    std::vector<Fact> out{
        {"operator", "the operator: conv2d, …",
         [](Lab l) { return Value(word(convscope::facts(spec(l).op).name)); }, true},
        {"batch", "how many inputs there are", [](Lab l) { return number(spec(l).batch); }, true},
        {"in_channels", "channels of the input", [](Lab l) { return number(spec(l).in_channels); }, true},
        {"out_channels", "channels of the output", out_channels, true},
        {"groups", "groups of channels", groups, true},
        {"bias", "1 where there is one", [](Lab l) { return number(spec(l).bias); }, true},
    };
    const auto add = [&](const std::array<Fact, 3>& facts) {
        out.insert(out.end(), facts.begin(), facts.end());
    };
    add(per_axis<AxisField::input>("input.depth", "input.height", "input.width", "the input's size"));
    add(per_axis<AxisField::kernel_size>("kernel_size.depth", "kernel_size.height", "kernel_size.width",
                                         "the window's size"));
    add(per_axis<AxisField::stride>("stride.depth", "stride.height", "stride.width", "the stride"));
    add(per_axis<AxisField::padding>("padding.depth", "padding.height", "padding.width", "the padding"));
    add(per_axis<AxisField::dilation>("dilation.depth", "dilation.height", "dilation.width", "the dilation"));
    add(per_axis<AxisField::output_padding>("output_padding.depth", "output_padding.height",
                                            "output_padding.width", "the output padding"));
    add({{{"output.depth", "the output's size", output_size_of<axis_depth>, true},
          {"output.height", "the output's size", output_size_of<axis_height>, true},
          {"output.width", "the output's size", output_size_of<axis_width>, true}}});
    add({{{"reach.depth", "from the window's first element to its last", reach_of<axis_depth>, true},
          {"reach.height", "from the window's first element to its last", reach_of<axis_height>, true},
          {"reach.width", "from the window's first element to its last", reach_of<axis_width>, true}}});
    out.insert(out.end(), other_facts.begin(), other_facts.end());
    return out;
}

constexpr std::array named_table{
    NamedFact{"kernel", "1 where its output is shown", is_shown, true},
    NamedFact{"ticked", "1 where it is ticked", is_ticked, true},
    NamedFact{"looked_at", "1 where it is the X-ray's kernel", is_looked_at, true},
};

}  // namespace

std::span<const Fact> experiment_facts() {
    static const std::vector<Fact> table = make_facts();
    return table;
}

std::span<const NamedFact> experiment_named_facts() {
    return named_table;
}

}  // namespace convscope::lessons
