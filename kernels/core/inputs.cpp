#include "core/inputs.h"

#include <array>
#include <cmath>
#include <numbers>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

constexpr std::array<FillFacts, 15> fill_table{{
    {Fill::random, "random", "Random", true, true},
    {Fill::integers, "integers", "Small integers", true, true},
    {Fill::ramp, "ramp", "Ramp", true, true},
    {Fill::zeros, "zeros", "Zeros", true, true},
    {Fill::ones, "ones", "Ones", true, true},
    {Fill::impulse, "impulse", "Single 1", true, false},
    {Fill::identity, "identity", "Identity", false, true},
    {Fill::box, "box", "Box blur", false, true},
    {Fill::gaussian, "gaussian", "Gaussian blur", false, true},
    {Fill::sharpen, "sharpen", "Sharpen", false, true},
    {Fill::sobel_x, "sobel_x", "Sobel, left to right", false, true},
    {Fill::sobel_y, "sobel_y", "Sobel, top to bottom", false, true},
    {Fill::laplacian, "laplacian", "Laplacian", false, true},
    {Fill::emboss, "emboss", "Emboss", false, true},
    {Fill::gabor, "gabor", "Gabor", false, true},
}};

// Row `n` of Pascal's triangle scaled to sum to 1: a smooth window.
std::vector<double> binomial(int64_t n) {
    std::vector<double> row(size_t(n), 0.0);
    row[0] = 1;
    for (int64_t i = 1; i < n; ++i) {
        for (int64_t j = i; j > 0; --j) row[j] = (row[j] + row[j - 1]) / 2;
        row[0] /= 2;
    }
    return row;
}

// A smoothed derivative with Σ|w| = 2: −1 0 1 for 3, −1 1 for 2; 1 where there is no extent to differ along.
std::vector<double> derivative(int64_t n) {
    if (n == 1) return {1};
    if (n == 2) return {-1, 1};
    const std::vector<double> smooth = binomial(n - 2);
    std::vector<double> out(size_t(n), 0.0);
    for (int64_t i = 0; i < n - 2; ++i) {
        out[i] -= smooth[i];
        out[i + 2] += smooth[i];
    }
    return out;
}

// OpenCV's rule for the width of a Gaussian that fits n taps.
std::vector<double> gaussian(int64_t n) {
    const double sigma = 0.3 * ((double(n) - 1) * 0.5 - 1) + 0.8;
    std::vector<double> out;
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
        const double x = double(i) - double(n - 1) / 2;
        out.push_back(std::exp(-x * x / (2 * sigma * sigma)));
        sum += out.back();
    }
    for (double& value : out) value /= sum;
    return out;
}

// One value of a K_d×K_h×K_w pattern.
struct Pattern {
    Fill fill;
    Axes size;
    std::array<std::vector<double>, 3> factors{};

    Pattern(Fill of_fill, const Axes& of_size) : fill(of_fill), size(of_size) {
        for (int axis = 0; axis < 3; ++axis) factors[axis] = factor(axis);
    }
    std::vector<double> factor(int axis) const {
        if (fill == Fill::gaussian) return gaussian(size[axis]);
        const int along = fill == Fill::sobel_x ? axis_width : axis_height;
        if (axis == along) return derivative(size[axis]);
        std::vector<double> smooth = binomial(size[axis]);
        if (size[axis] > 1)
            for (double& value : smooth) value *= 4;  // the usual 1 2 1
        return smooth;
    }
    bool at_centre(const Axes& at) const {
        return at[0] == size[0] / 2 && at[1] == size[1] / 2 && at[2] == size[2] / 2;
    }
    // Next to the centre along exactly one axis.
    bool beside_centre(const Axes& at) const {
        int64_t distance = 0;
        for (int axis = 0; axis < 3; ++axis) distance += std::abs(at[axis] - size[axis] / 2);
        return distance == 1;
    }
    double neighbours() const {
        double count = 0;
        for (int axis = 0; axis < 3; ++axis) count += size[axis] >= 3 ? 2 : size[axis] == 2 ? 1 : 0;
        return count;
    }
    double gabor(const Axes& at) const {
        const double y = double(at[1]) - double(size[1] - 1) / 2, x = double(at[2]) - double(size[2] - 1) / 2;
        const double extent = double(std::max(size[1], size[2])), sigma = 0.28 * extent;
        const double along = (x + y) / std::numbers::sqrt2, wave = 2 * std::numbers::pi / (0.75 * extent);
        return std::exp(-(x * x + y * y) / (2 * sigma * sigma)) * std::cos(wave * along);
    }
    double value(const Axes& at) const {
        switch (fill) {
            case Fill::zeros:
                return 0;
            case Fill::ones:
                return 1;
            case Fill::identity:
            case Fill::impulse:
                return at_centre(at) ? 1 : 0;
            case Fill::box:
                return 1.0 / (double(size[0]) * double(size[1]) * double(size[2]));
            case Fill::sharpen:
                return at_centre(at) ? 1 + neighbours() : beside_centre(at) ? -1 : 0;
            case Fill::laplacian:
                return at_centre(at) ? -neighbours() : beside_centre(at) ? 1 : 0;
            case Fill::emboss:
                return at_centre(at) ? 1 : double(at[1] - size[1] / 2) + double(at[2] - size[2] / 2);
            case Fill::gabor:
                return gabor(at);
            default:
                return factors[0][at[0]] * factors[1][at[1]] * factors[2][at[2]];
        }
    }
};

bool is_pattern(Fill fill) {
    return !facts(fill).for_input;
}

Shape shape_of(const Problem& problem, TensorRole role) {
    switch (role) {
        case TensorRole::input:
            return problem.input_shape();
        case TensorRole::weights:
            return problem.weights_shape();
        case TensorRole::pointwise:
            return problem.pointwise_shape();
        case TensorRole::bias:
            return problem.bias_shape();
    }
    return {};
}

void fill_pattern(const Problem& problem, Fill fill, Tensor& weights) {
    const Axes& k = problem.kernel_size();
    const Pattern pattern(fill, k);
    const double channels = facts(problem.op()).per_channel ? 1.0 : double(problem.in_channels_per_group());
    // A transposed stride spreads the window's weights over as many output phases; each shall sum to 1.
    const Axes& s = problem.stride();
    const bool blurs = fill == Fill::box || fill == Fill::gaussian;
    const double phases = problem.transposed() && blurs ? double(s[0]) * double(s[1]) * double(s[2]) : 1.0;
    const int64_t window = k[0] * k[1] * k[2];
    for (int64_t i = 0; i < window; ++i) {
        const double value =
            pattern.value({i / (k[1] * k[2]), i / k[2] % k[1], i % k[2]}) * phases / channels;
        for (int64_t row = 0; row * window < weights.elements(); ++row)
            weights.values[row * window + i] = float(value);
    }
}

void fill_impulse(const Problem& problem, Tensor& input) {
    const Axes& in = problem.input();
    const int64_t plane = in[0] * in[1] * in[2];
    const int64_t centre = (in[0] / 2 * in[1] + in[1] / 2) * in[2] + in[2] / 2;
    for (int64_t i = 0; i < input.elements(); ++i) input.values[i] = i % plane == centre ? 1.0f : 0.0f;
}

void fill_values(const Problem& problem, TensorRole role, Fill fill, uint64_t seed, Tensor& tensor) {
    const int64_t count = tensor.elements();
    const double scale = role == TensorRole::input ? 0 : 1 / std::sqrt(double(fan_in(problem, role)));
    const float step = count <= 1024 ? 1.0f : 1.0f / float(count);
#pragma omp parallel for schedule(static) if (count > 100000)
    for (int64_t i = 0; i < count; ++i) {
        float& value = tensor.values[i];
        if (fill == Fill::ramp)
            value = float(i) * step;
        else if (fill == Fill::integers)
            value = float(int(random_bits(seed, role, uint64_t(i)) % 5) - 2);
        else if (role == TensorRole::input)
            value = random_unit(seed, role, uint64_t(i));
        else
            value = float((2.0 * random_unit(seed, role, uint64_t(i)) - 1.0) * scale);
    }
}

}  // namespace

const char* role_name(TensorRole role) {
    static constexpr std::array names{"input", "weights", "pointwise", "bias"};
    return names[size_t(role)];
}

std::span<const FillFacts> fills() {
    return fill_table;
}
const FillFacts& facts(Fill fill) {
    return fill_table[size_t(fill)];
}
std::optional<Fill> fill_named(std::string_view name) {
    for (const FillFacts& row : fill_table)
        if (name == row.name) return row.fill;
    return std::nullopt;
}

uint32_t random_bits(uint64_t seed, TensorRole role, uint64_t index) {
    std::array<uint32_t, 4> counter{uint32_t(index), uint32_t(index >> 32), uint32_t(role), 0};
    std::array<uint32_t, 2> key{uint32_t(seed), uint32_t(seed >> 32)};
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = uint64_t{0xD2511F53u} * counter[0], b = uint64_t{0xCD9E8D57u} * counter[2];
        counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b),
                   uint32_t(a >> 32) ^ counter[3] ^ key[1], uint32_t(a)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter[0];
}

float random_unit(uint64_t seed, TensorRole role, uint64_t index) {
    return float(random_bits(seed, role, index) >> 8) * 0x1p-24f;
}

int64_t fan_in(const Problem& problem, TensorRole role) {
    if (role == TensorRole::weights) {
        const Axes& k = problem.kernel_size();
        const bool separable = problem.op() == Operator::separable_conv2d;
        return (separable ? 1 : problem.in_channels_per_group()) * k[0] * k[1] * k[2];
    }
    return problem.op() == Operator::separable_conv2d ? problem.in_channels()
                                                      : problem.nominal_taps_per_output();
}

Tensor make_tensor(const Problem& problem, TensorRole role, Fill fill, uint64_t seed) {
    const Shape shape = shape_of(problem, role);
    const double bytes = 4.0 * double(element_count(shape));
    if (bytes > 64e6) require_host_memory(bytes, cat("the ", role_name(role)));
    Tensor tensor(shape);
    if (fill == Fill::zeros || fill == Fill::ones)
        std::fill(tensor.values.begin(), tensor.values.end(), fill == Fill::ones ? 1.0f : 0.0f);
    else if (fill == Fill::impulse && role == TensorRole::input)
        fill_impulse(problem, tensor);
    else if (is_pattern(fill) && role == TensorRole::weights)
        fill_pattern(problem, fill, tensor);
    else if (is_pattern(fill) && role == TensorRole::pointwise)  // every output shows one input channel
        for (int64_t i = 0; i < tensor.elements(); ++i) {
            const int64_t out = i / problem.in_channels(), in = i % problem.in_channels();
            tensor.values[i] = out % problem.in_channels() == in ? 1.0f : 0.0f;
        }
    else
        fill_values(problem, role, is_pattern(fill) ? Fill::random : fill, seed, tensor);
    return tensor;
}

Tensors make_tensors(const Problem& problem, Fill input_fill, Fill weights_fill, uint64_t seed) {
    const auto make = [&](TensorRole role, Fill fill) {
        return std::make_shared<const Tensor>(make_tensor(problem, role, fill, seed));
    };
    Tensors tensors;
    tensors.input = make(TensorRole::input, input_fill);
    tensors.weights = make(TensorRole::weights, weights_fill);
    if (!problem.pointwise_shape().empty()) tensors.pointwise = make(TensorRole::pointwise, weights_fill);
    if (problem.bias())
        tensors.bias = make(TensorRole::bias, weights_fill == Fill::integers ? Fill::integers : Fill::random);
    return tensors;
}

bool integers_are_exact(const Problem& problem) {
    const Axes& k = problem.kernel_size();
    const double window = double(k[0]) * double(k[1]) * double(k[2]);
    const double largest = problem.op() == Operator::separable_conv2d
                               ? 8 * window * double(problem.in_channels())
                               : 4 * double(problem.nominal_taps_per_output());
    return largest + 2 < 0x1p24;
}

}  // namespace convscope
