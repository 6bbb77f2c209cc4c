// A tensor wherever it lives, and how its slices are addressed.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "core/tensor.h"
#include "devices/device.h"

namespace convscope::gl {

// A plane of a tensor: the last two axes at fixed batch, channel and depth. Weights are (C_out, C_in, …), so
// their "batch" is the first of these.
struct SliceIndex {
    int64_t batch = 0, channel = 0, depth = 0;
    bool operator==(const SliceIndex&) const = default;
};

struct Extent {
    int64_t batch = 0, channels = 0, depth = 1, height = 0, width = 0;
    int64_t plane() const { return height * width; }
};
// Of a shape with four or five sizes; anything else gives an empty extent.
Extent extent_of(const Shape& shape);

struct TensorRef {
    TensorPtr tensor{};  // one of these two is set
    OutputPtr output{};
    std::shared_ptr<Device> device{};  // where `output` is
    Shape shape{};                     // (N, C, H, W) or (N, C, D, H, W)

    explicit operator bool() const { return tensor || output; }
    // What keeps the elements alive; its address tells tensors apart.
    std::shared_ptr<const void> owner() const;
    Extent extent() const { return extent_of(shape); }
    // The nearest slice that exists.
    SliceIndex clamped(SliceIndex index) const;
    // Flat index of the slice's first element.
    int64_t first(const SliceIndex& index) const;
    // Elements [first, first + to.size()), copied from the device where they are not in host memory.
    void read(int64_t first, std::span<float> to) const;
    // All elements in host memory, or nullptr.
    const float* host() const;
};

}  // namespace convscope::gl
