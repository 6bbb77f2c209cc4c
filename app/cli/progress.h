// How far a long computation is, on a terminal.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "devices/device.h"

namespace convscope::cli {

// While it lives it shows `what` and the token's share on stderr, where that is a terminal, from the first
// second on; at the end it wipes the line.
class ProgressLine {
  public:
    ProgressLine(std::string what, const CancelToken& token);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

  private:
    void show();

    std::string what_;
    CancelToken token_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    std::thread thread_;
};

}  // namespace convscope::cli
