// Which blocks touched each word of the arrays that a step may write: enough to see two blocks that meet in
// one word, and one of them writes. Nothing orders the blocks of a launch.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

// Of each word and kind of access the first and the last block are kept, with the first thread in it: what is
// found does not depend on the order in which the OS threads ran the blocks.
class GridShadow {
  public:
    // Arrays beyond this many bytes of shadow (12 a byte of the array) are not watched.
    static constexpr size_t most_bytes = size_t{512} << 20;

    // At most so many bytes of shadow for arrays of `bytes` together.
    static double bytes_needed(double bytes) {
        return std::min(bytes * sizeof(Word) / sizeof(float), static_cast<double>(most_bytes));
    }

    // Watches the arrays of `watched` (indices into the options') as far as the memory goes.
    GridShadow(const TraceOptions& options, const std::vector<int>& watched);

    bool watches(int array) const { return !arrays_[static_cast<size_t>(array)].words.empty(); }
    // Whether there was memory for all that were to be watched.
    bool watches_all() const { return watches_all_; }
    // For all words in [first, last] of an array that is watched. From any OS thread. False, and nothing is
    // kept: the block is beyond 2^28, or the instruction beyond 64 MB of the module.
    bool enter(int array, int64_t first, int64_t last, AccessKind kind, int64_t block, int thread,
               uint64_t offset);

    // A word in which two blocks meet.
    struct Meeting {
        int array;
        int64_t word;
        struct Visit {
            int64_t block;
            int thread;
            uint64_t offset;
            AccessKind kind;
        } earlier, later;  // by the number of the block
    };
    // By array and word; call it when all blocks have run.
    template <class Take>
    void for_meetings(const Take& take) const {
        for (size_t a = 0; a < arrays_.size(); ++a)
            for (size_t w = 0; w < arrays_[a].words.size; ++w) {
                if (w % words_of_chunk == 0 && !arrays_[a].touched[w / words_of_chunk]) {
                    w += words_of_chunk - 1;
                    continue;
                }
                Meeting found{static_cast<int>(a), static_cast<int64_t>(w), {}, {}};
                if (meet(arrays_[a].words.data.get()[w], found)) take(found);
            }
    }

  private:
    static constexpr size_t words_of_chunk = 1024;
    // A visit is one number: the block in the upper bits, so that the largest is the last. `first` holds the
    // blocks counted down, so that again the largest counts, and memory of zeros is empty.
    struct Word {
        std::array<uint64_t, 3> first, last;  // by kind
    };
    struct Free {
        void operator()(Word* words) const { std::free(words); }
    };
    struct Words {
        std::unique_ptr<Word, Free> data;
        size_t size = 0;
        bool empty() const { return size == 0; }
    };
    struct Array {
        Words words;
        std::vector<uint8_t> touched;  // by chunk
    };
    static bool meet(const Word& word, Meeting& found);

    std::vector<Array> arrays_;
    bool watches_all_ = true;
};

}  // namespace convscope::sim
