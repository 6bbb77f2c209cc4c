// Computes away from the interface. The newest request wins: it cancels what runs. Results arrive in a slot
// that holds the latest only, because nobody wants to see the ones in between.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "run/run.h"

namespace convscope {

class BackgroundRunner {
  public:
    struct Services {
        std::function<Devices()> find_devices{};                // slow once: it may start CUDA
        std::function<Tensor(const std::string& path)> load{};  // reads a file that the user opened
        std::function<void()> wake{};                           // called on the worker when there is news
    };
    struct Work {
        uint64_t id = 0;
        // Called on the worker: makes the tensors and chooses the kernels. May throw Error.
        std::function<Request(const Devices&)> make_request{};
        bool refine = true;  // go on timing once all is verified, while nothing newer comes
    };
    struct Update {
        uint64_t id = 0;
        ResultPtr result{};   // of this work; empty where it ended before it had an output
        std::string error{};  // a sentence for the user; empty: none
        bool cancelled = false;
        bool finished = false;  // computed, verified and timed once
    };
    struct Loaded {
        std::string path{};
        std::string asker{};  // as it was given with the path
        TensorPtr tensor{};   // or
        std::string error{};  // a sentence
    };

    explicit BackgroundRunner(Services services);
    ~BackgroundRunner();  // cancels, and waits for the worker: devices look at their token every tenth of a
                          // second
    BackgroundRunner(const BackgroundRunner&) = delete;
    BackgroundRunner& operator=(const BackgroundRunner&) = delete;

    // These return at once.
    void submit(Work work);
    void cancel();
    // Reads the file before anything else; work that this interrupts is taken up again. `asker` comes back
    // with the file, and says nothing to the runner.
    void load(std::string path, std::string asker = {});

    // Each piece of news is given once.
    std::optional<Update> take_update();
    std::optional<Loaded> take_loaded();
    // Cancels everything and takes nothing new. False: the worker is still inside a call that does not look
    // at its token, and the destructor would wait for it.
    bool stop_within(double seconds);
    // Empty until they have been looked for.
    std::shared_ptr<const Devices> devices() const;
    // A request waits or runs; refinement does not count.
    bool busy() const;
    // Nothing waits, runs or is refined.
    bool resting() const;
    // How much of the stage that runs now is done, 0…1: from stage_from to stage_to of the newest Result.
    double share() const;

  private:
    void work();
    void find_devices();
    void run_work(const Work& work, const CancelToken& token);
    void finish(Update update);
    void refine(const Work& work, Request request, const ResultPtr& result, const CancelToken& token);
    void run_load(Loaded file);
    void publish(Update update);
    void close();

    Services services_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Work> pending_{};
    std::optional<Loaded> to_load_{};
    std::optional<Update> update_{};
    std::optional<Loaded> loaded_{};
    std::shared_ptr<const Devices> devices_{};
    CancelToken token_;     // of what runs
    bool running_ = false;  // a request, before its refinement
    bool working_ = true;   // anything at all
    bool resume_ = false;   // what runs was interrupted by a load
    bool closing_ = false;
    bool ended_ = false;  // the worker has nothing more to do
    std::thread worker_;  // last: it uses all of the above
};

}  // namespace convscope
