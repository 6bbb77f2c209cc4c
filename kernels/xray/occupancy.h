// How many blocks of a kernel fit on a multiprocessor, and what stands in the way of more.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/error_model.h"
#include "core/problem.h"

namespace convscope::xray {

// From published specifications; kernels/xray/gpu_models.cpp names the maker's documents.
struct GpuModel {
    const char* name;  // "H200 SXM"
    int capability;    // 90: compute capability 9.0
    int multiprocessors;
    int threads_per_multiprocessor, blocks_per_multiprocessor;
    int registers_per_multiprocessor;
    int64_t shared_per_multiprocessor_bytes, shared_per_block_bytes;
    double bandwidth_gbs, fp32_tflops, tf32_tflops;  // peaks; 0: it has none
};
std::span<const GpuModel> gpu_models();
const GpuModel* find_gpu_model(const std::string& name);  // nullptr: none of that name

// What ptxas said of one kernel.
struct KernelResources {
    int capability = 0;
    int registers = 0;         // a thread
    int64_t shared_bytes = 0;  // static
    int64_t stack_bytes = 0;
    int64_t spill_bytes = 0;     // stores and loads
    bool of_this_build = false;  // else from the table that comes with the source
};
// Of the function (StepFacts::function) for the highest capability compiled for that is at most `capability`,
// else the lowest. Empty where it is in neither table.
std::optional<KernelResources> kernel_resources(const std::string& modules_folder,
                                                const std::string& function, int capability);

struct Occupancy {
    enum class Limit { threads, blocks, registers, shared_memory, too_large };
    int blocks = 0;  // on a multiprocessor at once
    int warps = 0;
    double share = 0;  // of the warps that a multiprocessor can hold
    Limit limit = Limit::threads;
    // Blocks that each would allow; all 0 where a block is too large. What the kernel does not use allows as
    // many as there are slots for blocks.
    int by_threads = 0, by_blocks = 0, by_registers = 0, by_shared = 0;
    double waves = 0;      // of the grid over the whole GPU
    std::string sentence;  // "registers allow 3 blocks of 128 threads: 160 registers a thread …"
};
// By the rules of the CUDA occupancy calculator (cuda_occupancy.h of the toolkit): registers are given out to
// warps in units of 256, a quarter of them in each of four partitions; shared memory, static and dynamic
// together, in units of 128 bytes with 1 KiB kept back a block from capability 8.0 on, before in units of
// 256.
Occupancy occupancy(const GpuModel& gpu, int threads, int registers, int64_t shared_bytes,
                    int64_t grid_blocks);

// No kernel that rounds as `model` does can be faster on this GPU at its maker's clock while no tensor lies
// in a cache: every input element that is read, weight and output moved once, and 2 FLOPs a tap that is no
// padding (Winograd: 16 products where 36 taps are), over the peaks. Without a TF32 peak, TF32 kernels are
// held against float32's.
struct PredictedFloor {
    double memory_ms = 0, arithmetic_ms = 0;
    double floor_ms() const { return memory_ms > arithmetic_ms ? memory_ms : arithmetic_ms; }
};
PredictedFloor predicted_floor(const GpuModel& gpu, const Problem& problem, const ErrorModel& model);

}  // namespace convscope::xray
