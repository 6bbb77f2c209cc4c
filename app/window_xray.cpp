// What the X-ray and Source tabs need of the program: which block is looked at, the playing of its requests,
// counting.
#include <algorithm>
#include <cmath>

#include "views/xray_map.h"
#include "window_app.h"

namespace convscope {

std::optional<XrayWish> App::xray_wish() const {
    const Experiment& e = experiment();
    const bool asked_for = lessons_.run && (lessons_.run->wants_counts() || lessons_.run->wants_all_counts());
    if (e.tab != Tab::xray && e.tab != Tab::source && !asked_for) return std::nullopt;
    if (!broken_rules(e.spec).empty()) return std::nullopt;
    return XrayWish{Problem(e.spec), e.xray.kernel, e.xray.step, e.xray.block};
}

bool App::xray_settled() const {
    const auto wish = xray_wish();
    return !wish || xray_.settled(*wish);
}

void App::ask_xray() {
    xray_.hold_counting(!runner_.resting());
    const auto wish = xray_wish();
    if (wish) {
        xray_.want(*wish);
        const bool compared = experiment().tab == Tab::xray && experiment().xray.panel == XrayPanel::compare;
        if (compared || (lessons_.run && lessons_.run->wants_all_counts())) xray_.compare_by_itself();
        return;
    }
    // What is counted goes on while another tab is looked at, as long as it is of the present problem.
    const auto news = xray_.news();
    if (news->problem &&
        (!broken_rules(experiment().spec).empty() || *news->problem != Problem(experiment().spec)))
        xray_.want({});
}

bool App::stop_within(double seconds) {
    errands_.finish();  // what was to be saved is saved
    const auto start = std::chrono::steady_clock::now();
    const bool stopped = runner_.stop_within(seconds);
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return xray_.stop_within(std::max(seconds - spent, 0.0)) && stopped;
}

void App::show_record(int64_t position) {
    XrayView next = experiment().xray;
    next.position = position;
    if (next != experiment().xray) act(SetXray{next});
}

void App::step_xray(int by) {
    const auto news = xray_.news();
    if (!news->block || news->block->records.empty()) return;
    memory_.xray_play.playing = false;
    const XrayChoice at = xray_choice(experiment().xray, *news->block);
    show_record(stepped(*news->block, at, by));
}

// The next of what is singled out: a thread, else a warp, else the block.
void App::choose_next(int by) {
    const auto news = xray_.news();
    if (!news->block) return;
    XrayView next = experiment().xray;
    const XrayChoice at = xray_choice(next, *news->block);
    if (at.thread >= 0)
        next.thread = std::clamp(at.thread + by, 0, at.threads - 1);
    else if (at.warp >= 0)
        next.warp = std::clamp(at.warp + by, 0, at.warps - 1);
    else
        next.block = std::clamp<int64_t>(news->block->block + by, 0, news->block->facts.grid.count() - 1);
    if (next != experiment().xray) act(SetXray{next});
}

void App::play_xray(double seconds) {
    XrayPlay& play = memory_.xray_play;
    if (!play.playing) return;
    const auto news = xray_.news();
    if (experiment().tab != Tab::xray || !news->block || news->block->records.empty()) {
        play.playing = false;
        return;
    }
    const xray::BlockXray& block = *news->block;
    play.position += play.per_second * std::min(seconds, 0.25);
    XrayChoice at = xray_choice(experiment().xray, block);
    for (; play.position >= 1; play.position -= 1) {
        const int64_t next = stepped(block, at, 1);
        if (next == at.position) {
            play.playing = false;
            play.position = 0;
            break;
        }
        at.position = next;
    }
    show_record(at.position);
}

bool App::xray_command(const Command& wanted) {
    using Kind = Command::Kind;
    const bool here = experiment().tab == Tab::xray, explore = experiment().tab == Tab::explore;
    switch (wanted.kind) {
        case Kind::show_explore:
            act(SetTab{Tab::explore});
            return true;
        case Kind::show_xray:
            act(SetTab{Tab::xray});
            return true;
        case Kind::show_source:
            act(SetTab{Tab::source});
            return true;
        case Kind::count_grid:
            xray_.count();
            return true;
        case Kind::compare_kernels:
            xray_.compare();
            return true;
        case Kind::cancel_count:
            xray_.cancel();
            return true;
        case Kind::xray_next:
        case Kind::xray_previous:
            if (here) choose_next(wanted.kind == Kind::xray_next ? 1 : -1);
            return true;
        case Kind::step_forward:
        case Kind::step_back:
            if (here) step_xray(wanted.kind == Kind::step_forward ? 1 : -1);
            return !explore;
        case Kind::toggle_play: {
            if (!here) return !explore;
            const auto news = xray_.news();
            if (!news->block || news->block->records.empty()) return true;
            XrayPlay& play = memory_.xray_play;
            const XrayChoice at = xray_choice(experiment().xray, *news->block);
            const bool at_end = stepped(*news->block, at, 1) == at.position;
            if (!play.playing && at_end) show_record(0);
            play.playing = !play.playing;
            play.position = 0;
            return true;
        }
        default:
            return false;
    }
}

}  // namespace convscope
