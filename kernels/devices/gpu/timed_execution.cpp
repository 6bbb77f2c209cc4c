#include "devices/gpu/timed_execution.h"

#include <algorithm>

namespace convscope {

TimedExecution::TimedExecution(GpuShared shared, const Problem& problem, const Tensors& tensors,
                               const CancelToken& cancel)
    : shared_(std::move(shared)),
      stream_(shared_.context),
      start_(shared_.context),
      stop_(shared_.context),
      output_elements_(element_count(problem.output_shape())) {
    UploadCache& uploads = *shared_.uploads;
    input_ = uploads.get(tensors.input, "the input", stream_, cancel);
    weights_ = uploads.get(tensors.weights, "the weights", stream_, cancel);
    if (tensors.pointwise)
        pointwise_ = uploads.get(tensors.pointwise, "the pointwise weights", stream_, cancel);
    if (problem.bias()) bias_ = uploads.get(tensors.bias, "the bias", stream_, cancel);
}

// What somebody else still shows or verifies is not written again.
std::shared_ptr<GpuOutput> TimedExecution::unshared_output() {
    if (!output_ || output_.use_count() > 1) {
        output_.reset();
        output_ = std::make_shared<GpuOutput>(shared_.context, output_elements_);
    }
    return output_;
}

OutputPtr TimedExecution::run(const CancelToken& cancel, OutputFaults& faults) {
    cancel.check();
    shared_.context->use();
    const std::shared_ptr<GpuOutput> output = unshared_output();
    output->poison(stream_);
    poison_scratch();
    stream_.wait("poisoning the output");
    launch_all(*output, LaunchMode::waited, cancel);
    faults = output->check(stream_);
    return output;
}

// Milliseconds of one run: `runs` of them are queued between two events.
double TimedExecution::timed_runs(const GpuOutput& output, int runs, const CancelToken& cancel) {
    return milliseconds("running the timed kernels",
                        [&] {
                            for (int run = 0; run < runs; ++run)
                                launch_all(output, LaunchMode::queued, cancel);
                        }) /
           runs;
}

// The first run after an allocation touches new pages; the second says how long one takes.
void TimedExecution::warm_up(const GpuOutput& output, const CancelToken& cancel) {
    constexpr double surely_warm_ms = 5;
    one_run_ms_ = timed_runs(output, 1, cancel);
    if (one_run_ms_ < surely_warm_ms) one_run_ms_ = timed_runs(output, 1, cancel);
}

// Between the events of a single short run the GPU would mostly wait for the host: a warm sample is the mean
// of as many runs as take a fifth of a millisecond. A cold one needs no such batch, for the flush in front
// of it keeps the GPU busy while the host queues the launches.
std::vector<double> TimedExecution::time(int repeats, bool cold, const CancelToken& cancel) {
    constexpr double batch_ms = 0.2, most_runs = 100;
    cancel.check();
    shared_.context->use();
    const std::shared_ptr<GpuOutput> output = unshared_output();
    if (one_run_ms_ == 0) warm_up(*output, cancel);
    const int runs = cold ? 1 : static_cast<int>(std::clamp(batch_ms / one_run_ms_, 1.0, most_runs));
    std::vector<double> samples;
    for (int i = 0; i < repeats; ++i) {
        cancel.check();
        if (cold) shared_.flush->flush(stream_);
        samples.push_back(timed_runs(*output, runs, cancel));
    }
    return samples;
}

}  // namespace convscope
