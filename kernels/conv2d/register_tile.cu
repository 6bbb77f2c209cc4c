#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv2d::register_tile {

KernelInfo info() {
    return {.op = Operator::conv2d,
            .name = "register_tile",
            .idea =
                "A block computes a 32×16 tile of eight output channels, and stages input and weights in "
                "shared memory as shared_tile does. But a thread computes 4 pixels × 8 channels at once, in "
                "32 registers: each input that it reads from shared memory serves 8 channels, and each "
                "weight 4 pixels.",
            .traffic =
                "Each input element is loaded about once a tile and eight output channels, each weight once "
                "a block. From shared memory come 4 inputs and two float4 of weights for 32 "
                "multiplications, where shared_tile reads two values for one.",
            .wins_when =
                "With eight output channels a group and more, and outputs that fill a 32×16 tile; it "
                "needs no scratch memory and takes any stride and dilation that fit.",
            .source_file = "conv2d/register_tile.cu"};
}

constexpr int tile_columns = 32, tile_rows = 16;  // outputs of a block, each way
constexpr int channels = 8;                       // output channels of a block, and of a thread
constexpr int thread_rows = 4;                    // rows of threads in a block
constexpr int pixels = tile_rows / thread_rows;   // of a thread, below each other
constexpr int threads = tile_columns * thread_rows;

// What one block stages for one input channel.
struct Staging {
    int64_t rows, columns;  // of the input
    int64_t taps;           // of the window, each with the weights of all channels
    int64_t floats() const { return rows * columns + taps * channels; }
};

static Staging staging(const Problem& problem) {
    const auto extent = [&](Axis a, int64_t outputs) {
        return (outputs - 1) * problem.stride()[a] + (problem.kernel_size()[a] - 1) * problem.dilation()[a] +
               1;
    };
    return {.rows = extent(axis_height, tile_rows),
            .columns = extent(axis_width, tile_columns),
            .taps = problem.kernel_size()[axis_height] * problem.kernel_size()[axis_width]};
}

static int64_t tiles(int64_t outputs, int64_t side) {
    return (outputs + side - 1) / side;
}

Support supports(const Problem& problem) {
    constexpr int64_t shared_floats = 48 * 1024 / int64_t{sizeof(float)};  // every GPU gives them unasked
    const Staging stage = staging(problem);
    // Each extent is looked at alone first: their product may not fit into 64 bits.
    if (stage.rows > shared_floats || stage.columns > shared_floats || stage.taps > shared_floats ||
        stage.floats() > shared_floats)
        return Support::no(cat("a 32×16 tile of eight channels needs ", stage.rows, "×", stage.columns,
                               " inputs and ", stage.taps, "×8 weights in shared memory, which holds ",
                               shared_floats, " floats"));
    const int64_t down = tiles(problem.output()[axis_height], tile_rows);
    if (down > 65535)
        return Support::no(cat("the output has ", down, " rows of 32×16 tiles; a grid holds at most 65535"));
    const int64_t across = tiles(problem.output()[axis_width], tile_columns);
    if (across > 0x7FFF'FFFF)
        return Support::no(
            cat("the output has ", across, " columns of 32×16 tiles; a grid holds at most 2147483647"));
    return Support::yes();
}

struct Sizes {
    ConvSizes conv;
    int stage_rows, stage_columns;
    int64_t channel_tiles;  // of one group
};

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void conv2d_register_tile(Sizes sizes, const float* input, const float* weights, const float* bias,
                                     float* output);

LaunchPlan plan(const Problem& problem) {
    const Staging stage = staging(problem);
    const int64_t channel_tiles = tiles(problem.out_channels_per_group(), channels);
    const int64_t works = problem.batch() * problem.groups() * channel_tiles;
    const LaunchShape shape{.grid = {static_cast<unsigned>(tiles(problem.output()[axis_width], tile_columns)),
                                     static_cast<unsigned>(tiles(problem.output()[axis_height], tile_rows)),
                                     static_cast<unsigned>(works < 65535 ? works : 65535)},
                            .block = {tile_columns, thread_rows},
                            .shared_bytes = static_cast<size_t>(stage.floats()) * sizeof(float)};
    const Sizes sizes{conv_sizes(problem), static_cast<int>(stage.rows), static_cast<int>(stage.columns),
                      channel_tiles};
    return {
        .steps = {make_step("conv2d register_tile",
                            cat("a block a 32×16 tile of eight output channels, staging ", stage.rows, "×",
                                stage.columns, " inputs and ", stage.taps, "×8 weights an input channel"),
                            conv2d_register_tile, shape, sizes, buffer::input, buffer::weights, buffer::bias,
                            buffer::output)},
        .scratch = {}};
}

// Copies the part of one input plane (H, W) that starts at (first_row, first_column) into the stage
// (stage_rows, stage_columns). What lies outside of the input stays as it is: no tap will read it.
static __device__ __forceinline__ void stage_input(const Sizes& sizes, const float* in_plane,
                                                   int64_t first_row, int64_t first_column, int thread,
                                                   float* stage) {
    for (int i = thread; i < sizes.stage_rows * sizes.stage_columns; i += threads) {
        const int64_t row = first_row + i / sizes.stage_columns;
        const int64_t column = first_column + i % sizes.stage_columns;
        if (row >= 0 && row < sizes.conv.height.input && column >= 0 && column < sizes.conv.width.input)
            stage[i] = in_plane[row * sizes.conv.width.input + column];
    }
}

// Adds one input channel's window to the sums. The window's first tap for the thread's first pixel lies at
// `place` of the stage and at (in_row, in_column) of the input. `window` is (K_h·K_w, channels).
static __device__ __forceinline__ void add_window(const Sizes& sizes, const float* stage,
                                                  const float4* window, int place, int64_t in_row,
                                                  int64_t in_column, float (&sums)[pixels][channels]) {
    const AxisSizes& height = sizes.conv.height;
    const AxisSizes& width = sizes.conv.width;
    const int pixel_rows = thread_rows * static_cast<int>(height.stride);  // from a pixel to the next
    for (int i = 0; i < height.window; ++i) {
        const int down = i * static_cast<int>(height.dilation);
        for (int j = 0; j < width.window; ++j) {
            const int right = j * static_cast<int>(width.dilation);
            if (in_column + right < 0 || in_column + right >= width.input) continue;
            const float4 low = window[(i * width.window + j) * 2],
                         high = window[(i * width.window + j) * 2 + 1];
            const float w[channels] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
            const float* tap = stage + place + down * sizes.stage_columns + right;
#pragma unroll
            for (int p = 0; p < pixels; ++p) {
                // The lanes of a warp lie in one row: they agree.
                const int64_t row = in_row + down + p * pixel_rows;
                if (row < 0 || row >= height.input) continue;
                const float x = tap[p * pixel_rows * sizes.stage_columns];
#pragma unroll
                for (int m = 0; m < channels; ++m) sums[p][m] += w[m] * x;
            }
        }
    }
}

__global__ void __launch_bounds__(threads)
    conv2d_register_tile(Sizes sizes, const float* __restrict__ input, const float* __restrict__ weights,
                         const float* __restrict__ bias, float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    const int taps = static_cast<int>(s.height.window * s.width.window);
    float* window = dynamic_shared<float>();  // (K_h·K_w, channels): first, for float4 wants its alignment
    float* stage = window + taps * channels;  // (stage_rows, stage_columns)
    const int thread = static_cast<int>(threadIdx.y * tile_columns + threadIdx.x);

    // Lanes take neighbouring columns: at stride 1 their reads fall into 32 different banks.
    const int64_t out_row = int64_t{blockIdx.y} * tile_rows + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * tile_columns + threadIdx.x;
    const int64_t tile_row = int64_t{blockIdx.y} * tile_rows * s.height.stride - s.height.padding;
    const int64_t tile_column = int64_t{blockIdx.x} * tile_columns * s.width.stride - s.width.padding;
    const int row = static_cast<int>(threadIdx.y) * static_cast<int>(s.height.stride);
    const int column = static_cast<int>(threadIdx.x) * static_cast<int>(s.width.stride);

    // A grid has at most 65535 in z; where there is more to do, a block does every 65535th.
    const int64_t groups = s.out_channels / s.group_out;
    for (int64_t work = blockIdx.z; work < s.batch * groups * sizes.channel_tiles; work += gridDim.z) {
        const int64_t group = work / sizes.channel_tiles % groups;
        const int64_t image = work / sizes.channel_tiles / groups;
        const int64_t in_group = work % sizes.channel_tiles * channels;  // the first channel within its group
        const int64_t first_channel = group * s.group_out + in_group;

        float sums[pixels][channels];
#pragma unroll
        for (int m = 0; m < channels; ++m)
#pragma unroll
            for (int p = 0; p < pixels; ++p)
                sums[p][m] = bias && in_group + m < s.group_out ? bias[first_channel + m] : 0.0f;
        for (int64_t c = 0; c < s.group_in; ++c) {
            stage_input(
                sizes,
                input + (image * s.in_channels + group * s.group_in + c) * s.height.input * s.width.input,
                tile_row, tile_column, thread, stage);
            for (int i = thread; i < taps * channels; i += threads) {
                const int m = i % channels;
                window[i] = in_group + m < s.group_out
                                ? weights[((first_channel + m) * s.group_in + c) * taps + i / channels]
                                : 0.0f;
            }
            __syncthreads();  // everything is staged
            if (out_column < s.width.output)
                add_window(sizes, stage, reinterpret_cast<const float4*>(window),
                           row * sizes.stage_columns + column, tile_row + row, tile_column + column, sums);
            __syncthreads();  // everybody has read it: the next channel may overwrite it
        }
#pragma unroll
        for (int m = 0; m < channels; ++m)
#pragma unroll
            for (int p = 0; p < pixels; ++p) {
                const int64_t at = out_row + p * thread_rows;
                if (in_group + m < s.group_out && at < s.height.output && out_column < s.width.output)
                    output[((image * s.out_channels + first_channel + m) * s.height.output + at) *
                               s.width.output +
                           out_column] = sums[p][m];
            }
    }
}

}  // namespace convscope::conv2d::register_tile
