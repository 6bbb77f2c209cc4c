#include "common/conv_index.h"
#include "common/implicit_gemm_plan.h"

namespace convscope::conv2d::im2col_gemm {

KernelInfo info() {
    return {
        .op = Operator::conv2d,
        .name = "im2col_gemm",
        .idea =
            "Two steps that everybody has at hand: im2col writes, for every output pixel, the input elements "
            "under its window as one column of a matrix; then one matrix product of the weights with it "
            "gives "
            "all outputs. The product is the one of implicit_gemm, whose rows are now there to be read.",
        .traffic =
            "Each input element is written K_h·K_w/stride² times and read as often: on a 3×3 window nine "
            "times the input goes to memory and comes back before the product begins.",
        .wins_when =
            "Where a fast matrix product is at hand and nothing else. It is the step between the picture of "
            "a window and implicit_gemm, which saves the matrix.",
        .mixes_taps = true,
        .source_file = "conv2d/im2col_gemm.cu"};
}

// The product seen as a 1×1 convolution of the columns: one input channel a tap and channel.
static ConvSizes columns_as_input(const ConvSizes& conv) {
    const int64_t taps = conv.height.window * conv.width.window;
    ConvSizes s = conv;
    s.in_channels *= taps;
    s.group_in *= taps;
    s.height = {conv.height.output, conv.height.output, 1, 1, 0, 1};
    s.width = {conv.width.output, conv.width.output, 1, 1, 0, 1};
    return s;
}

static double column_elements(const Problem& problem) {
    double elements = static_cast<double>(gemm::ConvIndex::most_pixels(problem));
    for (const int64_t factor :
         {problem.in_channels(), problem.kernel_size()[axis_height], problem.kernel_size()[axis_width]})
        elements *= static_cast<double>(factor);
    return elements;
}

Support supports(const Problem& problem) {
    const double elements = column_elements(problem);
    const double most = static_cast<double>(most_blocks_in_x) * static_cast<double>(flat_block_threads);
    if (elements > most)
        return Support::no(
            cat("the matrix of columns would have ", elements, " elements; a grid holds ", most));
    const double image =
        elements / static_cast<double>(problem.batch()) / static_cast<double>(problem.groups());
    if (image > 0x1p31)
        return Support::no(cat("offsets within one image's columns are counted in 32 bits; a group has ",
                               image, " elements"));
    return gemm::supports<gemm::ConvIndex>(problem);
}

// input (N, C_in, H, W), columns (N, C_in·K_h·K_w, H_out, W_out)
__global__ void conv2d_im2col(ConvSizes s, const float* input, float* columns);

// weights (C_out, C_in/groups, K_h, K_w), packed (rows, groups, channels), row_table (rows)
__global__ void conv2d_im2col_pack(gemm::Sizes sizes, const float* weights, float* packed, int4* row_table);

// columns, packed and row_table as above, bias (C_out) or null, output (N, C_out, H_out, W_out)
template <int channels>
__global__ void conv2d_im2col_gemm(gemm::Sizes sizes, const float* columns, const float* packed,
                                   const int4* row_table, const float* bias, float* output);

template <int channels>
using Tile = gemm::Float32Tile<channels>;

LaunchPlan plan(const Problem& problem) {
    static const gemm::TileChoice tiles[] = {{8, &conv2d_im2col_gemm<8>, gemm::shared_bytes<Tile<8>>()},
                                             {32, &conv2d_im2col_gemm<32>, gemm::shared_bytes<Tile<32>>()},
                                             {64, &conv2d_im2col_gemm<64>, gemm::shared_bytes<Tile<64>>()}};
    const gemm::TileChoice& tile = gemm::choose_tile(tiles, problem.out_channels_per_group());
    const gemm::Sizes sizes =
        gemm::gemm_sizes(columns_as_input(conv_sizes(problem)), problem.groups(), 1, tile.channels);
    const auto elements = static_cast<int64_t>(column_elements(problem));
    const int64_t blocks = (elements + flat_block_threads - 1) / flat_block_threads;
    std::vector<Scratch> scratch = gemm::packed_scratch(sizes);
    scratch.push_back({"columns", elements * int64_t{sizeof(float)}});
    return {.steps = {gemm::pack_step("conv2d im2col_gemm", &conv2d_im2col_pack, sizes),
                      make_step("conv2d im2col_gemm, im2col",
                                "a thread an element of the columns, in their order", conv2d_im2col,
                                {.grid = {static_cast<unsigned>(blocks)},
                                 .block = {static_cast<unsigned>(flat_block_threads)}},
                                conv_sizes(problem), buffer::input, buffer::scratch(2)),
                      gemm::multiply_step("conv2d im2col_gemm, product", tile, sizes,
                                          gemm::ConvIndex::most_pixels(problem), buffer::scratch(2))},
            .scratch = scratch};
}

__global__ void conv2d_im2col(ConvSizes s, const float* __restrict__ input, float* __restrict__ columns) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t plane = s.height.output * s.width.output;
    const int64_t taps = s.height.window * s.width.window;
    if (element >= s.batch * s.in_channels * taps * plane) return;
    const int64_t out_column = element % s.width.output;
    const int64_t out_row = element % plane / s.width.output;
    const int64_t tap = element / plane % taps;
    const int64_t in_plane = element / plane / taps;  // of all images
    const int64_t row =
        out_row * s.height.stride - s.height.padding + tap / s.width.window * s.height.dilation;
    const int64_t column =
        out_column * s.width.stride - s.width.padding + tap % s.width.window * s.width.dilation;
    const bool inside = row >= 0 && row < s.height.input && column >= 0 && column < s.width.input;
    columns[element] = inside ? input[(in_plane * s.height.input + row) * s.width.input + column] : 0.0f;
}

__global__ void conv2d_im2col_pack(gemm::Sizes sizes, const float* __restrict__ weights,
                                   float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, false>(sizes, weights, packed, row_table);
}

template <int channels>
__global__ void __launch_bounds__(gemm::threads, gemm::least_blocks(channels))
    conv2d_im2col_gemm(gemm::Sizes sizes, const float* __restrict__ columns, const float* __restrict__ packed,
                       const int4* __restrict__ row_table, const float* __restrict__ bias,
                       float* __restrict__ output) {
    gemm::implicit_gemm<Tile<channels>, gemm::ConvIndex>(sizes, columns, packed, row_table, bias, output);
}

}  // namespace convscope::conv2d::im2col_gemm
