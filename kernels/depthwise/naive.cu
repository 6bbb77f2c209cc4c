#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::depthwise_conv2d::naive {

KernelInfo info() {
    return {.op = Operator::depthwise_conv2d,
            .name = "naive",
            .idea =
                "One thread computes one output element from the one input channel that its output channel "
                "sees. With C_out/C_in output channels to each input channel, as many read the same plane.",
            .traffic =
                "Two loads a tap, K_h·K_w taps an output and nothing to sum over channels: the work is so "
                "little that memory, not arithmetic, sets the time. The caches catch the overlap of "
                "neighbouring windows.",
            .wins_when =
                "With small windows and unit stride, where the caches already give each input element "
                "away for the price of one.",
            .source_file = "depthwise/naive.cu"};
}

Support supports(const Problem& problem) {
    return supports_flat_grid(problem);
}

// input (N, C_in, H, W), weights (C_out, 1, K_h, K_w), bias (C_out) or null, output (N, C_out, H_out, W_out)
__global__ void depthwise_conv2d_naive(ConvSizes s, const float* input, const float* weights,
                                       const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return {
        .steps = {make_step("depthwise_conv2d naive", "a thread an output element, in the order of memory",
                            depthwise_conv2d_naive, flat_grid(problem), conv_sizes(problem), buffer::input,
                            buffer::weights, buffer::bias, buffer::output)},
        .scratch = {}};
}

__global__ void depthwise_conv2d_naive(ConvSizes s, const float* __restrict__ input,
                                       const float* __restrict__ weights, const float* __restrict__ bias,
                                       float* __restrict__ output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (element >= s.batch * s.out_channels * s.height.output * s.width.output) return;
    const int64_t out_column = element % s.width.output;
    const int64_t out_row = element / s.width.output % s.height.output;
    const int64_t plane = element / (s.width.output * s.height.output);
    const int64_t out_channel = plane % s.out_channels;
    const int64_t image = plane / s.out_channels;
    const int64_t in_channel = out_channel / s.group_out;

    // Where the window's first tap lies in the input; in the padding it is negative.
    const int64_t first_row = out_row * s.height.stride - s.height.padding;
    const int64_t first_column = out_column * s.width.stride - s.width.padding;
    const float* in_plane =
        input + (image * s.in_channels + in_channel) * s.height.input * s.width.input;  // (H, W)
    const float* window = weights + out_channel * s.height.window * s.width.window;     // (K_h, K_w)

    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t i = 0; i < s.height.window; ++i) {
        const int64_t row = first_row + i * s.height.dilation;
        if (row < 0 || row >= s.height.input) continue;
        for (int64_t j = 0; j < s.width.window; ++j) {
            const int64_t column = first_column + j * s.width.dilation;
            if (column < 0 || column >= s.width.input) continue;
            sum += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
        }
    }
    output[element] = sum;
}

}  // namespace convscope::depthwise_conv2d::naive
