// Float32 tensors in host memory, contiguous, N C (D) H W.
#pragma once
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "core/problem.h"

namespace convscope {

// Cache-line aligned storage that is not cleared first: outputs are poisoned by their owner anyway.
template <class T>
struct AlignedAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};
    AlignedAllocator() = default;
    template <class U>
    AlignedAllocator(const AlignedAllocator<U>&) {}
    T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), alignment)); }
    void deallocate(T* memory, size_t) { ::operator delete(memory, alignment); }
    template <class U>
    void construct(U* place) {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Args>
    void construct(U* place, Args&&... args) {
        ::new (static_cast<void*>(place)) U(static_cast<Args&&>(args)...);
    }
    bool operator==(const AlignedAllocator&) const { return true; }
};
using Floats = std::vector<float, AlignedAllocator<float>>;

struct Tensor {
    Shape shape;
    Floats values;

    Tensor() = default;
    explicit Tensor(Shape of_shape) : shape(std::move(of_shape)), values(element_count(shape)) {}
    int64_t elements() const { return static_cast<int64_t>(values.size()); }
};
using TensorPtr = std::shared_ptr<const Tensor>;  // tensors travel as shared values

// What a problem computes on. `pointwise` is set for separable only, `bias` where the problem has one.
struct Tensors {
    TensorPtr input;
    TensorPtr weights;
    TensorPtr pointwise;
    TensorPtr bias;
};

// Throws Error(request), naming the tensor, where a shape is not the problem's or a tensor is missing.
void require_shapes(const Problem& problem, const Tensors& tensors);

// Memory that the system could still give, in bytes; what the control group allows, where it allows less.
double available_host_bytes();

// Throws Error(request) where `bytes` exceed what is available: "the output needs 4.3 GB, 1.2 GB are free".
void require_host_memory(double bytes, const std::string& what);

}  // namespace convscope
