#include "undo.h"

namespace convscope {
namespace {

constexpr size_t most_steps = 500;
// A pause this long ends a drag: what follows is a step of its own.
constexpr std::chrono::milliseconds pause{800};

}  // namespace

bool History::act(const Action& action, Clock::time_point now) {
    Experiment next = apply(present_, action);
    if (next == present_) return false;
    const std::string key = undo_key(present_, action);
    const bool goes_on = key == last_key_ && (key == moving_key || now - last_time_ <= pause);
    if (!goes_on) {
        past_.push_back(present_);
        if (past_.size() > most_steps) past_.pop_front();
    }
    // Looking around takes nothing away that could be done again.
    if (key != moving_key) future_.clear();
    last_key_ = key;
    last_time_ = now;
    present_ = std::move(next);
    return true;
}

bool History::undo() {
    if (past_.empty()) return false;
    Experiment before = std::move(past_.back());
    past_.pop_back();
    future_.push_back(present_);
    go_to(std::move(before));
    return true;
}

bool History::redo() {
    if (future_.empty()) return false;
    Experiment after = std::move(future_.back());
    future_.pop_back();
    past_.push_back(present_);
    go_to(std::move(after));
    return true;
}

void History::go_to(Experiment experiment) {
    present_ = std::move(experiment);
    last_key_.clear();
}

}  // namespace convscope
