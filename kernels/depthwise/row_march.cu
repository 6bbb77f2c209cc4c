#include "depthwise/row_march.h"

#include "common/flat_grid.h"
#include "common/row_window.h"
#include "common/sizes.h"
#include "core/text.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::depthwise_conv2d::row_march {

KernelInfo info() {
    return {
        .op = Operator::depthwise_conv2d,
        .name = "row_march",
        .idea =
            "A thread owns four neighbouring output columns and marches down a strip of up to 32 rows. The "
            "input rows that its window looks at stay in registers: going down, it loads the new rows "
            "only. Common windows are compiled with constant sizes; any other runs in one instance that "
            "loads each tap from the caches.",
        .traffic =
            "Each input element once a strip, and a strip of 32 rows loads K_h − stride rows more than "
            "its own: 1.06 loads an output for 3×1. Loads and stores move 16 bytes a thread where rows "
            "are multiples of four elements, 8 or 4 where not; neighbours' columns come from the caches.",
        .wins_when =
            "Nearly always: memory sets the time of a depthwise convolution, and this moves each "
            "element about once.",
        .source_file = "depthwise/row_march.cu"};
}

struct Sizes {
    ConvSizes conv;
    int64_t strips;           // of a plane
    int64_t strip_rows;       // outputs
    int64_t threads_a_strip;  // across the columns
    int load_width;           // floats that one load may move
    int lead;                 // columns of a thread's window before the first that is aligned to them
    int store_width;
    bool with_bias;
};

using Kernel = void (*)(Sizes, const float*, const float*, const float*, float*);

// input (N, C_in, H, W), weights (C_out, 1, K_h, K_w), bias (C_out), output (N, C_out, H_out, W_out)
template <class Window>
__global__ void depthwise_row_march(Sizes s, const float* input, const float* weights, const float* bias,
                                    float* output);
__global__ void depthwise_row_march_any(Sizes s, const float* input, const float* weights, const float* bias,
                                        float* output);

// A window that is compiled with constant sizes, along both axes the same stride and dilation.
struct Instance {
    int k_h, k_w, stride, dilation;
    Kernel kernel;
};
template <int K_h, int K_w, int Stride = 1, int Dilation = 1>
static Instance instance() {
    return {K_h, K_w, Stride, Dilation, depthwise_row_march<Window<K_h, K_w, Stride, Dilation>>};
}

static const Instance* find_instance(const Problem& problem) {
    static const Instance instances[] = {
        instance<3, 3>(),       instance<5, 5>(),    instance<7, 7>(),    instance<3, 1>(),
        instance<1, 3>(),       instance<5, 1>(),    instance<1, 5>(),    instance<3, 7>(),
        instance<7, 3>(),       instance<3, 3, 2>(), instance<5, 5, 2>(), instance<7, 7, 2>(),
        instance<3, 3, 1, 2>(),
    };
    for (const Instance& i : instances)
        if (problem.kernel_size() == Axes{1, i.k_h, i.k_w} &&
            problem.stride() == Axes{1, i.stride, i.stride} &&
            problem.dilation() == Axes{1, i.dilation, i.dilation})
            return &i;
    return nullptr;
}

constexpr int block_threads = 128;
constexpr int64_t rows_at_once = 4;  // a strip is a multiple of the rows of every instance's turn

static int64_t threads(const Problem& problem, const Sizes& s) {
    return problem.batch() * problem.out_channels() * s.strips * s.threads_a_strip;
}

static Sizes sizes(const Problem& problem, bool has_instance) {
    constexpr int64_t longest_strip = 32;
    constexpr int64_t enough_threads = 128 * 1024;  // half of those that an H200 holds at once
    const int64_t height = problem.output()[axis_height], width = problem.output()[axis_width];
    const int load_width = widest_access(problem.input()[axis_width]);
    Sizes s{.conv = conv_sizes(problem),
            .strips = 0,
            .strip_rows = longest_strip,
            .threads_a_strip = has_instance ? (width + vector_floats - 1) / vector_floats : width,
            .load_width = load_width,
            .lead = static_cast<int>(problem.padding()[axis_width] % load_width),
            .store_width = widest_access(width),
            .with_bias = problem.bias()};
    s.strips = (height + s.strip_rows - 1) / s.strip_rows;
    while (s.strip_rows > rows_at_once && threads(problem, s) < enough_threads) {
        s.strip_rows /= 2;
        s.strips = (height + s.strip_rows - 1) / s.strip_rows;
    }
    return s;
}

static int64_t blocks(const Problem& problem, const Sizes& s) {
    return (threads(problem, s) + block_threads - 1) / block_threads;
}

Support supports(const Problem& problem) {
    const int64_t count = blocks(problem, sizes(problem, find_instance(problem) != nullptr));
    if (count <= most_blocks_in_x) return Support::yes();
    return Support::no(cat("a thread for each strip takes ", count, " blocks of ", block_threads,
                           "; a grid holds at most ", most_blocks_in_x));
}

Step step(const Problem& problem, const std::string& label, BufferRef input, BufferRef output) {
    const Instance* instance = find_instance(problem);
    const Sizes s = sizes(problem, instance != nullptr);
    const LaunchShape shape{.grid = {static_cast<unsigned>(blocks(problem, s))}, .block = {block_threads}};
    const std::string reason =
        instance ? cat("a thread four columns of ", s.strip_rows, " rows, with the ", instance->k_h, "×",
                       instance->k_w, " window in registers; loads of up to ", s.load_width * 4,
                       " bytes, stores of ", s.store_width * 4)
                 : cat("a thread one column of ", s.strip_rows, " rows, with sizes known at run time");
    return make_step(label, reason, instance ? instance->kernel : depthwise_row_march_any, shape, s, input,
                     buffer::weights, buffer::bias, output);
}

LaunchPlan plan(const Problem& problem) {
    return {.steps = {step(problem, "depthwise_conv2d row_march", buffer::input, buffer::output)},
            .scratch = {}};
}

// What a thread works on.
struct Place {
    int64_t plane;               // of the output
    int64_t first_row, end_row;  // outputs of the strip
    int64_t thread;              // of those across the strip
};

static __device__ __forceinline__ Place place(const Sizes& s) {
    const int64_t item = int64_t{blockIdx.x} * block_threads + threadIdx.x;
    const int64_t strip = item / s.threads_a_strip;
    const int64_t first_row = strip % s.strips * s.strip_rows;
    return {strip / s.strips, first_row, min(first_row + s.strip_rows, s.conv.height.output),
            item % s.threads_a_strip};
}

static __device__ __forceinline__ const float* input_plane(const ConvSizes& s, const float* input,
                                                           int64_t out_plane) {
    const int64_t in_channel = out_plane % s.out_channels / s.group_out;
    return input + (out_plane / s.out_channels * s.in_channels + in_channel) * s.height.input * s.width.input;
}

template <class Window>
__global__ void __launch_bounds__(block_threads)
    depthwise_row_march(Sizes s, const float* __restrict__ input, const float* __restrict__ weights,
                        const float* __restrict__ bias, float* __restrict__ output) {
    const AxisSizes &height = s.conv.height, &width = s.conv.width;
    const Place at = place(s);
    if (at.plane >= s.conv.batch * s.conv.out_channels) return;
    const int64_t out_column = at.thread * vector_floats;
    float* to = output + (at.plane * height.output + at.first_row) * width.output + out_column;
    WindowPlace look = window_place<Window>(height, width, at.first_row, out_column);
    const float* corner = input_plane(s.conv, input, at.plane) + look.offset;

    constexpr int taps = Window::height * Window::width;
    const int64_t channel = at.plane % s.conv.out_channels;
    const float start = s.with_bias ? bias[channel] : 0.0f;
    float w[taps];
#pragma unroll
    for (int i = 0; i < taps; ++i) w[i] = weights[channel * taps + i];

    Window window;
    load_rows<0, Window::kept>(window, corner, width.input, look, s.load_width, s.lead);
    for (int left = static_cast<int>(at.end_row - at.first_row); left > 0; left -= Window::outputs) {
        load_rows<Window::kept, Window::rows>(window, corner, width.input, look, s.load_width, s.lead);
        float sums[Window::outputs][vector_floats];
#pragma unroll
        for (auto& row : sums)
#pragma unroll
            for (float& sum : row) sum = start;
        add_products(window, w, look, left, sums);
#pragma unroll
        for (int q = 0; q < Window::outputs; ++q)
            if (q < left) store_four(to + q * width.output, sums[q], look.outputs, s.store_width);
        move_up(window);
        corner += Window::step * width.input;
        to += Window::outputs * width.output;
        look.rows.begin -= Window::step;
        look.rows.end -= Window::step;
    }
}

// A thread one column, so that neighbouring threads load neighbouring elements, and four rows at a time, so
// that each weight serves four outputs.
__global__ void __launch_bounds__(block_threads)
    depthwise_row_march_any(Sizes s, const float* __restrict__ input, const float* __restrict__ weights,
                            const float* __restrict__ bias, float* __restrict__ output) {
    const AxisSizes &height = s.conv.height, &width = s.conv.width;
    const Place at = place(s);
    if (at.plane >= s.conv.batch * s.conv.out_channels) return;
    const int64_t channel = at.plane % s.conv.out_channels;
    const float* plane = input_plane(s.conv, input, at.plane);                 // (H, W)
    const float* window = weights + channel * (height.window * width.window);  // (K_h, K_w)
    const float start = s.with_bias ? bias[channel] : 0.0f;
    const int64_t first_column = at.thread * width.stride - width.padding;

    for (int64_t out_row = at.first_row; out_row < at.end_row; out_row += rows_at_once) {
        const int64_t first_row = out_row * height.stride - height.padding;
        float sums[rows_at_once] = {start, start, start, start};
        for (int64_t i = 0; i < height.window; ++i)
            for (int64_t j = 0; j < width.window; ++j) {
                const int64_t column = first_column + j * width.dilation;
                if (column < 0 || column >= width.input) continue;
                const float weight = window[i * width.window + j];
#pragma unroll
                for (int q = 0; q < rows_at_once; ++q) {
                    const int64_t row = first_row + q * height.stride + i * height.dilation;
                    if (row >= 0 && row < height.input && out_row + q < at.end_row)
                        sums[q] += weight * plane[row * width.input + column];
                }
            }
#pragma unroll
        for (int q = 0; q < rows_at_once; ++q)
            if (out_row + q < at.end_row)
                output[(at.plane * height.output + out_row + q) * width.output + at.thread] = sums[q];
    }
}

}  // namespace convscope::depthwise_conv2d::row_march
