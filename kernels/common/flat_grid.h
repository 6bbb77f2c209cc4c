// A thread an output element, in the order of memory: the grid of every naive kernel.
#pragma once
#include "core/text.h"
#include "cuda_cpp/kernel.h"

namespace convscope {

inline constexpr int64_t flat_block_threads = 256;
inline constexpr int64_t most_blocks_in_x = 0x7FFF'FFFF;

inline int64_t flat_blocks(const Problem& problem) {
    const int64_t outputs = element_count(problem.output_shape());
    return (outputs + flat_block_threads - 1) / flat_block_threads;
}

inline Support supports_flat_grid(const Problem& problem) {
    const int64_t blocks = flat_blocks(problem);
    if (blocks <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a thread for each output element takes ", blocks, " blocks of ",
                           flat_block_threads, "; a grid holds at most ", most_blocks_in_x));
}

inline LaunchShape flat_grid(const Problem& problem) {
    return {.grid = {static_cast<unsigned>(flat_blocks(problem))},
            .block = {static_cast<unsigned>(flat_block_threads)}};
}

}  // namespace convscope
