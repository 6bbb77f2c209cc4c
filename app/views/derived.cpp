#include "views/derived.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

constexpr double most_stamped_products = 2e7;
constexpr int64_t most_stuffed_cells = 4'000'000;

int64_t volume(const Axes& size) {
    return size[0] * size[1] * size[2];
}

}  // namespace

Shape channel_shape(const Axes& size) {
    if (size[0] == 1) return {1, 1, size[1], size[2]};
    return {1, 1, size[0], size[1], size[2]};
}

TensorPtr tap_count_picture(const Problem& p) {
    auto out = std::make_shared<Tensor>(channel_shape(p.output()));
    std::array<std::vector<float>, 3> counts;
    for (int axis = 0; axis < 3; ++axis)
        for (int64_t o = 0; o < p.output()[static_cast<size_t>(axis)]; ++o)
            counts[static_cast<size_t>(axis)].push_back(static_cast<float>(axis_taps(p, axis, o)));
    size_t i = 0;
    for (const float d : counts[0])
        for (const float h : counts[1])
            for (const float w : counts[2]) out->values[i++] = d * h * w;
    return out;
}

TensorPtr error_picture(const Problem& p, const Reference& reference, const ErrorModel& model, int64_t start,
                        std::span<const float> output) {
    auto out = std::make_shared<Tensor>(channel_shape(p.output()));
    std::fill(out->values.begin(), out->values.end(), NAN);
    const auto compare = [&](size_t k, int64_t place) {
        const double bound = rounding_bound(model, reference, k);
        out->values[static_cast<size_t>(place)] =
            static_cast<float>(error_ratio(static_cast<double>(output[static_cast<size_t>(place)]),
                                           reference.values[k], reference.magnitude[k], bound));
    };
    const auto count = static_cast<int64_t>(output.size());
    if (reference.whole()) {
        for (int64_t i = 0; i < count; ++i) compare(static_cast<size_t>(start + i), i);
        return out;
    }
    const auto& indices = reference.indices;
    for (auto at = std::ranges::lower_bound(indices, start); at != indices.end() && *at < start + count; ++at)
        compare(static_cast<size_t>(at - indices.begin()), *at - start);
    return out;
}

TensorPtr difference_picture(const Axes& size, std::span<const float> a, std::span<const float> b) {
    auto out = std::make_shared<Tensor>(channel_shape(size));
    for (size_t i = 0; i < out->values.size(); ++i) out->values[i] = a[i] == b[i] ? 0 : a[i] - b[i];
    return out;
}

bool can_be_stuffed(const Problem& p) {
    if (!p.transposed()) return false;
    double cells = 1;
    for (const int64_t size : stuffed_grid(p).size) cells *= static_cast<double>(size);
    return cells <= static_cast<double>(most_stuffed_cells);
}

TensorPtr stuffed_picture(const Problem& p, std::span<const float> input) {
    const StuffedGrid grid = stuffed_grid(p);
    auto out = std::make_shared<Tensor>(channel_shape(grid.size));
    std::fill(out->values.begin(), out->values.end(), NAN);
    const Axes &size = p.input(), &stride = p.stride();
    size_t i = 0;
    for (int64_t d = 0; d < size[0]; ++d)
        for (int64_t h = 0; h < size[1]; ++h)
            for (int64_t w = 0; w < size[2]; ++w) {
                const int64_t row =
                    (d * stride[0] - grid.first[0]) * grid.size[1] + h * stride[1] - grid.first[1];
                out->values[static_cast<size_t>(row * grid.size[2] + w * stride[2] - grid.first[2])] =
                    input[i++];
            }
    return out;
}

bool Stamps::few_enough(const Problem& p) {
    return p.transposed() && static_cast<double>(volume(p.input())) *
                                     static_cast<double>(volume(p.kernel_size())) *
                                     static_cast<double>(p.in_channels_per_group()) <=
                                 most_stamped_products;
}

Stamps::Stamps(const Problem& problem, const Tensors& tensors, int64_t batch, int64_t out_channel)
    : problem_(problem), tensors_(tensors), batch_(batch), out_channel_(out_channel) {}

void Stamps::stamp(int64_t place) {
    const Axes& size = problem_.input();
    const Axes at{place / (size[1] * size[2]), place / size[2] % size[1], place % size[2]};
    const ChannelRange channels = in_channels_of(problem_, out_channel_);
    const PlaneLayout out{.size = problem_.output()};
    for (int64_t c = channels.first; c < channels.first + channels.count; ++c) {
        const auto x = static_cast<double>(
            tensors_.input->values[static_cast<size_t>(input_index(problem_, {batch_, c, at}))]);
        for (const AxisLink& d : axis_links_of_input(problem_, 0, at[0]))
            for (const AxisLink& h : axis_links_of_input(problem_, 1, at[1]))
                for (const AxisLink& w : axis_links_of_input(problem_, 2, at[2])) {
                    const int64_t weight = weight_index(problem_, {out_channel_, c, {d.k, h.k, w.k}});
                    sums_[static_cast<size_t>(out.offset({d.out, h.out, w.out}))] +=
                        x * static_cast<double>(tensors_.weights->values[static_cast<size_t>(weight)]);
                }
    }
}

TensorPtr Stamps::after(int64_t count) {
    count = std::clamp<int64_t>(count, 0, volume(problem_.input()));
    if (picture_ && count == done_) return picture_;
    if (!picture_ || count < done_) {
        const double bias =
            tensors_.bias ? static_cast<double>(tensors_.bias->values[static_cast<size_t>(out_channel_)]) : 0;
        sums_.assign(static_cast<size_t>(volume(problem_.output())), bias);
        done_ = 0;
    }
    while (done_ < count) stamp(done_++);
    auto picture = std::make_shared<Tensor>(channel_shape(problem_.output()));
    std::ranges::transform(sums_, picture->values.begin(), [](double v) { return static_cast<float>(v); });
    return picture_ = std::move(picture);
}

int64_t Walk::offset(int64_t step) const {
    if (plane.layout.slicing == Slicing::montage) return step;
    const int64_t columns = plane.layout.columns();
    return plane.layout.offset(*plane.layout.at(step / columns, step % columns));
}

Pin Walk::at(int64_t step) const {
    return {view, channel_start + offset(std::clamp<int64_t>(step, 0, steps - 1))};
}

Walk walk_of(const Problem& p, const ShownPlanes& planes, Method method) {
    Walk walk;
    const bool stamps = p.transposed() && method == Method::scatter;
    walk.view = stamps ? ViewKind::input : ViewKind::output;
    walk.plane = stamps ? planes.input : planes.output;
    const PlaneLayout& layout = walk.plane.layout;
    const int64_t channels = stamps ? p.in_channels() : p.out_channels();
    walk.channel_start = (walk.plane.batch * channels + walk.plane.channel) * volume(layout.size);
    walk.steps = layout.slicing == Slicing::montage ? volume(layout.size) : layout.rows() * layout.columns();
    return walk;
}

}  // namespace convscope
