#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv2d::strided {

KernelInfo info() {
    return {.op = Operator::conv2d,
            .name = "strided",
            .idea =
                "One thread computes one output element, as in naive, but threads are dealt out down the "
                "columns: neighbouring lanes of a warp lie a row apart, and not side by side. That is the "
                "wrong order, on purpose.",
            .traffic =
                "As many loads as naive, but the lanes of a warp read and write a row's length apart. Memory "
                "moves in sectors of 32 bytes, so that where naive fetches 8 elements with each sector, "
                "every lane here fetches a sector of its own and uses 4 bytes of it.",
            .wins_when =
                "Nowhere: beside naive it shows what the order of threads alone is worth. Only where the "
                "output is one column wide are the two the same.",
            .source_file = "conv2d/strided.cu"};
}

Support supports(const Problem& problem) {
    return supports_flat_grid(problem);
}

// input (N, C_in, H, W), weights (C_out, C_in/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void conv2d_strided(ConvSizes s, const float* input, const float* weights, const float* bias,
                               float* output);

LaunchPlan plan(const Problem& problem) {
    return {.steps = {make_step("conv2d strided", "a thread an output element, down the columns",
                                conv2d_strided, flat_grid(problem), conv_sizes(problem), buffer::input,
                                buffer::weights, buffer::bias, buffer::output)},
            .scratch = {}};
}

__global__ void conv2d_strided(ConvSizes s, const float* __restrict__ input,
                               const float* __restrict__ weights, const float* __restrict__ bias,
                               float* __restrict__ output) {
    const int64_t thread = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (thread >= s.batch * s.out_channels * s.height.output * s.width.output) return;
    // The only difference from naive: the row runs fastest.
    const int64_t out_row = thread % s.height.output;
    const int64_t out_column = thread / s.height.output % s.width.output;
    const int64_t plane = thread / (s.width.output * s.height.output);
    const int64_t out_channel = plane % s.out_channels;
    const int64_t image = plane / s.out_channels;
    const int64_t first_channel = out_channel / s.group_out * s.group_in;

    // Where the window's first tap lies in the input; in the padding it is negative.
    const int64_t first_row = out_row * s.height.stride - s.height.padding;
    const int64_t first_column = out_column * s.width.stride - s.width.padding;

    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = 0; c < s.group_in; ++c) {
        const float* in_plane =
            input + (image * s.in_channels + first_channel + c) * s.height.input * s.width.input;  // (H, W)
        const float* window =
            weights + (out_channel * s.group_in + c) * s.height.window * s.width.window;  // (K_h, K_w)
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = first_row + i * s.height.dilation;
            if (row < 0 || row >= s.height.input) continue;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = first_column + j * s.width.dilation;
                if (column < 0 || column >= s.width.input) continue;
                sum += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
            }
        }
    }
    output[(plane * s.height.output + out_row) * s.width.output + out_column] = sum;
}

}  // namespace convscope::conv2d::strided
