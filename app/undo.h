// The experiments that were, and those that were taken back.
#pragma once
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "experiment.h"

namespace convscope {

class History {
  public:
    using Clock = std::chrono::steady_clock;

    explicit History(Experiment first) : present_(std::move(first)) {}
    const Experiment& present() const { return present_; }
    // Applies the action. Whether anything changed.
    bool act(const Action& action, Clock::time_point now = Clock::now());
    bool can_undo() const { return !past_.empty(); }
    bool can_redo() const { return !future_.empty(); }
    bool undo();
    bool redo();

  private:
    void go_to(Experiment experiment);

    Experiment present_;
    std::deque<Experiment> past_;
    std::vector<Experiment> future_;
    std::string last_key_;
    Clock::time_point last_time_{};
};

}  // namespace convscope
