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
    const bool writer_is_new = cell.writer.present() && cell.writer_epoch == epoch_;
    if (now.kind == AccessKind::load) {
        // A write forgets the readers, so that one which is still there has met the present writer.
        for (const Touch& reader : cell.readers)
            if (reader.thread == now.thread && reader.time == now.time && (now.bytes & ~reader.bytes) == 0)
                return {};
        enter_reader(cell, now);
        return writer_is_new && races(cell.writer, now) ? cell.writer : Touch{};
    }
    Touch other;
    if (writer_is_new && races(cell.writer, now)) other = cell.writer;
    for (Touch& reader : cell.readers) {
        if (!other.present() && races(reader, now)) other = reader;
        reader.bytes &= static_cast<uint8_t>(~now.bytes);
        if (reader.bytes == 0) reader = {};
    }
    cell.writer = now;
    cell.writer_epoch = epoch_;
    cell.written |= now.bytes;
    return other;
}

void BlockShadow::enter_reader(WordShadow& cell, const Touch& now) const {
    Touch &first = cell.readers[0], &second = cell.readers[1];
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
