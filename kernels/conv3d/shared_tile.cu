#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv3d::shared_tile {

KernelInfo info() {
    return {
        .op = Operator::conv3d,
        .name = "shared_tile",
        .idea =
            "A block computes a 4×8×8 box of one output channel. For each input channel its threads first "
            "copy, together, the part of the input that the box needs (the box and a halo as wide as "
            "the window reaches) and the window's weights into shared memory, then compute from there.",
        .traffic =
            "Each input element is loaded about once a box and output channel, and not once a tap. In 3D "
            "the halo is most of it: for a 3×3×3 window 600 inputs serve 256 outputs. Each weight is "
            "loaded once a block.",
        .wins_when =
            "With windows of 3×3×3 and more and few channels, where slices are too large for the caches "
            "to keep as many as the window spans.",
        .source_file = "conv3d/shared_tile.cu"};
}

// Outputs, and threads, each way. Of the boxes of 256 this one has nearly the smallest halo.
constexpr int box_depth = 4, box_height = 8, box_width = 8;
constexpr int threads = box_depth * box_height * box_width;

// What one block stages for one input channel.
struct Staging {
    int64_t slices, rows, columns;  // of the input
    int64_t weights;
    int64_t floats() const { return slices * rows * columns + weights; }
};

static Staging staging(const Problem& problem) {
    const auto extent = [&](Axis a, int64_t outputs) {
        return (outputs - 1) * problem.stride()[a] + (problem.kernel_size()[a] - 1) * problem.dilation()[a] +
               1;
    };
    const Axes& window = problem.kernel_size();
    return {.slices = extent(axis_depth, box_depth),
            .rows = extent(axis_height, box_height),
            .columns = extent(axis_width, box_width),
            .weights = window[axis_depth] * window[axis_height] * window[axis_width]};
}

static int64_t boxes(int64_t outputs, int64_t side) {
    return (outputs + side - 1) / side;
}

Support supports(const Problem& problem) {
    constexpr int64_t shared_floats = 48 * 1024 / int64_t{sizeof(float)};  // every GPU gives them unasked
    const Staging stage = staging(problem);
    // Each extent is looked at alone first: their product may not fit into 64 bits.
    if (stage.slices > shared_floats || stage.rows > shared_floats || stage.columns > shared_floats ||
        stage.weights > shared_floats || stage.floats() > shared_floats)
        return Support::no(cat("a 4×8×8 box needs ", stage.slices, "×", stage.rows, "×", stage.columns,
                               " inputs and ", stage.weights, " weights in shared memory, which holds ",
                               shared_floats, " floats"));
    const Axes& output = problem.output();
    const int64_t along = boxes(output[axis_depth], box_depth), down = boxes(output[axis_height], box_height);
    const int64_t across = boxes(output[axis_width], box_width);
    if (along > 65535 || down > 65535 || across > 0x7FFF'FFFF / down)
        return Support::no(cat("the output has ", along, "×", down, "×", across,
                               " boxes of 4×8×8; a grid holds at most 65535 along the depth and 2147483647 "
                               "in a slice of at most 65535 rows"));
    return Support::yes();
}

struct Sizes {
    ConvSizes conv;
    int stage_slices, stage_rows, stage_columns;
    unsigned boxes_across;
};

// input (N, C_in, D, H, W), weights (C_out, C_in/groups, K_d, K_h, K_w), bias (C_out) or null,
// output (N, C_out, D_out, H_out, W_out)
__global__ void conv3d_shared_tile(Sizes sizes, const float* input, const float* weights, const float* bias,
                                   float* output);

LaunchPlan plan(const Problem& problem) {
    const Staging stage = staging(problem);
    const Axes& output = problem.output();
    const int64_t volumes = problem.batch() * problem.out_channels();
    const int64_t across = boxes(output[axis_width], box_width);
    const LaunchShape shape{.grid = {static_cast<unsigned>(across * boxes(output[axis_height], box_height)),
                                     static_cast<unsigned>(boxes(output[axis_depth], box_depth)),
                                     static_cast<unsigned>(volumes < 65535 ? volumes : 65535)},
                            .block = {box_width, box_height, box_depth},
                            .shared_bytes = static_cast<size_t>(stage.floats()) * sizeof(float)};
    const Sizes sizes{conv_sizes(problem), static_cast<int>(stage.slices), static_cast<int>(stage.rows),
                      static_cast<int>(stage.columns), static_cast<unsigned>(across)};
    return {.steps = {make_step("conv3d shared_tile",
                                cat("a block a 4×8×8 box of one output channel, staging ", stage.slices, "×",
                                    stage.rows, "×", stage.columns, " inputs for each input channel"),
                                conv3d_shared_tile, shape, sizes, buffer::input, buffer::weights,
                                buffer::bias, buffer::output)},
            .scratch = {}};
}

// A position in the input, or the first of the part that is staged.
struct Place {
    int64_t slice, row, column;
};

static __device__ __forceinline__ bool inside(const AxisSizes& axis, int64_t at) {
    return at >= 0 && at < axis.input;
}

// Copies the part of one input volume (D, H, W) that starts at `first` into the stage
// (stage_slices, stage_rows, stage_columns). What lies outside of the input stays as it is: no tap will
// read it.
static __device__ __forceinline__ void stage_input(const Sizes& sizes, const float* volume,
                                                   const Place& first, int thread, float* stage) {
    const ConvSizes& s = sizes.conv;
    for (int i = thread; i < sizes.stage_slices * sizes.stage_rows * sizes.stage_columns; i += threads) {
        const int64_t slice = first.slice + i / (sizes.stage_rows * sizes.stage_columns);
        const int64_t row = first.row + i / sizes.stage_columns % sizes.stage_rows;
        const int64_t column = first.column + i % sizes.stage_columns;
        if (inside(s.depth, slice) && inside(s.height, row) && inside(s.width, column))
            stage[i] = volume[(slice * s.height.input + row) * s.width.input + column];
    }
}

// The sum over one window (K_d, K_h, K_w) for the output whose first tap is stage[0] and lies at `first` of
// the input.
static __device__ __forceinline__ float window_sum(const Sizes& sizes, const float* stage,
                                                   const float* window, const Place& first, float sum) {
    const ConvSizes& s = sizes.conv;
    for (int i = 0; i < s.depth.window; ++i) {
        const int back = i * static_cast<int>(s.depth.dilation);
        if (!inside(s.depth, first.slice + back)) continue;
        for (int j = 0; j < s.height.window; ++j) {
            const int down = j * static_cast<int>(s.height.dilation);
            if (!inside(s.height, first.row + down)) continue;
            const float* row = stage + (back * sizes.stage_rows + down) * sizes.stage_columns;
            for (int k = 0; k < s.width.window; ++k) {
                const int right = k * static_cast<int>(s.width.dilation);
                if (!inside(s.width, first.column + right)) continue;
                sum += window[(i * s.height.window + j) * s.width.window + k] * row[right];
            }
        }
    }
    return sum;
}

__global__ void conv3d_shared_tile(Sizes sizes, const float* __restrict__ input,
                                   const float* __restrict__ weights, const float* __restrict__ bias,
                                   float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    float* stage = dynamic_shared<float>();  // (stage_slices, stage_rows, stage_columns)
    float* window = stage + sizes.stage_slices * sizes.stage_rows * sizes.stage_columns;  // (K_d, K_h, K_w)
    const int window_size = static_cast<int>(s.depth.window * s.height.window * s.width.window);
    const int thread = static_cast<int>((threadIdx.z * box_height + threadIdx.y) * box_width + threadIdx.x);

    const int64_t box_slice = int64_t{blockIdx.y} * box_depth;
    const int64_t box_row = int64_t{blockIdx.x / sizes.boxes_across} * box_height;
    const int64_t box_column = int64_t{blockIdx.x % sizes.boxes_across} * box_width;
    const int64_t out_slice = box_slice + threadIdx.z;
    const int64_t out_row = box_row + threadIdx.y;
    const int64_t out_column = box_column + threadIdx.x;
    const Place box{box_slice * s.depth.stride - s.depth.padding,
                    box_row * s.height.stride - s.height.padding,
                    box_column * s.width.stride - s.width.padding};
    const Place first{out_slice * s.depth.stride - s.depth.padding,
                      out_row * s.height.stride - s.height.padding,
                      out_column * s.width.stride - s.width.padding};
    const int place = static_cast<int>(((first.slice - box.slice) * sizes.stage_rows + first.row - box.row) *
                                           sizes.stage_columns +
                                       first.column - box.column);
    const bool has_output =
        out_slice < s.depth.output && out_row < s.height.output && out_column < s.width.output;
    const int64_t in_size = s.depth.input * s.height.input * s.width.input;

    // A grid has at most 65535 volumes; where there are more, a block does every 65535th.
    for (int64_t volume = blockIdx.z; volume < s.batch * s.out_channels; volume += gridDim.z) {
        const int64_t out_channel = volume % s.out_channels;
        const int64_t first_channel =
            volume / s.out_channels * s.in_channels + out_channel / s.group_out * s.group_in;
        float sum = bias ? bias[out_channel] : 0.0f;
        for (int64_t c = 0; c < s.group_in; ++c) {
            stage_input(sizes, input + (first_channel + c) * in_size, box, thread, stage);
            for (int i = thread; i < window_size; i += threads)
                window[i] = weights[(out_channel * s.group_in + c) * window_size + i];
            __syncthreads();  // everything is staged
            if (has_output) sum = window_sum(sizes, stage + place, window, first, sum);
            __syncthreads();  // everybody has read it: the next channel may overwrite it
        }
        if (has_output)
            output[((volume * s.depth.output + out_slice) * s.height.output + out_row) * s.width.output +
                   out_column] = sum;
    }
}

}  // namespace convscope::conv3d::shared_tile
