#include <algorithm>
#include <chrono>
#include <vector>

#include <omp.h>

#include "core/function_versions.h"
#include "core/tensor.h"
#include "devices/cpu/host_kernel.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

CONVSCOPE_CLONES
void copy_part(float* __restrict to, const float* __restrict from, int64_t count) {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i];
}

// Enough independent multiply-adds to fill the pipelines of two units of 16 lanes.
constexpr int64_t lanes = 256;

CONVSCOPE_CLONES
float multiply_add(int64_t rounds, float factor) {
    float values[lanes];
    for (int64_t i = 0; i < lanes; ++i) values[i] = float(i);
    for (int64_t round = 0; round < rounds; ++round)
        for (int64_t i = 0; i < lanes; ++i) values[i] = values[i] * factor + 1.0f;
    float sum = 0;
    for (const float value : values) sum += value;
    return sum;
}

double copy_gbs() {
    constexpr int64_t count = 32 << 20;  // 128 MiB, far beyond any cache
    Floats from(count, 1.0f), to(count, 0.0f);
    double best = 0;
    for (int run = 0; run < 5; ++run) {
        const auto start = Clock::now();
#pragma omp parallel
        {
            const int64_t parts = omp_get_num_threads(), part = omp_get_thread_num();
            const int64_t first = count * part / parts, last = count * (part + 1) / parts;
            copy_part(to.data() + first, from.data() + first, last - first);
        }
        best = std::max(best, 2.0 * count * sizeof(float) / seconds_since(start) / 1e9);
    }
    return best;
}

double multiply_add_tflops() {
    constexpr int64_t rounds = 400'000;
    double best = 0;
    volatile float factor = 0.999f, kept = 0;
    for (int run = 0; run < 3; ++run) {
        const auto start = Clock::now();
        float sum = 0;
        int threads = 1;
#pragma omp parallel reduction(+ : sum)
        {
            sum += multiply_add(rounds, factor);
#pragma omp single
            threads = omp_get_num_threads();
        }
        kept = sum;
        best = std::max(best, 2.0 * rounds * lanes * threads / seconds_since(start) / 1e12);
    }
    (void)kept;
    return best;
}

}  // namespace

Ceilings measure_cpu_ceilings() {
    return {.bandwidth_gbs = copy_gbs(), .fp32_tflops = multiply_add_tflops()};
}

}  // namespace convscope
