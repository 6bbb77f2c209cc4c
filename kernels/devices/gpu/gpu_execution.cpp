#include "devices/gpu/gpu_execution.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/text.h"
#include "devices/guarded_output.h"

namespace convscope {

GpuExecution::GpuExecution(GpuShared shared, const Problem& problem, const Tensors& tensors, LaunchPlan plan,
                           const CancelToken& cancel)
    : shared_(std::move(shared)),
      plan_(std::move(plan)),
      stream_(shared_.context),
      start_(shared_.context),
      stop_(shared_.context),
      output_elements_(element_count(problem.output_shape())) {
    upload(problem, tensors, cancel);
    allocate_scratch();
    prepare_weights(cancel);
}

void GpuExecution::upload(const Problem& problem, const Tensors& tensors, const CancelToken& cancel) {
    UploadCache& uploads = *shared_.uploads;
    input_ = uploads.get(tensors.input, "the input", stream_, cancel);
    weights_ = uploads.get(tensors.weights, "the weights", stream_, cancel);
    if (tensors.pointwise)
        pointwise_ = uploads.get(tensors.pointwise, "the pointwise weights", stream_, cancel);
    if (problem.bias()) bias_ = uploads.get(tensors.bias, "the bias", stream_, cancel);
}

void GpuExecution::allocate_scratch() {
    if (plan_.scratch.empty()) return;
    // All of it or none: what was uploaded before it is already there.
    shared_.context->require_free(plan_.scratch_bytes(),
                                  cat("the scratch of '", plan_.steps.front().label, "'"));
    for (const Scratch& scratch : plan_.scratch)
        scratch_.push_back(std::make_unique<DeviceBuffer>(
            shared_.context, std::max<int64_t>(scratch.bytes, 4), cat("the scratch '", scratch.name, "'")));
    holds_prepared_weights_.assign(plan_.scratch.size(), false);
    for (const Step& step : plan_.steps)
        for (const BufferRef& ref : step.buffers)
            if (step.prepares_weights && ref.role == BufferRole::scratch)
                holds_prepared_weights_[ref.scratch_index] = true;
}

// Loading every kernel first keeps the time that CUDA's lazy loading takes out of all measurements.
void GpuExecution::prepare_weights(const CancelToken& cancel) {
    const CudaContext& gpu = *shared_.context;
    for (const Step& step : plan_.steps) {
        functions_.emplace_back();
        gpu.check(gpu.cuda().load_function(step, &functions_.back()),
                  cat("loading the kernel of '", step.label, "'"));
    }
    for (const Step& step : plan_.steps) {
        if (!step.prepares_weights) continue;
        cancel.check();
        prepare_ms_ += launch_step(step, nullptr, LaunchMode::timed);
    }
}

void* GpuExecution::address(const BufferRef& ref, const GpuOutput* output) const {
    const auto of = [](const DeviceBufferPtr& buffer) { return buffer ? buffer->data() : nullptr; };
    switch (ref.role) {
        case BufferRole::input:
            return of(input_);
        case BufferRole::weights:
            return of(weights_);
        case BufferRole::pointwise:
            return of(pointwise_);
        case BufferRole::bias:
            return of(bias_);
        case BufferRole::output:
            return output ? output->data() : nullptr;
        case BufferRole::scratch:
            return scratch_.at(ref.scratch_index)->data();
    }
    assert(false && "every role is listed");
    return nullptr;
}

double GpuExecution::launch_step(const Step& step, const GpuOutput* output, LaunchMode mode) {
    std::vector<void*> addresses;
    for (const BufferRef& ref : step.buffers) addresses.push_back(address(ref, output));
    std::vector<std::byte> sizes = step.sizes;
    std::vector<void*> arguments{sizes.data()};
    for (void*& pointer : addresses) arguments.push_back(&pointer);
    return launch(shared_.context, step, arguments.data(), stream_, mode);
}

// What somebody else still shows or verifies is not written again.
std::shared_ptr<GpuOutput> GpuExecution::unshared_output() {
    if (!output_ || output_.use_count() > 1) {
        output_.reset();
        output_ = std::make_shared<GpuOutput>(shared_.context, output_elements_);
    }
    return output_;
}

// A kernel that counts on cleared scratch shows itself; prepared weights stay.
void GpuExecution::poison_scratch() {
    const CudaContext& gpu = *shared_.context;
    for (size_t i = 0; i < scratch_.size(); ++i)
        if (!holds_prepared_weights_[i])
            gpu.check(gpu.cuda().fill_words(scratch_[i]->data(), output_poison_bits, scratch_[i]->bytes() / 4,
                                            stream_.handle()),
                      cat("poisoning the scratch '", plan_.scratch[i].name, "'"));
}

OutputPtr GpuExecution::run(const CancelToken& cancel, OutputFaults& faults) {
    cancel.check();
    shared_.context->use();
    const std::shared_ptr<GpuOutput> output = unshared_output();
    output->poison(stream_);
    poison_scratch();
    stream_.wait("poisoning the output");
    for (const Step& step : plan_.steps) {
        if (step.prepares_weights) continue;
        cancel.check();
        launch_step(step, output.get(), LaunchMode::waited);
    }
    faults = output->check(stream_);
    return output;
}

void GpuExecution::queue_steps(const GpuOutput& output, const CancelToken& cancel) {
    for (const Step& step : plan_.steps) {
        if (step.prepares_weights) continue;
        cancel.check();
        launch_step(step, &output, LaunchMode::queued);
    }
}

// Milliseconds of one run: `runs` of them are queued between two events.
double GpuExecution::timed_runs(const GpuOutput& output, int runs, const CancelToken& cancel) {
    start_.record(stream_);
    for (int run = 0; run < runs; ++run) queue_steps(output, cancel);
    stop_.record(stream_);
    return Event::milliseconds(start_, stop_, "running the timed kernels") / runs;
}

// The first run after an allocation touches new pages; the second says how long one takes.
void GpuExecution::warm_up(const GpuOutput& output, const CancelToken& cancel) {
    constexpr double surely_warm_ms = 5;
    one_run_ms_ = timed_runs(output, 1, cancel);
    if (one_run_ms_ < surely_warm_ms) one_run_ms_ = timed_runs(output, 1, cancel);
}

// Between the events of a single short run the GPU would mostly wait for the host: a warm sample is the mean
// of as many runs as take a fifth of a millisecond. A cold one needs no such batch, for the flush in front
// of it keeps the GPU busy while the host queues the launches.
std::vector<double> GpuExecution::time(int repeats, bool cold, const CancelToken& cancel) {
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

// The plan, and what the compiler and the GPU make of each step's kernel.
std::string GpuExecution::plan_text() const {
    std::string text = plan_.text();
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
        const CudaFunctionFacts& facts = functions_[i];
        if (!text.empty() && text.back() != '\n') text += '\n';
        text += cat(plan_.steps[i].label, ": ", facts.registers, " registers a thread, ",
                    facts.blocks_per_multiprocessor, " blocks a multiprocessor");
        if (facts.local_bytes > 0) text += cat(", ", facts.local_bytes, " bytes a thread in local memory");
    }
    return text;
}

}  // namespace convscope
