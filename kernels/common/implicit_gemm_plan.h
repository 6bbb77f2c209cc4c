// Which problems an implicit GEMM can do, and its two launches: the weights are packed, then multiplied.
#pragma once
#include <algorithm>
#include <span>

#include "common/flat_grid.h"
#include "common/implicit_gemm.h"

namespace convscope::gemm {

using Kernel = void (*)(Sizes, const float*, const float*, const int4*, const float*, float*);
using PackKernel = void (*)(Sizes, const float*, float*, int4*);

// The same kernel compiled for a width of its tile.
struct TileChoice {
    int channels;
    Kernel kernel;
    size_t shared_bytes;
};

// The narrowest tile that holds all output channels of a group, else the widest. `choices` ascend.
inline const TileChoice& choose_tile(std::span<const TileChoice> choices, int64_t channels) {
    for (const TileChoice& choice : choices)
        if (choice.channels >= channels) return choice;
    return choices.back();
}

inline Sizes gemm_sizes(const ConvSizes& conv, int64_t groups, int64_t phases, int64_t tile_channels) {
    const int64_t tiles = (conv.group_out + tile_channels - 1) / tile_channels;
    return {.conv = conv,
            .groups = groups,
            .phases = phases,
            .rows = conv.group_in * conv.depth.window * conv.height.window * conv.width.window,
            .packed_channels = tiles * tile_channels};
}

// Whether the kernel's 32-bit positions and offsets, its scratch and its grid hold the problem.
template <class Index>
Support supports(const Problem& problem) {
    const ConvSizes conv = conv_sizes(problem);
    double offset = 0;
    for (const AxisSizes* axis : {&conv.depth, &conv.height, &conv.width}) {
        const double reach = static_cast<double>(axis->window - 1) * static_cast<double>(axis->dilation);
        const double end = Index::furthest_window(*axis);
        const double furthest = std::max({static_cast<double>(axis->input), reach, end});
        if (furthest >= static_cast<double>(most_reach))
            return Support::no(cat("positions are counted in 32 bits: an axis may reach ", most_reach,
                                   " elements, and one reaches ", static_cast<int64_t>(furthest)));
        offset = offset * static_cast<double>(axis->input) + reach;
    }
    const double image = static_cast<double>(conv.group_in) * static_cast<double>(conv.depth.input) *
                         static_cast<double>(conv.height.input) * static_cast<double>(conv.width.input);
    if (image + offset > 0x1p31)
        return Support::no(
            cat("offsets within one image are counted in 32 bits; a group's input channels and the "
                "window reach over ",
                image + offset, " elements"));
    const int64_t planes = problem.groups() * Index::phases(problem);
    if (planes > 65535)
        return Support::no(cat(Index::phases(problem) > 1 ? "groups times output phases are " : "groups are ",
                               planes, "; a grid holds at most 65535"));
    if (conv.group_out > 65535 * 8)
        return Support::no(cat("a group has ", conv.group_out, " output channels; 524280 are allowed"));
    const Sizes sizes = gemm_sizes(conv, problem.groups(), 1, 64);
    const double packed = static_cast<double>(sizes.rows) * static_cast<double>(sizes.groups) *
                          static_cast<double>(sizes.packed_channels);
    if (packed > 0x1p38)
        return Support::no(cat("the packed weights would have ", packed, " elements; 2³⁸ are allowed"));
    if (static_cast<double>(Index::most_pixels(problem)) > static_cast<double>(pixels) * most_blocks_in_x)
        return Support::no(cat("the output has ", Index::most_pixels(problem), " pixels; a grid holds ",
                               pixels * most_blocks_in_x));
    return Support::yes();
}

inline std::vector<Scratch> packed_scratch(const Sizes& sizes) {
    return {{"packed weights", sizes.rows * sizes.groups * sizes.packed_channels * int64_t{sizeof(float)}},
            {"row table", sizes.rows * int64_t{sizeof(int4)}}};
}

// Packs the weights into scratch arrays `first` (packed) and `first` + 1 (row table).
inline Step pack_step(const std::string& kernel, PackKernel pack, const Sizes& sizes, int first = 0) {
    const int64_t elements = sizes.rows * sizes.groups * sizes.packed_channels;
    Step step = make_step(
        kernel + ", packing weights", "a thread an element: rows of taps, output channels side by side", pack,
        {.grid = {static_cast<unsigned>((elements + flat_block_threads - 1) / flat_block_threads)},
         .block = {static_cast<unsigned>(flat_block_threads)}},
        sizes, buffer::weights, buffer::scratch(first), buffer::scratch(first + 1));
    step.prepares_weights = true;
    return step;
}

inline Step multiply_step(const std::string& kernel, const TileChoice& tile, const Sizes& sizes,
                          int64_t most_pixels, BufferRef input = buffer::input, int first = 0) {
    return make_step(kernel,
                     cat("a block ", pixels, " pixels × ", tile.channels, " channels of one group",
                         sizes.phases > 1 ? " and output phase" : "", ", ", rows, " rows at a time"),
                     tile.kernel,
                     {.grid = {static_cast<unsigned>((most_pixels + pixels - 1) / pixels),
                               static_cast<unsigned>(sizes.packed_channels / tile.channels),
                               static_cast<unsigned>(sizes.groups * sizes.phases)},
                      .block = {threads},
                      .shared_bytes = tile.shared_bytes},
                     sizes, input, buffer::scratch(first), buffer::scratch(first + 1), buffer::bias,
                     buffer::output);
}

template <class Index>
LaunchPlan plan(const Problem& problem, const std::string& kernel, PackKernel pack,
                std::span<const TileChoice> choices) {
    const TileChoice& tile = choose_tile(choices, problem.out_channels_per_group());
    const Sizes sizes =
        gemm_sizes(conv_sizes(problem), problem.groups(), Index::phases(problem), tile.channels);
    return {.steps = {pack_step(kernel, pack, sizes),
                      multiply_step(kernel, tile, sizes, Index::most_pixels(problem))},
            .scratch = packed_scratch(sizes)};
}

}  // namespace convscope::gemm
