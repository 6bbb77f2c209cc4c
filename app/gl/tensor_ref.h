// A tensor wherever it lives, and how its slices are addressed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/tensor.h"
#include "devices/device.h"
#include "views/plane.h"

namespace convscope::gl {

// A picture of a tensor: one channel of one batch, laid out. Weights are (C_out, C_in, …), so their "batch"
// is the first of these.
struct SliceIndex {
    int64_t batch = 0, channel = 0;
    PlaneLayout layout{};
    bool operator==(const SliceIndex&) const = default;
};

struct Extent {
    int64_t batch = 0, channels = 0, depth = 1, height = 0, width = 0;
    int64_t volume() const { return depth * height * width; }
    Axes axes() const { return {depth, height, width}; }
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
    // The nearest picture that exists: batch and channel are clamped, the layout is cut to the volume.
    SliceIndex slice(int64_t batch, int64_t channel, Slicing slicing, const Axes& positions) const;
    // Flat index of the first element of the channel.
    int64_t channel_start(const SliceIndex& index) const;
    // Flat index of the element that a cell shows; none where it shows none.
    std::optional<int64_t> element(const SliceIndex& index, int64_t row, int64_t column) const;
    // Cells [column, column + to.size()) of a row; those that show no element are NaN.
    void read_row(const SliceIndex& index, int64_t row, int64_t column, std::span<float> to) const;
    // All cells, row by row.
    std::vector<float> read_slice(const SliceIndex& index) const;
    // Elements [first, first + to.size()), copied from the device where they are not in host memory.
    void read(int64_t first, std::span<float> to) const;
    // All elements in host memory, or nullptr.
    const float* host() const;
};

}  // namespace convscope::gl
