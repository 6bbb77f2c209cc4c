#include "folder_reader.h"

#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

#include "core/errors.h"

namespace convscope {

struct FolderReader::Shared {
    std::mutex mutex;
    std::function<void()> wake;
    std::optional<Outcome> outcome;
    uint64_t newest = 0, finished = 0;

    void finish(uint64_t id, Outcome found) {
        const std::lock_guard lock(mutex);
        if (id != newest) return;
        finished = id;
        outcome = std::move(found);
        if (wake) wake();
    }
};

FolderReader::FolderReader() : shared_(std::make_shared<Shared>()) {}

FolderReader::~FolderReader() {
    forget();
    set_wake({});
}

void FolderReader::set_wake(std::function<void()> wake) {
    const std::lock_guard lock(shared_->mutex);
    shared_->wake = std::move(wake);
}

void FolderReader::read(const std::string& path) {
    uint64_t id = 0;
    {
        const std::lock_guard lock(shared_->mutex);
        id = ++shared_->newest;
        shared_->outcome.reset();
    }
    std::thread([shared = shared_, id, path] {
        Outcome found;
        try {
            found.listing = list_folder(path);
        } catch (const std::exception& error) {
            found.error = error.what();
        }
        shared->finish(id, std::move(found));
    }).detach();
}

void FolderReader::forget() {
    const std::lock_guard lock(shared_->mutex);
    shared_->finished = ++shared_->newest;
    shared_->outcome.reset();
}

bool FolderReader::reading() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->finished != shared_->newest;
}

std::optional<FolderReader::Outcome> FolderReader::take() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->outcome, std::nullopt);
}

}  // namespace convscope
