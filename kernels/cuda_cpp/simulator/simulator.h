// Runs a kernel's text on the CPU, thread block by thread block. Threads of a block are fibers on one OS
// thread; blocks run in parallel on the machine's cores.
#pragma once
#include <cstdint>
#include <functional>

#include "cuda_cpp/kernel.h"
#include "cuda_cpp/simulator/engine_api.h"

namespace convscope::sim {

// In which order the threads of a block get their turns. A kernel must not care; an ascending order alone
// hides missing barriers.
enum class FiberOrder { ascending, reversed, random };

struct Options {
    FiberOrder order = FiberOrder::ascending;
    uint64_t seed = 0;                           // of the random order
    int workers = 0;                             // OS threads; 0: one a core
    std::function<bool()> keep_going{};          // asked between blocks; false stops with Error(cancelled)
    std::function<void(double share)> report{};  // told between blocks how much of the grid has been begun
};

// Launches `step` with arguments as cudaLaunchKernel takes them and returns when the grid is done.
// Throws Error(failed): a barrier that not all threads reach (naming the threads), a block over the
// hardware's limits (1024 threads, 64 in z; grid y and z 65535), too much shared memory (227 KiB).
CONVSCOPE_ENGINE void launch(const Step& step, void** arguments, const Options& options);

}  // namespace convscope::sim
