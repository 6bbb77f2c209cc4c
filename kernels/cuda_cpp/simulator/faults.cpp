#include "cuda_cpp/simulator/faults.h"

#include <algorithm>
#include <tuple>

#include "core/text.h"

namespace convscope::sim {
namespace {

const char* verb(AccessKind kind) {
    switch (kind) {
        case AccessKind::load:
            return "reads";
        case AccessKind::store:
            return "writes";
        case AccessKind::atomic:
            return "changes atomically";
    }
    return "";
}

}  // namespace

TraceFault* FaultList::same(const TraceFault& fault) {
    const auto found = std::find_if(faults_.begin(), faults_.end(), [&](const TraceFault& kept) {
        return kept.kind == fault.kind && kept.offset == fault.offset &&
               kept.other_offset == fault.other_offset;
    });
    return found == faults_.end() ? nullptr : &*found;
}

bool FaultList::before(const TraceFault& a, const TraceFault& b) {
    return std::tie(a.block, a.thread) < std::tie(b.block, b.thread);
}

void FaultList::add(const FaultList& other) {
    const int64_t uncounted = other.count_;
    int64_t counted = 0;
    for (const TraceFault& fault : other.faults_) {
        counted += fault.count;
        add(fault, [](const TraceFault& told) { return told.sentence; });
    }
    count_ += uncounted - counted;  // of those that were not kept
}

std::vector<TraceFault> FaultList::sorted() const {
    std::vector<TraceFault> all = faults_;
    std::sort(all.begin(), all.end(), [](const TraceFault& a, const TraceFault& b) {
        return std::tie(a.block, a.thread, a.offset, a.other_offset, a.kind) <
               std::tie(b.block, b.thread, b.offset, b.other_offset, b.kind);
    });
    return all;
}

std::string FaultWords::thread(int64_t block, int thread) const {
    return cat("thread ", thread, " of block ", text(block_index(step.grid, block)));
}

std::string FaultWords::access(const TraceFault& fault) const {
    return cat(step.label, ": ", thread(fault.block, fault.thread), " ", verb(fault.access), " ", fault.bytes,
               fault.bytes == 1 ? " byte" : " bytes");
}

std::string FaultWords::place(const TraceFault& fault) const {
    if (fault.space == MemorySpace::global) {
        const TraceArray& array = options.arrays[static_cast<size_t>(fault.array)];
        return cat("element ", fault.place / array.element_bytes, " of ", array.name);
    }
    for (const SharedPlace& array : options.shared_arrays)
        if (fault.place >= array.begin && fault.place < array.begin + array.bytes)
            return cat("byte ", fault.place - array.begin, " of ", array.name);
    if (fault.place >= static_shared_bytes)
        return cat("byte ", fault.place - static_shared_bytes, " of dynamic shared memory");
    return cat("byte ", fault.place, " of shared memory");
}

std::string FaultWords::race(const TraceFault& fault) const {
    const bool same_block = fault.block == fault.other_block;
    const bool same_warp = same_block && fault.thread / warpSize == fault.other_thread / warpSize;
    const std::string other =
        same_block ? cat("thread ", fault.other_thread) : thread(fault.other_block, fault.other_thread);
    return cat(access(fault), " at ", place(fault), ", which ", other, " ", verb(fault.other_access),
               same_warp    ? ": no barrier and no __syncwarp() stands between"
               : same_block ? ": no barrier stands between"
                            : ": nothing orders two blocks");
}

std::string FaultWords::written_twice(const TraceFault& fault) const {
    return cat(step.label, ": ", thread(fault.block, fault.thread), " writes ", place(fault), ", which ",
               thread(fault.other_block, fault.other_thread), " writes, too");
}

std::string FaultWords::uninitialised(const TraceFault& fault, bool under_way) const {
    return cat(access(fault), " at ", place(fault),
               under_way ? ", whose asynchronous copy is still under way"
                         : ", which no thread of the block has written");
}

std::string FaultWords::two_barriers(const TraceFault& fault) const {
    return cat(step.label, ": ", thread(fault.block, fault.thread), " waits at another barrier than thread ",
               fault.other_thread,
               " (a barrier must be reached by every thread of the block, at the same place)");
}

}  // namespace convscope::sim
