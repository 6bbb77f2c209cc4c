#include "common/flat_grid.h"
#include "common/vector_access.h"
#include "core/separable.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"
#include "depthwise/row_march.h"
#include "separable/pointwise_product.h"

namespace convscope::separable_conv2d::two_pass {

KernelInfo info() {
    return {.op = Operator::separable_conv2d,
            .name = "two_pass",
            .idea =
                "The two stages, one after the other: row_march makes the middle tensor in scratch memory, "
                "then a product of matrices sums its channels. There a block makes 64 output channels of 128 "
                "pixels, and each thread 8×8 of them in registers.",
            .traffic =
                "The middle tensor (N, C_in, H_out, W_out) is written once and read once for every 64 output "
                "channels, besides the input and the output.",
            .wins_when =
                "Over naive, always with more than a few output channels; over fused, where the channels "
                "are so many that the pointwise product alone sets the time.",
            .source_file = "separable/two_pass.cu"};
}

struct Sizes {
    int64_t batch, in_channels, out_channels;
    int64_t pixels;        // of one channel of the middle tensor and of the output
    int64_t output_tiles;  // of 64 channels
    int64_t pixel_tiles;   // of 128 pixels
    int width;             // floats that one access may move
    bool with_bias;
};

static Sizes sizes(const Problem& problem) {
    const int64_t pixels = problem.output()[axis_height] * problem.output()[axis_width];
    return {.batch = problem.batch(),
            .in_channels = problem.in_channels(),
            .out_channels = problem.out_channels(),
            .pixels = pixels,
            .output_tiles = (problem.out_channels() + tile_outputs - 1) / tile_outputs,
            .pixel_tiles = (pixels + tile_pixels - 1) / tile_pixels,
            .width = widest_access(pixels),
            .with_bias = problem.bias()};
}

Support supports(const Problem& problem) {
    ProblemSpec middle = problem.spec();
    middle.op = Operator::depthwise_conv2d;
    middle.out_channels = middle.in_channels;
    if (const auto broken = broken_rules(middle); !broken.empty())
        return Support::no(cat("the depthwise stage cannot be done: ", broken.front().sentence));
    if (const Support first = depthwise_conv2d::row_march::supports(depthwise_stage(problem)); !first)
        return first;
    const Sizes s = sizes(problem);
    const int64_t blocks = s.batch * s.output_tiles * s.pixel_tiles;
    if (blocks > most_blocks_in_x)
        return Support::no(cat("the pointwise product takes ", blocks,
                               " blocks of 64 channels by 128 pixels; "
                               "a grid holds at most ",
                               most_blocks_in_x));
    return Support::yes();
}

// pointwise (C_out, C_in), middle (N, C_in, pixels), bias (C_out) or null, output (N, C_out, pixels)
__global__ void separable_two_pass_pointwise(Sizes s, const float* pointwise, const float* middle,
                                             const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    const Sizes s = sizes(problem);
    const int64_t middle = element_count(middle_shape(problem)) * int64_t{sizeof(float)};
    const LaunchShape shape{.grid = {static_cast<unsigned>(s.batch * s.output_tiles * s.pixel_tiles)},
                            .block = {block_threads}};
    return {.steps = {depthwise_conv2d::row_march::step(depthwise_stage(problem),
                                                        "separable_conv2d two_pass: depthwise", buffer::input,
                                                        buffer::scratch(0)),
                      make_step("separable_conv2d two_pass: pointwise",
                                "a block 64 output channels of 128 pixels, 16 input channels a turn",
                                separable_two_pass_pointwise, shape, s, buffer::pointwise, buffer::scratch(0),
                                buffer::bias, buffer::output)},
            .scratch = {{.name = "middle tensor", .bytes = middle}}};
}

// Copies up to `depth` channels of 128 pixels to tile (depth, 128), from (channels, pixels) at the first of
// the pixels, of which `there` exist. What does not exist becomes 0.
static __device__ __forceinline__ void stage_middle(const Sizes& s, const float* from, int64_t channels,
                                                    int64_t there, float* tile) {
    const int thread = static_cast<int>(threadIdx.x);
    if (s.width == vector_floats) {
        // Pixels come in fours that exist as a whole or not at all. A warp takes a channel.
        const int pixel = thread % 32 * vector_floats;
#pragma unroll
        for (int k = thread / 32; k < depth; k += block_threads / 32) {
            float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (k < channels && pixel < there)
                value = *reinterpret_cast<const float4*>(from + k * s.pixels + pixel);
            *reinterpret_cast<float4*>(tile + k * tile_pixels + pixel) = value;
        }
    } else {
        static_assert(block_threads == tile_pixels, "a thread takes a pixel");
#pragma unroll 4
        for (int k = 0; k < depth; ++k)
            tile[k * tile_pixels + thread] =
                k < channels && thread < there ? from[k * s.pixels + thread] : 0.0f;
    }
}

__global__ void __launch_bounds__(block_threads, 4)
    separable_two_pass_pointwise(Sizes s, const float* __restrict__ pointwise,
                                 const float* __restrict__ middle, const float* __restrict__ bias,
                                 float* __restrict__ output) {
    __align__(16) __shared__ float weights[depth * tile_outputs];
    __align__(16) __shared__ float pixels[depth * tile_pixels];
    // The blocks that read the same pixels follow one another.
    const int64_t first_out = int64_t{blockIdx.x} % s.output_tiles * tile_outputs;
    const int64_t tile = int64_t{blockIdx.x} / s.output_tiles;
    const int64_t first = tile % s.pixel_tiles * tile_pixels, image = tile / s.pixel_tiles;
    const float* from = middle + image * s.in_channels * s.pixels + first;  // (C_in, pixels)

    float sums[2 * vector_floats][2 * vector_floats];
    clear(sums);
    for (int64_t c = 0; c < s.in_channels; c += depth) {
        stage_pointwise(pointwise, s.out_channels, s.in_channels, first_out, c, weights);
        stage_middle(s, from + c * s.pixels, s.in_channels - c, s.pixels - first, pixels);
        __syncthreads();  // both are staged
        add_pointwise(weights, pixels, sums);
        __syncthreads();  // everybody has read them: the next turn may overwrite them
    }
    for_each_four(sums, [&](int m, int pixel, const float(&quad)[vector_floats]) {
        const int64_t channel = first_out + m;
        if (channel >= s.out_channels || first + pixel >= s.pixels) return;
        const float add = s.with_bias ? bias[channel] : 0.0f;
        const float values[vector_floats] = {quad[0] + add, quad[1] + add, quad[2] + add, quad[3] + add};
        store_four(output + (image * s.out_channels + channel) * s.pixels + first + pixel, values,
                   static_cast<int>(min(int64_t{vector_floats}, s.pixels - first - pixel)), s.width);
    });
}

}  // namespace convscope::separable_conv2d::two_pass
