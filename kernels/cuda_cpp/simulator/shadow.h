// What the threads of one block did to each word of memory since its last barrier: enough to see two accesses
// that nothing orders, and bytes of shared memory that nothing has written.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

// One access to a word of four bytes.
struct Touch {
    uint32_t offset = 0;  // of the instruction, in the module's file
    uint32_t time = 0;    // of the thread, as LaneClocks count it
    int16_t thread = -1;  // in the block; −1: none
    uint8_t bytes = 0;    // bit i: byte i of the word
    AccessKind kind = AccessKind::load;

    bool present() const { return thread >= 0; }
};

// The last plain write, two reads and two atomics are kept. Of the reads those that say most: of different
// warps, and not ordered before each other; of the atomics likewise. A plain write stands for all that came
// before it, so it clears both; an atomic, which other atomics need not wait for, clears nothing. So where
// any two accesses are a race, one is found, except between bytes of one word that several threads wrote, and
// where a lane writes that has met two readers of its warp, but not a third.
struct WordShadow {
    uint32_t epoch = 0;   // barriers (and blocks) before the last access
    uint8_t written = 0;  // bytes that the block has written
    uint8_t landing = 0;  // bytes whose asynchronous copy is under way
    Touch writer;         // not an atomic; also from before the last barrier, where `writer_epoch` tells
    uint32_t writer_epoch = 0;
    std::array<Touch, 2> readers;
    std::array<Touch, 2> atomics;
};

// What __syncwarp() orders: a vector clock a lane. Shuffles, votes and mma order no memory.
class LaneClocks {
  public:
    explicit LaneClocks(size_t threads) : threads_(threads) {}
    void begin_block();
    // A __syncwarp() of `lanes` of the warp that begins with `first_thread` is complete.
    void met(int first_thread, unsigned lanes);
    uint32_t time(int thread) const;
    // Whether `earlier` happens before what `thread` does now; both since the same barrier.
    bool ordered(const Touch& earlier, int thread) const;

  private:
    using Clock = std::array<uint32_t, 32>;  // by lane: the newest time of it that this lane knows of
    const size_t threads_;
    std::vector<Clock> known_;  // by thread; empty until the block's first __syncwarp()
};

class BlockShadow {
  public:
    BlockShadow(size_t shared_words, size_t threads) : shared_(shared_words), clocks_(threads) {}

    void begin_block();
    void barrier_met() { ++epoch_; }
    LaneClocks& clocks() { return clocks_; }
    const LaneClocks& clocks() const { return clocks_; }

    // The state of a word, ready for an access.
    WordShadow& shared_word(size_t word) { return refreshed(shared_[word]); }
    // nullptr where the block has touched too many words.
    WordShadow* global_word(uintptr_t word);

    // Enters an access. Gives the earlier one that it is in conflict with; no present one otherwise.
    Touch enter(WordShadow& cell, const Touch& now);
    // Whether `now` is in conflict with an earlier access of its word, and nothing orders them.
    bool races(const Touch& earlier, const Touch& now) const {
        return clash(earlier, now) && !clocks_.ordered(earlier, now.thread);
    }

  private:
    WordShadow& refreshed(WordShadow& cell) const {
        if (cell.epoch == epoch_) return cell;
        if (cell.epoch < block_epoch_)
            cell = {};
        else
            cell.readers = cell.atomics = {};
        cell.epoch = epoch_;
        return cell;
    }
    static bool clash(const Touch& a, const Touch& b) {
        return a.present() && (a.bytes & b.bytes) != 0 &&
               (a.kind != AccessKind::atomic || b.kind != AccessKind::atomic);
    }
    // The first of `kept` that is in conflict with `now`; no present one otherwise.
    Touch first_race(const std::array<Touch, 2>& kept, const Touch& now) const;
    void enter_among(std::array<Touch, 2>& kept, const Touch& now) const;

    // Words of global memory: a hash table with open addressing, in which entries of earlier blocks are
    // empty.
    struct Entry {
        uintptr_t word = 0;
        WordShadow cell;
    };
    Entry& entry_for(uintptr_t word);
    void grow();

    uint32_t epoch_ = 0;
    uint32_t block_epoch_ = 0;  // in which the block began
    std::vector<WordShadow> shared_;
    std::vector<Entry> global_;
    size_t global_used_ = 0;
    LaneClocks clocks_;
};

}  // namespace convscope::sim
