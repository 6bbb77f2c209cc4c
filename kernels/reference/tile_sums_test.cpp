// The bound of Winograd's F(2×2, 3×3) against its formula in full matrices, and against the algorithm itself
// in float32, right and with one constant changed.
#include "reference/tile_sums.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "core/inputs.h"
#include "core/positions.h"

namespace convscope {
namespace {

template <class T, int Rows, int Columns>
using Matrix = std::array<std::array<T, Columns>, Rows>;

template <class T, size_t A, size_t B, size_t C>
std::array<std::array<T, C>, A> times(const std::array<std::array<T, B>, A>& a,
                                      const std::array<std::array<T, C>, B>& b) {
    std::array<std::array<T, C>, A> out{};
    for (size_t i = 0; i < A; ++i)
        for (size_t j = 0; j < C; ++j)
            for (size_t k = 0; k < B; ++k) out[i][j] += a[i][k] * b[k][j];
    return out;
}

template <class T, size_t A, size_t B>
std::array<std::array<T, A>, B> flipped(const std::array<std::array<T, B>, A>& a) {
    std::array<std::array<T, A>, B> out{};
    for (size_t i = 0; i < A; ++i)
        for (size_t j = 0; j < B; ++j) out[j][i] = a[i][j];
    return out;
}

// The three matrices of F(2×2, 3×3) (A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural
// Networks).
template <class T>
struct Transforms {
    Matrix<T, 4, 4> b{{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}}};  // Bᵀ
    Matrix<T, 4, 3> g{{{1, 0, 0}, {T(0.5), T(0.5), T(0.5)}, {T(0.5), T(-0.5), T(0.5)}, {0, 0, 1}}};
    Matrix<T, 2, 4> a{{{1, 1, 1, 0}, {0, 1, -1, -1}}};  // Aᵀ
};

// Every output by its tile, in T. `of` is put around each number before anything is computed with it: |x| for
// the sum of magnitudes.
template <class T, class Of>
std::vector<T> winograd(const Problem& p, const Tensors& tensors, const Transforms<T>& with, const Of& of) {
    std::vector<T> out(size_t(element_count(p.output_shape())));
    const int64_t per_group = p.in_channels_per_group();
    for (int64_t i = 0; i < int64_t(out.size()); ++i) {
        const OutputPosition at = output_position(p, i);
        Matrix<T, 4, 4> sum{};
        for (int64_t c = 0; c < per_group; ++c) {
            const int64_t channel = at.c / p.out_channels_per_group() * per_group + c;
            Matrix<T, 4, 4> d{};
            for (int64_t r = 0; r < 4; ++r)
                for (int64_t s = 0; s < 4; ++s) {
                    const int64_t row = at.at[1] / 2 * 2 - p.padding()[1] + r;
                    const int64_t column = at.at[2] / 2 * 2 - p.padding()[2] + s;
                    if (row < 0 || row >= p.input()[1] || column < 0 || column >= p.input()[2]) continue;
                    d[size_t(r)][size_t(s)] =
                        of(tensors.input->values[size_t(input_index(p, {at.n, channel, {0, row, column}}))]);
                }
            Matrix<T, 3, 3> g{};
            for (int64_t r = 0; r < 3; ++r)
                for (int64_t s = 0; s < 3; ++s)
                    g[size_t(r)][size_t(s)] =
                        of(tensors.weights->values[size_t(weight_index(p, {at.c, channel, {0, r, s}}))]);
            const auto u = times(times(with.g, g), flipped(with.g));
            const auto v = times(times(with.b, d), flipped(with.b));
            for (size_t r = 0; r < 4; ++r)
                for (size_t s = 0; s < 4; ++s) sum[r][s] += u[r][s] * v[r][s];
        }
        const auto y = times(times(with.a, sum), flipped(with.a));
        out[size_t(i)] = y[size_t(at.at[1] % 2)][size_t(at.at[2] % 2)] +
                         (p.bias() ? of(tensors.bias->values[size_t(at.c)]) : T(0));
    }
    return out;
}

template <size_t A, size_t B>
void without_signs(std::array<std::array<double, B>, A>& matrix) {
    for (auto& row : matrix)
        for (double& x : row) x = std::fabs(x);
}

Problem problem_of(int64_t in, int64_t out, int64_t groups, Axes input, Axes padding, bool bias) {
    ProblemSpec spec;
    spec.batch = 2;
    spec.in_channels = in;
    spec.out_channels = out;
    spec.groups = groups;
    spec.input = input;
    spec.kernel_size = {1, 3, 3};
    spec.padding = padding;
    spec.bias = bias;
    return Problem(spec);
}

std::vector<Problem> problems() {
    return {problem_of(1, 1, 1, {1, 3, 3}, {0, 0, 0}, false),
            problem_of(3, 2, 1, {1, 7, 10}, {0, 1, 1}, true), problem_of(4, 6, 2, {1, 6, 5}, {0, 3, 0}, true),
            problem_of(2, 20, 1, {1, 4, 135}, {0, 2, 5}, false),  // several strips either way
            problem_of(64, 3, 1, {1, 9, 8}, {0, 1, 1}, true)};
}

TEST(TileSums, AreTheFormulaWithoutSigns) {
    Transforms<double> with;
    without_signs(with.a), without_signs(with.b), without_signs(with.g);
    for (const Problem& p : problems()) {
        const Tensors tensors = make_tensors(p, Fill::random, Fill::random, 3);
        Reference whole = reference_whole(p, tensors);
        EXPECT_FALSE(is_complete_for({.sums = Sums::winograd_f2x2}, whole));
        add_tile_sums(whole, p, tensors);
        const std::vector<double> expected =
            winograd<double>(p, tensors, with, [](float x) { return std::fabs(double(x)); });
        ASSERT_EQ(whole.tiles.magnitude.size(), expected.size());
        EXPECT_EQ(whole.tiles.terms, p.in_channels_per_group() + 10 + (p.bias() ? 1 : 0));
        for (size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(whole.tiles.magnitude[i], expected[i], 1e-12 * expected[i]) << p.text() << " " << i;
            ASSERT_GE(whole.tiles.magnitude[i], whole.magnitude[i] * (1 - 1e-12));
        }
        Reference some = reference_at(p, tensors, sample_indices(p, 40, 5));
        add_tile_sums(some, p, tensors);
        for (size_t k = 0; k < some.indices.size(); ++k) {
            const double of_whole = expected[size_t(some.indices[k])];
            ASSERT_NEAR(some.tiles.magnitude[k], of_whole, 1e-12 * of_whole);
        }
    }
}

double ratio_of(const Problem& p, const Transforms<float>& with, uint64_t seed) {
    const Tensors tensors = make_tensors(p, Fill::random, Fill::random, seed);
    const ErrorModel model{.sums = Sums::winograd_f2x2};
    Reference reference = reference_whole(p, tensors);
    complete_for(model, reference, p, tensors);
    return judge(p, reference, winograd<float>(p, tensors, with, [](float x) { return x; }), model)
        .bound_ratio;
}

TEST(TileSums, BoundHoldsAndIsNotLoose) {
    for (const Problem& p : problems())
        for (const uint64_t seed : {1, 2, 3}) {
            const double ratio = ratio_of(p, {}, seed);
            EXPECT_LE(ratio, 0.7) << p.text();
            EXPECT_GT(ratio, 1e-3) << p.text();
        }
}

TEST(TileSums, AChangedConstantExceedsTheBound) {
    for (const Problem& p : problems()) {
        Transforms<float> wrong;
        wrong.g[1][2] = 0.501f;
        EXPECT_GT(ratio_of(p, wrong, 1), 1) << p.text();
        wrong = {};
        wrong.b[2][1] = 1;
        EXPECT_GT(ratio_of(p, wrong, 1), 1000) << p.text();
        wrong = {};
        wrong.a[0][2] = 0.999f;
        EXPECT_GT(ratio_of(p, wrong, 1), 1) << p.text();
    }
}

TEST(TileSums, TinyNumbersAreWithinTheUnderflows) {
    // Products far below the smallest float: all is lost but what the bound allows.
    const Problem p = problem_of(8, 2, 1, {1, 6, 6}, {0, 1, 1}, false);
    Tensors tensors = make_tensors(p, Fill::random, Fill::random, 1);
    const auto scaled = [](const TensorPtr& from, float by) {
        auto out = std::make_shared<Tensor>(*from);
        for (float& x : out->values) x *= by;
        return out;
    };
    tensors.input = scaled(tensors.input, 0x1p-74f);
    tensors.weights = scaled(tensors.weights, 0x1p-72f);
    const ErrorModel model{.sums = Sums::winograd_f2x2};
    Reference reference = reference_whole(p, tensors);
    complete_for(model, reference, p, tensors);
    const auto output = winograd<float>(p, tensors, Transforms<float>{}, [](float x) { return x; });
    const double ratio = judge(p, reference, output, model).bound_ratio;
    EXPECT_LE(ratio, 1);
    EXPECT_GT(ratio, 1e-3);
    EXPECT_DOUBLE_EQ(
        rounding_bound(model, reference, 0) - rounding_bound({}, 18, reference.tiles.magnitude[0]),
        18 * 0x1p-149);
}

TEST(TileSums, CanBeStopped) {
    const Problem p = problem_of(3, 2, 1, {1, 7, 10}, {0, 1, 1}, true);
    const Tensors tensors = make_tensors(p, Fill::ones, Fill::ones, 3);
    Reference reference = reference_whole(p, tensors);
    EXPECT_THROW(add_tile_sums(reference, p, tensors, [] { return false; }), Error);
}

}  // namespace
}  // namespace convscope
