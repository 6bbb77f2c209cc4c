// What a kernel does on the hardware, told from its traced text: which thread touches which element by which
// line, what each warp asks memory for, and what is wrong with it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/problem.h"
#include "cuda_cpp/kernel.h"
#include "cuda_cpp/simulator/trace.h"
#include "devices/device.h"

namespace convscope::xray {

// A line of a kernel's text.
struct SourcePlace {
    std::string file;      // from kernels/ on: "conv2d/naive.cu"
    int line = 0;          // from 1
    std::string function;  // without its namespace and template arguments
    bool operator==(const SourcePlace&) const = default;
};

// One access or barrier of the text. `places` begin with the innermost call and end with the kernel, or with
// a function that the compiler did not inline into it; they are empty where the module says nothing about its
// lines.
struct Instruction {
    sim::InstructionTrace counts;
    std::vector<SourcePlace> places;
    int64_t barriers = 0;  // that whole blocks met here
};

struct Fault {
    int step = 0;
    sim::TraceFault fault;
    std::vector<SourcePlace> places, other_places;
};

struct StepFacts {
    std::string label, reason;  // of the plan
    std::string function;       // "convscope::conv2d::naive::conv2d_naive", with template arguments
    Dim3 grid, block;
    size_t shared_bytes = 0;  // dynamic
    bool prepares_weights = false;
};

struct ArrayFacts {
    BufferRole role;
    std::string
        name;     // "input", "weights", "pointwise", "bias", "output", or what the plan calls a scratch array
    Shape shape;  // scratch: (elements)
    int64_t elements = 0;
};

// A __shared__ array of the module, or the dynamic memory.
struct SharedArray {
    std::string name;              // "tile"; "dynamic"
    int64_t begin = 0, bytes = 0;  // within shared memory, as TraceRecord has it
    std::vector<int64_t> sizes;    // of its dimensions, where the module's debug information tells
};

// One block, access by access.
struct BlockXray {
    int step = 0;
    int64_t block = 0;  // number, x fastest
    StepFacts facts;
    sim::TraceTotals totals;
    std::vector<sim::TraceRecord> records;
    bool records_cut = false;
    // The steps before it had run. Else what lies in the arrays that they fill is not known: addresses and
    // lines are as ever, but copies of elements that went through those arrays are not seen.
    bool earlier_steps_ran = true;
    std::vector<Instruction> instructions;  // by ascending offset; barriers too
    std::vector<Fault> faults;
    bool watched_all = true;          // no race in global memory was left out: as in Trace
    std::vector<ArrayFacts> arrays;   // what TraceRecord::array counts through
    std::vector<SharedArray> shared;  // those that the block touches
    int64_t shared_bytes = 0;         // static and dynamic
    // The places of a record or fault; empty where they are not known.
    const std::vector<SourcePlace>& places(uint64_t offset) const;
};
using BlockXrayPtr = std::shared_ptr<const BlockXray>;

struct StepCounts {
    StepFacts facts;
    sim::TraceTotals totals;
    std::vector<Instruction> instructions;
    std::vector<uint32_t> shared_loads, shared_stores;  // by 4-byte word, over all blocks
    std::vector<SharedArray> shared;
};

// The whole grid of every step.
struct Counts {
    Problem problem;
    std::string kernel;
    bool broken_on_purpose = false;
    sim::TraceTotals totals{};
    std::vector<sim::ArrayTrace> arrays{};  // of all steps; element_writer of the main step alone
    std::vector<ArrayFacts> array_facts{};  // in the same order
    std::vector<StepCounts> steps{};
    std::vector<Fault> faults{};
    int64_t fault_count = 0;
    bool watched_all = true;  // no race in global memory was left out: as in Trace
    double seconds = 0;       // that counting took
};
using CountsPtr = std::shared_ptr<const Counts>;
// The same without what is kept of every element, which is most of the memory.
CountsPtr without_elements(const Counts& counts);

// What a verdict says where a trace has not watched all.
inline constexpr const char* watched_in_part =
    "Not every access to global memory was compared for races: only so many words are remembered, and two "
    "blocks are compared by whole words of 4 bytes.";

// What happens in the lines of one file. An instruction counts for the innermost place that it has there.
// Atomics are neither loads nor stores.
struct LineCounts {
    int line = 0;
    int64_t load_requests = 0, load_bytes = 0, load_sectors = 0, load_sectors_ideal = 0;
    int64_t store_requests = 0, store_bytes = 0, store_sectors = 0, store_sectors_ideal = 0;
    int64_t shared_requests = 0, shared_conflicts = 0;
    int64_t atomics = 0;  // of lanes
    int64_t lanes = 0;    // that took part, over all requests
    int64_t requests = 0;
    int64_t barriers = 0;  // of whole blocks
};
std::vector<LineCounts> line_counts(const std::vector<Instruction>& instructions, const std::string& file);
// Every file that the instructions lie in, the kernel's own first.
std::vector<std::string> files_of(const std::vector<Instruction>& instructions);

// A kernel that can be looked through.
struct KernelName {
    std::string name;
    std::string idea;
    std::string source_file;         // below kernels/
    bool broken_on_purpose = false;  // of the gallery
    ErrorModel error{};
};
// In teaching order, the gallery's last. Throws Error(device_missing) where there is no traced module.
std::vector<KernelName> kernels(const std::string& modules_folder, Operator op);

// One kernel bound to one problem. Input and weights are numbered, not random: which element a copy in shared
// memory is of can be told, and no address depends on the values.
class KernelXray {
  public:
    // Throws Error: device_missing (no traced module), request (an unknown or unsupported kernel, too little
    // memory).
    KernelXray(const std::string& modules_folder, const Problem& problem, const std::string& kernel);
    ~KernelXray();
    KernelXray(const KernelXray&) = delete;
    KernelXray& operator=(const KernelXray&) = delete;

    const KernelName& kernel() const;
    const std::vector<StepFacts>& steps() const;
    const std::vector<ArrayFacts>& arrays() const;
    // The step that writes the output: the last that does.
    int main_step() const;

    // Traces one block; steps before `step` run first, untraced, once. `first_requests` > 0: stops once there
    // are more than so many, with records_cut. Throws Error: request (no such step or block), failed,
    // cancelled.
    BlockXrayPtr block(int step, int64_t block, const CancelToken& cancel, size_t first_requests = 0);
    // The first requests of a block, at once: of the steps before it only those run that prepare weights,
    // where kernels may keep what they address by. What other steps fill is multiplied and added, and decides
    // about no address. Throws as block() does.
    BlockXrayPtr beginning(int step, int64_t block, const CancelToken& cancel, size_t first_requests);
    // Traces every block of every step and reports how far it is. Throws Error: request (too little memory),
    // failed, cancelled.
    CountsPtr counts(const CancelToken& cancel);

  private:
    BlockXrayPtr trace_block(int step, int64_t block, const CancelToken& cancel, size_t first_requests);
    void require_block(int step, int64_t block) const;

    struct Bound;
    std::unique_ptr<Bound> bound_;
};

// The lines of a source file of the kernels, as it was compiled. Throws Error(failed) where it is not there.
std::vector<std::string> source_text(const std::string& modules_folder, const std::string& file);

}  // namespace convscope::xray
