// What is done on the Explore tab beside changing the experiment: the animation, the worst element, A and B.
#include <algorithm>

#include "core/text.h"
#include "panels/pictures.h"
#include "window_app.h"

namespace convscope {

void App::animate(double seconds) {
    Animation& a = memory_.animation;
    if (!a.playing) return;
    const auto walk = present_walk(state());
    if (!walk) return;
    a.position += a.per_second * std::min(seconds, 0.25);
    const auto last = static_cast<double>(walk->steps - 1);
    if (a.position >= last) {
        a.position = last;
        a.playing = false;
    }
}

void App::step_animation(int by) {
    const auto walk = present_walk(state());
    if (!walk) return;
    Animation& a = memory_.animation;
    a.playing = false;
    // The first step shows the first element.
    const auto present = static_cast<int64_t>(a.position);
    a.position = static_cast<double>(a.on ? std::clamp<int64_t>(present + by, 0, walk->steps - 1) : 0);
    a.on = true;
}

void App::toggle_play() {
    const auto walk = present_walk(state());
    if (!walk) return;
    Animation& a = memory_.animation;
    const bool at_end = static_cast<int64_t>(a.position) >= walk->steps - 1;
    if (!a.playing && (at_end || !a.on)) a.position = 0;
    a.playing = !a.playing;
    a.on = true;
}

// Moves the views so that the element is seen, and pins it.
void App::show_worst() {
    const KernelResult* row = shown();
    if (!row || row->verification.worst_index < 0) return;
    const Problem& problem = result_->problem;
    const OutputPosition at = output_position(problem, row->verification.worst_index);
    Display d = with_out_channel(problem, experiment().display, at.c);
    d.batch = at.n;
    d.out_slice = at.at;
    d.out_composite = false;
    d.pin = Pin{ViewKind::output, row->verification.worst_index};
    const PlaneLayout layout = plane_layout(problem.output(), d.slicing, d.out_slice);
    if (const auto cell = layout.place(at.at)) {
        const auto share = [](int64_t place, int64_t size) {
            return (static_cast<double>(place) + 0.5) / static_cast<double>(size);
        };
        const double most = static_cast<double>(std::max(layout.rows(), layout.columns()));
        d.output = {.zoom = std::max(most / 24, 1.0),
                    .x = share(cell->column, layout.columns()),
                    .y = share(cell->row, layout.rows())};
        if (d.linked) d.input = d.output;
    }
    act(SetDisplay{d});
}

void App::pin_experiment() {
    const KernelResult* row = shown();
    if (!row || stale()) {
        banner_ = "There is no finished result to pin as A yet.";
        return;
    }
    pinned_ = Pinned{experiment(), result_, row->choice};
    notice_ = "A is pinned; go on with B";
}

void App::swap_experiments() {
    if (!pinned_) return;
    const Experiment from_a = pinned_->experiment;
    pin_experiment();
    act(ReplaceExperiment{from_a});
}

bool App::explore_command(const Command& wanted) {
    using Kind = Command::Kind;
    switch (wanted.kind) {
        case Kind::toggle_play:
            stop_recording();
            toggle_play();
            return true;
        case Kind::step_forward:
        case Kind::step_back:
            step_animation(wanted.kind == Kind::step_forward ? 1 : -1);
            return true;
        case Kind::save_animation:
            save_animation(wanted.path);
            return true;
        case Kind::stop_animation:
            stop_recording();
            memory_.animation.on = memory_.animation.playing = false;
            return true;
        case Kind::refuse:
            banner_ = wanted.name;
            return true;
        case Kind::show_worst:
            show_worst();
            return true;
        case Kind::pin_experiment:
            pin_experiment();
            return true;
        case Kind::unpin_experiment:
            pinned_.reset();
            return true;
        case Kind::swap_experiments:
            swap_experiments();
            return true;
        default:
            return false;
    }
}

}  // namespace convscope
