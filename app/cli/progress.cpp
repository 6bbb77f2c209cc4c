#include "cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <iostream>

namespace convscope::cli {

ProgressLine::ProgressLine(std::string what, const CancelToken& token)
    : what_(std::move(what)), token_(token) {
    token_.report(0);  // of what the token was told of before, nothing is said
    if (isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { show(); });
}

ProgressLine::~ProgressLine() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        done_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void ProgressLine::show() {
    using std::chrono::milliseconds;
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, milliseconds(1000), [this] { return done_; })) return;
    do {
        std::cerr << "\r" << what_ << ": " << std::lround(100 * token_.share()) << " %  " << std::flush;
    } while (!changed_.wait_for(lock, milliseconds(200), [this] { return done_; }));
    std::cerr << "\r" << std::string(what_.size() + 10, ' ') << "\r" << std::flush;
}

}  // namespace convscope::cli
