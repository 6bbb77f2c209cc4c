#include "reference/tile_sums.h"

#include <algorithm>
#include <cmath>

#include "core/function_versions.h"
#include "core/positions.h"
#include "reference/for_all.h"

namespace convscope {
namespace {

constexpr int64_t most_tiles = 64;     // of a strip
constexpr int64_t most_channels = 16;  // output channels of a strip

// Neighbouring tiles of one row of tiles, for some output channels of one group.
struct Strip {
    int64_t n, first_channel, channels;
    int64_t tile_row, first_tile, tiles;
};

// Without signs the second and the third row of Bᵀ, of G and of A are alike, so that 3×3 sums stand for the
// 4×4: their middle counts twice.
constexpr int sides = 3, sums_of_tile = sides * sides;

// |Bᵀ||d||B| for the strip's tiles of one input plane (H, W): values[e][tile].
void input_values(const Problem& p, const float* plane, const Strip& strip, double* values) {
    const int64_t height = p.input()[1], width = p.input()[2];
    const int64_t first_row = 2 * strip.tile_row - p.padding()[1];
    const int64_t first_column = 2 * strip.first_tile - p.padding()[2];
    double half[sides][2 * most_tiles + 2];
    for (int64_t j = 0; j < 2 * strip.tiles + 2; ++j) {
        double d[4];
        for (int64_t i = 0; i < 4; ++i) {
            const int64_t row = first_row + i, column = first_column + j;
            const bool inside = row >= 0 && row < height && column >= 0 && column < width;
            d[i] = inside ? std::fabs(double(plane[row * width + column])) : 0;
        }
        half[0][j] = d[0] + d[2];
        half[1][j] = d[1] + d[2];
        half[2][j] = d[1] + d[3];
    }
    for (int i = 0; i < sides; ++i)
        for (int64_t t = 0; t < strip.tiles; ++t) {
            const double* d = half[i] + 2 * t;
            values[(i * sides + 0) * strip.tiles + t] = d[0] + d[2];
            values[(i * sides + 1) * strip.tiles + t] = d[1] + d[2];
            values[(i * sides + 2) * strip.tiles + t] = d[1] + d[3];
        }
}

// |G||g||Gᵀ| of a window (3, 3).
std::array<double, sums_of_tile> window_values(const float* window) {
    const auto pass = [](double a, double b, double c) { return std::array{a, (a + b + c) / 2, c}; };
    std::array<std::array<double, sides>, 3> half;
    for (size_t j = 0; j < 3; ++j)
        half[j] = pass(std::fabs(double(window[j])), std::fabs(double(window[3 + j])),
                       std::fabs(double(window[6 + j])));
    std::array<double, sums_of_tile> values;
    for (size_t i = 0; i < sides; ++i) {
        const auto row = pass(half[0][i], half[1][i], half[2][i]);
        std::copy(row.begin(), row.end(), values.begin() + i * sides);
    }
    return values;
}

CONVSCOPE_CLONES
void add_products(const double* weights, const double* inputs, int64_t tiles, double* sums) {
    for (int64_t e = 0; e < sums_of_tile; ++e)
        for (int64_t t = 0; t < tiles; ++t) sums[e * tiles + t] += weights[e] * inputs[e * tiles + t];
}

// The sums over the input channels: [channel][e][tile].
std::vector<double> strip_sums(const Problem& p, const Tensors& tensors, const Strip& strip,
                               const KeepGoing& keep_going) {
    const int64_t per_group = p.in_channels_per_group(), area = p.input()[1] * p.input()[2];
    const int64_t first_in = strip.first_channel / p.out_channels_per_group() * per_group;
    std::vector<double> sums(size_t(strip.channels * sums_of_tile * strip.tiles));
    std::vector<double> inputs(size_t(sums_of_tile * strip.tiles));
    for (int64_t c = 0; c < per_group; ++c) {
        if (keep_going && !keep_going()) break;  // for_all() asks again and throws
        input_values(p, tensors.input->values.data() + (strip.n * p.in_channels() + first_in + c) * area,
                     strip, inputs.data());
        for (int64_t m = 0; m < strip.channels; ++m) {
            const auto weights = window_values(tensors.weights->values.data() +
                                               ((strip.first_channel + m) * per_group + c) * 9);
            add_products(weights.data(), inputs.data(), strip.tiles, &sums[m * sums_of_tile * strip.tiles]);
        }
    }
    return sums;
}

// |Aᵀ|·sums·|A| at (row, column) of a 2×2 output tile; the sums lie `step` apart.
double output_sum(const double* sums, int64_t step, int64_t row, int64_t column) {
    const auto at = [&](int64_t i, int64_t j) { return sums[(i * sides + j) * step]; };
    return at(2 * row, 2 * column) + 2 * at(2 * row, 1) + 2 * at(1, 2 * column) + 4 * at(1, 1);
}

double bias_of(const Problem& p, const Tensors& tensors, int64_t channel) {
    return p.bias() ? std::fabs(double(tensors.bias->values[channel])) : 0;
}

void write_strip(const Problem& p, const Tensors& tensors, const Strip& strip, const KeepGoing& keep_going,
                 std::vector<double>& magnitude) {
    const std::vector<double> sums = strip_sums(p, tensors, strip, keep_going);
    const int64_t height = p.output()[1], width = p.output()[2];
    for (int64_t m = 0; m < strip.channels; ++m) {
        const int64_t channel = strip.first_channel + m;
        const double bias = bias_of(p, tensors, channel);
        for (int64_t row = 2 * strip.tile_row; row < std::min(2 * strip.tile_row + 2, height); ++row)
            for (int64_t column = 2 * strip.first_tile;
                 column < std::min(2 * (strip.first_tile + strip.tiles), width); ++column) {
                const double* tile = &sums[m * sums_of_tile * strip.tiles + column / 2 - strip.first_tile];
                magnitude[((strip.n * p.out_channels() + channel) * height + row) * width + column] =
                    output_sum(tile, strip.tiles, row % 2, column % 2) + bias;
            }
    }
}

void whole_sums(const Problem& p, const Tensors& tensors, const KeepGoing& keep_going,
                std::vector<double>& magnitude) {
    const auto pieces = [](int64_t size, int64_t most) { return (size + most - 1) / most; };
    const int64_t rows = (p.output()[1] + 1) / 2, across = (p.output()[2] + 1) / 2;
    const int64_t strips = pieces(across, most_tiles), per_group = p.out_channels_per_group();
    const int64_t parts = pieces(per_group, most_channels);
    for_all(p.batch() * p.groups() * parts * rows * strips, keep_going, {}, [&](int64_t i) {
        const int64_t tile = i % strips * most_tiles, row = i / strips % rows;
        const int64_t part = i / (strips * rows), of_group = part % parts * most_channels;
        const int64_t group = part / parts % p.groups(), n = part / parts / p.groups();
        const Strip strip{.n = n,
                          .first_channel = group * per_group + of_group,
                          .channels = std::min(most_channels, per_group - of_group),
                          .tile_row = row,
                          .first_tile = tile,
                          .tiles = std::min(most_tiles, across - tile)};
        write_strip(p, tensors, strip, keep_going, magnitude);
    });
}

}  // namespace

void add_tile_sums(Reference& reference, const Problem& p, const Tensors& tensors,
                   const KeepGoing& keep_going) {
    std::vector<double> magnitude(reference.values.size());
    if (reference.whole())
        whole_sums(p, tensors, keep_going, magnitude);
    else
        for_all(int64_t(magnitude.size()), keep_going, {}, [&](int64_t k) {
            const OutputPosition at = output_position(p, reference.index(k));
            const Strip one{.n = at.n,
                            .first_channel = at.c,
                            .channels = 1,
                            .tile_row = at.at[1] / 2,
                            .first_tile = at.at[2] / 2,
                            .tiles = 1};
            magnitude[k] =
                output_sum(strip_sums(p, tensors, one, keep_going).data(), 1, at.at[1] % 2, at.at[2] % 2) +
                bias_of(p, tensors, at.c);
        });
    constexpr int64_t transforms = 2 + 4 + 4;
    reference.tiles = {std::move(magnitude), p.in_channels_per_group() + transforms + (p.bias() ? 1 : 0)};
}

}  // namespace convscope
