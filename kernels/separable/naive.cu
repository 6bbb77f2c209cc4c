#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::separable_conv2d::naive {

KernelInfo info() {
    return {.op = Operator::separable_conv2d,
            .name = "naive",
            .idea =
                "The formula as it stands, in one launch: one thread computes one output element, and for "
                "each input channel first sums the depthwise window, then multiplies that by the pointwise "
                "weight. Every depthwise sum is computed C_out times over, once for each output channel.",
            .traffic =
                "Two loads a tap and one a channel, C_out times as many as two passes need; but no middle "
                "tensor is written or read.",
            .wins_when =
                "With one or two output channels, where computing the depthwise sums again costs less "
                "than storing them.",
            .source_file = "separable/naive.cu"};
}

Support supports(const Problem& problem) {
    return supports_flat_grid(problem);
}

// input (N, C_in, H, W), weights (C_in, 1, K_h, K_w), pointwise (C_out, C_in, 1, 1), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void separable_conv2d_naive(ConvSizes s, const float* input, const float* weights,
                                       const float* pointwise, const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return {
        .steps = {make_step("separable_conv2d naive", "a thread an output element, in the order of memory",
                            separable_conv2d_naive, flat_grid(problem), conv_sizes(problem), buffer::input,
                            buffer::weights, buffer::pointwise, buffer::bias, buffer::output)},
        .scratch = {}};
}

__global__ void separable_conv2d_naive(ConvSizes s, const float* __restrict__ input,
                                       const float* __restrict__ weights, const float* __restrict__ pointwise,
                                       const float* __restrict__ bias, float* __restrict__ output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (element >= s.batch * s.out_channels * s.height.output * s.width.output) return;
    const int64_t out_column = element % s.width.output;
    const int64_t out_row = element / s.width.output % s.height.output;
    const int64_t plane = element / (s.width.output * s.height.output);
    const int64_t out_channel = plane % s.out_channels;
    const int64_t image = plane / s.out_channels;

    // Where the window's first tap lies in the input; in the padding it is negative.
    const int64_t first_row = out_row * s.height.stride - s.height.padding;
    const int64_t first_column = out_column * s.width.stride - s.width.padding;

    float sum = 0.0f;
    for (int64_t c = 0; c < s.in_channels; ++c) {
        const float* in_plane =
            input + (image * s.in_channels + c) * s.height.input * s.width.input;  // (H, W)
        const float* window = weights + c * s.height.window * s.width.window;      // (K_h, K_w)
        float middle = 0.0f;
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = first_row + i * s.height.dilation;
            if (row < 0 || row >= s.height.input) continue;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = first_column + j * s.width.dilation;
                if (column < 0 || column >= s.width.input) continue;
                middle += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
            }
        }
        sum += pointwise[out_channel * s.in_channels + c] * middle;
    }
    output[element] = bias ? sum + bias[out_channel] : sum;
}

}  // namespace convscope::separable_conv2d::naive
