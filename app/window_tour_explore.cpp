// The tour's stops on the Explore tab: elements explained, modes, animations, volumes, and extreme sizes.
#include <array>
#include <cmath>

#include "window_tour.h"

namespace convscope {
namespace {

void act(OffscreenApp& app, const Action& action) {
    app.app().act(action);
    app.wait_for_result();
}

void look(OffscreenApp& app, void (*change)(Display&)) {
    Display display = app.experiment().display;
    change(display);
    act(app, SetDisplay{display});
}

void pad(OffscreenApp& app) {
    act(app, SamePadding{});
}

void hover_output(OffscreenApp& app) {
    pad(app);
    app.hover_cell("view.output", {0, 1});
}

void hover_input(OffscreenApp& app) {
    pad(app);
    app.hover_cell("view.input", {2, 3});
}

void hover_weight(OffscreenApp& app) {
    app.hover_cell("view.weights", {0, 1});
}

void hover_photograph(OffscreenApp& app) {
    app.hover_cell("view.output", {200, 300});
}

void hover_zoomed(OffscreenApp& app) {
    app.wheel("view.output", 18);
    app.hover("view.output");
}

void hover_separable(OffscreenApp& app) {
    app.wheel("view.output", 16);
    app.hover("view.output");
}

void pinned_element(OffscreenApp& app) {
    pad(app);
    app.click_cell("view.output", {2, 2});
    app.mouse_away();
}

void animation(OffscreenApp& app) {
    pad(app);
    for (int i = 0; i < 16; ++i) app.app().command({Command::Kind::step_forward});
    app.mouse_away();
}

void scatter(OffscreenApp& app) {
    look(app, [](Display& d) { d.method = Method::scatter; });
    for (int i = 0; i < 40; ++i) app.app().command({Command::Kind::step_forward});
    app.mouse_away();
}

void stuffed(OffscreenApp& app) {
    look(app, [](Display& d) { d.method = Method::stuffed; });
    for (int i = 0; i < 100; ++i) app.app().command({Command::Kind::step_forward});
    app.mouse_away();
}

void taps_mode(OffscreenApp& app) {
    look(app, [](Display& d) { d.output_mode = OutputMode::taps; });
}

void error_mode(OffscreenApp& app) {
    app.app().command({Command::Kind::error_view});
    app.frames(2);
}

void difference_mode(OffscreenApp& app) {
    look(app, [](Display& d) { d.output_mode = OutputMode::difference; });
}

void wipe_mode(OffscreenApp& app) {
    look(app, [](Display& d) { d.output_mode = OutputMode::wipe; });
}

void worst(OffscreenApp& app) {
    app.click("worst");
    app.mouse_away();
}

void a_and_b(OffscreenApp& app) {
    app.app().command({Command::Kind::pin_experiment});
    act(app, SetWeightsFill{Fill::gaussian});
    act(app, SetAxis{AxisField::kernel_size, axis_width, 9, true});
    pad(app);
    app.mouse_away();
}

void across_height(OffscreenApp& app) {
    look(app, [](Display& d) { d.slicing = Slicing::height, d.in_slice = d.out_slice = {8, 24, 24}; });
    app.hover("view.output");
}

void across_width(OffscreenApp& app) {
    look(app, [](Display& d) { d.slicing = Slicing::width, d.in_slice = d.out_slice = {8, 24, 24}; });
}

void montage(OffscreenApp& app) {
    look(app, [](Display& d) { d.slicing = Slicing::montage; });
    app.hover("view.output");
}

void edited_weights(OffscreenApp& app) {
    act(app, SetCell{ViewKind::weights, 4, 3.5f});
    act(app, SetCell{ViewKind::input, 14, -4});
    app.mouse_away();
}

void grouped(OffscreenApp& app) {
    Experiment e;
    e.spec.input = {1, 24, 24};
    e.spec.in_channels = 12;
    e.spec.out_channels = 8;
    e.spec.groups = 4;
    e.spec.kernel_size = {1, 3, 3};
    act(app, ReplaceExperiment{e});
    app.click("out_channel.next");
    app.mouse_away();
}

void many_channels(OffscreenApp& app) {
    Experiment e;
    e.spec.input = {1, 14, 14};
    e.spec.in_channels = 512;
    e.spec.out_channels = 512;
    e.spec.groups = 32;
    e.spec.kernel_size = {1, 3, 3};
    act(app, ReplaceExperiment{e});
    app.hover_cell("view.output", {4, 4});
}

void long_row(OffscreenApp& app) {
    Experiment e;
    e.spec.input = {1, 1, 4096};
    e.spec.kernel_size = {1, 1, 5};
    act(app, ReplaceExperiment{e});
    app.hover("view.output");
}

void typing(OffscreenApp& app) {
    app.hover_cell("view.weights", {1, 1});
    app.double_click_here();
    app.type("-2.5");
}

void fixed_range(OffscreenApp& app) {
    look(app, [](Display& d) {
        d.range = RangeMode::fixed;
        d.low = -0.5f;
        d.high = 0.5f;
    });
    app.mouse_away();
}

void no_taps(OffscreenApp& app) {
    Experiment e;
    e.spec.op = Operator::conv_transpose2d;
    e.spec.input = {1, 4, 4};
    e.spec.kernel_size = {1, 1, 1};
    e.spec.stride = {1, 3, 3};
    act(app, ReplaceExperiment{e});
    app.hover_cell("view.output", {1, 1});
}

void not_numbers(OffscreenApp& app) {
    act(app, SetCell{ViewKind::input, 8, NAN});
    act(app, SetCell{ViewKind::input, 27, INFINITY});
    app.mouse_away();
}

constexpr std::array<TourStop, 30> stops{{
    {"hover_output", "small_numbers", hover_output},
    {"hover_input", "small_numbers", hover_input},
    {"hover_weight", "small_numbers", hover_weight},
    {"hover_photograph", "photograph_edges", hover_photograph},
    {"hover_zoomed", "photograph_edges", hover_zoomed},
    {"hover_separable", "separable", hover_separable},
    {"hover_transposed", "checkerboard",
     [](OffscreenApp& app) {
         app.hover_cell("view.output", {5, 6});
     }},
    {"pinned", "small_numbers", pinned_element},
    {"animation", "small_numbers", animation},
    {"scatter", "checkerboard", scatter},
    {"stuffed", "checkerboard", stuffed},
    {"taps", "checkerboard", taps_mode},
    {"error", "photograph_edges", error_mode},
    {"difference", "photograph_blur", difference_mode},
    {"wipe", "photograph_edges", wipe_mode},
    {"worst", "photograph_edges", worst},
    {"a_and_b", "photograph_edges", a_and_b},
    {"across_height", "volume", across_height},
    {"across_width", "volume", across_width},
    {"montage", "volume", montage},
    {"upsampled_montage", "volume_upsampled", montage},
    {"edited", "small_numbers", edited_weights},
    {"grouped", "small_numbers", grouped},
    {"many_channels", "small_numbers", many_channels},
    {"long_row", "small_numbers", long_row},
    {"typing", "small_numbers", typing},
    {"fixed_range", "feature_maps", fixed_range},
    {"no_taps", "small_numbers", no_taps},
    {"not_numbers", "small_numbers", not_numbers},
    {"stale", "feature_maps", [](OffscreenApp& app) { app.enter_number("stride.width", "0"); }},
}};

}  // namespace

std::span<const TourStop> explore_stops() {
    return stops;
}

}  // namespace convscope
