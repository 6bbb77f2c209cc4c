// Runs the blocks of a grid in parallel on the machine's cores.
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "cuda_cpp/simulator/block.h"

namespace convscope::sim {

// Throws Error(failed) where the hardware would refuse the launch.
void check_limits(const Step& step);

// Makes the runner of one OS thread, on that thread.
using MakeBlock = std::function<std::unique_ptr<Block>(FiberPool&)>;

// How the blocks are shared out.
struct GridOptions {
    int workers = 0;  // OS threads; 0: one a core, fewer where there is little to do
    std::function<bool()> keep_going{};
    std::function<void(double share)> report{};
    std::span<const int64_t> blocks{};  // their numbers; empty: the whole grid
};

// Returns when all blocks have run. What the first failing block (in their order) throws is thrown here.
void run_grid(const Step& step, const GridOptions& options, const MakeBlock& make_block);

}  // namespace convscope::sim
