#include "common/matrix_rows.h"
#include "core/separable.h"
#include "depthwise/row_march.h"
#include "separable/pointwise_sizes.h"

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

template <int channels>
using Tile = gemm::Float32Tile<channels>;

Support supports(const Problem& problem) {
    ProblemSpec middle = problem.spec();
    middle.op = Operator::depthwise_conv2d;
    middle.out_channels = middle.in_channels;
    if (const auto broken = broken_rules(middle); !broken.empty())
        return Support::no(cat("the depthwise stage cannot be done: ", broken.front().sentence));
    const Problem first = depthwise_stage(problem);
    if (const Support can = depthwise_conv2d::row_march::supports(first); !can) return can;
    ProblemSpec second = problem.spec();
    second.op = Operator::conv2d;
    second.groups.reset();
    second.input = problem.output();
    second.kernel_size = second.stride = second.dilation = {1, 1, 1};
    second.padding = {0, 0, 0};
    return gemm::supports<gemm::ConvIndex>(Problem(second));
}

// pointwise (C_out, C_in), packed (C_in, channels), row_table is not read
__global__ void separable_two_pass_pack(gemm::Sizes sizes, const float* pointwise, float* packed,
                                        int4* row_table);

// middle (N, C_in, H_out, W_out), packed as above, bias (C_out) or null, output (N, C_out, H_out, W_out)
template <int channels, bool vectors>
__global__ void separable_two_pass_pointwise(gemm::Sizes sizes, const float* middle, const float* packed,
                                             const int4* row_table, const float* bias, float* output);

template <int channels>
static gemm::TileChoice choice(bool vectors) {
    return {channels,
            vectors ? &separable_two_pass_pointwise<channels, true>
                    : &separable_two_pass_pointwise<channels, false>,
            gemm::shared_bytes<Tile<channels>>()};
}

LaunchPlan plan(const Problem& problem) {
    const bool vectors = problem.output()[axis_height] * problem.output()[axis_width] % 4 == 0;
    const gemm::TileChoice tiles[] = {choice<8>(vectors), choice<32>(vectors), choice<64>(vectors)};
    const gemm::TileChoice& tile = gemm::choose_tile(tiles, problem.out_channels());
    const gemm::Sizes sizes = pointwise_sizes(problem, tile.channels);
    std::vector<Scratch> scratch = gemm::packed_scratch(sizes);
    scratch.push_back(
        {.name = "middle tensor", .bytes = element_count(middle_shape(problem)) * int64_t{sizeof(float)}});
    return {.steps = {pack_pointwise_step("separable_conv2d two_pass", &separable_two_pass_pack, sizes),
                      depthwise_conv2d::row_march::step(depthwise_stage(problem),
                                                        "separable_conv2d two_pass: depthwise", buffer::input,
                                                        buffer::scratch(2)),
                      gemm::multiply_step("separable_conv2d two_pass: pointwise", tile, sizes,
                                          gemm::ConvIndex::most_pixels(problem), buffer::scratch(2))},
            .scratch = scratch};
}

__global__ void separable_two_pass_pack(gemm::Sizes sizes, const float* __restrict__ pointwise,
                                        float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, false>(sizes, pointwise, packed, row_table);
}

template <int channels, bool vectors>
__global__ void __launch_bounds__(gemm::threads, 4)
    separable_two_pass_pointwise(gemm::Sizes sizes, const float* __restrict__ middle,
                                 const float* __restrict__ packed, const int4* __restrict__,
                                 const float* __restrict__ bias, float* __restrict__ output) {
    gemm::matrix_gemm<Tile<channels>, vectors>(sizes, middle, packed, bias, output);
}

}  // namespace convscope::separable_conv2d::two_pass
