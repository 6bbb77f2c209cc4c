// A thread an element, in the order of memory: the grid of every naive kernel and of steps that only fill
// or rearrange an array.
#pragma once
#include "core/text.h"
#include "cuda_cpp/kernel.h"

namespace convscope {

inline constexpr int64_t flat_block_threads = 256;
inline constexpr int64_t most_blocks_in_x = 0x7FFF'FFFF;

inline int64_t flat_blocks(int64_t elements) {
    return (elements + flat_block_threads - 1) / flat_block_threads;
}

// `what`: the kind of element, for the sentence.
inline Support supports_flat_grid(int64_t elements, const char* what) {
    const int64_t blocks = flat_blocks(elements);
    if (blocks <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a thread for each ", what, " takes ", blocks, " blocks of ", flat_block_threads,
                           "; a grid holds at most ", most_blocks_in_x));
}

inline LaunchShape flat_grid(int64_t elements) {
    return {.grid = {static_cast<unsigned>(flat_blocks(elements))},
            .block = {static_cast<unsigned>(flat_block_threads)}};
}

// Over the output.
inline Support supports_flat_grid(const Problem& problem) {
    return supports_flat_grid(element_count(problem.output_shape()), "output element");
}

inline LaunchShape flat_grid(const Problem& problem) {
    return flat_grid(element_count(problem.output_shape()));
}

// Scratch memory of the product of `extents` floats, written a thread an element. The product of sizes that
// are each allowed may not fit into 64 bits, so it is looked at in floating point first.
inline Support supports_flat_scratch(const char* what, const std::vector<int64_t>& extents) {
    double floats = 1;
    for (const int64_t extent : extents) floats *= static_cast<double>(extent);
    constexpr auto most = static_cast<double>(most_blocks_in_x * flat_block_threads);
    if (floats <= most) return Support::yes();
    return Support::no(cat(what, " would take ", bytes_text(floats * sizeof(float)),
                           " of scratch memory; a grid with a thread a float writes at most ",
                           bytes_text(most * sizeof(float))));
}

}  // namespace convscope
