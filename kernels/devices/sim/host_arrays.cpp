#include "devices/sim/host_arrays.h"

#include <cstring>

#include "core/text.h"

namespace convscope {

HostArrays::HostArrays(const Tensors& tensors, const LaunchPlan& plan) : tensors_(tensors) {
    // All together: memory that nobody has written to yet still counts as free.
    if (!plan.scratch.empty())
        require_host_memory(plan.scratch_bytes(), cat("the scratch of '", plan.steps.front().label, "'"));
    for (const Scratch& array : plan.scratch) {
        const size_t floats = (static_cast<size_t>(array.bytes) + sizeof(float) - 1) / sizeof(float);
        scratch_.emplace_back(floats);
    }
}

void HostArrays::poison_scratch() {
    for (Floats& array : scratch_)
        std::memset(static_cast<void*>(array.data()), 0xFF, array.size() * sizeof(float));
}

const Tensor* HostArrays::tensor(BufferRole role) const {
    switch (role) {
        case BufferRole::input:
            return tensors_.input.get();
        case BufferRole::weights:
            return tensors_.weights.get();
        case BufferRole::pointwise:
            return tensors_.pointwise.get();
        case BufferRole::bias:
            return tensors_.bias.get();
        default:
            return nullptr;
    }
}

void* HostArrays::address(const BufferRef& array, float* output) const {
    if (array.role == BufferRole::output) return output;
    if (array.role == BufferRole::scratch)
        return const_cast<float*>(scratch_.at(static_cast<size_t>(array.scratch_index)).data());
    const Tensor* found = tensor(array.role);
    return found ? const_cast<float*>(found->values.data()) : nullptr;
}

int64_t HostArrays::bytes(const BufferRef& array, int64_t output_elements) const {
    int64_t elements = output_elements;
    if (array.role == BufferRole::scratch) {
        elements = static_cast<int64_t>(scratch_.at(static_cast<size_t>(array.scratch_index)).size());
    } else if (array.role != BufferRole::output) {
        const Tensor* found = tensor(array.role);
        elements = found ? found->elements() : 0;
    }
    return elements * int64_t{sizeof(float)};
}

StepArguments::StepArguments(const Step& step, const HostArrays& arrays, float* output) : sizes_(step.sizes) {
    for (const BufferRef& array : step.buffers) pointers_.push_back(arrays.address(array, output));
    arguments_.push_back(sizes_.data());
    for (void*& pointer : pointers_) arguments_.push_back(&pointer);
}

}  // namespace convscope
