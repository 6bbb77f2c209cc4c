// The tour's stops on the X-ray tab: maps, requests and heat.
#include <array>

#include "views/xray_map.h"
#include "window_tour.h"

namespace convscope {
namespace {

constexpr double patience_s = 60;

// Turns to the X-ray of a kernel, and waits for its block and, where it is little work, its counts.
void look_through(OffscreenApp& app, const XrayView& view) {
    app.app().act(SetTab{Tab::xray});
    app.app().act(SetXray{view});
    app.wait_for_rest(patience_s);
    app.mouse_away();
}

void show_record(OffscreenApp& app, int64_t position) {
    XrayView view = app.experiment().xray;
    view.position = position;
    app.app().act(SetXray{view});
    app.frames(30);  // until the text has glided to its line
}

// The first record for which this holds, as a position; all of them where it holds for none.
template <class Condition>
int64_t position_where(OffscreenApp& app, const Condition& holds) {
    const auto block = app.app().xray()->block;
    if (!block) return -1;
    for (size_t i = 0; i < block->records.size(); ++i)
        if (holds(block->records[i])) return static_cast<int64_t>(i) + 1;
    return -1;
}

Experiment two_channels(Operator op, int64_t side) {
    Experiment e;
    e.spec.op = op;
    e.spec.in_channels = 2;
    e.spec.input = {1, side, side + 8};
    e.spec.kernel_size = {1, 3, 3};
    e.spec.padding = {0, 1, 1};
    return e;
}

void naive_map(OffscreenApp& app) {
    look_through(app, {.kernel = "naive", .block = 2});
    show_record(app, 100);
}

void one_thread(OffscreenApp& app) {
    look_through(app, {.kernel = "naive", .block = 2, .thread = 77});
}

void photograph(OffscreenApp& app) {
    look_through(app, {.kernel = "shared_tile", .block = 500});
}

void tile_being_filled(OffscreenApp& app) {
    look_through(app, {.kernel = "shared_tile", .block = 1});
    show_record(app, position_where(app, [](const sim::TraceRecord& r) {
                    return r.space == sim::MemorySpace::shared && r.kind == sim::AccessKind::store &&
                           r.warp == 5;
                }));
}

void barrier(OffscreenApp& app) {
    look_through(app, {.kernel = "shared_tile", .block = 1});
    show_record(app, position_where(app, [](const sim::TraceRecord& r) {
                    return r.what == sim::TraceRecord::What::barrier;
                }));
}

void tile_being_read(OffscreenApp& app) {
    look_through(app, {.kernel = "shared_tile", .block = 1});
    show_record(app, position_where(app, [](const sim::TraceRecord& r) {
                    return r.space == sim::MemorySpace::shared && r.kind == sim::AccessKind::load &&
                           r.phase == 1 && r.warp == 3 && r.passes > 0 && r.copy_array[4] == 0;
                }));
}

void conflicts(OffscreenApp& app) {
    Experiment e = two_channels(Operator::conv2d, 40);
    e.spec.stride = {1, 2, 2};
    app.app().act(ReplaceExperiment{e});
    look_through(app, {.kernel = "shared_tile", .block = 1});
    show_record(app, position_where(app, [](const sim::TraceRecord& r) { return r.passes > 1; }));
}

void heat_naive(OffscreenApp& app) {
    look_through(app, {.kernel = "naive", .heat = true});
}

void heat_tile(OffscreenApp& app) {
    look_through(app, {.kernel = "shared_tile", .heat = true});
}

void heat_to_count(OffscreenApp& app) {
    look_through(app, {.kernel = "naive", .heat = true});
}

void many_steps(OffscreenApp& app) {
    look_through(app, {.kernel = "im2col_gemm"});
}

void broken(OffscreenApp& app) {
    app.app().act(ReplaceExperiment{two_channels(Operator::depthwise_conv2d, 40)});
    look_through(app, {.kernel = "missing_barrier"});
}

void kernel_box(OffscreenApp& app) {
    look_through(app, {});
    app.click("xray.kernel");
    app.frames(5);
}

constexpr std::array<TourStop, 13> stops{{
    {"xray_naive", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 20)});
         naive_map(app);
     }},
    {"xray_thread", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 20)});
         one_thread(app);
     }},
    {"xray_photograph", "photograph_edges", photograph},
    {"xray_tile", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 40)});
         tile_being_filled(app);
     }},
    {"xray_barrier", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 40)});
         barrier(app);
     }},
    {"xray_tile_read", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 40)});
         tile_being_read(app);
     }},
    {"xray_conflicts", "small_numbers", conflicts},
    {"xray_heat", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 40)});
         heat_naive(app);
     }},
    {"xray_heat_tile", "small_numbers",
     [](OffscreenApp& app) {
         app.app().act(ReplaceExperiment{two_channels(Operator::conv2d, 40)});
         heat_tile(app);
     }},
    {"xray_to_count", "photograph_blur", heat_to_count},
    {"xray_steps", "feature_maps", many_steps},
    {"xray_broken", "small_numbers", broken},
    {"xray_kernels", "photograph_edges", kernel_box},
}};

}  // namespace

std::span<const TourStop> xray_stops() {
    return stops;
}

}  // namespace convscope
