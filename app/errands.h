// Files written away from the interface, one after the other: a big tensor on a slow disk takes seconds.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace convscope {

class Errands {
  public:
    struct Outcome {
        std::string path{};   // of the file that was written
        std::string error{};  // a sentence; empty: done
    };

    explicit Errands(std::function<void()> wake);  // called on the other thread when there is an outcome
    ~Errands();                                    // ends what was started: no file stays half written
    Errands(const Errands&) = delete;
    Errands& operator=(const Errands&) = delete;

    // Returns at once. `write` makes the file `path` and may throw; what it says is the outcome's error.
    void start(std::string path, std::function<void()> write);
    std::optional<Outcome> take();
    // Waits until everything is written.
    void finish();

  private:
    struct Errand {
        std::string path;
        std::function<void()> write;
    };
    void work();

    std::function<void()> wake_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Errand> waiting_;
    std::deque<Outcome> outcomes_;
    bool working_ = false, closing_ = false;
    std::thread worker_;  // started by the first errand
};

}  // namespace convscope
