#include "errands.h"

#include <exception>
#include <new>
#include <utility>

namespace convscope {
namespace {

// A sentence about what went wrong; empty where nothing did.
std::string trouble_of(const std::function<void()>& write, const std::string& path) {
    try {
        write();
        return {};
    } catch (const std::bad_alloc&) {
        return "cannot write " + path + ": the system gave no more memory";
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

Errands::Errands(std::function<void()> wake) : wake_(std::move(wake)) {}

Errands::~Errands() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    if (worker_.joinable()) worker_.join();
}

void Errands::start(std::string path, std::function<void()> write) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({std::move(path), std::move(write)});
    }
    if (!worker_.joinable()) worker_ = std::thread([this] { work(); });
    changed_.notify_all();
}

std::optional<Errands::Outcome> Errands::take() {
    const std::lock_guard lock(mutex_);
    if (outcomes_.empty()) return std::nullopt;
    Outcome first = std::move(outcomes_.front());
    outcomes_.pop_front();
    return first;
}

void Errands::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.empty() && !working_; });
}

void Errands::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const Errand errand = std::move(waiting_.front());
        waiting_.pop_front();
        working_ = true;
        lock.unlock();
        std::string trouble = trouble_of(errand.write, errand.path);
        lock.lock();
        working_ = false;
        outcomes_.push_back({errand.path, std::move(trouble)});
        changed_.notify_all();
        if (wake_) wake_();
    }
}

}  // namespace convscope
