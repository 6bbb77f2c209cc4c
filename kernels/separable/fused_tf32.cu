#include "common/conv_index.h"
#include "common/implicit_gemm_plan.h"
#include "separable/depthwise_stage.h"

namespace convscope::separable_conv2d::fused_tf32 {

KernelInfo info() {
    return {
        .op = Operator::separable_conv2d,
        .name = "fused_tf32",
        .idea =
            "The fused kernel with its second half on tensor cores: the depthwise sums of 4×32 pixels are "
            "made in float32 and go to shared memory, and are rounded to TF32 only where a fragment of them "
            "is multiplied. The pointwise weights are rounded once and copied two turns ahead.",
        .traffic =
            "The input once a tile and its halo, 6·34 loads for 4·32 sums with a 3×3 window, and the output "
            "once: the middle tensor never reaches global memory. Pointwise weights come from cache.",
        .wins_when =
            "Where three decimal digits are enough: the arithmetic disappears behind the memory traffic, "
            "which is the least that is possible.",
        .error = tf32_error,
        .mixes_taps = true,
        .source_file = "separable/fused_tf32.cu"};
}

using Tile = gemm::TensorCoreTile<64, false>;
constexpr int tile_rows = gemm::pixels / stage_columns;
constexpr int weights_floats = gemm::rows * gemm::w_pitch(Tile::channels);  // of one stage
constexpr int most_channels = 144;  // whose sums fit beside the weights into 96 KiB
constexpr int some_channels = 64;   // that are taken at a time where not all fit

struct Sizes {
    gemm::Sizes pointwise;  // the second half as a 1×1 convolution of the middle
    ConvSizes conv;
    StageLoads loads;
    int64_t tiles_down, tiles_across;
    int channels;  // whose sums shared memory holds at once, a multiple of gemm::rows
};

static Sizes sizes(const Problem& problem) {
    const auto tiles = [&](Axis a, int64_t outputs) { return (problem.output()[a] + outputs - 1) / outputs; };
    const ConvSizes conv = conv_sizes(problem);
    ConvSizes second = conv;
    second.group_in = conv.in_channels;
    second.group_out = conv.out_channels;
    second.height = {conv.height.output, conv.height.output, 1, 1, 0, 1};
    second.width = {conv.width.output, conv.width.output, 1, 1, 0, 1};
    const int64_t channels = conv.in_channels <= most_channels ? conv.in_channels : some_channels;
    return {.pointwise = gemm::gemm_sizes(second, 1, 1, Tile::channels),
            .conv = conv,
            .loads = stage_loads(problem),
            .tiles_down = tiles(axis_height, tile_rows),
            .tiles_across = tiles(axis_width, stage_columns),
            .channels = static_cast<int>((channels + gemm::rows - 1) / gemm::rows * gemm::rows)};
}

Support supports(const Problem& problem) {
    const Sizes s = sizes(problem);
    const int64_t blocks = problem.batch() * s.tiles_down * s.tiles_across;
    const double packed =
        static_cast<double>(problem.in_channels()) * static_cast<double>(problem.out_channels());
    if (packed > 0x1p38)
        return Support::no(cat("the packed weights would have ", packed, " elements; 2³⁸ are allowed"));
    if (blocks <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a block for each tile of 4×32 pixels takes ", blocks,
                           " blocks; a grid holds at most ", most_blocks_in_x));
}

// pointwise (C_out, C_in), packed (C_in, channels), row_table is not read
__global__ void separable_fused_tf32_pack(gemm::Sizes sizes, const float* pointwise, float* packed,
                                          int4* row_table);

// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w), packed as above, bias (C_out) or null,
// output (N, C_out, H_out, W_out)
template <class Window>
__global__ void separable_fused_tf32(Sizes s, const float* input, const float* weights, const float* packed,
                                     const float* bias, float* output);

// The instance: the commonest windows have constant sizes.
using Kernel = void (*)(Sizes, const float*, const float*, const float*, const float*, float*);
static Kernel instance(const Problem& problem) {
    const auto is = [&](int k, int stride) {
        return problem.kernel_size() == Axes{1, k, k} && problem.stride() == Axes{1, stride, stride} &&
               problem.dilation() == Axes{1, 1, 1};
    };
    if (is(3, 1)) return separable_fused_tf32<Window<3, 3, 1, 1, 1>>;
    if (is(3, 2)) return separable_fused_tf32<Window<3, 3, 2, 1, 1>>;
    if (is(5, 1)) return separable_fused_tf32<Window<5, 5, 1, 1, 1>>;
    return separable_fused_tf32<AnyWindow>;
}

LaunchPlan plan(const Problem& problem) {
    const Sizes s = sizes(problem);
    const int floats = s.channels * gemm::x_pitch + Tile::stages * weights_floats;
    const LaunchShape shape{.grid = {static_cast<unsigned>(problem.batch() * s.tiles_down * s.tiles_across)},
                            .block = {gemm::threads},
                            .shared_bytes = static_cast<size_t>(floats) * sizeof(float)};
    Step pack = gemm::pack_step("separable_conv2d fused_tf32", &separable_fused_tf32_pack, s.pointwise);
    pack.buffers.front() = buffer::pointwise;
    return {.steps = {pack,
                      make_step("separable_conv2d fused_tf32",
                                cat("a block 4×32 pixels of all output channels, with the depthwise sums of ",
                                    s.channels, " channels in shared memory"),
                                instance(problem), shape, s, buffer::input, buffer::weights,
                                buffer::scratch(0), buffer::bias, buffer::output)},
            .scratch = gemm::packed_scratch(s.pointwise)};
}

__global__ void separable_fused_tf32_pack(gemm::Sizes sizes, const float* __restrict__ pointwise,
                                          float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, true>(sizes, pointwise, packed, row_table);
}

// tile += the products over the channels whose sums are in `middle` (channels, x_pitch).
static __device__ __forceinline__ void add_channels(Tile& tile, const Sizes& s, const float* packed,
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

template <class Window>
__global__ void __launch_bounds__(gemm::threads)
    separable_fused_tf32(Sizes s, const float* __restrict__ input, const float* __restrict__ weights,
                         const float* __restrict__ packed, const float* __restrict__ bias,
                         float* __restrict__ output) {
    float* middle = dynamic_shared<float>();              // (channels, x_pitch)
    float* stages = middle + s.channels * gemm::x_pitch;  // of the pointwise weights
    const int64_t tile_number = int64_t{blockIdx.x} / s.tiles_across;
    const StagePlace place{.image = tile_number / s.tiles_down,
                           .first_row = tile_number % s.tiles_down * tile_rows,
                           .first_column = int64_t{blockIdx.x} % s.tiles_across * stage_columns};
    const bool all_fit = s.channels >= s.conv.in_channels;
    for (int64_t first_out = 0; first_out < s.conv.out_channels; first_out += Tile::channels) {
        Tile tile;
        for (int64_t c = 0; c < s.conv.in_channels; c += s.channels) {
            __syncthreads();  // everybody has read the sums and the weights before
            if (first_out == 0 || !all_fit)
                stage_depthwise<Window, tile_rows, gemm::threads / 32>(s.conv, s.loads, input, weights, place,
                                                                       c, s.channels, gemm::x_pitch, middle);
            add_channels(tile, s, packed + first_out, c, middle, stages);
        }
        store_outputs(tile, s.conv, place, first_out, bias, output);
    }
}

}  // namespace convscope::separable_conv2d::fused_tf32
