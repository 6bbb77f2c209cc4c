#include "cuda_cpp/simulator/async_copies.h"

#include <cstring>

namespace convscope::sim {

void AsyncCopies::begin(void* shared, const void* global, int bytes, int taken, uintptr_t pc) {
    std::memset(shared, 0xFF, static_cast<size_t>(bytes));
    copies_.push_back({shared, global, bytes, taken, group_, pc});
}

void AsyncCopies::commit() {
    ++group_;
}

std::span<const AsyncCopies::Copy> AsyncCopies::due(int left_open) const {
    size_t count = 0;
    while (count < copies_.size() && copies_[count].group < group_ - left_open) ++count;
    return {copies_.data(), count};
}

void AsyncCopies::wait(int left_open) {
    const std::span<const Copy> landed = due(left_open);
    for (const Copy& copy : landed) {
        auto* to = static_cast<std::byte*>(copy.shared);
        const auto taken = static_cast<size_t>(copy.taken);
        if (taken > 0) std::memcpy(to, copy.global, taken);
        std::memset(to + taken, 0, static_cast<size_t>(copy.bytes) - taken);
    }
    copies_.erase(copies_.begin(), copies_.begin() + static_cast<std::ptrdiff_t>(landed.size()));
}

void AsyncCopies::clear() {
    copies_.clear();
    group_ = 0;
}

}  // namespace convscope::sim
