#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv2d::shared_tile {

KernelInfo info() {
    return {.op = Operator::conv2d,
            .name = "shared_tile",
            .idea =
                "A block computes a 16×16 tile of one output channel. For each input channel its threads "
                "first copy, together, the part of the input that the tile needs (the tile and a halo as "
                "wide as the window reaches) and the window's weights into shared memory, then compute "
                "from there.",
            .traffic =
                "Each input element is loaded about once a tile and output channel, and not once a tap; "
                "the halo is loaded by both neighbours. Each weight is loaded once a block.",
            .wins_when =
                "With windows of 5×5 and more and few channels. A 3×3 window repeats so little that "
                "the caches do as well without the copy and its barriers.",
            .source_file = "conv2d/shared_tile.cu"};
}

constexpr int tile_side = 16;  // outputs, and threads, each way

// What one block stages for one input channel.
struct Staging {
    int64_t rows, columns;  // of the input
    int64_t weights;
    int64_t bytes() const { return (rows * columns + weights) * int64_t{sizeof(float)}; }
};

static Staging staging(const Problem& problem) {
    const auto extent = [&](Axis a) {
        return (tile_side - 1) * problem.stride()[a] +
               (problem.kernel_size()[a] - 1) * problem.dilation()[a] + 1;
    };
    return {.rows = extent(axis_height),
            .columns = extent(axis_width),
            .weights = problem.kernel_size()[axis_height] * problem.kernel_size()[axis_width]};
}

static int64_t tiles(const Problem& problem, Axis a) {
    return (problem.output()[a] + tile_side - 1) / tile_side;
}

Support supports(const Problem& problem) {
    constexpr int64_t shared_limit = 48 * 1024;  // what every GPU gives without asking
    const Staging stage = staging(problem);
    // Each extent is looked at alone first: their product may not fit into 64 bits.
    if (stage.rows > shared_limit || stage.columns > shared_limit || stage.weights > shared_limit ||
        stage.bytes() > shared_limit)
        return Support::no(cat("a 16×16 tile needs ", stage.rows, "×", stage.columns, " inputs and ",
                               stage.weights, " weights in shared memory, which holds ",
                               shared_limit / int64_t{sizeof(float)}, " floats"));
    if (tiles(problem, axis_height) > 65535)
        return Support::no(cat("the output has ", tiles(problem, axis_height),
                               " rows of 16×16 tiles; a grid holds at most 65535"));
    if (tiles(problem, axis_width) > 0x7FFF'FFFF)
        return Support::no(cat("the output has ", tiles(problem, axis_width),
                               " columns of 16×16 tiles; a grid holds at most 2147483647"));
    return Support::yes();
}

struct Sizes {
    ConvSizes conv;
    int stage_rows, stage_columns;
};

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void conv2d_shared_tile(Sizes sizes, const float* input, const float* weights, const float* bias,
                                   float* output);

LaunchPlan plan(const Problem& problem) {
    const Staging stage = staging(problem);
    const int64_t planes = problem.batch() * problem.out_channels();
    const LaunchShape shape{.grid = {static_cast<unsigned>(tiles(problem, axis_width)),
                                     static_cast<unsigned>(tiles(problem, axis_height)),
                                     static_cast<unsigned>(planes < 65535 ? planes : 65535)},
                            .block = {tile_side, tile_side},
                            .shared_bytes = static_cast<size_t>(stage.bytes())};
    const Sizes sizes{conv_sizes(problem), static_cast<int>(stage.rows), static_cast<int>(stage.columns)};
    return {.steps = {make_step("conv2d shared_tile",
                                cat("a block a 16×16 tile of one output channel, staging ", stage.rows, "×",
                                    stage.columns, " inputs for each input channel"),
                                conv2d_shared_tile, shape, sizes, buffer::input, buffer::weights,
                                buffer::bias, buffer::output)},
            .scratch = {}};
}

// Copies the part of one input plane (H, W) that starts at (first_row, first_column) into the stage
// (stage_rows, stage_columns). What lies outside of the input stays as it is: no tap will read it.
static __device__ __forceinline__ void stage_input(const Sizes& sizes, const float* in_plane,
                                                   int64_t first_row, int64_t first_column, int thread,
                                                   float* stage) {
    for (int i = thread; i < sizes.stage_rows * sizes.stage_columns; i += tile_side * tile_side) {
        const int64_t row = first_row + i / sizes.stage_columns;
        const int64_t column = first_column + i % sizes.stage_columns;
        if (row >= 0 && row < sizes.conv.height.input && column >= 0 && column < sizes.conv.width.input)
            stage[i] = in_plane[row * sizes.conv.width.input + column];
    }
}

// The sum over one window (K_h, K_w) for the output whose first tap lies at (row, column) of the stage and
// at (in_row, in_column) of the input.
static __device__ __forceinline__ float window_sum(const Sizes& sizes, const float* stage,
                                                   const float* window, int row, int column, int64_t in_row,
                                                   int64_t in_column, float sum) {
    const AxisSizes& height = sizes.conv.height;
    const AxisSizes& width = sizes.conv.width;
    for (int i = 0; i < height.window; ++i) {
        const int down = i * static_cast<int>(height.dilation);
        if (in_row + down < 0 || in_row + down >= height.input) continue;
        for (int j = 0; j < width.window; ++j) {
            const int right = j * static_cast<int>(width.dilation);
            if (in_column + right < 0 || in_column + right >= width.input) continue;
            sum += window[i * width.window + j] * stage[(row + down) * sizes.stage_columns + column + right];
        }
    }
    return sum;
}

__global__ void conv2d_shared_tile(Sizes sizes, const float* __restrict__ input,
                                   const float* __restrict__ weights, const float* __restrict__ bias,
                                   float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    float* stage = dynamic_shared<float>();                          // (stage_rows, stage_columns)
    float* window = stage + sizes.stage_rows * sizes.stage_columns;  // (K_h, K_w)
    const int window_size = static_cast<int>(s.height.window * s.width.window);
    const int thread = static_cast<int>(threadIdx.y * tile_side + threadIdx.x);

    const int64_t out_row = int64_t{blockIdx.y} * tile_side + threadIdx.y;
    const int64_t out_column = int64_t{blockIdx.x} * tile_side + threadIdx.x;
    const int64_t tile_row = int64_t{blockIdx.y} * tile_side * s.height.stride - s.height.padding;
    const int64_t tile_column = int64_t{blockIdx.x} * tile_side * s.width.stride - s.width.padding;
    const int row = static_cast<int>(threadIdx.y) * static_cast<int>(s.height.stride);
    const int column = static_cast<int>(threadIdx.x) * static_cast<int>(s.width.stride);
    const bool has_output = out_row < s.height.output && out_column < s.width.output;

    // A grid has at most 65535 planes; where there are more, a block does every 65535th.
    for (int64_t plane = blockIdx.z; plane < s.batch * s.out_channels; plane += gridDim.z) {
        const int64_t out_channel = plane % s.out_channels;
        const int64_t first_channel =
            plane / s.out_channels * s.in_channels + out_channel / s.group_out * s.group_in;
        float sum = bias ? bias[out_channel] : 0.0f;
        for (int64_t c = 0; c < s.group_in; ++c) {
            stage_input(sizes, input + (first_channel + c) * s.height.input * s.width.input, tile_row,
                        tile_column, thread, stage);
            for (int i = thread; i < window_size; i += tile_side * tile_side)
                window[i] = weights[(out_channel * s.group_in + c) * window_size + i];
            __syncthreads();  // everything is staged
            if (has_output)
                sum =
                    window_sum(sizes, stage, window, row, column, tile_row + row, tile_column + column, sum);
            __syncthreads();  // everybody has read it: the next channel may overwrite it
        }
        if (has_output) output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
    }
}

}  // namespace convscope::conv2d::shared_tile
