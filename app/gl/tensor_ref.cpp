#include "gl/tensor_ref.h"

#include <algorithm>
#include <cmath>

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

SliceIndex TensorRef::slice(int64_t batch, int64_t channel, Slicing slicing, const Axes& positions) const {
    const Extent e = extent();
    const auto clamp = [](int64_t value, int64_t size) {
        return std::clamp<int64_t>(value, 0, std::max<int64_t>(size - 1, 0));
    };
    if (e.volume() <= 0) return {};
    return {clamp(batch, e.batch), clamp(channel, e.channels), plane_layout(e.axes(), slicing, positions)};
}

int64_t TensorRef::channel_start(const SliceIndex& index) const {
    const Extent e = extent();
    return (index.batch * e.channels + index.channel) * e.volume();
}

std::optional<int64_t> TensorRef::element(const SliceIndex& index, int64_t row, int64_t column) const {
    const auto at = index.layout.at(row, column);
    if (!at) return std::nullopt;
    return channel_start(index) + index.layout.offset(*at);
}

void TensorRef::read_row(const SliceIndex& index, int64_t row, int64_t column, std::span<float> to) const {
    const PlaneLayout& layout = index.layout;
    if (layout.rows_are_contiguous()) {
        read(channel_start(index) + layout.first() + row * layout.row_pitch() + column, to);
        return;
    }
    for (size_t i = 0; i < to.size(); ++i) {
        const auto flat = element(index, row, column + static_cast<int64_t>(i));
        to[i] = NAN;
        if (flat) read(*flat, {&to[i], 1});
    }
}

std::vector<float> TensorRef::read_slice(const SliceIndex& index) const {
    const PlaneLayout& layout = index.layout;
    std::vector<float> out(static_cast<size_t>(layout.rows() * layout.columns()));
    const int64_t columns = layout.columns();
    if (layout.rows_are_contiguous() || host()) {
        for (int64_t row = 0; row < layout.rows(); ++row)
            read_row(index, row, 0, {out.data() + row * columns, static_cast<size_t>(columns)});
        return out;
    }
    // One copy of the whole channel instead of one an element.
    std::vector<float> volume(static_cast<size_t>(extent().volume()));
    read(channel_start(index), volume);
    for (int64_t row = 0; row < layout.rows(); ++row)
        for (int64_t column = 0; column < columns; ++column) {
            const auto at = layout.at(row, column);
            out[static_cast<size_t>(row * columns + column)] =
                at ? volume[static_cast<size_t>(layout.offset(*at))] : NAN;
        }
    return out;
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
