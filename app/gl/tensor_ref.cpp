#include "gl/tensor_ref.h"

#include <algorithm>

namespace convscope::gl {

Extent extent_of(const Shape& shape) {
    if (shape.size() == 4) return {shape[0], shape[1], 1, shape[2], shape[3]};
    if (shape.size() == 5) return {shape[0], shape[1], shape[2], shape[3], shape[4]};
    return {};
}

std::shared_ptr<const void> TensorRef::owner() const {
    if (tensor) return tensor;
    return output;
}

SliceIndex TensorRef::clamped(SliceIndex index) const {
    const Extent e = extent();
    const auto clamp = [](int64_t value, int64_t size) {
        return std::clamp<int64_t>(value, 0, std::max<int64_t>(size - 1, 0));
    };
    return {clamp(index.batch, e.batch), clamp(index.channel, e.channels), clamp(index.depth, e.depth)};
}

int64_t TensorRef::first(const SliceIndex& index) const {
    const Extent e = extent();
    return ((index.batch * e.channels + index.channel) * e.depth + index.depth) * e.plane();
}

const float* TensorRef::host() const {
    if (tensor) return tensor->values.data();
    return output ? output->host() : nullptr;
}

void TensorRef::read(int64_t first, std::span<float> to) const {
    if (const float* values = host())
        std::copy_n(values + first, to.size(), to.begin());
    else if (output)
        output->copy_to_host(first, to);
}

}  // namespace convscope::gl
