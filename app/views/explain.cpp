#include "views/explain.h"

#include <algorithm>
#include <array>

#include "core/separable.h"
#include "core/tap_inverses.h"
#include "core/text.h"
#include "experiment_names.h"

namespace convscope {
namespace {

bool separable(const Problem& problem) {
    return problem.op() == Operator::separable_conv2d;
}

// `channel` moved to the range, keeping its place within its own group.
int64_t moved_to(ChannelRange range, int64_t channel) {
    return range.first + channel % range.count;
}

bool in_range(ChannelRange range, int64_t channel) {
    return channel >= range.first && channel < range.first + range.count;
}

}  // namespace

ShownPlanes shown_planes(const Problem& p, const Display& d) {
    ShownPlanes out;
    const int64_t batch = std::clamp<int64_t>(d.batch, 0, p.batch() - 1);
    out.out_channel = std::clamp<int64_t>(d.out_channel, 0, p.out_channels() - 1);
    out.in_channel = std::clamp<int64_t>(d.in_channel, 0, p.in_channels() - 1);
    const ChannelRange feeding = in_channels_of(p, out.out_channel);
    if (!in_range(feeding, out.in_channel)) out.in_channel = moved_to(feeding, out.in_channel);
    out.input = {batch, out.in_channel, plane_layout(p.input(), d.slicing, d.in_slice)};
    out.output = {batch, out.out_channel, plane_layout(p.output(), d.slicing, d.out_slice)};
    out.weights.layout = plane_layout(p.kernel_size(), d.slicing, d.weights_slice);
    if (separable(p)) {
        out.weights.batch = out.in_channel;
        out.middle = {batch, out.in_channel, out.output.layout};
        out.pointwise.layout = plane_layout({1, p.out_channels(), p.in_channels()}, Slicing::depth, {});
    } else if (p.transposed()) {
        out.weights.batch = out.in_channel;
        out.weights.channel = out.out_channel % p.out_channels_per_group();
    } else {
        out.weights.batch = out.out_channel;
        out.weights.channel = out.in_channel % p.in_channels_per_group();
    }
    return out;
}

Display with_in_channel(const Problem& problem, Display display, int64_t channel) {
    display.in_channel = channel;
    const ChannelRange fed = out_channels_of(problem, channel);
    if (!in_range(fed, display.out_channel)) display.out_channel = moved_to(fed, display.out_channel);
    return display;
}

Display with_out_channel(const Problem& problem, Display display, int64_t channel) {
    display.out_channel = channel;
    const ChannelRange feeding = in_channels_of(problem, channel);
    if (!in_range(feeding, display.in_channel)) display.in_channel = moved_to(feeding, display.in_channel);
    return display;
}

StuffedGrid stuffed_grid(const Problem& p) {
    StuffedGrid out;
    for (int axis = 0; axis < 3; ++axis) {
        const auto a = static_cast<size_t>(axis);
        const int64_t last_input = (p.input()[a] - 1) * p.stride()[a];
        const int64_t least = stuffed_coordinate(p, axis, 0, p.kernel_size()[a] - 1);
        const int64_t most = stuffed_coordinate(p, axis, p.output()[a] - 1, 0);
        out.first[a] = std::min<int64_t>(least, 0);
        out.size[a] = std::max(most, last_input) - out.first[a] + 1;
    }
    return out;
}

PlaneLayout stuffed_layout(const Problem& p, const PlaneLayout& input) {
    const StuffedGrid grid = stuffed_grid(p);
    Axes positions{};
    for (size_t a = 0; a < 3; ++a) positions[a] = input.position * p.stride()[a] - grid.first[a];
    return plane_layout(grid.size, input.slicing, positions);
}

Shape view_shape(const Problem& p, ViewKind view) {
    switch (view) {
        case ViewKind::input:
            return p.input_shape();
        case ViewKind::weights:
            return p.weights_shape();
        case ViewKind::output:
            return p.output_shape();
        case ViewKind::pointwise:
            return p.pointwise_shape();
        case ViewKind::middle:
            return separable(p) ? middle_shape(p) : Shape{};
        case ViewKind::none:
            break;
    }
    return {};
}

int64_t view_elements(const Problem& p, ViewKind view) {
    const Shape shape = view_shape(p, view);
    return shape.empty() ? 0 : element_count(shape);
}

std::vector<int64_t> place_in(const Shape& shape, int64_t element) {
    std::vector<int64_t> at(shape.size());
    for (size_t a = shape.size(); a-- > 0; element /= shape[a]) at[a] = element % shape[a];
    return at;
}

std::string view_element_name(const Problem& p, const Pin& element) {
    const std::vector<int64_t> at = place_in(view_shape(p, element.view), element.element);
    if (at.empty()) return {};
    std::string out = name_in(view_names, element.view);
    for (size_t a = 0; a < at.size(); ++a) out += cat(a ? "," : "[", at[a]);
    return out + "]";
}

SumOfTerms sum_of(const Problem& p, const Tensors& tensors, int64_t output) {
    SumOfTerms sum;
    const std::vector<Tap> list = taps(p, output);
    sum.count = static_cast<int64_t>(list.size());
    if (tensors.bias)
        sum.bias =
            static_cast<double>(tensors.bias->values[static_cast<size_t>(output_position(p, output).c)]);
    sum.total = sum.bias;
    for (const Tap& tap : list) {
        Term term{.tap = tap,
                  .weight = tensors.weights->values[static_cast<size_t>(tap.weight)],
                  .input = tensors.input->values[static_cast<size_t>(tap.input)]};
        if (tap.pointwise >= 0)
            term.pointwise = tensors.pointwise->values[static_cast<size_t>(tap.pointwise)];
        term.product = static_cast<double>(term.pointwise) * static_cast<double>(term.weight) *
                       static_cast<double>(term.input);
        sum.total += term.product;
        if (sum.terms.size() < most_terms) sum.terms.push_back(term);
    }
    return sum;
}

}  // namespace convscope
