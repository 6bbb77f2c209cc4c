#include "separable/fused_tile.h"

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
        .source_file = "separable/fused_tf32.cu"};
}

Support supports(const Problem& problem) {
    return fused_supports(problem);
}

using Tile = gemm::TensorCoreTile<tile_outputs, false>;

// pointwise (C_out, C_in), packed (C_in, channels), row_table is not read
__global__ void separable_fused_tf32_pack(gemm::Sizes sizes, const float* pointwise, float* packed,
                                          int4* row_table);

// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w), packed as above, bias (C_out) or null,
// output (N, C_out, H_out, W_out)
template <class Window, bool AllFit>
__global__ void separable_fused_tf32(FusedSizes s, const float* input, const float* weights,
                                     const float* packed, const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    const FusedKernel kernel = fused_instance(problem, [](auto window, auto all_fit) -> FusedKernel {
        return &separable_fused_tf32<typename decltype(window)::type, decltype(all_fit)::value>;
    });
    return fused_plan(problem, "separable_conv2d fused_tf32", &separable_fused_tf32_pack, kernel,
                      Tile::stages);
}

__global__ void separable_fused_tf32_pack(gemm::Sizes sizes, const float* __restrict__ pointwise,
                                          float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, true>(sizes, pointwise, packed, row_table);
}

template <class Window, bool AllFit>
__global__ void __launch_bounds__(gemm::threads, AllFit ? 3 : 2)
    separable_fused_tf32(FusedSizes s, const float* __restrict__ input, const float* __restrict__ weights,
                         const float* __restrict__ packed, const float* __restrict__ bias,
                         float* __restrict__ output) {
    fused_block<Tile, Window, AllFit>(s, input, weights, packed, bias, output);
}

}  // namespace convscope::separable_conv2d::fused_tf32
