#include "common/implicit_gemm_plan.h"
#include "common/transposed_index.h"

namespace convscope::transpose::implicit_gemm_3xtf32 {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "implicit_gemm_3xtf32",
            .idea =
                "Each operand is split into two TF32 numbers, its upper 11 bits and the next 11. Three "
                "products on tensor cores, hi·lo, lo·hi and hi·hi, give nearly what float32 would; lo·lo is "
                "too small to matter.",
            .traffic =
                "An input element is copied to shared memory once for each tap that meets it and each tile "
                "of 64 output channels, mostly from cache. Outputs of a phase lie a stride apart, so that "
                "with stride > 1 a store fills only part of each sector.",
            .wins_when =
                "With many channels, where TF32 alone is too coarse: three tensor-core products still take "
                "less time than one in float32.",
            .error = three_tf32_error,
            .mixes_taps = true,
            .source_file = "transpose/implicit_gemm_3xtf32.cu"};
}

Support supports(const Problem& problem) {
    return gemm::supports<gemm::TransposedIndex>(problem);
}

template <int channels>
using Tile = gemm::TensorCoreTile<channels, true>;

// weights (C_in, C_out/groups, K_d, K_h, K_w), packed (rows, groups, channels), row_table (rows); in 2D the
// depth is 1
__global__ void conv_transpose_implicit_gemm_3xtf32_pack(gemm::Sizes sizes, const float* weights,
                                                         float* packed, int4* row_table);

// input (N, C_in, D, H, W), packed and row_table as above, bias (C_out) or null,
// output (N, C_out, D_out, H_out, W_out)
template <int channels>
__global__ void conv_transpose_implicit_gemm_3xtf32(gemm::Sizes sizes, const float* input,
                                                    const float* packed, const int4* row_table,
                                                    const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    static const gemm::TileChoice tiles[] = {
        {8, &conv_transpose_implicit_gemm_3xtf32<8>, gemm::shared_bytes<Tile<8>>()},
        {24, &conv_transpose_implicit_gemm_3xtf32<24>, gemm::shared_bytes<Tile<24>>()},
        {32, &conv_transpose_implicit_gemm_3xtf32<32>, gemm::shared_bytes<Tile<32>>()},
        {64, &conv_transpose_implicit_gemm_3xtf32<64>, gemm::shared_bytes<Tile<64>>()}};
    return gemm::plan<gemm::TransposedIndex>(problem, cat(facts(problem.op()).name, " implicit_gemm_3xtf32"),
                                             &conv_transpose_implicit_gemm_3xtf32_pack, tiles);
}

__global__ void conv_transpose_implicit_gemm_3xtf32_pack(gemm::Sizes sizes, const float* __restrict__ weights,
                                                         float* __restrict__ packed,
                                                         int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::TransposedIndex, false>(sizes, weights, packed, row_table);
}

template <int channels>
__global__ void __launch_bounds__(gemm::threads, gemm::least_blocks(channels))
    conv_transpose_implicit_gemm_3xtf32(gemm::Sizes sizes, const float* __restrict__ input,
                                        const float* __restrict__ packed, const int4* __restrict__ row_table,
                                        const float* __restrict__ bias, float* __restrict__ output) {
    gemm::implicit_gemm<Tile<channels>, gemm::TransposedIndex>(sizes, input, packed, row_table, bias, output);
}

}  // namespace convscope::transpose::implicit_gemm_3xtf32
