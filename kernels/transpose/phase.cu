#include "common/flat_grid.h"
#include "common/sizes.h"
#include "common/transposed_phase.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::transpose::phase {

KernelInfo info(Operator op) {
    return {
        .op = op,
        .name = "phase",
        .idea =
            "Outputs whose places agree modulo the stride, a phase, meet the same few weights: each phase "
            "is a small dense problem of stride 1 over about K/stride taps an axis, and at stride 1 the "
            "one phase is the flipped convolution. A block works on one phase; a thread computes one "
            "place of it in four output channels, so that each input it loads serves four products.",
        .traffic =
            "A quarter of an input load a tap, and a quarter of a load of four packed weights, the same "
            "for all lanes. Neighbouring lanes read neighbouring input columns; what they write lies a "
            "stride apart, and the blocks of the other phases, which run beside them, fill the gaps "
            "while the lines are in the L2 cache.",
        .wins_when =
            "With strides over 1, where a naive gather spends most of its steps on finding that no input "
            "meets a weight, and with four output channels or more.",
        .source_file = "transpose/phase.cu"};
}

constexpr int64_t channels_a_thread = 4;  // the output channels of a float4 of packed weights

struct Sizes {
    ConvSizes conv;
    PhasedAxis depth, height, width;
    int64_t phases;          // of all axes together
    int64_t group_quads;     // fours of output channels in a group, the last one perhaps in part
    int64_t packed_weights;  // floats
};

static std::vector<int64_t> packed_shape(const Problem& problem) {
    const int64_t quads = (problem.out_channels_per_group() + channels_a_thread - 1) / channels_a_thread;
    const Axes& k = problem.kernel_size();
    return {problem.in_channels(), quads, k[axis_depth], k[axis_height], k[axis_width], channels_a_thread};
}

// How a launch covers the outputs: each phase by `tiles` blocks of `threads` places of all images.
struct Tiling {
    int64_t phases, threads, tiles;
};

static Tiling tiling(const Problem& problem) {
    int64_t phases = 1, places = problem.batch();
    for (const Axis axis : {axis_depth, axis_height, axis_width}) {
        const PhasedAxis phased = phased_axis(axis_sizes(problem, axis));
        phases *= phased.phases;
        places *= phase_outputs(phased, 0);
    }
    const int64_t threads = std::min(flat_block_threads, (places + 31) / 32 * 32);
    return {phases, threads, (places + threads - 1) / threads};
}

Support supports(const Problem& problem) {
    constexpr int64_t most_offset = 0x7FFF'FFFF;
    const Tiling tiles = tiling(problem);
    if (tiles.tiles > most_blocks_in_x / tiles.phases)
        return Support::no(cat(tiles.phases, " phases of ", tiles.tiles, " blocks of ", tiles.threads,
                               " places are more blocks than a grid holds; it holds at most ",
                               most_blocks_in_x));
    const auto volume = [](const Axes& axes) { return axes[0] * axes[1] * axes[2]; };
    const int64_t channel = volume(problem.input()), window = volume(problem.kernel_size());
    if (channel > most_offset || window > most_offset)
        return Support::no(cat("phase counts elements of a channel and of a window in 32 bits, up to ",
                               most_offset, "; they have ", channel, " and ", window));
    return supports_flat_scratch("the packed weights", packed_shape(problem));
}

// weights (C_in, C_out/groups, K_d, K_h, K_w), packed (C_in, group_quads, K_d, K_h, K_w, 4)
__global__ void transpose_phase_pack(Sizes sizes, const float* weights, float* packed);

// input (N, C_in, D, H, W), packed (C_in, group_quads, K_d, K_h, K_w) of 4 channels each, bias (C_out) or
// null, output (N, C_out, D_out, H_out, W_out)
__global__ void transpose_phase(Sizes sizes, const float* input, const float4* packed, const float* bias,
                                float* output);

LaunchPlan plan(const Problem& problem) {
    const std::string label = cat(facts(problem.op()).name, " phase");
    const ConvSizes conv = conv_sizes(problem);
    const Tiling tiles = tiling(problem);
    const int64_t packed = element_count(packed_shape(problem));
    const int64_t group_quads = packed_shape(problem)[1], quads = group_quads * problem.groups();
    const Sizes sizes{conv,
                      phased_axis(conv.depth),
                      phased_axis(conv.height),
                      phased_axis(conv.width),
                      tiles.phases,
                      group_quads,
                      packed};
    const LaunchShape shape{.grid = {static_cast<unsigned>(tiles.tiles * tiles.phases),
                                     static_cast<unsigned>(quads < 65535 ? quads : 65535)},
                            .block = {static_cast<unsigned>(tiles.threads)}};
    Step pack = make_step(
        label + ": pack weights", "four output channels beside each other, for one load of 16 bytes",
        transpose_phase_pack, flat_grid(packed), sizes, buffer::weights, buffer::scratch(0));
    pack.prepares_weights = true;
    return {
        .steps = {std::move(pack), make_step(label,
                                             cat(tiles.phases, tiles.phases == 1 ? " phase" : " phases",
                                                 " of ", tiles.tiles, tiles.tiles == 1 ? " block" : " blocks",
                                                 ", those of the same places beside each other"),
                                             transpose_phase, shape, sizes, buffer::input, buffer::scratch(0),
                                             buffer::bias, buffer::output)},
        .scratch = {{"packed weights", packed * int64_t{sizeof(float)}}}};
}

__global__ void transpose_phase_pack(Sizes sizes, const float* __restrict__ weights,
                                     float* __restrict__ packed) {
    const ConvSizes& s = sizes.conv;
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (element >= sizes.packed_weights) return;
    const int64_t window_size = s.depth.window * s.height.window * s.width.window;
    const int64_t place = element / channels_a_thread % window_size;
    const int64_t quad = element / (channels_a_thread * window_size);  // of (C_in, group_quads)
    const int64_t channel = quad % sizes.group_quads * channels_a_thread + element % channels_a_thread;
    const int64_t in_channel = quad / sizes.group_quads;
    packed[element] =
        channel < s.group_out ? weights[(in_channel * s.group_out + channel) * window_size + place] : 0.0f;
}

// The taps of one output on one axis, as offsets in an input channel (D, H, W) and a window (K_d, K_h, K_w).
struct Taps {
    int count;
    int in, in_step;  // tap t reads the input at in − t·in_step …
    int k, k_step;    // … and multiplies it with the weight at k + t·k_step
};

// In 32 bits, which is enough for every tap that exists. A step that leads to no other tap may not fit;
// nobody takes it.
static __device__ __forceinline__ int offset(int64_t positions, int64_t pitch) {
    return static_cast<int>(static_cast<unsigned>(positions) * static_cast<unsigned>(pitch));
}

static __device__ __forceinline__ Taps taps_of(const PhasedAxis& axis, const AxisPhase& phase, int64_t j,
                                               int64_t in_pitch, int64_t k_pitch) {
    const InsideTaps inside = taps_inside(axis, phase, j);
    return {static_cast<int>(inside.count), offset(inside.first_in, in_pitch), offset(axis.in_step, in_pitch),
            offset(inside.first_k, k_pitch), offset(axis.k_step, k_pitch)};
}

// Adds what one input channel (D, H, W) and its windows (K_d, K_h, K_w) of four output channels give.
static __device__ __forceinline__ void add_channel(const Taps& depth, const Taps& height, const Taps& width,
                                                   const float* __restrict__ channel,
                                                   const float4* __restrict__ windows, float4& sum) {
    for (int d = 0; d < depth.count; ++d)
        for (int h = 0; h < height.count; ++h) {
            const float* in =
                channel + (depth.in - d * depth.in_step + height.in - h * height.in_step + width.in);
            const float4* window =
                windows + (depth.k + d * depth.k_step + height.k + h * height.k_step + width.k);
#pragma unroll 1  // at stride 2 there are one or two taps, and registers are scarce
            for (int w = 0; w < width.count; ++w) {
                const float x = in[-w * width.in_step];
                const float4 weight = window[w * width.k_step];
                sum.x += weight.x * x;
                sum.y += weight.y * x;
                sum.z += weight.z * x;
                sum.w += weight.w * x;
            }
        }
}

__global__ void transpose_phase(Sizes sizes, const float* __restrict__ input,
                                const float4* __restrict__ packed, const float* __restrict__ bias,
                                float* __restrict__ output) {
    const ConvSizes& s = sizes.conv;
    const int64_t phase = blockIdx.x % sizes.phases;
    const AxisPhase d = axis_phase(sizes.depth, phase / (sizes.height.phases * sizes.width.phases));
    const AxisPhase h = axis_phase(sizes.height, phase / sizes.width.phases % sizes.height.phases);
    const AxisPhase w = axis_phase(sizes.width, phase % sizes.width.phases);

    // The block's places are counted through all images; on each axis, output number j of the phase.
    const int64_t place = blockIdx.x / sizes.phases * blockDim.x + threadIdx.x;
    const int64_t image = place / (d.outputs * h.outputs * w.outputs);
    if (image >= s.batch) return;
    const int64_t j_d = place / (h.outputs * w.outputs) % d.outputs;
    const int64_t j_h = place / w.outputs % h.outputs;
    const int64_t j_w = place % w.outputs;
    const Taps depth =
        taps_of(sizes.depth, d, j_d, s.height.input * s.width.input, s.height.window * s.width.window);
    const Taps height = taps_of(sizes.height, h, j_h, s.width.input, s.width.window);
    const Taps width = taps_of(sizes.width, w, j_w, 1, 1);

    const int64_t in_size = s.depth.input * s.height.input * s.width.input;
    const int64_t out_size = s.depth.output * s.height.output * s.width.output;
    const int64_t window_size = s.depth.window * s.height.window * s.width.window;
    const int64_t out_place =
        (phase_output(sizes.depth, d, j_d) * s.height.output + phase_output(sizes.height, h, j_h)) *
            s.width.output +
        phase_output(sizes.width, w, j_w);

    // A grid has at most 65535 fours of channels; where there are more, a block does every 65535th.
    const int64_t quads = s.out_channels / s.group_out * sizes.group_quads;
    for (int64_t quad = blockIdx.y; quad < quads; quad += gridDim.y) {
        const int64_t group = quad / sizes.group_quads;
        const int64_t quad_of_group = quad % sizes.group_quads;
        float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        for (int64_t c = group * s.group_in; c < (group + 1) * s.group_in; ++c)
            add_channel(depth, height, width, input + (image * s.in_channels + c) * in_size,
                        packed + (c * sizes.group_quads + quad_of_group) * window_size, sum);

        const float sums[channels_a_thread] = {sum.x, sum.y, sum.z, sum.w};
        const int64_t first = quad_of_group * channels_a_thread;  // within the group
#pragma unroll
        for (int64_t m = 0; m < channels_a_thread; ++m) {
            if (first + m >= s.group_out) break;
            const int64_t out_channel = group * s.group_out + first + m;
            output[(image * s.out_channels + out_channel) * out_size + out_place] =
                sums[m] + (bias ? bias[out_channel] : 0.0f);
        }
    }
}

}  // namespace convscope::transpose::phase
