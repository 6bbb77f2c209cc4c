#include "separable/fused_tile.h"

namespace convscope::separable_conv2d::fused {

KernelInfo info() {
    return {
        .op = Operator::separable_conv2d,
        .name = "fused",
        .idea =
            "A block computes 4×32 pixels of every output channel. It first writes the depthwise sums of its "
            "pixels, all input channels of them, to shared memory; from there the pointwise product makes 64 "
            "output channels at a time, 8×8 outputs in the registers of each thread. So each depthwise sum "
            "is computed once. With more than 144 input channels, shared memory takes 64 of them at a time, "
            "and they are computed again for every 64 output channels.",
        .traffic =
            "The input once a tile and its halo, 6·34 loads for 4·32 sums with a 3×3 window, and the output "
            "once: the middle tensor never reaches global memory. Pointwise weights come from cache.",
        .wins_when =
            "With up to some hundred channels, where moving the middle tensor costs more than the "
            "arithmetic. With more, the product alone sets the time.",
        .source_file = "separable/fused.cu"};
}

Support supports(const Problem& problem) {
    return fused_supports(problem);
}

using Tile = gemm::Float32Tile<tile_outputs>;

// pointwise (C_out, C_in), packed (C_in, channels), row_table is not read
__global__ void separable_fused_pack(gemm::Sizes sizes, const float* pointwise, float* packed,
                                     int4* row_table);

// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w), packed as above, bias (C_out) or null,
// output (N, C_out, H_out, W_out)
template <class Window, bool AllFit>
__global__ void separable_fused(FusedSizes s, const float* input, const float* weights, const float* packed,
                                const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    const FusedKernel kernel = fused_instance(problem, [](auto window, auto all_fit) -> FusedKernel {
        return &separable_fused<typename decltype(window)::type, decltype(all_fit)::value>;
    });
    return fused_plan(problem, "separable_conv2d fused", &separable_fused_pack, kernel, Tile::stages);
}

__global__ void separable_fused_pack(gemm::Sizes sizes, const float* __restrict__ pointwise,
                                     float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, false>(sizes, pointwise, packed, row_table);
}

template <class Window, bool AllFit>
__global__ void __launch_bounds__(gemm::threads, AllFit ? 3 : 2)
    separable_fused(FusedSizes s, const float* __restrict__ input, const float* __restrict__ weights,
                    const float* __restrict__ packed, const float* __restrict__ bias,
                    float* __restrict__ output) {
    fused_block<Tile, Window, AllFit>(s, input, weights, packed, bias, output);
}

}  // namespace convscope::separable_conv2d::fused
