#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::transpose::zero_stuffed {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "zero_stuffed",
            .idea =
                "The textbook's picture: a first step writes the input with stride − 1 zeros between its "
                "elements; then an ordinary convolution of stride 1 goes over it, with the weights flipped "
                "and with dilation·(K − 1) − padding of margin. It multiplies those zeros, so a weight "
                "that is not finite spoils every output whose window holds it over a zero.",
            .traffic =
                "The stuffed input is stride_d·stride_h·stride_w times the input, written and read again, "
                "and each output loads all taps of its window, of which only one in "
                "stride_d·stride_h·stride_w is not a zero.",
            .wins_when =
                "Never; at stride 1 it is a gather behind a copy. It is here to show what the other "
                "kernels save.",
            .mixes_taps = true,
            .source_file = "transpose/zero_stuffed.cu"};
}

// The input's extent with the zeros between its elements; the margin around them is not stored, because a tap
// there is not multiplied.
static int64_t stuffed(const Problem& problem, int axis) {
    constexpr int64_t most = int64_t{1} << 60;  // more than supports() allows; the product may be too much
    const int64_t gaps = problem.input()[axis] - 1, stride = problem.stride()[axis];
    return gaps > (most - 1) / stride ? most : gaps * stride + 1;
}

static std::vector<int64_t> stuffed_shape(const Problem& problem) {
    return {problem.batch(), problem.in_channels(), stuffed(problem, axis_depth),
            stuffed(problem, axis_height), stuffed(problem, axis_width)};
}

Support supports(const Problem& problem) {
    const Support scratch = supports_flat_scratch("the input with its zeros", stuffed_shape(problem));
    return scratch ? supports_flat_grid(problem) : scratch;
}

struct Sizes {
    ConvSizes conv;
    int64_t stuffed_depth, stuffed_height, stuffed_width;
};

// input (N, C_in, D, H, W), stuffed (N, C_in, D_stuffed, H_stuffed, W_stuffed)
__global__ void transpose_zero_stuffed_stuff(Sizes sizes, const float* input, float* stuffed_input);

// stuffed (N, C_in, D_stuffed, H_stuffed, W_stuffed), weights (C_in, C_out/groups, K_d, K_h, K_w),
// bias (C_out) or null, output (N, C_out, D_out, H_out, W_out)
__global__ void transpose_zero_stuffed(Sizes sizes, const float* stuffed_input, const float* weights,
                                       const float* bias, float* output);

LaunchPlan plan(const Problem& problem) {
    const std::string label = cat(facts(problem.op()).name, " zero_stuffed");
    const int64_t elements = element_count(stuffed_shape(problem));
    const Sizes sizes{conv_sizes(problem), stuffed(problem, axis_depth), stuffed(problem, axis_height),
                      stuffed(problem, axis_width)};
    return {.steps = {make_step(label + ": stuff", "a thread an element of the stuffed input",
                                transpose_zero_stuffed_stuff, flat_grid(elements), sizes, buffer::input,
                                buffer::scratch(0)),
                      make_step(label, "a thread an output element, in the order of memory",
                                transpose_zero_stuffed, flat_grid(problem), sizes, buffer::scratch(0),
                                buffer::weights, buffer::bias, buffer::output)},
            .scratch = {{"stuffed input", elements * int64_t{sizeof(float)}}}};
}

__global__ void transpose_zero_stuffed_stuff(Sizes sizes, const float* __restrict__ input,
                                             float* __restrict__ stuffed_input) {
    const ConvSizes& s = sizes.conv;
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t area = sizes.stuffed_height * sizes.stuffed_width;
    if (element >= s.batch * s.in_channels * sizes.stuffed_depth * area) return;
    const int64_t column = element % sizes.stuffed_width;
    const int64_t row = element / sizes.stuffed_width % sizes.stuffed_height;
    const int64_t slice = element / area % sizes.stuffed_depth;
    const int64_t volume = element / (area * sizes.stuffed_depth);
    const bool holds_input =
        column % s.width.stride == 0 && row % s.height.stride == 0 && slice % s.depth.stride == 0;
    stuffed_input[element] = holds_input
                                 ? input[((volume * s.depth.input + slice / s.depth.stride) * s.height.input +
                                          row / s.height.stride) *
                                             s.width.input +
                                         column / s.width.stride]
                                 : 0.0f;
}

// What one window (K_d, K_h, K_w), flipped, adds to the sum of the output whose first tap lies at
// (first_slice, first_row, first_column) of the stuffed channel (D_stuffed, H_stuffed, W_stuffed); in the
// margin these are negative or too large.
static __device__ __forceinline__ float window_sum(const Sizes& sizes, const float* __restrict__ channel,
                                                   const float* __restrict__ window, int64_t first_slice,
                                                   int64_t first_row, int64_t first_column, float sum) {
    const ConvSizes& s = sizes.conv;
    for (int64_t d = 0; d < s.depth.window; ++d) {
        const int64_t slice = first_slice + d * s.depth.dilation;
        if (slice < 0 || slice >= sizes.stuffed_depth) continue;
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = first_row + i * s.height.dilation;
            if (row < 0 || row >= sizes.stuffed_height) continue;
            const float* stuffed_row = channel + (slice * sizes.stuffed_height + row) * sizes.stuffed_width;
            const float* window_row =
                window +
                ((s.depth.window - 1 - d) * s.height.window + s.height.window - 1 - i) * s.width.window;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = first_column + j * s.width.dilation;
                if (column < 0 || column >= sizes.stuffed_width) continue;
                sum += window_row[s.width.window - 1 - j] * stuffed_row[column];
            }
        }
    }
    return sum;
}

// dilation·(K − 1) − padding; where the padding is larger, the margin is negative: it crops.
static __device__ __forceinline__ int64_t margin(const AxisSizes& axis) {
    return axis.dilation * (axis.window - 1) - axis.padding;
}

__global__ void transpose_zero_stuffed(Sizes sizes, const float* __restrict__ stuffed_input,
                                       const float* __restrict__ weights, const float* __restrict__ bias,
                                       float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t out_area = s.height.output * s.width.output;
    if (element >= s.batch * s.out_channels * s.depth.output * out_area) return;
    const int64_t first_column = element % s.width.output - margin(s.width);
    const int64_t first_row = element / s.width.output % s.height.output - margin(s.height);
    const int64_t first_slice = element / out_area % s.depth.output - margin(s.depth);
    const int64_t volume = element / (out_area * s.depth.output);
    const int64_t out_channel = volume % s.out_channels;
    const int64_t image = volume / s.out_channels;
    const int64_t first_channel = out_channel / s.group_out * s.group_in;

    const int64_t channel_size = sizes.stuffed_depth * sizes.stuffed_height * sizes.stuffed_width;
    const int64_t window_size = s.depth.window * s.height.window * s.width.window;
    float sum = bias ? bias[out_channel] : 0.0f;
    for (int64_t c = first_channel; c < first_channel + s.group_in; ++c)
        sum = window_sum(sizes, stuffed_input + (image * s.in_channels + c) * channel_size,
                         weights + (c * s.group_out + out_channel % s.group_out) * window_size, first_slice,
                         first_row, first_column, sum);
    output[element] = sum;
}

}  // namespace convscope::transpose::zero_stuffed
