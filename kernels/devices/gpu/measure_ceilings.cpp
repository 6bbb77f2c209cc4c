#include "devices/gpu/measure_ceilings.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "core/text.h"
#include "devices/gpu/cuda_owners.h"
#include "devices/gpu/launch.h"

namespace convscope {
namespace {

constexpr int tf32_capability_major = 8;

// Median milliseconds of what `queue` puts on the stream. A GPU idles at low clocks: 25 ms warm it up.
double median_ms(const ContextPtr& context, const Stream& stream, const std::string& doing,
                 const std::function<void()>& queue) {
    constexpr double warm_up_ms = 25;
    constexpr int most_warm_ups = 1000, samples_wanted = 9;
    const Event start(context), stop(context);
    const auto once = [&] {
        start.record(stream);
        queue();
        stop.record(stream);
        return Event::milliseconds(start, stop, doing);
    };
    double warmed_ms = 0;
    for (int i = 0; i < most_warm_ups && warmed_ms < warm_up_ms; ++i) warmed_ms += once();
    std::vector<double> samples;
    for (int i = 0; i < samples_wanted; ++i) samples.push_back(once());
    std::ranges::nth_element(samples, samples.begin() + samples_wanted / 2);
    return samples[samples_wanted / 2];
}

// Far larger than any cache, and a small part of the memory.
double measure_bandwidth_gbs(const ContextPtr& context, const Stream& stream) {
    constexpr int64_t most_bytes = int64_t{1} << 30, least_bytes = 1 << 20;
    const int64_t bytes = std::clamp(context->free_bytes() / 8, least_bytes, most_bytes) / 256 * 256;
    const DeviceBuffer from(context, bytes, "measuring the bandwidth");
    const DeviceBuffer to(context, bytes, "measuring the bandwidth");
    const auto copy = [&] {
        context->check(context->cuda().copy_on_device(to.data(), from.data(), bytes, stream.handle()),
                       "copying memory to measure the bandwidth");
    };
    const double ms = median_ms(context, stream, "measuring the bandwidth", copy);
    return 2.0 * static_cast<double>(bytes) / (ms * 1e6);
}

// TFLOP/s of a probe whose every thread does `flops_per_repeat` in each repeat.
double measure_tflops(const ContextPtr& context, const Stream& stream, const std::string& label,
                      const void* function, int flops_per_repeat) {
    constexpr int repeats = 2000, blocks_per_multiprocessor = 8;
    const int64_t blocks = int64_t{std::max(context->facts().multiprocessors, 1)} * blocks_per_multiprocessor;
    const int64_t threads = blocks * helper_block;
    const DeviceBuffer results(context, threads * static_cast<int64_t>(sizeof(float)), "the " + label);
    Step step = helper_step(label, function, ProbeSizes{repeats}, blocks);
    void* pointer = results.data();
    void* arguments[] = {step.sizes.data(), &pointer};
    const double ms = median_ms(context, stream, cat("running '", label, "'"),
                                [&] { launch(context, step, arguments, stream, LaunchMode::queued); });
    return static_cast<double>(threads) * repeats * flops_per_repeat / (ms * 1e9);
}

}  // namespace

Ceilings measure_ceilings(const ContextPtr& context) {
    const Stream stream(context);
    const CudaHelpers& helpers = context->cuda().helpers;
    Ceilings ceilings;
    ceilings.bandwidth_gbs = measure_bandwidth_gbs(context, stream);
    ceilings.fp32_tflops =
        measure_tflops(context, stream, "fp32 probe", helpers.fma_probe, fma_probe_flops_per_repeat);
    if (context->facts().capability_major >= tf32_capability_major)
        ceilings.tf32_tflops =
            measure_tflops(context, stream, "TF32 probe", helpers.mma_probe, mma_probe_flops_per_repeat);
    return ceilings;
}

}  // namespace convscope
