// The animation saved as a GIF: the window draws each step, and the pictures of the views go into the file.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "gl/surface.h"
#include "panels/pictures.h"
#include "widgets/registry.h"
#include "window_recording.h"

namespace convscope {
namespace {

constexpr int64_t most_frames = 240;

// Around all pictures of the present experiment, in pixels of the frame.
WidgetRect views_rect() {
    WidgetRect all{{1e9f, 1e9f}, {0, 0}};
    for (const ViewKind view :
         {ViewKind::input, ViewKind::weights, ViewKind::pointwise, ViewKind::middle, ViewKind::output})
        if (const auto rect = registry().find(canvas_name(view))) {
            all.from = {std::min(all.from.x, rect->from.x), std::min(all.from.y, rect->from.y)};
            all.to = {std::max(all.to.x, rect->to.x), std::max(all.to.y, rect->to.y)};
        }
    return all;
}

}  // namespace

void App::save_animation(const std::string& path) {
    const auto walk = present_walk(state());
    if (!walk) {
        banner_ = "There is no result to animate yet.";
        return;
    }
    const WidgetRect rect = views_rect();
    const gl::PixelSize size = surface_->size();
    const int x = std::max(0, static_cast<int>(rect.from.x)), y = std::max(0, static_cast<int>(rect.from.y));
    const int width = std::min(size.width, static_cast<int>(rect.to.x)) - x,
              height = std::min(size.height, static_cast<int>(rect.to.y)) - y;
    try {
        if (width <= 0 || height <= 0) fail_request("the views are not on the screen");
        recording_ =
            std::make_unique<Recording>(Recording{GifWriter(path, width, height), path, x, y, width, height});
    } catch (const Error& error) {
        banner_ = error.what();
        return;
    }
    recording_->steps = walk->steps;
    recording_->stride = (walk->steps + most_frames - 1) / most_frames;
    const double seconds = static_cast<double>(recording_->stride) / memory_.animation.per_second;
    recording_->delay = static_cast<int>(std::clamp(std::round(seconds * 100), 4.0, 200.0));
    memory_.animation.on = true;
    memory_.animation.playing = false;
    memory_.animation.position = 0;
}

void App::stop_recording() {
    recording_.reset();
}

// After a frame: what it shows becomes the next picture of the file.
void App::record_frame() {
    if (!recording_) return;
    Recording& r = *recording_;
    if (!r.drawn) {  // the frame was begun before the step was set
        r.drawn = true;
        return;
    }
    try {
        const gl::PixelSize size = surface_->size();
        if (r.x + r.width > size.width || r.y + r.height > size.height)
            fail_request("the animation was not saved: the window became smaller meanwhile");
        surface_->bind();
        const std::vector<uint8_t> all = gl::read_pixels(size);
        std::vector<uint8_t> part;
        part.reserve(static_cast<size_t>(r.width) * static_cast<size_t>(r.height) * 4);
        for (int row = 0; row < r.height; ++row) {
            const auto start = all.begin() + (static_cast<std::ptrdiff_t>(r.y + row) * size.width + r.x) * 4;
            part.insert(part.end(), start, start + static_cast<std::ptrdiff_t>(r.width) * 4);
        }
        const bool last = r.step + r.stride >= r.steps;
        r.writer.add_frame(part, last ? std::max(r.delay, 120) : r.delay);  // the end is looked at
        r.step += r.stride;
        memory_.animation.position = static_cast<double>(std::min(r.step, r.steps - 1));
        if (!last) return;
        r.writer.finish();
        notify(cat("Saved as ", r.path));
    } catch (const Error& error) {
        banner_ = error.what();
    }
    stop_recording();
}

}  // namespace convscope
