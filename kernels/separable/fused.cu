#include "common/flat_grid.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"
#include "separable/depthwise_stage.h"
#include "separable/pointwise_product.h"

namespace convscope::separable_conv2d::fused {

KernelInfo info() {
    return {.op = Operator::separable_conv2d,
            .name = "fused",
            .idea =
                "A block computes 4×32 pixels of every output channel. It first writes the depthwise sums of "
                "its pixels, all input channels of them, to shared memory; from there the pointwise product "
                "makes 64 output channels at a time, 8×8 outputs in the registers of each thread. So each "
                "depthwise sum is computed once. With more than 184 input channels, shared memory takes 64 "
                "of them at a time, and they are computed again for every 64 output channels.",
            .traffic =
                "The input once a tile and its halo, 6·34 elements for 4·32 sums with a 3×3 window; what "
                "neighbouring threads both load comes from the caches. The output once. The middle tensor "
                "never reaches global memory.",
            .wins_when =
                "With up to some hundred channels, where moving the middle tensor costs more than the "
                "arithmetic. With more, the product alone sets the time.",
            .source_file = "separable/fused.cu"};
}

constexpr int tile_rows = tile_pixels / stage_columns;
constexpr int most_channels = 184;  // whose sums fit beside the weights into 96 KiB
constexpr int some_channels = 64;   // that are taken at a time where not all fit

struct Sizes {
    ConvSizes conv;
    StageLoads loads;
    int64_t tiles_down, tiles_across;
    int channels;  // whose sums shared memory holds at once, a multiple of `depth`
    int store_width;
};

static Sizes sizes(const Problem& problem) {
    const auto tiles = [&](Axis a, int64_t outputs) { return (problem.output()[a] + outputs - 1) / outputs; };
    const int64_t channels = problem.in_channels() <= most_channels ? problem.in_channels() : some_channels;
    return {.conv = conv_sizes(problem),
            .loads = stage_loads(problem),
            .tiles_down = tiles(axis_height, tile_rows),
            .tiles_across = tiles(axis_width, stage_columns),
            .channels = static_cast<int>((channels + depth - 1) / depth * depth),
            .store_width = widest_access(problem.output()[axis_width])};
}

static int64_t blocks(const Problem& problem, const Sizes& s) {
    return problem.batch() * s.tiles_down * s.tiles_across;
}

Support supports(const Problem& problem) {
    const int64_t count = blocks(problem, sizes(problem));
    if (count <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a block for each tile of 4×32 pixels takes ", count,
                           " blocks; a grid holds at most ", most_blocks_in_x));
}

// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w), pointwise (C_out, C_in, 1, 1), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
template <class Window, bool AllFit>
__global__ void separable_fused(Sizes s, const float* input, const float* weights, const float* pointwise,
                                const float* bias, float* output);

// The instance: the commonest windows have constant sizes. AllFit: shared memory holds the sums of all
// channels.
using Kernel = void (*)(Sizes, const float*, const float*, const float*, const float*, float*);
template <bool AllFit>
static Kernel instance(const Problem& problem) {
    const auto is = [&](int k, int stride) {
        return problem.kernel_size() == Axes{1, k, k} && problem.stride() == Axes{1, stride, stride} &&
               problem.dilation() == Axes{1, 1, 1};
    };
    if (is(3, 1)) return separable_fused<Window<3, 3, 1, 1, 1>, AllFit>;
    if (is(3, 2)) return separable_fused<Window<3, 3, 2, 1, 1>, AllFit>;
    if (is(5, 1)) return separable_fused<Window<5, 5, 1, 1, 1>, AllFit>;
    return separable_fused<AnyWindow, AllFit>;
}

LaunchPlan plan(const Problem& problem) {
    const Sizes s = sizes(problem);
    const size_t floats = static_cast<size_t>(s.channels) * tile_pixels + depth * tile_outputs;
    const LaunchShape shape{.grid = {static_cast<unsigned>(blocks(problem, s))},
                            .block = {block_threads},
                            .shared_bytes = floats * sizeof(float)};
    const bool all_fit = s.channels >= problem.in_channels();
    return {
        .steps = {make_step("separable_conv2d fused",
                            cat("a block 4×32 pixels of all output channels, with the depthwise sums of ",
                                s.channels, " channels in shared memory"),
                            all_fit ? instance<true>(problem) : instance<false>(problem), shape, s,
                            buffer::input, buffer::weights, buffer::pointwise, buffer::bias, buffer::output)},
        .scratch = {}};
}

// Adds to one tile of outputs the products over the channels whose sums are in `middle` (channels, 128).
static __device__ __forceinline__ void add_channels(const Sizes& s, const float* pointwise, int64_t first_out,
                                                    int64_t first_in, const float* middle, float* weights,
                                                    float (&sums)[2 * vector_floats][2 * vector_floats]) {
    for (int k = 0; k < s.channels && first_in + k < s.conv.in_channels; k += depth) {
        __syncthreads();  // the sums are there, and everybody has read the weights before
        stage_pointwise(pointwise, s.conv.out_channels, s.conv.in_channels, first_out, first_in + k, weights);
        __syncthreads();  // the weights are there
        add_pointwise(weights, middle + k * tile_pixels, sums);
    }
}

// Writes one tile (64 channels of 4×32 pixels) of outputs.
static __device__ __forceinline__ void store_tile(const Sizes& s, const StagePlace& tile, int64_t first_out,
                                                  const float* bias,
                                                  const float (&sums)[2 * vector_floats][2 * vector_floats],
                                                  float* output) {
    const ConvSizes& conv = s.conv;
    for_each_four(sums, [&](int m, int pixel, const float(&quad)[vector_floats]) {
        const int64_t channel = first_out + m;
        const int64_t row = tile.first_row + pixel / stage_columns;
        const int64_t column = tile.first_column + pixel % stage_columns;
        if (channel >= conv.out_channels || row >= conv.height.output || column >= conv.width.output) return;
        const float add = bias ? bias[channel] : 0.0f;
        const float values[vector_floats] = {quad[0] + add, quad[1] + add, quad[2] + add, quad[3] + add};
        const int64_t plane = tile.image * conv.out_channels + channel;
        store_four(output + (plane * conv.height.output + row) * conv.width.output + column, values,
                   static_cast<int>(min(int64_t{vector_floats}, conv.width.output - column)), s.store_width);
    });
}

// Where all sums fit they are there before any register is taken for outputs, which leaves room for a third
// block on each multiprocessor.
template <class Window, bool AllFit>
__global__ void __launch_bounds__(block_threads, AllFit ? 3 : 2)
    separable_fused(Sizes s, const float* __restrict__ input, const float* __restrict__ weights,
                    const float* __restrict__ pointwise, const float* __restrict__ bias,
                    float* __restrict__ output) {
    float* pointwise_tile = dynamic_shared<float>();        // (depth, 64)
    float* middle = pointwise_tile + depth * tile_outputs;  // (channels, 128)
    const int64_t tile = int64_t{blockIdx.x} / s.tiles_across;
    const StagePlace place{.image = tile / s.tiles_down,
                           .first_row = tile % s.tiles_down * tile_rows,
                           .first_column = int64_t{blockIdx.x} % s.tiles_across * stage_columns};
    const auto stage = [&](int64_t first_channel) {
        stage_depthwise<Window, tile_rows, block_threads / 32>(
            s.conv, s.loads, input, weights, place, first_channel, s.channels, tile_pixels, middle);
    };
    if constexpr (AllFit) stage(0);
    for (int64_t first_out = 0; first_out < s.conv.out_channels; first_out += tile_outputs) {
        float sums[2 * vector_floats][2 * vector_floats];
        clear(sums);
        for (int64_t c = 0; c < s.conv.in_channels; c += s.channels) {
            if constexpr (!AllFit) {
                __syncthreads();  // everybody has read the sums before
                stage(c);
            }
            add_channels(s, pointwise, first_out, c, middle, pointwise_tile, sums);
        }
        store_tile(s, place, first_out, bias, sums, output);
    }
}

}  // namespace convscope::separable_conv2d::fused
