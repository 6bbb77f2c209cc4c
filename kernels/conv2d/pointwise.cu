#include "common/conv_index.h"
#include "common/implicit_gemm_plan.h"
#include "common/matrix_rows.h"

namespace convscope::conv2d::pointwise {

KernelInfo info() {
    return {
        .op = Operator::conv2d,
        .name = "pointwise",
        .idea =
            "A 1×1 window sees one pixel: the convolution is a matrix product of (C_out × C_in) weights with "
            "the image as it lies in memory, (C_in × pixels). No index is looked up, and pixels are copied "
            "to "
            "shared memory four at a time.",
        .traffic =
            "The input is read once for each 64 output channels, in 16-byte copies where a plane is a "
            "multiple of four elements; the output is written once.",
        .wins_when = "On every 1×1 convolution with stride 1, the mixing half of a separable one.",
        .source_file = "conv2d/pointwise.cu"};
}

Support supports(const Problem& problem) {
    for (const Axis axis : {axis_height, axis_width}) {
        if (problem.kernel_size()[axis] != 1)
            return Support::no(cat("pointwise takes a 1×1 window; this one is ",
                                   problem.kernel_size()[axis_height], "×",
                                   problem.kernel_size()[axis_width]));
        if (problem.stride()[axis] != 1 || problem.padding()[axis] != 0)
            return Support::no(cat("pointwise takes stride 1 and padding 0; here they are ",
                                   problem.stride()[axis], " and ", problem.padding()[axis]));
    }
    return gemm::supports<gemm::ConvIndex>(problem);
}

template <int channels>
using Tile = gemm::Float32Tile<channels>;

// weights (C_out, C_in/groups), packed (C_in/groups, groups, channels), row_table is not read
__global__ void conv2d_pointwise_pack(gemm::Sizes sizes, const float* weights, float* packed,
                                      int4* row_table);

// input (N, C_in, H, W), packed as above, bias (C_out) or null, output (N, C_out, H, W)
template <int channels, bool vectors>
__global__ void __launch_bounds__(gemm::threads)
    conv2d_pointwise(gemm::Sizes sizes, const float* input, const float* packed, const int4* row_table,
                     const float* bias, float* output);

template <int channels>
static gemm::TileChoice choice(bool vectors) {
    return {channels, vectors ? &conv2d_pointwise<channels, true> : &conv2d_pointwise<channels, false>,
            gemm::shared_bytes<Tile<channels>>()};
}

LaunchPlan plan(const Problem& problem) {
    const bool vectors = problem.output()[axis_height] * problem.output()[axis_width] % 4 == 0;
    const gemm::TileChoice tiles[] = {choice<8>(vectors), choice<32>(vectors), choice<64>(vectors)};
    return gemm::plan<gemm::ConvIndex>(problem, "conv2d pointwise", &conv2d_pointwise_pack, tiles);
}

__global__ void conv2d_pointwise_pack(gemm::Sizes sizes, const float* __restrict__ weights,
                                      float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, false>(sizes, weights, packed, row_table);
}

template <int channels, bool vectors>
__global__ void __launch_bounds__(gemm::threads)
    conv2d_pointwise(gemm::Sizes sizes, const float* __restrict__ input, const float* __restrict__ packed,
                     const int4* __restrict__, const float* __restrict__ bias, float* __restrict__ output) {
    gemm::matrix_gemm<Tile<channels>, vectors>(sizes, input, packed, bias, output);
}

}  // namespace convscope::conv2d::pointwise
