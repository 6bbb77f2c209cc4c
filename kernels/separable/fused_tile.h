// A fused separable kernel, whatever multiplies its second half: the depthwise sums of 4×32 pixels go to
// shared memory, and from there into the pointwise product. The middle tensor is never stored.
#pragma once
#include <type_traits>

#include "common/conv_index.h"
#include "separable/depthwise_stage.h"
#include "separable/pointwise_sizes.h"

namespace convscope::separable_conv2d {

inline constexpr int tile_rows = gemm::pixels / stage_columns;
inline constexpr int tile_outputs = 64;                                          // output channels of a tile
inline constexpr int weights_floats = gemm::rows * gemm::w_pitch(tile_outputs);  // of one stage
inline constexpr int most_channels = 144;  // whose sums fit beside the weights into 96 KiB
inline constexpr int some_channels = 64;   // that are taken at a time where not all fit

struct FusedSizes {
    gemm::Sizes pointwise;  // the second half as a 1×1 convolution of the middle
    ConvSizes conv;
    StageLoads loads;
    int64_t tiles_down, tiles_across;
    int channels;  // whose sums shared memory holds at once, a multiple of gemm::rows
};

inline FusedSizes fused_sizes(const Problem& problem) {
    const auto tiles = [&](Axis a, int64_t outputs) { return (problem.output()[a] + outputs - 1) / outputs; };
    const ConvSizes conv = conv_sizes(problem);
    const int64_t channels = conv.in_channels <= most_channels ? conv.in_channels : some_channels;
    return {.pointwise = pointwise_sizes(problem, tile_outputs),
            .conv = conv,
            .loads = stage_loads(problem),
            .tiles_down = tiles(axis_height, tile_rows),
            .tiles_across = tiles(axis_width, stage_columns),
            .channels = static_cast<int>((channels + gemm::rows - 1) / gemm::rows * gemm::rows)};
}

inline Support fused_supports(const Problem& problem) {
    const FusedSizes s = fused_sizes(problem);
    const int64_t blocks = problem.batch() * s.tiles_down * s.tiles_across;
    const double packed =
        static_cast<double>(problem.in_channels()) * static_cast<double>(problem.out_channels());
    if (packed > 0x1p38)
        return Support::no(cat("the packed weights would have ", packed, " elements; 2³⁸ are allowed"));
    if (blocks <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a block for each tile of 4×32 pixels takes ", blocks,
                           " blocks; a grid holds at most ", most_blocks_in_x));
}

// pack is the step's own pack_weights; the kernel's arguments are FusedSizes, input, weights, packed, bias,
// output.
using FusedKernel = void (*)(FusedSizes, const float*, const float*, const float*, const float*, float*);
inline LaunchPlan fused_plan(const Problem& problem, const std::string& kernel, gemm::PackKernel pack,
                             FusedKernel function, int stages) {
    const FusedSizes s = fused_sizes(problem);
    const int floats = s.channels * gemm::x_pitch + stages * weights_floats;
    const LaunchShape shape{.grid = {static_cast<unsigned>(problem.batch() * s.tiles_down * s.tiles_across)},
                            .block = {gemm::threads},
                            .shared_bytes = static_cast<size_t>(floats) * sizeof(float)};
    return {.steps = {pack_pointwise_step(kernel, pack, s.pointwise),
                      make_step(kernel,
                                cat("a block 4×32 pixels of all output channels, with the depthwise sums of ",
                                    s.channels, " channels in shared memory"),
                                function, shape, s, buffer::input, buffer::weights, buffer::scratch(0),
                                buffer::bias, buffer::output)},
            .scratch = gemm::packed_scratch(s.pointwise)};
}

// Calls use with a window's type and whether all sums fit: the commonest windows have constant sizes.
template <class Use>
FusedKernel fused_instance(const Problem& problem, const Use& use) {
    const auto is = [&](int k, int stride) {
        return problem.kernel_size() == Axes{1, k, k} && problem.stride() == Axes{1, stride, stride} &&
               problem.dilation() == Axes{1, 1, 1};
    };
    if (fused_sizes(problem).channels < problem.in_channels())
        return is(3, 1) ? use(std::type_identity<Window<3, 3, 1, 1, 1>>{}, std::bool_constant<false>{})
                        : use(std::type_identity<AnyWindow>{}, std::bool_constant<false>{});
    if (is(3, 1)) return use(std::type_identity<Window<3, 3, 1, 1, 1>>{}, std::bool_constant<true>{});
    if (is(3, 2)) return use(std::type_identity<Window<3, 3, 2, 1, 1>>{}, std::bool_constant<true>{});
    if (is(5, 1)) return use(std::type_identity<Window<5, 5, 1, 1, 1>>{}, std::bool_constant<true>{});
    return use(std::type_identity<AnyWindow>{}, std::bool_constant<true>{});
}

// tile += the products over the channels whose sums are in `middle` (channels, x_pitch).
template <class Tile>
static __device__ __forceinline__ void add_channels(Tile& tile, const FusedSizes& s, const float* packed,
                                                    int64_t first_channel, const float* middle,
                                                    float* stages) {
    const int64_t left = s.conv.in_channels - first_channel;
    const int64_t channels = left < s.channels ? left : s.channels;
    const auto stage = [&](int64_t number) { return stages + number % Tile::stages * weights_floats; };
    gemm::pipeline<Tile::stages>(
        (channels + gemm::rows - 1) / gemm::rows,
        [&](int64_t number) {
            gemm::load_weights<Tile>(packed, s.pointwise.packed_channels, first_channel + number * gemm::rows,
                                     s.conv.in_channels, stage(number));
        },
        [&](int64_t number) { tile.multiply(middle + number * gemm::rows * gemm::x_pitch, stage(number)); });
}

// Adds the bias and stores 64 output channels of 4×32 pixels.
template <class Tile>
static __device__ __forceinline__ void store_outputs(const Tile& tile, const ConvSizes& s,
                                                     const StagePlace& place, int64_t first_out,
                                                     const float* bias, float* output) {
    tile.each([&](int pixel, int in_tile, float sum) {
        const int64_t channel = first_out + in_tile;
        const int64_t row = place.first_row + pixel / stage_columns;
        const int64_t column = place.first_column + pixel % stage_columns;
        if (channel >= s.out_channels || row >= s.height.output || column >= s.width.output) return;
        const int64_t plane = place.image * s.out_channels + channel;
        output[(plane * s.height.output + row) * s.width.output + column] = bias ? sum + bias[channel] : sum;
    });
}

// Where all sums fit they are there before any register is taken for outputs, which leaves room for another
// block on each multiprocessor.
template <class Tile, class Window, bool AllFit>
static __device__ __forceinline__ void fused_block(const FusedSizes& s, const float* __restrict__ input,
                                                   const float* __restrict__ weights,
                                                   const float* __restrict__ packed,
                                                   const float* __restrict__ bias,
                                                   float* __restrict__ output) {
    float* middle = dynamic_shared<float>();              // (channels, x_pitch)
    float* stages = middle + s.channels * gemm::x_pitch;  // of the pointwise weights
    const int64_t tile_number = int64_t{blockIdx.x} / s.tiles_across;
    const StagePlace place{.image = tile_number / s.tiles_down,
                           .first_row = tile_number % s.tiles_down * tile_rows,
                           .first_column = int64_t{blockIdx.x} % s.tiles_across * stage_columns};
    const auto stage = [&](int64_t first_channel) {
        stage_depthwise<Window, tile_rows, gemm::threads / 32>(
            s.conv, s.loads, input, weights, place, first_channel, s.channels, gemm::x_pitch, middle);
    };
    if constexpr (AllFit) stage(0);
    for (int64_t first_out = 0; first_out < s.conv.out_channels; first_out += tile_outputs) {
        Tile tile;
        for (int64_t c = 0; c < s.conv.in_channels; c += s.channels) {
            __syncthreads();  // everybody has read the sums and the weights before
            if constexpr (!AllFit) stage(c);
            add_channels(tile, s, packed + first_out, c, middle, stages);
        }
        store_outputs(tile, s.conv, place, first_out, bias, output);
    }
}

}  // namespace convscope::separable_conv2d
