// The faults of a trace, and what is said of each.
#pragma once
#include <string>
#include <vector>

#include "cuda_cpp/simulator/block.h"
#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

// Of the faults of one kind between the same instructions it keeps the first, by block and thread, and counts
// the others.
class FaultList {
  public:
    // `sentence(fault)` is asked for those only that are kept.
    template <class Sentence>
    void add(TraceFault fault, const Sentence& sentence) {
        count_ += fault.count;
        TraceFault* const kept = same(fault);
        if (kept && !before(fault, *kept)) {
            kept->count += fault.count;
            return;
        }
        if (!kept && faults_.size() >= most_kept) return;
        fault.sentence = sentence(fault);
        if (kept) fault.count += kept->count;
        (kept ? *kept : faults_.emplace_back()) = std::move(fault);
    }
    // Those of another OS thread.
    void add(const FaultList& other);
    // By block and thread.
    std::vector<TraceFault> sorted() const;
    int64_t count() const { return count_; }

  private:
    static constexpr size_t most_kept = 1000;
    TraceFault* same(const TraceFault& fault);
    static bool before(const TraceFault& a, const TraceFault& b);

    std::vector<TraceFault> faults_;
    int64_t count_ = 0;
};

// What the sentences name things by.
struct FaultWords {
    const Step& step;
    const TraceOptions& options;
    int64_t static_shared_bytes;

    // "conv2d naive: thread 5 of block (0, 0, 0) reads 4 bytes"
    std::string access(const TraceFault& fault) const;
    std::string race(const TraceFault& fault) const;
    std::string written_twice(const TraceFault& fault) const;
    std::string uninitialised(const TraceFault& fault, bool under_way) const;
    std::string two_barriers(const TraceFault& fault) const;

  private:
    std::string thread(int64_t block, int thread) const;
    std::string place(const TraceFault& fault) const;
};

}  // namespace convscope::sim
