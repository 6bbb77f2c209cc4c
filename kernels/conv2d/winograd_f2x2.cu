#include "common/flat_grid.h"
#include "common/sizes.h"
#include "conv2d/winograd_tile.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv2d::winograd_f2x2 {

KernelInfo info() {
    return {
        .op = Operator::conv2d,
        .name = "winograd_f2x2",
        .idea =
            "Winograd's F(2×2, 3×3): a 4×4 tile of the input and the window are transformed by additions, "
            "multiplied element by element and transformed back, so that 16 multiplications make 4 "
            "outputs of an input channel instead of 36. For many channels the 16 elements are 16 small "
            "matrix products: a block has 16 warps, and each warp multiplies one of them. As a tile's "
            "products are mixed, an Inf or a NaN spoils all four outputs of its tile, also those whose "
            "window does not meet it.",
        .traffic =
            "The transformed weights, 16 for every 9, are read once a block of 32 tiles. Tiles overlap by "
            "half: each input element is loaded by up to 4 tiles, once for 32 output channels. The "
            "transformed input never leaves shared memory.",
        .wins_when =
            "With 3×3 windows at stride 1 and 32 and more channels on both sides, where arithmetic is the "
            "limit; not where finite outputs beside an Inf matter.",
        .error = {.name = "float32 in Winograd's tiles", .sums = Sums::winograd_f2x2},
        .mixes_taps = true,
        .source_file = "conv2d/winograd_f2x2.cu"};
}

constexpr int products = 16;      // of a 4×4 tile, and warps of a block
constexpr int block_tiles = 32;   // 2×2 outputs each: a lane's in the transforms
constexpr int channels = 32;      // output channels of a block
constexpr int stage_depth = 8;    // input channels that are staged at once
constexpr int lane_channels = 8;  // what a lane multiplies in its warp's product: 8 channels × 4 tiles
constexpr int threads = 32 * products;
constexpr int stage_floats = products * stage_depth * block_tiles;  // and as many weights

struct Sizes {
    ConvSizes conv;
    int64_t tiles_across, tiles_down, tiles;  // of a row, of a column, of all images
    int64_t channel_tiles;                    // of one group
};

static Sizes sizes_of(const Problem& problem) {
    const int64_t across = (problem.output()[axis_width] + 1) / 2;
    const int64_t down = (problem.output()[axis_height] + 1) / 2;
    return {conv_sizes(problem), across, down, problem.batch() * down * across,
            (problem.out_channels_per_group() + channels - 1) / channels};
}

// (input channel of a group, output channel): each has a window.
static int64_t windows(const Problem& problem) {
    return problem.in_channels_per_group() * problem.out_channels();
}

Support supports(const Problem& problem) {
    for (const Axis axis : {axis_height, axis_width})
        if (problem.kernel_size()[axis] != 3 || problem.stride()[axis] != 1 || problem.dilation()[axis] != 1)
            return Support::no(cat("F(2×2, 3×3) is for 3×3 windows at stride 1 and dilation 1; along the ",
                                   axis_names[axis], " they are ", problem.kernel_size()[axis], ", ",
                                   problem.stride()[axis], " and ", problem.dilation()[axis]));
    const int64_t most_tiles = most_blocks_in_x * block_tiles, tiles = sizes_of(problem).tiles;
    if (tiles > most_tiles)
        return Support::no(cat("the output has ", tiles, " tiles of 2×2; a grid holds ", most_tiles));
    if (windows(problem) > most_blocks_in_x * flat_block_threads)
        return Support::no(cat("there are ", windows(problem), " windows to transform; a grid holds ",
                               most_blocks_in_x * flat_block_threads));
    return Support::yes();
}

// weights (C_out, C_in/groups, 3, 3), transformed (16, C_in/groups, C_out)
__global__ void conv2d_winograd_f2x2_weights(Sizes sizes, const float* weights, float* transformed);
// input (N, C_in, H, W), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void conv2d_winograd_f2x2(Sizes sizes, const float* input, const float* transformed,
                                     const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    const Sizes sizes = sizes_of(problem);
    const int64_t blocks = (windows(problem) + flat_block_threads - 1) / flat_block_threads;
    const int64_t works = problem.groups() * sizes.channel_tiles;
    Step weights = make_step(
        "conv2d winograd_f2x2 weights", "a thread a window", conv2d_winograd_f2x2_weights,
        {.grid = {static_cast<unsigned>(blocks)}, .block = {static_cast<unsigned>(flat_block_threads)}},
        sizes, buffer::weights, buffer::scratch(0));
    weights.prepares_weights = true;
    const LaunchShape shape{.grid = {static_cast<unsigned>((sizes.tiles + block_tiles - 1) / block_tiles),
                                     static_cast<unsigned>(works < 65535 ? works : 65535)},
                            .block = {threads},
                            .shared_bytes = 2 * stage_floats * sizeof(float)};
    return {.steps = {weights, make_step("conv2d winograd_f2x2",
                                         "a block 32 tiles of 2×2 outputs and 32 output channels, a warp one "
                                         "of the 16 products",
                                         conv2d_winograd_f2x2, shape, sizes, buffer::input,
                                         buffer::scratch(0), buffer::bias, buffer::output)},
            .scratch = {{"transformed weights", products * windows(problem) * int64_t{sizeof(float)}}}};
}

__global__ void conv2d_winograd_f2x2_weights(Sizes sizes, const float* __restrict__ weights,
                                             float* __restrict__ transformed) {
    const ConvSizes& s = sizes.conv;
    const int64_t count = s.group_in * s.out_channels;
    const int64_t at = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;  // flat over (C_in/groups, C_out)
    if (at >= count) return;
    transform_window(weights + (at % s.out_channels * s.group_in + at / s.out_channels) * 9, transformed + at,
                     count);
}

// Before and after the products a lane has a tile, and a warp a channel.
struct Place {
    int lane, warp;
    bool has_tile;
    int64_t image, out_row, out_column;  // of the tile's first output
};

// The output channels of a block.
struct Channels {
    int64_t group;
    int64_t in_group;  // the first of them within its group
    int64_t first;     // the same, counted over all groups
};

// Stages stage_depth input channels of the group from `first` on: eight warps transform a channel each, the
// other eight fetch the weights of one. What there is not is zero.
static __device__ __forceinline__ void stage_channels(const ConvSizes& s, const Place& at,
                                                      const Channels& out, int64_t first, const float* input,
                                                      const float* transformed, float* inputs,
                                                      float* weights) {
    const bool transforms = at.warp < stage_depth;
    const int depth = at.warp % stage_depth;
    const int64_t c = first + depth;
    float* stage = (transforms ? inputs : weights) + depth * 32 + at.lane;
    if (transforms && c < s.group_in && at.has_tile) {
        const int64_t plane = at.image * s.in_channels + out.group * s.group_in + c;
        transform_input(s, input + plane * s.height.input * s.width.input, at.out_row - s.height.padding,
                        at.out_column - s.width.padding, stage, stage_depth * block_tiles);
        return;
    }
    const bool has_weight = !transforms && c < s.group_in && out.in_group + at.lane < s.group_out;
    for (int e = 0; e < products; ++e)
        stage[e * stage_depth * channels] =
            has_weight ? transformed[(e * s.group_in + c) * s.out_channels + out.first + at.lane] : 0.0f;
}

// Adds stage_depth input channels of one product to a lane's sums. `inputs` and `weights` point to the lane's
// first tile and channel in (stage_depth, 32).
static __device__ __forceinline__ void multiply(const float4* inputs, const float4* weights,
                                                float4 (&sums)[lane_channels]) {
#pragma unroll
    for (int c = 0; c < stage_depth; ++c) {
        const float4 v = inputs[c * block_tiles / 4];
        const float4 low = weights[c * channels / 4], high = weights[c * channels / 4 + 1];
        const float u[lane_channels] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
        for (int m = 0; m < lane_channels; ++m) {
            sums[m].x += u[m] * v.x;
            sums[m].y += u[m] * v.y;
            sums[m].z += u[m] * v.z;
            sums[m].w += u[m] * v.w;
        }
    }
}

// Writes the 2×2 outputs of the lane's tile in the warp's channel, the m-th of the block, from the products
// (16, 16 channels, 32 tiles).
static __device__ __forceinline__ void write_tile(const ConvSizes& s, const Place& at,
                                                  const Channels& channel, int m, const float* sums,
                                                  const float* bias, float* output) {
    if (!at.has_tile || channel.in_group + m >= s.group_out) return;
    float out[2][2];
    transform_output(sums + at.warp * block_tiles + at.lane, 16 * block_tiles, out);
    const float offset = bias ? bias[channel.first + m] : 0.0f;
    const int64_t plane = at.image * s.out_channels + channel.first + m;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j)
            if (at.out_row + i < s.height.output && at.out_column + j < s.width.output)
                output[(plane * s.height.output + at.out_row + i) * s.width.output + at.out_column + j] =
                    out[i][j] + offset;
}

__global__ void __launch_bounds__(threads)
    conv2d_winograd_f2x2(Sizes sizes, const float* __restrict__ input, const float* __restrict__ transformed,
                         const float* __restrict__ bias, float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    float* inputs = dynamic_shared<float>();  // (16, stage_depth, 32 tiles)
    float* weights = inputs + stage_floats;   // (16, stage_depth, 32 channels)
    const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
    const int tile_quad = lane % 8, channel_eight = lane / 8;  // of the lane's sums
    const int64_t tile = int64_t{blockIdx.x} * block_tiles + lane;
    const Place at{.lane = lane,
                   .warp = warp,
                   .has_tile = tile < sizes.tiles,
                   .image = tile / sizes.tiles_across / sizes.tiles_down,
                   .out_row = tile / sizes.tiles_across % sizes.tiles_down * 2,
                   .out_column = tile % sizes.tiles_across * 2};

    // A grid has at most 65535 in y; where there is more to do, a block does every 65535th.
    const int64_t groups = s.out_channels / s.group_out;
    for (int64_t work = blockIdx.y; work < groups * sizes.channel_tiles; work += gridDim.y) {
        const int64_t group = work / sizes.channel_tiles, in_group = work % sizes.channel_tiles * channels;
        const Channels out{group, in_group, group * s.group_out + in_group};

        float4 sums[lane_channels];
#pragma unroll
        for (int m = 0; m < lane_channels; ++m) sums[m] = make_float4(0, 0, 0, 0);
        for (int64_t first = 0; first < s.group_in; first += stage_depth) {
            stage_channels(s, at, out, first, input, transformed, inputs, weights);
            __syncthreads();  // everything is staged
            multiply(
                reinterpret_cast<const float4*>(inputs + warp * stage_depth * block_tiles) + tile_quad,
                reinterpret_cast<const float4*>(weights + warp * stage_depth * channels) + channel_eight * 2,
                sums);
            __syncthreads();  // everybody has read it: the next channels, or the sums, may overwrite it
        }

        // The 16 products of a tile meet in shared memory, 16 channels at a time: (16, 16, 32 tiles).
        float4* meeting = reinterpret_cast<float4*>(inputs);
        for (int round = 0; round < 2; ++round) {
            const int row = warp * 16 + channel_eight % 2 * lane_channels;
            if (channel_eight / 2 == round) {
#pragma unroll
                for (int m = 0; m < lane_channels; ++m)
                    meeting[(row + m) * block_tiles / 4 + tile_quad] = sums[m];
            }
            __syncthreads();  // all sums of these channels are there
            write_tile(s, at, out, round * 16 + warp, inputs, bias, output);
            __syncthreads();  // everybody has read them
        }
    }
}

}  // namespace convscope::conv2d::winograd_f2x2
