// How long a change takes until its pixels are there: the real window without a display, a number dragged.
#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "window.h"
#include "window_driver.h"

namespace convscope {
namespace {

// The number that is dragged, and the pixels that one step of it takes (its range over 400; theme scale 1).
constexpr const char* dragged_field = "padding.width";
constexpr float step_px = 16;

}  // namespace

LatencyFigures measure_latency(const LatencyOptions& options) {
    AppOptions app_opts = app_options(options.experiment, options.modules_folder);
    app_opts.refine = false;
    OffscreenApp app({options.width, options.height}, app_opts);
    if (!app.wait_for_rest(60) || !app.app().trouble().empty())
        fail_request(cat("the problem has no result to drag from: ", app.app().trouble()));
    LatencyFigures out;
    for (int i = 0; i < 40; ++i) {
        app.frames(1);
        out.frame_ms.push_back(app.app().last_frame_ms());
    }
    app.press_on(dragged_field);
    int64_t value = app.experiment().spec.padding[axis_width];
    float direction = 1;
    while (static_cast<int>(out.change_ms.size()) < options.changes) {
        app.drag_on(direction * step_px, 0);
        const int64_t now = app.experiment().spec.padding[axis_width];
        if (now == value) continue;
        value = now;
        if (value >= 8) direction = -1;
        if (value <= 1) direction = 1;
        if (!app.wait_for_pixels(10)) fail_request("the dragged problem gave no output within 10 s");
        out.change_ms.push_back(app.app().latency_ms());
        app.wait_for_result(30);
    }
    app.release();
    return out;
}

}  // namespace convscope
