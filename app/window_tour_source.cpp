// The tour's stops on the Source tab and on the X-ray tab's panels of figures.
#include <array>

#include "window_tour.h"

namespace convscope {
namespace {

void show(OffscreenApp& app, Tab tab, const XrayView& view) {
    app.app().act(SetXray{view});
    app.app().act(SetTab{tab});
    app.wait_for_rest();
}

void source(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "shared_tile"});
    app.mouse_away();
}

void source_line(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "naive"});
    app.click("source.find");
    app.type("sum += ");
    app.press_enter();
    app.frames(60);
    app.hover("source.line.66.sectors");
    app.frames(30);
}

void source_ptx(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "naive"});
    app.click("source.side.ptx");
    app.mouse_away();
}

void source_sass(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "naive"});
    app.click("source.side.sass");
    app.mouse_away();
}

void source_header(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "implicit_gemm"});
    app.click("source.file.common/gemm_tiles.h");
    app.mouse_away();
    app.frames(40);
}

void source_find(OffscreenApp& app) {
    show(app, Tab::source, {.kernel = "shared_tile"});
    app.click("source.find");
    app.type("stage");
    app.press_enter();
    app.frames(5);
    app.press_enter();
    app.frames(40);
}

void counts(OffscreenApp& app) {
    show(app, Tab::xray, {.kernel = "shared_tile", .panel = XrayPanel::counts});
    app.mouse_away();
}

void counts_of_block(OffscreenApp& app) {
    Experiment e = app.experiment();
    e.spec.input = {1, 2048, 2048};
    e.spec.in_channels = 64;
    e.spec.out_channels = 64;
    e.spec.groups = 1;
    e.source = {.fill = Fill::integers};
    e.tab = Tab::xray;
    e.xray = {.kernel = "naive", .panel = XrayPanel::counts};
    app.app().act(ReplaceExperiment{e});
    app.wait_until(20, [&] { return app.app().xray_settled(); });
}

void faults(OffscreenApp& app) {
    app.app().act(SamePadding{});
    show(app, Tab::xray, {.kernel = "missing_guard", .panel = XrayPanel::faults});
    app.click("fault.0");
    app.mouse_away();
}

void no_faults(OffscreenApp& app) {
    show(app, Tab::xray, {.kernel = "shared_tile", .panel = XrayPanel::faults});
    app.mouse_away();
}

void compare(OffscreenApp& app) {
    show(app, Tab::xray, {.kernel = "register_tile", .panel = XrayPanel::compare});
    app.app().command({Command::Kind::compare_kernels});
    app.wait_for_rest();
    app.mouse_away();
}

void occupancy(OffscreenApp& app) {
    show(app, Tab::xray, {.kernel = "register_tile", .panel = XrayPanel::occupancy});
    app.mouse_away();
}

constexpr std::array<TourStop, 12> stops{{
    {"source", "small_numbers", source},
    {"source_line", "small_numbers", source_line},
    {"source_ptx", "small_numbers", source_ptx},
    {"source_sass", "small_numbers", source_sass},
    {"source_header", "small_numbers", source_header},
    {"source_find", "small_numbers", source_find},
    {"counts", "small_numbers", counts},
    {"counts_of_block", "feature_maps", counts_of_block, false},
    {"faults", "small_numbers", faults},
    {"no_faults", "small_numbers", no_faults},
    {"compare", "small_numbers", compare},
    {"occupancy", "feature_maps", occupancy},
}};

}  // namespace

std::span<const TourStop> source_stops() {
    return stops;
}

}  // namespace convscope
