#include "common/implicit_gemm_plan.h"
#include "common/transposed_index.h"

namespace convscope::transpose::implicit_gemm {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "implicit_gemm",
            .idea =
                "One dense matrix product for each output phase: the outputs that lie a stride apart share "
                "their taps, so no inserted zero is multiplied. The weights are packed so that a phase finds "
                "its taps row after row; then the main loop is the one of every implicit GEMM here. With "
                "stride 1 it is a convolution with flipped weights.",
            .traffic =
                "An input element is copied to shared memory once for each tap that meets it and each tile "
                "of 64 output channels, mostly from cache. Outputs of a phase lie a stride apart, so that "
                "with stride > 1 a store fills only part of each sector.",
            .wins_when =
                "With many channels: nearly every clock does arithmetic. It is the fastest here that is "
                "exactly float32.",
            .mixes_taps = true,
            .source_file = "transpose/implicit_gemm.cu"};
}

Support supports(const Problem& problem) {
    return gemm::supports<gemm::TransposedIndex>(problem);
}

template <int channels>
using Tile = gemm::Float32Tile<channels>;

// weights (C_in, C_out/groups, K_d, K_h, K_w), packed (rows, groups, channels), row_table (rows); in 2D the
// depth is 1
__global__ void conv_transpose_implicit_gemm_pack(gemm::Sizes sizes, const float* weights, float* packed,
                                                  int4* row_table);

// input (N, C_in, D, H, W), packed and row_table as above, bias (C_out) or null,
// output (N, C_out, D_out, H_out, W_out)
template <int channels>
__global__ void conv_transpose_implicit_gemm(gemm::Sizes sizes, const float* input, const float* packed,
                                             const int4* row_table, const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    static const gemm::TileChoice tiles[] = {
        {8, &conv_transpose_implicit_gemm<8>, gemm::shared_bytes<Tile<8>>()},
        {24, &conv_transpose_implicit_gemm<24>, gemm::shared_bytes<Tile<24>>()},
        {32, &conv_transpose_implicit_gemm<32>, gemm::shared_bytes<Tile<32>>()},
        {64, &conv_transpose_implicit_gemm<64>, gemm::shared_bytes<Tile<64>>()}};
    return gemm::plan<gemm::TransposedIndex>(problem, cat(facts(problem.op()).name, " implicit_gemm"),
                                             &conv_transpose_implicit_gemm_pack, tiles);
}

__global__ void conv_transpose_implicit_gemm_pack(gemm::Sizes sizes, const float* __restrict__ weights,
                                                  float* __restrict__ packed, int4* __restrict__ row_table) {
    gemm::pack_weights<gemm::TransposedIndex, false>(sizes, weights, packed, row_table);
}

template <int channels>
__global__ void __launch_bounds__(gemm::threads, gemm::least_blocks(channels))
    conv_transpose_implicit_gemm(gemm::Sizes sizes, const float* __restrict__ input,
                                 const float* __restrict__ packed, const int4* __restrict__ row_table,
                                 const float* __restrict__ bias, float* __restrict__ output) {
    gemm::implicit_gemm<Tile<channels>, gemm::TransposedIndex>(sizes, input, packed, row_table, bias, output);
}

}  // namespace convscope::transpose::implicit_gemm
