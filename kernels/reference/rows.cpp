#include "reference/rows.h"

#include <algorithm>
#include <cmath>

#include "core/function_versions.h"
#include "core/taps.h"

namespace convscope::detail {
namespace {

CONVSCOPE_CLONES
void add_dense(double w, const float* x, int64_t count, double* values, double* magnitude) {
    for (int64_t i = 0; i < count; ++i) {
        const double product = w * static_cast<double>(x[i]);
        values[i] += product;
        magnitude[i] += std::fabs(product);
    }
}

void add_strided(double w, const float* x, int64_t x_step, int64_t count, double* values, double* magnitude,
                 int64_t y_step) {
    for (int64_t i = 0; i < count; ++i) {
        const double product = w * static_cast<double>(x[i * x_step]);
        values[i * y_step] += product;
        magnitude[i * y_step] += std::fabs(product);
    }
}

int64_t ceil_div(int64_t a, int64_t b) {
    return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

// Steps t in [first, last) with 0 ≤ t·stride + offset < limit.
struct Range {
    int64_t first, last;
};
Range range_inside(int64_t steps, int64_t stride, int64_t offset, int64_t limit) {
    return {std::max<int64_t>(0, ceil_div(-offset, stride)),
            std::min(steps, ceil_div(limit - offset, stride))};
}

}  // namespace

CONVSCOPE_CLONES
void add_scaled(double factor, const double* from, const double* from_magnitude, int64_t count,
                double* values, double* magnitude) {
    const double size = std::fabs(factor);
    for (int64_t i = 0; i < count; ++i) {
        values[i] += factor * from[i];
        magnitude[i] += size * from_magnitude[i];
    }
}

void add_channel_row(const Problem& problem, const float* input, int64_t c, const float* weights, int64_t od,
                     int64_t oh, double* values, double* magnitude) {
    const Axes &in = problem.input(), &k = problem.kernel_size();
    const int64_t s = problem.stride()[2], p = problem.padding()[2], d = problem.dilation()[2];
    for (int64_t kd = 0; kd < k[0]; ++kd) {
        const auto id = input_coordinate(problem, 0, od, kd);
        if (!id) continue;
        for (int64_t kh = 0; kh < k[1]; ++kh) {
            const auto ih = input_coordinate(problem, 1, oh, kh);
            if (!ih) continue;
            const float* row = input + ((c * in[0] + *id) * in[1] + *ih) * in[2];
            const float* window = weights + (kd * k[1] + kh) * k[2];
            for (int64_t kw = 0; kw < k[2]; ++kw) {
                const int64_t offset = kw * d - p;
                const bool scatter = problem.transposed();
                // conv walks the outputs (reading at t·s + offset), transposed the inputs (writing there).
                const Range t = scatter ? range_inside(in[2], s, offset, problem.output()[2])
                                        : range_inside(problem.output()[2], s, offset, in[2]);
                if (t.first >= t.last) continue;
                const int64_t far = t.first * s + offset, count = t.last - t.first;
                const float* x = row + (scatter ? t.first : far);
                const int64_t y = scatter ? far : t.first;
                if (s == 1)
                    add_dense(window[kw], x, count, values + y, magnitude + y);
                else
                    add_strided(window[kw], x, scatter ? 1 : s, count, values + y, magnitude + y,
                                scatter ? s : 1);
            }
        }
    }
}

}  // namespace convscope::detail
