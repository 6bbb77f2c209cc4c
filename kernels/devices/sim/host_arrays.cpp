#include "devices/sim/host_arrays.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/text.h"

namespace convscope {

FreshFloats::FreshFloats(int64_t elements) {
    constexpr size_t alignment = 64;
    size_t bytes = static_cast<size_t>(elements) * sizeof(float) + alignment;
    memory_.reset(std::calloc(bytes, 1));
    if (!memory_) throw std::bad_alloc();
    void* aligned = memory_.get();
    data_ = static_cast<float*>(std::align(alignment, bytes - alignment, aligned, bytes));
}

HostArrays::HostArrays(const Tensors& tensors, const LaunchPlan& plan, Spacing spacing) : spacing_(spacing) {
    // All together: memory that nobody has written to yet still counts as free.
    if (!plan.scratch.empty())
        require_host_memory(plan.scratch_bytes(), cat("the scratch of '", plan.steps.front().label, "'"));
    for (const Scratch& array : plan.scratch)
        scratch_.push_back(
            make((array.bytes + int64_t{sizeof(float)} - 1) / static_cast<int64_t>(sizeof(float))));
    if (spacing == Spacing::as_made) tensors_ = tensors;
    take(BufferRole::input, tensors.input);
    take(BufferRole::weights, tensors.weights);
    take(BufferRole::pointwise, tensors.pointwise);
    take(BufferRole::bias, tensors.bias);
}

HostArrays::Array HostArrays::make(int64_t elements) const {
    const int64_t guard = spacing_ == Spacing::apart ? guard_elements : 0;
    Array array{.elements = elements, .memory = FreshFloats(elements + 2 * guard)};
    array.data = array.memory.data() + guard;
    return array;
}

void HostArrays::take(BufferRole role, const TensorPtr& tensor) {
    if (!tensor) return;
    Array& array = of_role_.at(static_cast<size_t>(role));
    if (spacing_ == Spacing::as_made) {
        array.data = const_cast<float*>(tensor->values.data());
        array.elements = tensor->elements();
        return;
    }
    require_host_memory(static_cast<double>(tensor->elements()) * sizeof(float), "a tensor's copy");
    array = make(tensor->elements());
    std::ranges::copy(tensor->values, array.data);
}

void HostArrays::poison_scratch() {
    for (Array& array : scratch_)
        std::memset(static_cast<void*>(array.data), 0xFF,
                    static_cast<size_t>(array.elements) * sizeof(float));
}

// Not for the output, which others own.
const HostArrays::Array& HostArrays::find(const BufferRef& array) const {
    if (array.role == BufferRole::scratch) return scratch_.at(static_cast<size_t>(array.scratch_index));
    return of_role_.at(static_cast<size_t>(array.role));
}

void* HostArrays::address(const BufferRef& array, float* output) const {
    return array.role == BufferRole::output ? output : find(array).data;
}

int64_t HostArrays::bytes(const BufferRef& array, int64_t output_elements) const {
    const int64_t elements = array.role == BufferRole::output ? output_elements : find(array).elements;
    return elements * int64_t{sizeof(float)};
}

StepArguments::StepArguments(const Step& step, const HostArrays& arrays, float* output) : sizes_(step.sizes) {
    for (const BufferRef& array : step.buffers) pointers_.push_back(arrays.address(array, output));
    arguments_.push_back(sizes_.data());
    for (void*& pointer : pointers_) arguments_.push_back(&pointer);
}

}  // namespace convscope
