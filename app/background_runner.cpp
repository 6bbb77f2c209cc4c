#include "background_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/text.h"
#include "failures.h"

namespace convscope {
namespace {

bool has_output(const Result& result) {
    return std::ranges::any_of(result.rows, [](const KernelResult& row) { return row.output != nullptr; });
}

// The result with better times, once they are there; outputs and verification stay what they were. A row has
// its ceilings with its last times: the single sample that comes before them is no better than what is there.
ResultPtr with_times(const Result& verified, const Result& timed) {
    auto out = std::make_shared<Result>(verified);
    for (size_t i = 0; i < out->rows.size() && i < timed.rows.size(); ++i) {
        KernelResult& row = out->rows[i];
        const KernelResult& refined = timed.rows[i];
        if (row.choice != refined.choice || !row.timing || !refined.timing || !refined.ceilings) continue;
        row.timing = refined.timing;
        row.ceilings = refined.ceilings;
    }
    return out;
}

}  // namespace

BackgroundRunner::BackgroundRunner(Services services) : services_(std::move(services)) {
    worker_ = std::thread([this] {
        work();
        // Under the lock: whoever waits for this may destroy the condition as soon as it is released.
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    });
}

BackgroundRunner::~BackgroundRunner() {
    close();
    worker_.join();
}

void BackgroundRunner::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        pending_.reset();
        to_load_.reset();
        token_.cancel();
    }
    changed_.notify_all();
}

bool BackgroundRunner::stop_within(double seconds) {
    close();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return ended_; });
}

void BackgroundRunner::submit(Work work) {
    {
        const std::lock_guard lock(mutex_);
        pending_ = std::move(work);
        token_.cancel();
    }
    changed_.notify_all();
}

void BackgroundRunner::cancel() {
    const std::lock_guard lock(mutex_);
    if (pending_) update_ = Update{.id = pending_->id, .cancelled = true, .finished = true};
    pending_.reset();
    token_.cancel();
}

void BackgroundRunner::load(std::string path, std::string asker) {
    {
        const std::lock_guard lock(mutex_);
        to_load_ = Loaded{.path = std::move(path), .asker = std::move(asker)};
        resume_ = running_;
        token_.cancel();
    }
    changed_.notify_all();
}

std::optional<BackgroundRunner::Update> BackgroundRunner::take_update() {
    const std::lock_guard lock(mutex_);
    return std::exchange(update_, std::nullopt);
}

std::optional<BackgroundRunner::Loaded> BackgroundRunner::take_loaded() {
    const std::lock_guard lock(mutex_);
    return std::exchange(loaded_, std::nullopt);
}

std::shared_ptr<const Devices> BackgroundRunner::devices() const {
    const std::lock_guard lock(mutex_);
    return devices_;
}

bool BackgroundRunner::busy() const {
    const std::lock_guard lock(mutex_);
    return pending_ || running_ || to_load_;
}

bool BackgroundRunner::resting() const {
    const std::lock_guard lock(mutex_);
    return !pending_ && !to_load_ && !working_;
}

double BackgroundRunner::share() const {
    const std::lock_guard lock(mutex_);
    return working_ ? token_.share() : 0;
}

void BackgroundRunner::publish(Update update) {
    {
        const std::lock_guard lock(mutex_);
        update_ = std::move(update);
    }
    services_.wake();
}

void BackgroundRunner::find_devices() {
    auto found = std::make_shared<Devices>();
    try {
        *found = services_.find_devices();
    } catch (const std::exception& error) {
        found->missing.push_back({"all devices", sentence_of(error)});
    }
    {
        const std::lock_guard lock(mutex_);
        devices_ = std::move(found);
    }
    services_.wake();
}

void BackgroundRunner::work() {
    find_devices();
    for (;;) {
        std::optional<Work> next;
        std::optional<Loaded> file;
        CancelToken token;
        {
            std::unique_lock lock(mutex_);
            working_ = false;
            changed_.wait(lock, [&] { return closing_ || pending_ || to_load_; });
            if (closing_) return;
            if (to_load_)
                file = std::exchange(to_load_, std::nullopt);
            else
                next = std::exchange(pending_, std::nullopt);
            token_ = token;
            working_ = true;
            running_ = next.has_value();
        }
        if (file) {
            run_load(std::move(*file));
            continue;
        }
        run_work(*next, token);
        const std::lock_guard lock(mutex_);
        running_ = false;
        if (resume_ && !pending_ && !closing_) pending_ = std::move(next);
        resume_ = false;
    }
}

void BackgroundRunner::run_work(const Work& work, const CancelToken& token) {
    ResultPtr last;
    try {
        const Request request = work.make_request(*devices_);
        last = run(request, *devices_, token, [&](const ResultPtr& result) {
            last = result;
            if (!result->finished) publish({.id = work.id, .result = result});
        });
        finish({.id = work.id, .result = last, .cancelled = token.cancelled(), .finished = true});
        if (work.refine && !token.cancelled()) refine(work, request, last, token);
    } catch (const std::exception& error) {
        const bool cancelled = is_cancelled(error);
        if (last && !has_output(*last)) last.reset();  // what is there already says more
        finish({.id = work.id,
                .result = last,
                .error = cancelled ? std::string() : sentence_of(error),
                .cancelled = cancelled,
                .finished = true});
    }
}

// The last word about a request, unless it is to be taken up again.
void BackgroundRunner::finish(Update update) {
    {
        const std::lock_guard lock(mutex_);
        if (resume_) return;
        running_ = false;
    }
    publish(std::move(update));
}

void BackgroundRunner::refine(const Work& work, Request request, const ResultPtr& result,
                              const CancelToken& token) {
    request.timing = TimingEffort::bench();
    request.verify.wanted = false;
    request.middle = false;
    try {
        run(request, *devices_, token, [&](const ResultPtr& timed) {
            if (token.cancelled()) return;
            publish({.id = work.id, .result = with_times(*result, *timed), .finished = true});
        });
    } catch (const std::exception&) {
        // The first times stand; a failure that matters has been reported by the run that verified.
    }
}

void BackgroundRunner::run_load(Loaded file) {
    try {
        file.tensor = std::make_shared<Tensor>(services_.load(file.path));
    } catch (const std::exception& error) {
        file.error = sentence_of(error);
    }
    {
        const std::lock_guard lock(mutex_);
        loaded_ = std::move(file);
    }
    services_.wake();
}

}  // namespace convscope
