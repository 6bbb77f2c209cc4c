#include "run/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace convscope {
namespace {

constexpr double most_seconds = 20;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

double percentile(std::vector<double> samples, double fraction) {
    std::sort(samples.begin(), samples.end());
    const double at = fraction * double(samples.size() - 1);
    const auto below = size_t(at);
    const size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (at - double(below)) * (samples[above] - samples[below]);
}

double floor_ms(const Problem& problem, const Ceilings& ceilings, bool tf32) {
    const double tflops = tf32 && ceilings.tf32_tflops > 0 ? ceilings.tf32_tflops : ceilings.fp32_tflops;
    if (ceilings.bandwidth_gbs <= 0 || tflops <= 0) return 0;
    return std::max(problem.minimal_bytes() / ceilings.bandwidth_gbs / 1e6, problem.flops() / tflops / 1e9);
}

double peer_ratio(const Timing& peer, const Timing& ours) {
    return ours.median_ms > 0 ? peer.median_ms / ours.median_ms : 0;
}

Timing timing_of(const Problem& problem, std::vector<double> samples_ms, double prepare_ms,
                 const Ceilings& ceilings) {
    Timing timing;
    timing.median_ms = percentile(samples_ms, 0.5);
    timing.p20_ms = percentile(samples_ms, 0.2);
    timing.p80_ms = percentile(samples_ms, 0.8);
    timing.prepare_ms = prepare_ms;
    timing.samples_ms = std::move(samples_ms);
    if (timing.median_ms > 0) {
        timing.gbs = problem.minimal_bytes() / timing.median_ms / 1e6;
        timing.tflops = problem.flops() / timing.median_ms / 1e9;
        timing.roofline_share = floor_ms(problem, ceilings) / timing.median_ms;
    }
    return timing;
}

std::vector<double> sample(Execution& execution, const TimingEffort& effort, const CancelToken& cancel) {
    const auto warm_up_start = std::chrono::steady_clock::now();
    do {
        execution.time(1, effort.cold, cancel);
    } while (seconds_since(warm_up_start) < effort.warm_up_s);
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> samples;
    const auto enough = [&] {
        const double seconds = seconds_since(start);
        if (seconds > most_seconds && samples.size() >= 3) return true;
        return int(samples.size()) >= effort.samples_at_least && seconds >= effort.seconds_at_least;
    };
    while (!enough()) {
        const std::vector<double> more = execution.time(1, effort.cold, cancel);
        if (more.empty()) break;  // a device that counts and does not time
        samples.insert(samples.end(), more.begin(), more.end());
    }
    return samples;
}

}  // namespace convscope
