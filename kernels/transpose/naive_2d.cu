#include "common/flat_grid.h"
#include "common/sizes.h"
#include "common/transposed_axis.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv_transpose2d::naive {

KernelInfo info() {
    return {.op = Operator::conv_transpose2d,
            .name = "naive",
            .idea =
                "Every input element stamps its weights onto the output. Read the other way round, so that "
                "no two threads add to one place: one thread gathers what all stamps leave on one output "
                "element. Of the window only every stride-th weight meets an input element there.",
            .traffic =
                "Two loads a tap, and about K_h·K_w/(stride_h·stride_w) taps an output for each input "
                "channel. The lanes of a warp lie on different phases of the stride: they read few "
                "distinct inputs, and weights that lie apart.",
            .wins_when = "On tiny problems, and with stride 1, where no lane idles.",
            .source_file = "transpose/naive_2d.cu"};
}

Support supports(const Problem& problem) {
    return supports_flat_grid(problem);
}

// input (N, C_in, H, W), weights (C_in, C_out/groups, K_h, K_w), bias (C_out) or null,
// output (N, C_out, H_out, W_out)
__global__ void conv_transpose2d_naive(ConvSizes s, const float* input, const float* weights,
                                       const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    return {
        .steps = {make_step("conv_transpose2d naive", "a thread an output element: gathers, so no atomics",
                            conv_transpose2d_naive, flat_grid(problem), conv_sizes(problem), buffer::input,
                            buffer::weights, buffer::bias, buffer::output)},
        .scratch = {}};
}

__global__ void conv_transpose2d_naive(ConvSizes s, const float* __restrict__ input,
                                       const float* __restrict__ weights, const float* __restrict__ bias,
                                       float* __restrict__ output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (element >= s.batch * s.out_channels * s.height.output * s.width.output) return;
    const int64_t out_column = element % s.width.output;
    const int64_t out_row = element / s.width.output % s.height.output;
    const int64_t plane = element / (s.width.output * s.height.output);
    const int64_t out_channel = plane % s.out_channels;
    const int64_t image = plane / s.out_channels;
    const int64_t first_channel = out_channel / s.group_out * s.group_in;

    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = first_channel; c < first_channel + s.group_in; ++c) {
        const float* in_plane =
            input + (image * s.in_channels + c) * s.height.input * s.width.input;  // (H, W)
        const float* window = weights + (c * s.group_out + out_channel % s.group_out) * s.height.window *
                                            s.width.window;  // (K_h, K_w)
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = stamping_input(s.height, out_row, i);
            if (row < 0) continue;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = stamping_input(s.width, out_column, j);
                if (column < 0) continue;
                sum += window[i * s.width.window + j] * in_plane[row * s.width.input + column];
            }
        }
    }
    output[element] = sum;
}

}  // namespace convscope::conv_transpose2d::naive
