#include "cuda_cpp/simulator/grid_shadow.h"

#include <optional>
#include <utility>

namespace convscope::sim {
namespace {

constexpr int offset_bits = 26, thread_bits = 10, block_bits = 28;
constexpr int block_shift = offset_bits + thread_bits;
constexpr int64_t last_block = (int64_t{1} << block_bits) - 1;

constexpr uint64_t bits_of(uint64_t number, int shift, int bits) {
    return number >> shift & ((uint64_t{1} << bits) - 1);
}

// Keeps the larger block; of two visits of one block the one that came first.
void raise(uint64_t& cell, uint64_t visit) {
    std::atomic_ref atomic(cell);
    uint64_t kept = atomic.load(std::memory_order_relaxed);
    while (kept >> block_shift < visit >> block_shift &&
           !atomic.compare_exchange_weak(kept, visit, std::memory_order_relaxed)) {
    }
}

}  // namespace

GridShadow::GridShadow(const TraceOptions& options, const std::vector<int>& watched)
    : arrays_(options.arrays.size()) {
    size_t left = most_bytes;
    for (const int index : watched) {
        const auto words = static_cast<size_t>(options.arrays[static_cast<size_t>(index)].bytes + 3) / 4;
        if (words == 0) continue;
        // Zeros from the system cost nothing until they are touched.
        const bool fits = words <= left / sizeof(Word);
        std::unique_ptr<Word, Free> data(fits ? static_cast<Word*>(std::calloc(words, sizeof(Word)))
                                              : nullptr);
        if (!data) {
            watches_all_ = false;
            continue;
        }
        left -= words * sizeof(Word);
        Array& array = arrays_[static_cast<size_t>(index)];
        array.words = {std::move(data), words};
        array.touched.resize(words / words_of_chunk + 1);
    }
}

bool GridShadow::enter(int array, int64_t first, int64_t last, AccessKind kind, int64_t block, int thread,
                       uint64_t offset) {
    if (block >= last_block || bits_of(offset, offset_bits, 64 - offset_bits) != 0) return false;
    Array& to = arrays_[static_cast<size_t>(array)];
    const auto visit = static_cast<uint64_t>(thread) << offset_bits | offset;
    const auto up = static_cast<uint64_t>(block + 1) << block_shift | visit;
    const auto down = static_cast<uint64_t>(last_block - block) << block_shift | visit;
    for (auto word = static_cast<size_t>(first); word <= static_cast<size_t>(last); ++word) {
        std::atomic_ref touched(to.touched[word / words_of_chunk]);
        if (!touched.load(std::memory_order_relaxed)) touched.store(1, std::memory_order_relaxed);
        Word& cell = to.words.data.get()[word];
        raise(cell.first[static_cast<size_t>(kind)], down);
        raise(cell.last[static_cast<size_t>(kind)], up);
    }
    return true;
}

bool GridShadow::meet(const Word& word, Meeting& found) {
    const auto visit = [&](AccessKind kind, bool last) -> std::optional<Meeting::Visit> {
        const uint64_t number = (last ? word.last : word.first)[static_cast<size_t>(kind)];
        const auto counted = static_cast<int64_t>(bits_of(number, block_shift, block_bits));
        if (counted == 0) return {};
        return Meeting::Visit{last ? counted - 1 : last_block - counted,
                              static_cast<int>(bits_of(number, offset_bits, thread_bits)),
                              bits_of(number, 0, offset_bits), kind};
    };
    using Kinds = std::pair<AccessKind, AccessKind>;
    for (const auto& [one, other] :
         {Kinds{AccessKind::store, AccessKind::store}, Kinds{AccessKind::store, AccessKind::load},
          Kinds{AccessKind::store, AccessKind::atomic}, Kinds{AccessKind::atomic, AccessKind::load}})
        for (const bool one_is_last : {false, true})
            for (const bool other_is_last : {true, false}) {
                const auto a = visit(one, one_is_last), b = visit(other, other_is_last);
                if (!a || !b || a->block == b->block) continue;
                found.earlier = a->block < b->block ? *a : *b;
                found.later = a->block < b->block ? *b : *a;
                return true;
            }
    return false;
}

}  // namespace convscope::sim
