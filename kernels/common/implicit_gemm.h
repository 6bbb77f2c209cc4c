// An implicit GEMM: the convolution as one matrix product whose input matrix is never stored.
//
//   output (channels of a group, pixels) = weights (channels, rows) · x (rows, pixels)
//
// A row is one tap of one input channel, a pixel one output position of one image. x[row][pixel] is the input
// element that the tap meets there, or 0 in the padding: it is looked up while it is copied to shared memory.
// What differs from operator to operator is where a window begins and what its rows are: an Index, with
//
//   phases(problem)                           dense problems that the outputs fall into
//   most_pixels(problem)                      of one of them, in all images
//   furthest_window(axis)                     the input position at which a window may begin, at most
//   phase(sizes, number)                      the outputs and rows of one of them
//   shared_phase                              whether finding that takes some work
//   row(sizes, channel, tap)                  the row of a tap, and how far it reaches
//   weight(sizes, group, channel, tap, out)   where the tap's weight lies
#pragma once
#include "common/gemm_tiles.h"
#include "common/sizes.h"
#include "core/text.h"

namespace convscope::gemm {

// Output number j of a phase lies at j·out_step + out_first; its window begins at input j·step + first.
struct PhaseAxis {
    int64_t outputs;
    int64_t step, first;
    int64_t out_step, out_first;
};

struct Phase {
    PhaseAxis depth, height, width;
    int64_t first_row;  // of the packed weights
    int64_t rows;       // 0: no tap reaches these outputs
};

struct TapIndex {
    int64_t depth, height, width;
};

// How far a row's element lies from the beginning of the window.
struct Row {
    int64_t row;
    TapIndex reach;
};

struct Sizes {
    ConvSizes conv;
    int64_t groups;
    int64_t phases;
    int64_t rows;             // of all phases: input channels of a group × taps of the window
    int64_t packed_channels;  // output channels of a group, rounded up to whole tiles
};

inline constexpr int64_t most_reach = int64_t{1} << 30;

// The input element of a row, for the window that begins at the origin: its offset and its place on each
// axis. Offsets of 32 bits hold one group's input channels of one image.
static __device__ __forceinline__ int4 row_entry(const ConvSizes& s, int64_t channel, const TapIndex& reach) {
    const int64_t offset =
        ((channel * s.depth.input + reach.depth) * s.height.input + reach.height) * s.width.input +
        reach.width;
    return make_int4(static_cast<int>(offset), static_cast<int>(reach.depth), static_cast<int>(reach.height),
                     static_cast<int>(reach.width));
}

// Copies the weights into packed (rows, groups, packed_channels), channels side by side and 0 beyond the
// last; writes row_table (rows). One thread an element of `packed`.
template <class Index, bool to_tf32>
__device__ __forceinline__ void pack_weights(const Sizes& sizes, const float* __restrict__ weights,
                                             float* __restrict__ packed, int4* __restrict__ row_table) {
    const ConvSizes& s = sizes.conv;
    const int64_t element = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (element >= sizes.rows * sizes.groups * sizes.packed_channels) return;
    const int64_t out = element % sizes.packed_channels;
    const int64_t group = element / sizes.packed_channels % sizes.groups;
    int64_t rest = element / (sizes.packed_channels * sizes.groups);
    TapIndex tap;
    tap.width = rest % s.width.window;
    rest /= s.width.window;
    tap.height = rest % s.height.window;
    rest /= s.height.window;
    tap.depth = rest % s.depth.window;
    const int64_t channel = rest / s.depth.window;

    const Row row = Index::row(s, channel, tap);
    const float value = out < s.group_out ? weights[Index::weight(s, group, channel, tap, out)] : 0.0f;
    packed[(row.row * sizes.groups + group) * sizes.packed_channels + out] =
        to_tf32 ? round_to_tf32(value) : value;
    if (group == 0 && out == 0) row_table[row.row] = row_entry(s, channel, row.reach);
}

// Where output pixel `number` of a phase lies, in all images.
struct Pixel {
    bool exists;
    int64_t image;
    int64_t depth, height, width;  // numbers within the phase
};

static __device__ __forceinline__ Pixel pixel_at(const ConvSizes& s, const Phase& phase, int64_t number) {
    Pixel pixel;
    pixel.width = number % phase.width.outputs;
    number /= phase.width.outputs;
    pixel.height = number % phase.height.outputs;
    number /= phase.height.outputs;
    pixel.depth = number % phase.depth.outputs;
    pixel.image = number / phase.depth.outputs;
    pixel.exists = pixel.image < s.batch;
    return pixel;
}

template <class Tile>
constexpr int stage_floats() {
    return rows * (x_pitch + w_pitch(Tile::channels));
}
// Of dynamic shared memory.
template <class Tile>
constexpr size_t shared_bytes() {
    return sizeof(float) * Tile::stages * stage_floats<Tile>();
}

// Copies rows of w (rows, packed_channels) from global to shared memory.
template <class Tile>
__device__ __forceinline__ void load_weights(const float* packed, int64_t pitch, int64_t first_row,
                                             int64_t row_count, float* w) {
    constexpr int vectors = Tile::channels / 4;
    for (int i = static_cast<int>(threadIdx.x); i < rows * vectors; i += threads) {
        const int64_t row = first_row + i / vectors;
        const int channel = i % vectors * 4;
        const bool exists = row < row_count;
        copy_async<16>(w + i / vectors * w_pitch(Tile::channels) + channel,
                       packed + (exists ? row * pitch : 0) + channel, exists);
    }
}

// Copies rows of x and w from global to shared memory. A thread copies one pixel's elements of every row.
template <class Tile>
struct Loader {
    const float* input;  // (N, C_in, D, H, W)
    const float*
        packed;  // (rows, groups, packed_channels), from the phase's first row and this tile's channels
    const int4* row_table;  // (rows), from the phase's first row
    int64_t packed_pitch;   // from row to row
    int64_t row_count;
    int64_t window;  // of this thread's pixel: the offset of its beginning, which may lie in the padding
    int depth, height, width;
    int input_depth, input_height, input_width;

    // Unsigned sums wrap, so that one comparison tells both ends.
    static __device__ __forceinline__ bool within(int begin, int reach, int size) {
        return static_cast<unsigned>(begin) + static_cast<unsigned>(reach) < static_cast<unsigned>(size);
    }

    __device__ __forceinline__ void load(int64_t first_row, float* stage) const {
        const int thread = static_cast<int>(threadIdx.x);
        float* x = stage + thread;
        for (int r = 0; r < rows; ++r, x += x_pitch) {
            const int64_t row = first_row + r;
            const int4 entry = row < row_count ? row_table[row] : make_int4(0, -1 - depth, 0, 0);
            const bool inside = within(depth, entry.y, input_depth) &&
                                within(height, entry.z, input_height) && within(width, entry.w, input_width);
            copy_async<4>(x, inside ? input + window + entry.x : input, inside);
        }
        load_weights<Tile>(packed, packed_pitch, first_row, row_count, stage + rows * x_pitch);
    }
};

template <class Tile>
__device__ __forceinline__ Loader<Tile> make_loader(const Sizes& sizes, const Phase& phase, int64_t group,
                                                    const float* input, const float* packed,
                                                    const int4* row_table) {
    const ConvSizes& s = sizes.conv;
    const Pixel pixel = pixel_at(s, phase, int64_t{blockIdx.x} * pixels + threadIdx.x);
    const int64_t depth = pixel.depth * phase.depth.step + phase.depth.first;
    const int64_t height = pixel.height * phase.height.step + phase.height.first;
    const int64_t width = pixel.width * phase.width.step + phase.width.first;
    const int64_t plane = pixel.image * s.in_channels + group * s.group_in;
    Loader<Tile> loader;
    loader.input = input;
    loader.packed = packed + (phase.first_row * sizes.groups + group) * sizes.packed_channels +
                    int64_t{blockIdx.y} * Tile::channels;
    loader.row_table = row_table + phase.first_row;
    loader.packed_pitch = sizes.groups * sizes.packed_channels;
    loader.row_count = phase.rows;
    loader.window = ((plane * s.depth.input + depth) * s.height.input + height) * s.width.input + width;
    // No row reaches a pixel that does not exist: it lies further outside than any row reaches.
    loader.depth = pixel.exists ? static_cast<int>(depth) : static_cast<int>(-2 * most_reach);
    loader.height = static_cast<int>(height);
    loader.width = static_cast<int>(width);
    loader.input_depth = static_cast<int>(s.depth.input);
    loader.input_height = static_cast<int>(s.height.input);
    loader.input_width = static_cast<int>(s.width.input);
    return loader;
}

// Adds the bias and stores a tile: output (N, C_out, D_out, H_out, W_out).
template <class Tile>
__device__ __forceinline__ void store_tile(const Tile& tile, const Sizes& sizes, const Phase& phase,
                                           int64_t group, const float* bias, float* output) {
    const ConvSizes& s = sizes.conv;
    const int64_t plane = s.depth.output * s.height.output * s.width.output;
    const int64_t first_channel = int64_t{blockIdx.y} * Tile::channels;
    int known = -1;  // the pixel that `place` is of
    int64_t place = 0;
    bool exists = false;
    tile.each([&](int in_tile, int channel_in_tile, float sum) {
        if (in_tile != known) {
            const Pixel pixel = pixel_at(s, phase, int64_t{blockIdx.x} * pixels + in_tile);
            const int64_t depth = pixel.depth * phase.depth.out_step + phase.depth.out_first;
            const int64_t height = pixel.height * phase.height.out_step + phase.height.out_first;
            const int64_t width = pixel.width * phase.width.out_step + phase.width.out_first;
            place = (pixel.image * s.out_channels + group * s.group_out) * plane +
                    (depth * s.height.output + height) * s.width.output + width;
            exists = pixel.exists;
            known = in_tile;
        }
        const int64_t channel = first_channel + channel_in_tile;
        if (!exists || channel >= s.group_out) return;
        output[place + channel * plane] = bias ? sum + bias[group * s.group_out + channel] : sum;
    });
}

// Calls multiply(n) for n = 0 … count − 1, each after what load(n) began to copy has landed. Copies run
// `stages` − 1 ahead; one barrier a turn says both that a stage has landed and that the one to be overwritten
// has been read, so load(n) may write where multiply(n − stages) read.
template <int stages, class Load, class Multiply>
__device__ __forceinline__ void pipeline(int64_t count, const Load& load, const Multiply& multiply) {
    for (int64_t ahead = 0; ahead < stages - 1; ++ahead) {
        if (ahead < count) load(ahead);
        commit_async_copies();
    }
    for (int64_t number = 0; number < count; ++number) {
        wait_for_async_copies<stages - 2>();
        __syncthreads();
        const int64_t next = number + stages - 1;
        if (next < count) load(next);
        commit_async_copies();
        multiply(number);
    }
}

// tile += all rows. load(first_row, stage) begins the copies of `rows` rows, and zeros beyond the last.
template <class Tile, class Load>
__device__ __forceinline__ void multiply_rows(Tile& tile, int64_t row_count, const Load& load) {
    float* shared = dynamic_shared<float>();
    const auto stage = [&](int64_t number) {
        return shared + static_cast<int>(number % Tile::stages) * stage_floats<Tile>();
    };
    pipeline<Tile::stages>(
        (row_count + rows - 1) / rows, [&](int64_t number) { load(number * rows, stage(number)); },
        [&](int64_t number) { tile.multiply(stage(number), stage(number) + rows * x_pitch); });
}

// The phase of a block. Where it takes some work one thread does it for all, and it stays in shared memory,
// so that it takes no registers while they multiply.
template <class Index, bool shared = Index::shared_phase>
struct PhaseOf {
    Phase phase;
    __device__ __forceinline__ explicit PhaseOf(const Sizes& sizes)
        : phase(Index::phase(sizes.conv, blockIdx.z % sizes.phases)) {}
};
template <class Index>
struct PhaseOf<Index, true> {
    const Phase& phase;
    __device__ __forceinline__ explicit PhaseOf(const Sizes& sizes) : phase(of_block(sizes)) {}

    static __device__ __forceinline__ const Phase& of_block(const Sizes& sizes) {
        __shared__ Phase found;
        if (threadIdx.x == 0) found = Index::phase(sizes.conv, blockIdx.z % sizes.phases);
        __syncthreads();
        return found;
    }
};

// One block: a tile of pixels (grid x) × channels (y) of one group and phase (z).
template <class Tile, class Index>
__device__ __forceinline__ void implicit_gemm(const Sizes& sizes, const float* __restrict__ input,
                                              const float* __restrict__ packed,
                                              const int4* __restrict__ row_table,
                                              const float* __restrict__ bias, float* __restrict__ output) {
    const int64_t group = blockIdx.z / sizes.phases;
    const PhaseOf<Index> phase_of(sizes);
    const Phase& phase = phase_of.phase;
    const int64_t pixel_count =
        sizes.conv.batch * phase.depth.outputs * phase.height.outputs * phase.width.outputs;
    if (int64_t{blockIdx.x} * pixels >= pixel_count) return;  // phases differ in size

    const Loader<Tile> loader = make_loader<Tile>(sizes, phase, group, input, packed, row_table);
    Tile tile;
    multiply_rows(tile, phase.rows, [&](int64_t row, float* stage) { loader.load(row, stage); });
    store_tile(tile, sizes, phase, group, bias, output);
}

}  // namespace convscope::gemm
