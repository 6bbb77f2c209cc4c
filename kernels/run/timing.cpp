#include "run/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

namespace convscope {
namespace {

constexpr double most_seconds = 20;
constexpr double slow_samples = 3;  // of a kernel that takes longer

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double share_of(double value, double wanted) {
    return wanted > 0 ? std::min(1.0, value / wanted) : 1;
}

// How much of the effort has been made: 1 is enough.
double share_sampled(const TimingEffort& effort, size_t samples, double seconds) {
    const auto count = double(samples);
    const double wanted = std::min(share_of(count, effort.samples_at_least),
                                   share_of(seconds, effort.seconds_at_least)),
                 slow = std::min(share_of(count, slow_samples), share_of(seconds, most_seconds));
    return std::max(wanted, slow);
}

}  // namespace

double percentile(std::vector<double> samples, double fraction) {
    std::sort(samples.begin(), samples.end());
    const double at = fraction * double(samples.size() - 1);
    const auto below = size_t(at);
    const size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (at - double(below)) * (samples[above] - samples[below]);
}

Floors floors(const Problem& problem, const Ceilings& ceilings) {
    const auto over = [](double work, double rate) { return rate > 0 ? work / rate : 0; };
    return {.memory_ms = over(problem.minimal_bytes() / 1e6, ceilings.bandwidth_gbs),
            .fp32_ms = over(problem.flops() / 1e9, ceilings.fp32_tflops),
            .tf32_ms = over(problem.flops() / 1e9, ceilings.tf32_tflops)};
}

double arithmetic_floor_ms(const Floors& floors, const ErrorModel& model) {
    const std::string_view name = model.name;
    if (floors.tf32_ms > 0 && name == "tf32") return floors.tf32_ms;
    if (floors.tf32_ms > 0 && name == "3xtf32") return 3 * floors.tf32_ms;
    return floors.fp32_ms;
}

double floor_ms(const Problem& problem, const Ceilings& ceilings, const ErrorModel& model) {
    const Floors known = floors(problem, ceilings);
    const double arithmetic_ms = arithmetic_floor_ms(known, model);
    if (known.memory_ms <= 0 || arithmetic_ms <= 0) return 0;
    return std::max(known.memory_ms, arithmetic_ms);
}

double peer_ratio(const Timing& peer, const Timing& ours) {
    return ours.median_ms > 0 ? peer.median_ms / ours.median_ms : 0;
}

Timing timing_of(const Problem& problem, std::vector<double> samples_ms, double prepare_ms,
                 const Ceilings& ceilings, const ErrorModel& model) {
    Timing timing;
    timing.median_ms = percentile(samples_ms, 0.5);
    timing.p20_ms = percentile(samples_ms, 0.2);
    timing.p80_ms = percentile(samples_ms, 0.8);
    timing.prepare_ms = prepare_ms;
    timing.samples_ms = std::move(samples_ms);
    if (timing.median_ms > 0) {
        timing.gbs = problem.minimal_bytes() / timing.median_ms / 1e6;
        timing.tflops = problem.flops() / timing.median_ms / 1e9;
        timing.roofline_share = floor_ms(problem, ceilings, model) / timing.median_ms;
    }
    return timing;
}

std::vector<double> sample(Execution& execution, const TimingEffort& effort, const CancelToken& cancel) {
    constexpr double warm_up_share = 0.2;
    const CancelToken warm_up = cancel.part(0, warm_up_share), sampling = cancel.part(warm_up_share, 1);
    const auto warm_up_start = std::chrono::steady_clock::now();
    for (double warm = 0; warm < 1; warm = share_of(seconds_since(warm_up_start), effort.warm_up_s))
        execution.time(1, effort.cold, warm_up.part(warm, 1));
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> samples;
    for (;;) {
        const double seconds = seconds_since(start), one = samples.empty() ? 0 : samples.back() / 1e3;
        const double done = share_sampled(effort, samples.size(), seconds);
        if (done >= 1) break;
        const double then = share_sampled(effort, samples.size() + 1, seconds + one);
        const std::vector<double> more = execution.time(1, effort.cold, sampling.part(done, then));
        if (more.empty()) break;  // a device that counts and does not time
        samples.insert(samples.end(), more.begin(), more.end());
    }
    return samples;
}

}  // namespace convscope
