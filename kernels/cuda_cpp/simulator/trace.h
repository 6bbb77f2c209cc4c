// What a kernel does to memory, counted access by access: its traced text runs on the CPU with the lanes of
// each warp in lockstep, as on hardware.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cuda_cpp/kernel.h"
#include "cuda_cpp/simulator/engine_api.h"

namespace convscope::sim {

// An array in global memory that a traced kernel may touch.
struct TraceArray {
    BufferRole role;
    std::string name;  // in faults and results: "input"
    const void* data = nullptr;
    int64_t bytes = 0;
    int element_bytes = 4;
};

struct TraceOptions {
    std::vector<TraceArray> arrays{};    // those with data == nullptr are passed over
    std::vector<int64_t> blocks{};       // numbers of the blocks to run, x fastest; empty: the whole grid
    bool per_element = true;             // count reads and writes of every element
    int workers = 0;                     // OS threads; 0: one a core
    std::function<bool()> keep_going{};  // asked between blocks; false stops with Error(cancelled)
};

// A warp request is one instruction executed once by the lanes of a warp that run together.
struct TraceTotals {
    int64_t input_reads = 0;    // elements
    int64_t weight_reads = 0;   // elements of the weights and the pointwise weights
    int64_t output_writes = 0;  // elements
    int64_t load_requests = 0;  // warp requests to global memory
    int64_t load_sectors = 0;   // distinct 32-byte sectors, summed over the requests
    int64_t store_requests = 0;
    int64_t store_sectors = 0;
    int64_t shared_requests = 0;   // loads and stores
    int64_t shared_conflicts = 0;  // passes over the first one that bank conflicts cost
    int64_t atomics = 0;           // of single lanes
    int64_t barriers = 0;          // met by whole blocks
    int64_t warp_blocks = 0;       // basic blocks executed by warps
    int64_t lane_blocks = 0;       // the same, summed over the lanes that took part
    int64_t threads = 0;           // that ran

    // Mean lanes of a warp that run together; 32 where nothing diverges.
    double active_lanes() const {
        return warp_blocks > 0 ? static_cast<double>(lane_blocks) / static_cast<double>(warp_blocks) : 0;
    }
    CONVSCOPE_ENGINE TraceTotals& operator+=(const TraceTotals& other);
    bool operator==(const TraceTotals&) const = default;
};

// What happened to one array.
struct ArrayTrace {
    BufferRole role;
    std::string name;
    int64_t reads = 0;  // elements, atomics included
    int64_t writes = 0;
    std::vector<uint32_t> element_reads;  // one count an element; empty without per_element
    std::vector<uint32_t> element_writes;
};

enum class AccessKind : uint8_t { load, store, atomic };
enum class MemorySpace : uint8_t { global, shared };

// What one instruction of the kernel's text did.
struct InstructionTrace {
    uint64_t offset = 0;  // of the return address of its access, in the module's file: for addr2line
    AccessKind kind = AccessKind::load;
    MemorySpace space = MemorySpace::global;
    int bytes = 0;  // of one lane's access
    int64_t requests = 0;
    int64_t lanes = 0;
    int64_t sectors = 0;    // global memory
    int64_t conflicts = 0;  // shared memory
};

struct TraceFault {
    enum class Kind {
        outside,     // an access that no array holds: outside of all, or across the end of one
        misaligned,  // an access that is not aligned to its size
        stuck,       // threads that wait for each other in vain
    };
    Kind kind;
    int64_t block = 0;
    int thread = -1;       // in the block; −1: concerns several
    uint64_t address = 0;  // in host memory
    int bytes = 0;
    AccessKind access = AccessKind::load;
    uint64_t offset = 0;   // of the instruction, as in InstructionTrace
    std::string sentence;  // "conv2d naive: thread 5 of block (0, 0, 0) reads 4 bytes, 4 bytes before input"
};

struct Trace {
    TraceTotals totals;
    std::vector<ArrayTrace> arrays;              // as in the options
    std::vector<InstructionTrace> instructions;  // by ascending offset
    std::vector<TraceFault> faults;              // by block and thread; the first hundred of each worker
    int64_t fault_count = 0;
    std::string module_path;  // the file that the offsets are in
};

// Runs the traced text of `step` on the chosen blocks. A thread whose access is at fault stops there, and
// nobody waits for it. Throws Error: failed (over the hardware's limits, a kernel without tracing, what the
// kernel itself throws), cancelled.
CONVSCOPE_ENGINE Trace trace(const Step& step, void** arguments, const TraceOptions& options);

}  // namespace convscope::sim
