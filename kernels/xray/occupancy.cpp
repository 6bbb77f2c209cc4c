#include "xray/occupancy.h"

#include <algorithm>
#include <array>

#include "core/axis_links.h"
#include "core/taps.h"
#include "core/text.h"
#include "run/timing.h"

namespace convscope::xray {
namespace {

constexpr int warp_size = 32;
constexpr int threads_per_block = 1024;
constexpr int registers_per_thread = 255;
constexpr int register_unit = 256;  // of a warp
constexpr int partitions = 4;       // of a multiprocessor; each has its own registers and warps

template <class T>
T round_up(T value, T unit) {
    return (value + unit - 1) / unit * unit;
}

// What a block takes of the multiprocessor.
struct Share {
    int warps = 0;
    int registers_per_warp = 0;
    int64_t shared_bytes = 0;
};

Share share_of(const GpuModel& gpu, int threads, int registers, int64_t shared_bytes) {
    const bool since_ampere = gpu.capability >= 80;
    const int64_t kept_back = since_ampere ? 1024 : 0, shared_unit = since_ampere ? 128 : 256;
    return {.warps = round_up(threads, warp_size) / warp_size,
            .registers_per_warp = round_up(registers * warp_size, register_unit),
            .shared_bytes = round_up(shared_bytes + kept_back, shared_unit)};
}

// Why a block cannot run on the GPU at all; empty where it can.
std::string too_large(const GpuModel& gpu, int threads, int registers, int64_t shared_bytes) {
    if (threads < 1 || threads > threads_per_block)
        return cat("a block of ", threads, " threads cannot run: 1 to ", threads_per_block, " are allowed");
    if (registers > registers_per_thread)
        return cat(registers, " registers a thread are more than the ", registers_per_thread,
                   " that a thread can have");
    // The launch is checked as if each partition held as many of the block's warps as the fullest does.
    const Share share = share_of(gpu, threads, registers, shared_bytes);
    const int asked = share.registers_per_warp * round_up(share.warps, partitions);
    if (asked > gpu.registers_per_multiprocessor)
        return cat("a block of ", threads, " threads with ", registers, " registers each needs ", asked,
                   " registers; the multiprocessor has ", gpu.registers_per_multiprocessor);
    if (shared_bytes > gpu.shared_per_block_bytes)
        return cat("a block with ", shared_bytes, " bytes of shared memory cannot run: ", gpu.name,
                   " allows ", gpu.shared_per_block_bytes);
    return {};
}

// Blocks that each resource allows; one that the kernel does not use allows as many as there are slots.
void set_limits(Occupancy& result, const GpuModel& gpu, const Share& share) {
    const int slots = gpu.blocks_per_multiprocessor;
    result.by_blocks = slots;
    result.by_threads = gpu.threads_per_multiprocessor / warp_size / share.warps;
    result.by_registers = slots;
    if (share.registers_per_warp > 0) {
        const int warps_in_partition =
            gpu.registers_per_multiprocessor / partitions / share.registers_per_warp;
        result.by_registers = warps_in_partition * partitions / share.warps;
    }
    result.by_shared = slots;
    if (share.shared_bytes > 0)
        result.by_shared = int(gpu.shared_per_multiprocessor_bytes / share.shared_bytes);
}

// The scarcest; where several are, the one that is named first here.
Occupancy::Limit limit_of(const Occupancy& result) {
    using Limit = Occupancy::Limit;
    const std::array<std::pair<int, Limit>, 4> all{{{result.by_threads, Limit::threads},
                                                    {result.by_registers, Limit::registers},
                                                    {result.by_shared, Limit::shared_memory},
                                                    {result.by_blocks, Limit::blocks}}};
    return std::ranges::min_element(all, {}, &std::pair<int, Limit>::first)->second;
}

std::string limit_sentence(const GpuModel& gpu, const Occupancy& result, const Share& share, int threads,
                           int registers, int64_t shared_bytes) {
    const std::string blocks = cat(result.blocks, result.blocks == 1 ? " block" : " blocks"),
                      allowed = cat(blocks, " of ", threads, " threads on a multiprocessor: ");
    const int warps = gpu.threads_per_multiprocessor / warp_size;
    switch (result.limit) {
        case Occupancy::Limit::threads:
            return cat("the threads allow ", allowed, "it holds ", warps, " warps, a block has ",
                       share.warps);
        case Occupancy::Limit::blocks:
            return cat("the block slots allow ", allowed, "it holds ", gpu.blocks_per_multiprocessor,
                       " blocks at once, however small");
        case Occupancy::Limit::registers:
            return cat("the registers allow ", allowed, registers, " a thread make ",
                       share.registers_per_warp, " a warp, and each of its ", partitions, " partitions has ",
                       gpu.registers_per_multiprocessor / partitions);
        case Occupancy::Limit::shared_memory:
            return cat("the shared memory allows ", allowed, shared_bytes, " bytes a block take ",
                       share.shared_bytes, " of its ", gpu.shared_per_multiprocessor_bytes);
        case Occupancy::Limit::too_large:
            break;
    }
    return {};
}

// Coordinates of an input's axis that some output reads: a stride longer than the window skips some. Of a
// very long axis as many as one kernel position reads, which is no more.
int64_t coordinates_read(const Problem& problem, int axis) {
    constexpr int64_t longest_counted = 1 << 15;
    const int64_t size = problem.input()[size_t(axis)];
    int64_t read = 0;
    if (size <= longest_counted)
        for (int64_t in = 0; in < size; ++in) read += axis_link_count_of_input(problem, axis, in) > 0 ? 1 : 0;
    else
        for (int64_t k = 0; k < problem.kernel_size()[size_t(axis)]; ++k)
            read = std::max(read, axis_link_count_of_weight(problem, axis, k));
    return read;
}

// Input elements that no output reads, or more.
double unread_inputs(const Problem& problem) {
    double all = double(problem.batch()) * double(problem.in_channels()), read = all;
    for (int axis = 0; axis < 3; ++axis) {
        all *= double(problem.input()[size_t(axis)]);
        read *= double(coordinates_read(problem, axis));
    }
    return all - read;
}

}  // namespace

Occupancy occupancy(const GpuModel& gpu, int threads, int registers, int64_t shared_bytes,
                    int64_t grid_blocks) {
    Occupancy result;
    result.sentence = too_large(gpu, threads, registers, shared_bytes);
    if (!result.sentence.empty()) {
        result.limit = Occupancy::Limit::too_large;
        return result;
    }
    const Share share = share_of(gpu, threads, registers, shared_bytes);
    set_limits(result, gpu, share);
    result.limit = limit_of(result);
    result.blocks = std::min({result.by_threads, result.by_blocks, result.by_registers, result.by_shared});
    result.warps = result.blocks * share.warps;
    result.share = double(result.warps) * warp_size / gpu.threads_per_multiprocessor;
    result.waves = double(grid_blocks) / (double(result.blocks) * gpu.multiprocessors);
    result.sentence = limit_sentence(gpu, result, share, threads, registers, shared_bytes);
    return result;
}

PredictedFloor predicted_floor(const GpuModel& gpu, const Problem& problem, const ErrorModel& model) {
    const Floors nominal = floors(
        problem,
        {.bandwidth_gbs = gpu.bandwidth_gbs, .fp32_tflops = gpu.fp32_tflops, .tf32_tflops = gpu.tf32_tflops});
    // Nominal FLOPs count padding and nominal bytes every input; a kernel can leave out what is no tap.
    const double bytes = problem.minimal_bytes(), flops = problem.flops();
    double needed_flops = 2 * exact_taps(problem);
    // Winograd's F(2×2, 3×3) makes 16 products where 36 taps are.
    if (model.sums == Sums::winograd_f2x2) needed_flops *= 16.0 / 36.0;
    return {.memory_ms = nominal.memory_ms * (bytes - 4 * unread_inputs(problem)) / bytes,
            .arithmetic_ms = arithmetic_floor_ms(nominal, model) * std::min(1.0, needed_flops / flops)};
}

}  // namespace convscope::xray
