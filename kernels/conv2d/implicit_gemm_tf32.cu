#include "common/conv_index.h"
#include "common/implicit_gemm_plan.h"

namespace convscope::conv2d::implicit_gemm_tf32 {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "implicit_gemm_tf32",
            .idea =
                "The implicit GEMM on tensor cores: a warp multiplies fragments of 16 pixels × 8 rows and 8 "
                "rows × 8 channels by one instruction, while copies fill two more stages. Operands are "
                "rounded to TF32, which keeps 10 bits of the fraction; sums stay float32.",
            .traffic =
                "An input element is copied to shared memory once for each tap that meets it and each tile "
                "of 64 output channels, mostly from cache; the output is written once.",
            .wins_when =
                "Where about three decimal digits are enough: several times the arithmetic of float32. "
                "Libraries do the same by default.",
            .error = tf32_error,
            .mixes_taps = true,
            .source_file = "conv2d/implicit_gemm_tf32.cu"};
}

Support supports(const Problem& problem) {
    return gemm::supports<gemm::ConvIndex>(problem);
}

template <int channels>
using Tile = gemm::TensorCoreTile<channels, false>;

// weights (C_out, C_in/groups, K_d, K_h, K_w), packed (rows, groups, channels), row_table (rows); in 2D the
// depth is 1
__global__ void conv_implicit_gemm_tf32_pack(gemm::Sizes sizes, const float* weights, float* packed,
                                             int4* row_table);

// input (N, C_in, D, H, W), packed and row_table as above, bias (C_out) or null,
// output (N, C_out, D_out, H_out, W_out)
template <int channels>
__global__ void conv_implicit_gemm_tf32(gemm::Sizes sizes, const float* input, const float* packed,
                                        const int4* row_table, const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    static const gemm::TileChoice tiles[] = {
        {8, &conv_implicit_gemm_tf32<8>, gemm::shared_bytes<Tile<8>>()},
        {24, &conv_implicit_gemm_tf32<24>, gemm::shared_bytes<Tile<24>>()},
        {32, &conv_implicit_gemm_tf32<32>, gemm::shared_bytes<Tile<32>>()},
        {64, &conv_implicit_gemm_tf32<64>, gemm::shared_bytes<Tile<64>>()}};
    return gemm::plan<gemm::ConvIndex>(problem, cat(facts(problem.op()).name, " implicit_gemm_tf32"),
                                       &conv_implicit_gemm_tf32_pack, tiles);
}

__global__ void conv_implicit_gemm_tf32_pack(gemm::Sizes sizes, const float* __restrict__ weights,
                                             float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::ConvIndex, true>(sizes, weights, packed, row_table);
}

template <int channels>
__global__ void __launch_bounds__(gemm::threads, gemm::least_blocks(channels))
    conv_implicit_gemm_tf32(gemm::Sizes sizes, const float* __restrict__ input,
                            const float* __restrict__ packed, const int4* __restrict__ row_table,
                            const float* __restrict__ bias, float* __restrict__ output) {
    gemm::implicit_gemm<Tile<channels>, gemm::ConvIndex>(sizes, input, packed, row_table, bias, output);
}

}  // namespace convscope::conv2d::implicit_gemm_tf32
