// A thread block whose warps run in lockstep and whose accesses are counted.
//
// At each basic block a lane stops with its position: how deep its calls are, and the program counter. The
// lanes with the deepest call go first, among those the ones with the lowest counter, all of them for one
// basic block; then comes the next choice. So lanes that diverged meet again as on hardware. The accesses
// that one instruction makes in such a turn are one warp request.
#pragma once
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cuda_cpp/simulator/block.h"
#include "cuda_cpp/simulator/faults.h"
#include "cuda_cpp/simulator/grid_shadow.h"
#include "cuda_cpp/simulator/shadow.h"
#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

// Where addresses belong.
struct Region {
    enum class Kind : uint8_t { array, shared, ignored };
    uintptr_t begin, end;
    Kind kind;
    int array = -1;            // its index in the options; of shared memory −1
    int64_t shared_begin = 0;  // the place in shared memory where it begins
    bool watched = false;      // an array that the step may write
    std::string name{};        // in faults: "input", "the block's shared memory"
};

// Where element i of an array holds the bits tag + i.
struct Tagged {
    uint32_t tag;
    uint32_t elements;
    int array;
};

// What one OS thread counts; they are added up at the end.
struct TraceCounts {
    TraceTotals totals;
    std::vector<int64_t> array_reads, array_writes, array_shared_reads;
    std::vector<uint32_t> shared_loads, shared_stores;  // by word
    std::vector<TraceRecord> records;
    bool records_cut = false;
    bool watched_all = true;
    std::unordered_map<uintptr_t, InstructionTrace> instructions;  // by kind and space in the low bits, too
    std::map<uint64_t, int64_t> barriers;                          // by offset
    FaultList faults;
};

// What all OS threads of a trace share.
struct TraceShared {
    const LaunchFacts& launch;
    const TraceOptions& options;
    Trace& result;                // element counts are added to it atomically
    std::vector<Region> regions;  // the same for all OS threads
    std::vector<Tagged> tagged;
    FaultWords words;
    GridShadow* grid = nullptr;  // where several blocks run
    uintptr_t module_base = 0;
    mutable std::atomic<bool> cancelled{false};
    mutable std::mutex asking{};

    // From any OS thread.
    bool wanted() const {
        const std::unique_lock lock(asking, std::try_to_lock);
        if (lock && !cancelled && options.keep_going && !options.keep_going()) cancelled = true;
        return !cancelled;
    }
};

class LockstepBlock : public Block {
  public:
    LockstepBlock(const TraceShared& shared, FiberPool& fibers, TraceCounts& counts);

    // The block whose kernel text runs on this OS thread; nullptr elsewhere: then nothing is counted.
    static LockstepBlock* current() { return current_; }

    void run(int64_t number) override;
    void at_basic_block(uintptr_t pc, uintptr_t frame);
    // `reads`: whether an atomic needs what was there before.
    // It must be aligned to its bytes, but no more than to `alignment`.
    void access(uintptr_t address, int bytes, AccessKind kind, uintptr_t pc, bool reads = true,
                uintptr_t alignment = 16);
    // The asynchronous copy to `address` has been announced as a store; until it lands its bytes are not
    // there.
    void copy_begins(uintptr_t address, int bytes);
    void copy_lands(const AsyncCopies::Copy& copy);
    void at_call(uintptr_t pc, uintptr_t frame) override;

  protected:
    int pick() override;
    void start() override;
    void stuck(const std::string& sentence) override;
    void barrier_met() override;
    void warp_met(device::Collective kind, int first_thread, unsigned lanes) override;

  private:
    struct Position {
        uintptr_t depth = 0;  // bytes of stack in use
        uintptr_t pc = 0;
        bool begins_block = false;
    };
    struct Request {
        uintptr_t pc;
        AccessKind kind;
        MemorySpace space;
        int bytes;
        unsigned lanes;
        unsigned refused;                         // lanes that stop here; with records only
        std::array<uintptr_t, warpSize> address;  // in shared memory, and of refused lanes: the place
        std::array<int, warpSize> nearest;        // of refused lanes: the array
        std::array<uint32_t, warpSize> word;      // the first that a load from shared memory finds
    };

    // An access of the running thread.
    struct Access {
        uintptr_t address;
        int bytes;
        AccessKind kind;
        uint64_t offset;
        const Region* region;
        int64_t place;  // in the array, or in shared memory
        bool reads;
    };
    // A load from shared memory that came before any write.
    struct EarlyRead {
        size_t word;
        Touch touch;  // none: a race, as was told
        uintptr_t address;
        int64_t place;
        int bytes;
        int32_t older;  // the next older one of its word that counts, as `newest_early_read_` tells it
    };

    bool must_stop();
    bool choose_turn();
    bool choose_turn_of(int warp);
    void finish_turn();
    void count_requests();
    void count(const Request& request);
    void count_global(const Request& request, InstructionTrace& instruction);
    void count_shared(const Request& request, InstructionTrace& instruction);
    void keep(TraceRecord record);
    TraceRecord record_of(const Request& request) const;
    const Tagged* copy_of(uint32_t word) const;
    const Region* find(uintptr_t address) const;
    Request& request_of(const Access& access, MemorySpace space, uintptr_t pc);
    Request& join_request(const Access& access, MemorySpace space, uintptr_t pc);
    void count_elements(const Access& access);
    uint32_t count_words(const Access& access);
    void check(const Access& access, uintptr_t alignment);
    void forbidden(const Access& access, bool inside);
    void refuse(const Access& access, const TraceFault& fault);
    const Region* nearest(uintptr_t address, int bytes) const;

    TraceFault fault_of(TraceFault::Kind kind, const Access& access) const;
    void uninitialised(const EarlyRead& read, bool under_way);
    Touch touch_of(AccessKind kind, uint64_t offset) const;
    void watch_shared(const Access& access);
    Touch enter_shared(size_t word, const Touch& now);
    void watch_global(const Access& access);
    void compare_between_blocks(const Access& access);
    void race(const Access& access, const Touch& other);
    void written_twice(const Access& access, const Touch& other);
    void judge_early_reads();
    void compare_barriers(int first);
    void keep_waiting(int first_thread);

    static constinit thread_local LockstepBlock* current_;

    const TraceShared& traced_;
    TraceCounts& counts_;
    std::vector<Region> regions_;
    mutable size_t last_region_ = 0;
    int64_t number_ = 0;
    int phase_ = 0;  // barriers that the block has met
    bool stopped_ = false;
    unsigned asked_ = 0;  // whether to stop
    uintptr_t entry_depth_ = 0;

    std::vector<Position> positions_;
    std::array<int, warpSize> turn_{};  // the lanes that run together
    int turn_size_ = 0;
    int turn_next_ = 0;
    int warp_ = 0;
    std::vector<Request> requests_;
    size_t request_count_ = 0;
    size_t lane_request_ = 0;  // where the running lane's next access is expected
    BlockShadow shadow_;
    std::vector<EarlyRead> early_reads_;      // since the block's last barrier
    std::vector<int32_t> newest_early_read_;  // by word: its number in these, from 1; 0: none
};

}  // namespace convscope::sim
