#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::conv3d::naive {

KernelInfo info() {
    return {.op = Operator::conv3d,
            .name = "naive",
            .idea =
                "One thread computes one output element, as in conv2d, with a loop over the depth of the "
                "window around the other two. Taps that fall outside of the input are left out.",
            .traffic =
                "Two loads a tap: each input element is asked for by up to K_d·K_h·K_w·C_out/groups "
                "threads. The slices that a window spans lie H·W elements apart, so the caches hold "
                "fewer of them at once than in 2D.",
            .wins_when = "On tiny problems; else it is the text that the others are compared with.",
            .source_file = "conv3d/naive.cu"};
}

Support supports(const Problem& problem) {
    return supports_flat_grid(problem);
}

// input (N, C_in, D, H, W), weights (C_out, C_in/groups, K_d, K_h, K_w), bias (C_out) or null,
// output (N, C_out, D_out, H_out, W_out)
__global__ void conv3d_naive(ConvSizes s, const float* input, const float* weights, const float* bias,
                             float* output);

LaunchPlan plan(const Problem& problem) {
    return {.steps = {make_step("conv3d naive", "a thread an output element, in the order of memory",
                                conv3d_naive, flat_grid(problem), conv_sizes(problem), buffer::input,
                                buffer::weights, buffer::bias, buffer::output)},
            .scratch = {}};
}

__global__ void conv3d_naive(ConvSizes s, const float* __restrict__ input, const float* __restrict__ weights,
                             const float* __restrict__ bias, float* __restrict__ output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t out_area = s.height.output * s.width.output;
    if (element >= s.batch * s.out_channels * s.depth.output * out_area) return;
    const int64_t out_column = element % s.width.output;
    const int64_t out_row = element / s.width.output % s.height.output;
    const int64_t out_slice = element / out_area % s.depth.output;
    const int64_t volume = element / (out_area * s.depth.output);
    const int64_t out_channel = volume % s.out_channels;
    const int64_t image = volume / s.out_channels;
    const int64_t first_channel = out_channel / s.group_out * s.group_in;

    // Where the window's first tap lies in the input; in the padding it is negative.
    const int64_t first_slice = out_slice * s.depth.stride - s.depth.padding;
    const int64_t first_row = out_row * s.height.stride - s.height.padding;
    const int64_t first_column = out_column * s.width.stride - s.width.padding;

    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = 0; c < s.group_in; ++c) {
        const int64_t in_channel = image * s.in_channels + first_channel + c;
        const int64_t window = (out_channel * s.group_in + c) * s.depth.window;
        for (int64_t d = 0; d < s.depth.window; ++d) {
            const int64_t slice = first_slice + d * s.depth.dilation;
            if (slice < 0 || slice >= s.depth.input) continue;
            const float* in_plane =
                input + (in_channel * s.depth.input + slice) * s.height.input * s.width.input;  // (H, W)
            const float* window_plane =
                weights + (window + d) * s.height.window * s.width.window;  // (K_h, K_w)
            for (int64_t i = 0; i < s.height.window; ++i) {
                const int64_t row = first_row + i * s.height.dilation;
                if (row < 0 || row >= s.height.input) continue;
                for (int64_t j = 0; j < s.width.window; ++j) {
                    const int64_t column = first_column + j * s.width.dilation;
                    if (column < 0 || column >= s.width.input) continue;
                    sum += window_plane[i * s.width.window + j] * in_plane[row * s.width.input + column];
                }
            }
        }
    }
    output[element] = sum;
}

}  // namespace convscope::conv3d::naive
