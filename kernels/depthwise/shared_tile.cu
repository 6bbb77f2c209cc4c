#include "common/flat_grid.h"
#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::depthwise_conv2d::shared_tile {

KernelInfo info() {
    return {.op = Operator::depthwise_conv2d,
            .name = "shared_tile",
            .idea =
                "A block copies the part of one input channel that a tile of 32 columns and up to 32 rows "
                "needs into shared memory, once, and computes from there every output channel that sees the "
                "channel. Strided columns lie apart by their remainder, so that the 32 threads of a warp "
                "always read 32 neighbouring words.",
            .traffic =
                "Each input element once a tile: with a 3×3 window 34·34 loads for 32·32 outputs, 1.13 an "
                "output, whatever the channel multiplier.",
            .wins_when =
                "With large windows, strides and multipliers that row_march has no instance for; with small "
                "windows the barrier costs what the caches give for nothing.",
            .source_file = "depthwise/shared_tile.cu"};
}

constexpr int tile_columns = 32;  // outputs: a warp's threads side by side
constexpr int block_warps = 8;    // each computes every eighth row of the tile
constexpr int block_threads = tile_columns * block_warps;
constexpr int64_t shared_floats = 48 * 1024 / sizeof(float);  // what every GPU gives without asking

// The tile, and the stage it needs: rows of `stride` parts, where part c % stride holds column c at c /
// stride.
struct Stage {
    int64_t tile_rows;  // outputs
    int64_t rows, columns;
    int64_t part;  // words from one remainder's columns to the next one's
    int64_t pitch;
    int64_t elements;
};

// Parts are spaced so that a warp that copies 32 neighbouring columns meets every bank once: s parts of
// 32/s words follow one another. For s above 4 that does not divide 32, a few columns share a bank.
static int64_t part_pitch(int64_t columns, int64_t stride) {
    const int64_t used = (columns + stride - 1) / stride, wanted = (32 + stride - 1) / stride;
    if (stride == 1) return used;
    return used + (32 + wanted - used % 32) % 32;
}

static Stage stage_of(const Problem& problem, int64_t tile_rows) {
    const auto extent = [&](Axis a, int64_t outputs) {
        return (outputs - 1) * problem.stride()[a] + (problem.kernel_size()[a] - 1) * problem.dilation()[a] +
               1;
    };
    Stage s{.tile_rows = tile_rows,
            .rows = extent(axis_height, tile_rows),
            .columns = extent(axis_width, tile_columns),
            .part = 0,
            .pitch = 0,
            .elements = 0};
    s.part = part_pitch(s.columns, problem.stride()[axis_width]);
    s.pitch = s.part * problem.stride()[axis_width];
    // Each extent is looked at alone first: their product may not fit into 64 bits.
    s.elements = s.rows > shared_floats || s.pitch > shared_floats ? shared_floats + 1 : s.rows * s.pitch;
    return s;
}

// As many rows as fit, and no more than the output has.
static Stage stage(const Problem& problem) {
    int64_t rows = 32;
    while (rows > block_warps &&
           (rows / 2 >= problem.output()[axis_height] || stage_of(problem, rows).elements > shared_floats))
        rows /= 2;
    return stage_of(problem, rows);
}

static int64_t tiles(int64_t outputs, int64_t tile) {
    return (outputs + tile - 1) / tile;
}

static int64_t blocks(const Problem& problem, const Stage& s) {
    return problem.batch() * problem.in_channels() *
           (tiles(problem.output()[axis_height], s.tile_rows) *
            tiles(problem.output()[axis_width], tile_columns));
}

Support supports(const Problem& problem) {
    const Stage s = stage(problem);
    if (s.elements > shared_floats)
        return Support::no(cat("a tile of 8×32 outputs needs ", s.rows, "×", s.columns, " inputs in ", s.rows,
                               " rows of ", s.pitch, " words of shared memory, which holds ", shared_floats));
    if (blocks(problem, s) > most_blocks_in_x)
        return Support::no(cat("a block for each tile and input channel takes ", blocks(problem, s),
                               " blocks; a grid holds at most ", most_blocks_in_x));
    return Support::yes();
}

struct Sizes {
    ConvSizes conv;
    int64_t tiles_down, tiles_across;
    int tile_rows;
    int stage_rows, stage_columns, part, pitch;
};

// input (N, C_in, H, W), weights (C_out, 1, K_h, K_w), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void depthwise_shared_tile(Sizes s, const float* input, const float* weights, const float* bias,
                                      float* output);

LaunchPlan plan(const Problem& problem) {
    const Stage s = stage(problem);
    const LaunchShape shape{.grid = {static_cast<unsigned>(blocks(problem, s))},
                            .block = {tile_columns, block_warps},
                            .shared_bytes = static_cast<size_t>(s.elements) * sizeof(float)};
    const Sizes sizes{.conv = conv_sizes(problem),
                      .tiles_down = tiles(problem.output()[axis_height], s.tile_rows),
                      .tiles_across = tiles(problem.output()[axis_width], tile_columns),
                      .tile_rows = static_cast<int>(s.tile_rows),
                      .stage_rows = static_cast<int>(s.rows),
                      .stage_columns = static_cast<int>(s.columns),
                      .part = static_cast<int>(s.part),
                      .pitch = static_cast<int>(s.pitch)};
    return {.steps = {make_step("depthwise_conv2d shared_tile",
                                cat("a block ", s.tile_rows, "×32 outputs of one input channel, staging ",
                                    s.rows, "×", s.columns, " inputs in rows of ", s.pitch, " words"),
                                depthwise_shared_tile, shape, sizes, buffer::input, buffer::weights,
                                buffer::bias, buffer::output)},
            .scratch = {}};
}

// Copies the part of an input plane (H, W) that starts at (first_row, first_column): a warp a row. What lies
// outside of the input stays as it is: no tap will read it.
static __device__ __forceinline__ void stage_input(const Sizes& s, const float* plane, int64_t first_row,
                                                   int64_t first_column, float* stage) {
    const int stride = static_cast<int>(s.conv.width.stride);
    for (int r = static_cast<int>(threadIdx.y); r < s.stage_rows; r += block_warps) {
        const int64_t row = first_row + r;
        if (row < 0 || row >= s.conv.height.input) continue;
        for (int c = static_cast<int>(threadIdx.x); c < s.stage_columns; c += tile_columns) {
            const int64_t column = first_column + c;
            if (column >= 0 && column < s.conv.width.input)
                stage[r * s.pitch + c % stride * s.part + c / stride] =
                    plane[row * s.conv.width.input + column];
        }
    }
}

// The sum over one window (K_h, K_w) for the output at (row, column) of the tile, whose first tap lies at
// (in_row, in_column) of the input.
static __device__ __forceinline__ float window_sum(const Sizes& s, const float* stage, const float* window,
                                                   int row, int column, int64_t in_row, int64_t in_column,
                                                   float sum) {
    const AxisSizes &height = s.conv.height, &width = s.conv.width;
    const int stride = static_cast<int>(width.stride);
    for (int j = 0; j < width.window; ++j) {
        const int right = j * static_cast<int>(width.dilation);
        if (in_column + right < 0 || in_column + right >= width.input) continue;
        // Column column·stride + right of the stage. Dividing is dear: the rows' loop is the inner one.
        const float* stage_column = stage + right % stride * s.part + column + right / stride;
        for (int i = 0; i < height.window; ++i) {
            const int down = i * static_cast<int>(height.dilation);
            if (in_row + down < 0 || in_row + down >= height.input) continue;
            sum += window[i * width.window + j] *
                   stage_column[(row * static_cast<int>(height.stride) + down) * s.pitch];
        }
    }
    return sum;
}

__global__ void __launch_bounds__(block_threads)
    depthwise_shared_tile(Sizes s, const float* __restrict__ input, const float* __restrict__ weights,
                          const float* __restrict__ bias, float* __restrict__ output) {
    const AxisSizes &height = s.conv.height, &width = s.conv.width;
    float* stage = dynamic_shared<float>();  // (stage_rows, pitch)
    const int64_t tile = int64_t{blockIdx.x} % (s.tiles_down * s.tiles_across);
    const int64_t plane = int64_t{blockIdx.x} / (s.tiles_down * s.tiles_across);  // of the input
    const int64_t image = plane / s.conv.in_channels, in_channel = plane % s.conv.in_channels;
    const int64_t tile_row = tile / s.tiles_across * s.tile_rows;
    const int64_t tile_column = tile % s.tiles_across * tile_columns;
    const int64_t first_row = tile_row * height.stride - height.padding;
    const int64_t first_column = tile_column * width.stride - width.padding;

    stage_input(s, input + plane * height.input * width.input, first_row, first_column, stage);
    __syncthreads();  // everything is staged

    const int column = static_cast<int>(threadIdx.x);
    if (tile_column + column >= width.output) return;
    for (int64_t m = 0; m < s.conv.group_out; ++m) {
        const int64_t channel = in_channel * s.conv.group_out + m;
        const float* window = weights + channel * height.window * width.window;
        float* out_plane = output + (image * s.conv.out_channels + channel) * height.output * width.output;
        const float start = bias ? bias[channel] : 0.0f;
        for (int row = static_cast<int>(threadIdx.y); row < s.tile_rows; row += block_warps) {
            if (tile_row + row >= height.output) break;
            out_plane[(tile_row + row) * width.output + tile_column + column] =
                window_sum(s, stage, window, row, column, first_row + row * height.stride,
                           first_column + column * width.stride, start);
        }
    }
}

}  // namespace convscope::depthwise_conv2d::shared_tile
