#include "common/flat_grid.h"
#include "common/sizes.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::transpose::scatter {

KernelInfo info(Operator op) {
    return {.op = op,
            .name = "scatter",
            .idea =
                "The definition as it stands: one thread takes one input element and stamps its weights, "
                "times that element, onto the output of every output channel of its group. Stamps overlap, "
                "so they are added atomically, onto an output that a first step filled with the bias or "
                "with 0.",
            .traffic =
                "Each input element is read once, but each tap adds to the output in memory: a read and a "
                "write where a gather adds in a register. At one position of the window the lanes of a "
                "warp, which are neighbouring columns, add to places a stride apart.",
            .wins_when =
                "Nowhere; it comes closest where the stride reaches the window, so that the stamps of one "
                "channel do not overlap. Its sums depend on the order in which threads arrive, so two runs "
                "may differ in their last bits.",
            .repeatable = false,
            .source_file = "transpose/scatter.cu"};
}

static int64_t input_elements(const Problem& problem) {
    return element_count(problem.input_shape());
}

Support supports(const Problem& problem) {
    const Support stamps = supports_flat_grid(input_elements(problem), "input element");
    return stamps ? supports_flat_grid(problem) : stamps;
}

// bias (C_out) or null, output (N, C_out, D_out, H_out, W_out)
__global__ void transpose_scatter_fill(ConvSizes s, const float* bias, float* output);

// input (N, C_in, D, H, W), weights (C_in, C_out/groups, K_d, K_h, K_w), output (N, C_out, D_out, H_out,
// W_out)
__global__ void transpose_scatter(ConvSizes s, const float* input, const float* weights, float* output);

LaunchPlan plan(const Problem& problem) {
    const std::string label = cat(facts(problem.op()).name, " scatter");
    return {.steps = {make_step(label + ": fill", "a thread an output element: the bias, or 0",
                                transpose_scatter_fill, flat_grid(problem), conv_sizes(problem), buffer::bias,
                                buffer::output),
                      make_step(label, "a thread an input element, in the order of memory", transpose_scatter,
                                flat_grid(input_elements(problem)), conv_sizes(problem), buffer::input,
                                buffer::weights, buffer::output)},
            .scratch = {}};
}

__global__ void transpose_scatter_fill(ConvSizes s, const float* __restrict__ bias,
                                       float* __restrict__ output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t volume = s.depth.output * s.height.output * s.width.output;
    if (element < s.batch * s.out_channels * volume)
        output[element] = bias ? bias[element / volume % s.out_channels] : 0.0f;
}

// The output position that tap `k` of the window stamps input position `in` onto; negative where the padding
// cuts it off, on either side.
static __device__ __forceinline__ int64_t stamped_output(const AxisSizes& axis, int64_t in, int64_t k) {
    const int64_t out = in * axis.stride - axis.padding + k * axis.dilation;
    return out < axis.output ? out : -1;
}

// Adds x·window (K_d, K_h, K_w) to one channel of the output (D_out, H_out, W_out).
static __device__ __forceinline__ void stamp(const ConvSizes& s, float x, int64_t in_slice, int64_t in_row,
                                             int64_t in_column, const float* __restrict__ window,
                                             float* output) {
    for (int64_t d = 0; d < s.depth.window; ++d) {
        const int64_t slice = stamped_output(s.depth, in_slice, d);
        if (slice < 0) continue;
        for (int64_t i = 0; i < s.height.window; ++i) {
            const int64_t row = stamped_output(s.height, in_row, i);
            if (row < 0) continue;
            float* out_row = output + (slice * s.height.output + row) * s.width.output;
            const float* window_row = window + (d * s.height.window + i) * s.width.window;
            for (int64_t j = 0; j < s.width.window; ++j) {
                const int64_t column = stamped_output(s.width, in_column, j);
                if (column >= 0) atomicAdd(out_row + column, window_row[j] * x);
            }
        }
    }
}

__global__ void transpose_scatter(ConvSizes s, const float* __restrict__ input,
                                  const float* __restrict__ weights, float* output) {
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    const int64_t in_area = s.height.input * s.width.input;
    if (element >= s.batch * s.in_channels * s.depth.input * in_area) return;
    const int64_t in_column = element % s.width.input;
    const int64_t in_row = element / s.width.input % s.height.input;
    const int64_t in_slice = element / in_area % s.depth.input;
    const int64_t volume = element / (in_area * s.depth.input);
    const int64_t in_channel = volume % s.in_channels;
    const int64_t first_channel =  // of the output (N·C_out)
        volume / s.in_channels * s.out_channels + in_channel / s.group_in * s.group_out;

    const int64_t window_size = s.depth.window * s.height.window * s.width.window;
    const int64_t out_size = s.depth.output * s.height.output * s.width.output;
    const float x = input[element];
    for (int64_t m = 0; m < s.group_out; ++m)
        stamp(s, x, in_slice, in_row, in_column, weights + (in_channel * s.group_out + m) * window_size,
              output + (first_channel + m) * out_size);
}

}  // namespace convscope::transpose::scatter
