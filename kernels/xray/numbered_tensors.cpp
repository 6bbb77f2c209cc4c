#include "xray/numbered_tensors.h"

#include <algorithm>
#include <bit>

#include "core/text.h"

namespace convscope::xray {
namespace {

constexpr uint32_t first_bits = std::bit_cast<uint32_t>(1.0f);
constexpr uint32_t infinite_bits = 0x7F80'0000u;
constexpr uint32_t tf32_step = 1u << 13;  // rounding to TF32 leaves the lower bits 0

// Gives out bits from the highest down.
class Numbers {
  public:
    // The tag of `count` elements; 0: they do not fit.
    uint32_t take(int64_t count, bool rounded) {
        uint32_t end = end_;
        if (rounded) {
            // None of them a rounded number: between two of those.
            if (count >= tf32_step) return 0;
            const uint32_t rounded_below = (end - 1) & ~(tf32_step - 1);
            if (end - rounded_below <= static_cast<uint32_t>(count)) end = rounded_below;
        }
        if (count > int64_t{end} - first_bits) return 0;
        end_ = end - static_cast<uint32_t>(count);
        return end_;
    }

  private:
    uint32_t end_ = infinite_bits;
};

TensorPtr numbered(const Shape& shape, bool rounded, Numbers& numbers, uint32_t& tag) {
    if (shape.empty()) return nullptr;
    auto tensor = std::make_shared<Tensor>(shape);
    tag = numbers.take(tensor->elements(), rounded);
    for (int64_t i = 0; i < tensor->elements(); ++i)
        tensor->values[static_cast<size_t>(i)] =
            tag == 0 ? 1.0f : std::bit_cast<float>(tag + static_cast<uint32_t>(i));
    return tensor;
}

}  // namespace

uint32_t NumberedTensors::tag(BufferRole role) const {
    switch (role) {
        case BufferRole::input:
            return input_tag;
        case BufferRole::weights:
            return weights_tag;
        case BufferRole::pointwise:
            return pointwise_tag;
        case BufferRole::bias:
            return bias_tag;
        default:
            return 0;
    }
}

NumberedTensors numbered_tensors(const Problem& problem, bool rounded_weights) {
    require_host_memory(problem.minimal_bytes(), cat("an X-ray of ", problem.text()));
    Numbers numbers;
    NumberedTensors out;
    out.tensors.weights = numbered(problem.weights_shape(), rounded_weights, numbers, out.weights_tag);
    out.tensors.pointwise = numbered(problem.pointwise_shape(), rounded_weights, numbers, out.pointwise_tag);
    out.tensors.bias = numbered(problem.bias_shape(), false, numbers, out.bias_tag);
    out.tensors.input = numbered(problem.input_shape(), false, numbers, out.input_tag);
    return out;
}

}  // namespace convscope::xray
