// What a kernel does to memory, counted access by access: its traced text runs on the CPU with the lanes of
// each warp in lockstep, as on hardware.
#pragma once
#include <array>
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
    // Where not 0, element i holds the bits tag + i: the engine then knows copies of it in shared memory.
    uint32_t tag = 0;
};

// One of the module's own __shared__ arrays; `begin` within shared memory, as TraceRecord has it.
struct SharedPlace {
    std::string name;
    int64_t begin = 0, bytes = 0;
};

struct TraceOptions {
    std::vector<TraceArray> arrays{};  // those with data == nullptr are passed over
    // Where they are known: an access between them is then outside. Those of other kernels may be left out.
    std::vector<SharedPlace> shared_arrays{};
    std::vector<int64_t> blocks{};  // numbers of the blocks to run, x fastest; empty: the whole grid
    bool per_element = true;        // count reads and writes of every element, and who wrote it
    // Keep every request and barrier in order, as far as `most_records`: sensible for one block.
    bool record = false;
    size_t most_records = 300'000;
    // A block ends where it has made more requests than are kept: its beginning, in little time. Counts and
    // faults are then those of the beginning.
    bool stop_when_cut = false;
    int workers = 0;  // OS threads; 0: one a core
    std::function<bool()>
        keep_going{};  // asked often, one OS thread at a time; false stops with Error(cancelled)
    std::function<void(double share)> report{};  // told between blocks how much of the grid has been begun
};

// A warp request is one instruction executed once by the lanes of a warp that run together. Atomics are
// requests of their instruction, with sectors of their own, but enter no total of loads, stores or shared
// memory; what lanes that change the same word cost each other is not modelled.
struct TraceTotals {
    int64_t input_reads = 0;    // elements
    int64_t weight_reads = 0;   // elements of the weights and the pointwise weights
    int64_t output_writes = 0;  // elements
    int64_t load_requests = 0;  // warp requests to global memory
    int64_t load_sectors = 0;   // distinct 32-byte sectors, summed over the requests
    int64_t store_requests = 0;
    int64_t store_sectors = 0;
    // What the lanes asked for, and the fewest sectors that could hold it: the distinct bytes of a request,
    // packed.
    int64_t load_bytes = 0, store_bytes = 0;
    int64_t load_sectors_ideal = 0, store_sectors_ideal = 0;
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
    // Loads from shared memory that found a copy of the element there; empty without per_element and a tag.
    std::vector<uint32_t> element_shared_reads;
    int64_t shared_reads = 0;  // their sum
    // The thread that wrote the element last, as block · threads of a block + thread; −1: none. Of the output
    // only; empty without per_element.
    std::vector<int64_t> element_writer;
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
    int64_t sectors = 0;  // global memory
    int64_t sectors_ideal = 0;
    int64_t conflicts = 0;  // shared memory
};

// A __syncthreads() of the text.
struct BarrierTrace {
    uint64_t offset = 0;  // as in InstructionTrace
    int64_t count = 0;    // of whole blocks that met there
};

// One warp request of a recorded block, a barrier, or, where the block cannot go on, the lanes of a warp that
// wait at one place of the text in vain.
struct TraceRecord {
    uint64_t offset = 0;  // of the instruction, as in InstructionTrace
    enum class What : uint8_t { request, barrier, stuck } what = What::request;
    AccessKind kind = AccessKind::load;
    MemorySpace space = MemorySpace::global;
    int bytes = 0;       // of one lane's access
    int warp = -1;       // in the block; −1: a barrier, which all meet
    int phase = 0;       // barriers that the block has met before
    unsigned lanes = 0;  // that take part
    // Lanes that stop here, because their access would be outside or misaligned: it does not happen, and
    // nothing of it is counted.
    unsigned refused = 0;
    // Of each lane that takes part: the array (an index into the options' arrays; −1: shared memory), and the
    // byte in it. Shared memory begins with the module's own __shared__ arrays; dynamic memory follows them.
    // Of a refused lane the same of what is nearest, as in TraceFault.
    std::array<int16_t, 32> array{};
    std::array<int64_t, 32> place{};
    // Of tagged copies that a load from shared memory finds, the array and element; −1: no copy of any.
    std::array<int16_t, 32> copy_array{};
    std::array<int64_t, 32> copy_element{};
    int sectors = 0, sectors_ideal = 0;  // global memory
    int passes = 0;                      // shared memory: 1, and one more for each bank conflict
};

struct TraceFault {
    enum class Kind {
        outside,     // an access that no array holds: outside of all, or across the end of one
        misaligned,  // an access that is not aligned to its size; of structures none is known
        stuck,       // a barrier that not all threads reach, or not at one place (compilers may make two of
                     // one __syncthreads(): then both are of one line); threads that wait in vain
        uninitialised,  // a read of shared memory that nothing wrote, or whose asynchronous copy is under
                        // way. Where another thread writes it before the next barrier, that is a race
                        // instead.
        race,           // two accesses of two threads, one of them a write and not both atomic, that neither
                        // a barrier nor, within a warp, a __syncwarp() orders; what atomics and fences order
                        // is not seen. In shared memory, and in the output and scratch arrays: there between
                        // blocks by whole words, as far as 512 MB go, 12 bytes for a byte watched; within a
                        // block in the first 2^19 words of them that it touches. Trace::watched_all tells.
        written_twice,  // an output element that two threads wrote, not atomically; in place of their race
        never_written,  // an output element that no thread wrote (a whole grid only)
    };
    Kind kind;
    int64_t block = 0;
    int thread = -1;       // in the block; −1: concerns several
    uint64_t address = 0;  // in host memory
    int bytes = 0;
    AccessKind access = AccessKind::load;
    MemorySpace space = MemorySpace::global;
    uint64_t offset = 0;  // of the instruction, as in InstructionTrace
    // Where the address lies, or nearest to: an index into the options' arrays, −1 for shared memory (in
    // global memory: it is far from every array), and the byte in it (negative: before its beginning).
    int array = -1;
    int64_t place = 0;
    // race, written_twice, and barriers met in different places: the earlier access, which between blocks is
    // that of the lower block.
    int64_t other_block = -1;
    int other_thread = -1;
    uint64_t other_offset = 0;
    AccessKind other_access = AccessKind::load;
    int64_t count = 1;     // of faults of this kind between these instructions; between blocks, of words
    std::string sentence;  // "conv2d naive: thread 5 of block (0, 0, 0) reads 4 bytes, 4 bytes before input"
};

struct Trace {
    TraceTotals totals;
    std::vector<ArrayTrace> arrays;              // as in the options
    std::vector<InstructionTrace> instructions;  // by ascending offset
    std::vector<BarrierTrace> barriers;          // likewise
    // By block and thread, the first of each kind between the same instructions; `count` says how many.
    std::vector<TraceFault> faults;
    int64_t fault_count = 0;
    bool watched_all = true;  // the bounds on races in global memory left nothing out
    // With options.record: in the order in which they were finished. A warp goes on until it waits for the
    // block; after a barrier the first warp goes on first.
    std::vector<TraceRecord> records;
    bool records_cut = false;  // there were more
    // Shared memory: how often each 4-byte word was loaded and stored, over all blocks.
    std::vector<uint32_t> shared_loads, shared_stores;
    // The __shared__ arrays of all kernels of the module, rounded up to a row of 32 banks: a word's bank is
    // its place / 4 % 32. Dynamic memory follows.
    int64_t static_shared_bytes = 0, dynamic_shared_bytes = 0;
    std::string module_path;  // the file that the offsets are in
};

// Runs the traced text of `step` on the chosen blocks. A thread whose access is at fault stops there, and
// nobody waits for it. Throws Error: failed (over the hardware's limits, a kernel without tracing, what the
// kernel itself throws), cancelled.
CONVSCOPE_ENGINE Trace trace(const Step& step, void** arguments, const TraceOptions& options);

}  // namespace convscope::sim
