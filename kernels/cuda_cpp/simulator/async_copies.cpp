#include "cuda_cpp/simulator/async_copies.h"

#include <cstring>

namespace convscope::sim {

void AsyncCopies::begin(void* shared, const void* global, int bytes, int taken) {
    std::memset(shared, 0xFF, static_cast<size_t>(bytes));
    copies_.push_back({shared, global, bytes, taken, group_});
}

void AsyncCopies::commit() {
    ++group_;
}

void AsyncCopies::wait(int left_open) {
    size_t landed = 0;
    for (; landed < copies_.size() && copies_[landed].group < group_ - left_open; ++landed) {
        const Copy& copy = copies_[landed];
        auto* to = static_cast<std::byte*>(copy.shared);
        const auto taken = static_cast<size_t>(copy.taken);
        if (taken > 0) std::memcpy(to, copy.global, taken);
        std::memset(to + taken, 0, static_cast<size_t>(copy.bytes) - taken);
    }
    copies_.erase(copies_.begin(), copies_.begin() + static_cast<std::ptrdiff_t>(landed));
}

void AsyncCopies::clear() {
    copies_.clear();
    group_ = 0;
}

}  // namespace convscope::sim
