#include "cuda_cpp/simulator/shadow.h"

#include <algorithm>
#include <bit>

namespace convscope::sim {
namespace {

constexpr int lanes_of_warp = 32;
constexpr size_t first_entries = 1024;
constexpr size_t most_entries = size_t{1} << 20;

bool same_warp(int a, int b) {
    return a / lanes_of_warp == b / lanes_of_warp;
}

}  // namespace

void LaneClocks::begin_block() {
    known_.clear();
}

uint32_t LaneClocks::time(int thread) const {
    return known_.empty() ? 1 : known_[static_cast<size_t>(thread)][thread % lanes_of_warp];
}

bool LaneClocks::ordered(const Touch& earlier, int thread) const {
    if (earlier.thread == thread) return true;
    if (known_.empty() || !same_warp(earlier.thread, thread)) return false;
    return known_[static_cast<size_t>(thread)][earlier.thread % lanes_of_warp] >= earlier.time;
}

void LaneClocks::met(int first_thread, unsigned lanes) {
    if (known_.empty()) {
        known_.assign(threads_, Clock{});
        for (size_t t = 0; t < threads_; ++t) known_[t][t % lanes_of_warp] = 1;
    }
    Clock all{};
    const auto clock = [&](unsigned rest) -> Clock& {
        return known_[static_cast<size_t>(first_thread + std::countr_zero(rest))];
    };
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1)
        for (size_t lane = 0; lane < all.size(); ++lane) all[lane] = std::max(all[lane], clock(rest)[lane]);
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
        clock(rest) = all;
        ++clock(rest)[static_cast<size_t>(std::countr_zero(rest))];
    }
}

void BlockShadow::begin_block() {
    block_epoch_ = ++epoch_;
    global_used_ = 0;
    clocks_.begin_block();
}

WordShadow* BlockShadow::global_word(uintptr_t word) {
    if (2 * (global_used_ + 1) > global_.size()) grow();
    Entry& entry = entry_for(word);
    if (entry.cell.epoch < block_epoch_) {
        if (2 * (global_used_ + 1) > global_.size()) return nullptr;
        ++global_used_;
        entry.word = word;
    }
    return &refreshed(entry.cell);
}

BlockShadow::Entry& BlockShadow::entry_for(uintptr_t word) {
    constexpr uint64_t golden = 0x9E37'79B9'7F4A'7C15u;
    const size_t last = global_.size() - 1;
    size_t at = (static_cast<uint64_t>(word) * golden >> 32) & last;
    while (global_[at].cell.epoch >= block_epoch_ && global_[at].word != word) at = (at + 1) & last;
    return global_[at];
}

void BlockShadow::grow() {
    if (global_.size() >= most_entries) return;
    std::vector<Entry> old(std::max(first_entries, 2 * global_.size()));
    old.swap(global_);
    for (const Entry& entry : old)
        if (entry.cell.epoch >= block_epoch_) entry_for(entry.word) = entry;
}

Touch BlockShadow::enter(WordShadow& cell, const Touch& now) {
    if (now.kind == AccessKind::load) {
        // A plain write forgets the readers, and an atomic is told against them: one which is still there has
        // met all that was written since.
        for (const Touch& reader : cell.readers)
            if (reader.thread == now.thread && reader.time == now.time && (now.bytes & ~reader.bytes) == 0)
                return {};
    }
    Touch other;
    if (cell.writer_epoch == epoch_ && races(cell.writer, now)) other = cell.writer;
    if (!other.present()) other = first_race(cell.atomics, now);
    if (!other.present() && now.kind != AccessKind::load) other = first_race(cell.readers, now);
    if (now.kind != AccessKind::load) cell.written |= now.bytes;
    if (now.kind == AccessKind::load) {
        enter_among(cell.readers, now);
    } else if (now.kind == AccessKind::atomic) {
        enter_among(cell.atomics, now);
    } else {
        for (std::array<Touch, 2>* const all : {&cell.readers, &cell.atomics})
            for (Touch& kept : *all) {
                kept.bytes &= static_cast<uint8_t>(~now.bytes);
                if (kept.bytes == 0) kept = {};
            }
        cell.writer = now;
        cell.writer_epoch = epoch_;
    }
    return other;
}

Touch BlockShadow::first_race(const std::array<Touch, 2>& kept, const Touch& now) const {
    for (const Touch& earlier : kept)
        if (races(earlier, now)) return earlier;
    return {};
}

void BlockShadow::enter_among(std::array<Touch, 2>& kept_touches, const Touch& now) const {
    Touch &first = kept_touches[0], &second = kept_touches[1];
    const auto replaces = [&](const Touch& kept) {
        return !kept.present() || ((kept.bytes & ~now.bytes) == 0 && clocks_.ordered(kept, now.thread));
    };
    if (replaces(first))
        first = now;
    else if (replaces(second) ||
             (same_warp(first.thread, second.thread) && !same_warp(first.thread, now.thread)))
        second = now;
}

}  // namespace convscope::sim
