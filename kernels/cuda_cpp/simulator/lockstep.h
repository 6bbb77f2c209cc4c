// A thread block whose warps run in lockstep and whose accesses are counted.
//
// At each basic block a lane stops with its position: how deep its calls are, and the program counter. The
// lanes with the deepest call go first, among those the ones with the lowest counter, all of them for one
// basic block; then comes the next choice. So lanes that diverged meet again as on hardware. The accesses
// that one instruction makes in such a turn are one warp request.
#pragma once
#include <array>
#include <unordered_map>
#include <vector>

#include "cuda_cpp/simulator/block.h"
#include "cuda_cpp/simulator/trace.h"

namespace convscope::sim {

// Where addresses belong.
struct Region {
    enum class Kind : uint8_t { array, shared, ignored };
    uintptr_t begin, end;
    Kind kind;
    int array = -1;            // its index in the options
    int64_t shared_begin = 0;  // the place in shared memory where it begins
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
    std::unordered_map<uintptr_t, InstructionTrace> instructions;  // by kind and space in the low bits, too
    std::vector<TraceFault> faults;
    int64_t fault_count = 0;
};

// What all OS threads of a trace share.
struct TraceShared {
    const LaunchFacts& launch;
    const TraceOptions& options;
    Trace& result;                // element counts are added to it atomically
    std::vector<Region> regions;  // the same for all OS threads
    std::vector<Tagged> tagged;
    uintptr_t module_base = 0;
};

class LockstepBlock : public Block {
  public:
    LockstepBlock(const TraceShared& shared, FiberPool& fibers, TraceCounts& counts);

    // The block whose kernel text runs on this OS thread; nullptr elsewhere: then nothing is counted.
    static LockstepBlock* current() { return current_; }

    void run(int64_t number) override;
    void at_basic_block(uintptr_t pc, uintptr_t frame);
    void access(uintptr_t address, int bytes, AccessKind kind, uintptr_t pc);
    void at_call(uintptr_t pc, uintptr_t frame) override;

  protected:
    int pick() override;
    void start() override;
    void stuck(const std::string& sentence) override;
    void barrier_met() override;

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
        std::array<uintptr_t, warpSize> address;  // in shared memory: the place
        std::array<uint32_t, warpSize> word;      // the first that a load from shared memory finds
    };

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
    void count_elements(const Region& region, uintptr_t address, int bytes, AccessKind kind);
    uint32_t count_words(uintptr_t address, int64_t place, int bytes, AccessKind kind);
    const Region* find(uintptr_t address) const;
    Request& join_request(uintptr_t address, int bytes, AccessKind kind, MemorySpace space, uintptr_t pc);
    void check(const Region* region, uintptr_t address, int bytes, AccessKind kind, uintptr_t pc);
    void fault(TraceFault fault);
    std::string where_is(uintptr_t address, int bytes) const;

    static constinit thread_local LockstepBlock* current_;

    const TraceShared& traced_;
    TraceCounts& counts_;
    std::vector<Region> regions_;
    mutable size_t last_region_ = 0;
    int64_t number_ = 0;
    int phase_ = 0;  // barriers that the block has met
    uintptr_t entry_depth_ = 0;

    std::vector<Position> positions_;
    std::array<int, warpSize> turn_{};  // the lanes that run together
    int turn_size_ = 0;
    int turn_next_ = 0;
    int warp_ = 0;
    std::vector<Request> requests_;
    size_t request_count_ = 0;
    size_t lane_request_ = 0;  // where the running lane's next access is expected
};

}  // namespace convscope::sim
