#include "devices/gpu/gpu_execution.h"

#include <algorithm>
#include <cassert>

#include "core/text.h"
#include "devices/guarded_output.h"

namespace convscope {

GpuExecution::GpuExecution(GpuShared shared, const Problem& problem, const Tensors& tensors, LaunchPlan plan,
                           const CancelToken& cancel)
    : TimedExecution(std::move(shared), problem, tensors, cancel), plan_(std::move(plan)) {
    allocate_scratch();
    prepare_weights(cancel);
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

const void* GpuExecution::address(const BufferRef& ref, const GpuOutput* output) const {
    switch (ref.role) {
        case BufferRole::input:
            return input();
        case BufferRole::weights:
            return weights();
        case BufferRole::pointwise:
            return pointwise();
        case BufferRole::bias:
            return bias();
        case BufferRole::output:
            return output ? output->data() : nullptr;
        case BufferRole::scratch:
            return scratch_.at(ref.scratch_index)->data();
    }
    assert(false && "every role is listed");
    return nullptr;
}

double GpuExecution::launch_step(const Step& step, const GpuOutput* output, LaunchMode mode) {
    std::vector<const void*> addresses;
    for (const BufferRef& ref : step.buffers) addresses.push_back(address(ref, output));
    std::vector<std::byte> sizes = step.sizes;
    std::vector<void*> arguments{sizes.data()};
    for (const void*& pointer : addresses) arguments.push_back(&pointer);
    return launch(shared_.context, step, arguments.data(), stream_, mode);
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

void GpuExecution::launch_all(const GpuOutput& output, LaunchMode mode, const CancelToken& cancel) {
    for (const Step& step : plan_.steps) {
        if (step.prepares_weights) continue;
        cancel.check();
        launch_step(step, &output, mode);
    }
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
