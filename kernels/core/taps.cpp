#include "core/taps.h"

#include "core/products.h"

namespace convscope {

std::vector<Tap> taps(const Problem& problem, int64_t index) {
    const OutputPosition at = output_position(problem, index);
    const auto links = detail::spatial_links(problem, axis_links_of_output, at.at);
    const ChannelRange channels = in_channels_of(problem, at.c);
    std::vector<Tap> list;
    list.reserve(static_cast<size_t>(channels.count) * links.size());
    for (int64_t c = channels.first; c < channels.first + channels.count; ++c) {
        const detail::ChannelPair pair = detail::channel_pair(problem, at.n, at.c, c);
        for (const detail::SpatialLink& link : links)
            list.push_back({pair.input + link.in, pair.weight + link.k, pair.pointwise});
    }
    return list;
}

int64_t tap_count(const Problem& problem, int64_t index) {
    const Axes at = output_position(problem, index).at;
    int64_t window = 1;
    for (int axis = 0; axis < 3; ++axis) window *= axis_taps(problem, axis, at[axis]);
    if (problem.op() == Operator::separable_conv2d) return window + problem.in_channels();
    return window * problem.in_channels_per_group();
}

double exact_taps(const Problem& problem) {
    double spatial = 1;
    for (int axis = 0; axis < 3; ++axis) spatial *= double(axis_taps_total(problem, axis));
    const double n = double(problem.batch()), in = double(problem.in_channels());
    if (problem.op() == Operator::separable_conv2d) {
        const Axes& out = problem.output();
        return n * in * (spatial + double(problem.out_channels()) * double(out[0] * out[1] * out[2]));
    }
    return n * double(problem.out_channels()) * double(problem.in_channels_per_group()) * spatial;
}

double fed_share(const Problem& problem) {
    double share = 1;
    for (int axis = 0; axis < 3; ++axis) {
        int64_t fed = 0;
        for (int64_t out = 0; out < problem.output()[axis]; ++out) fed += axis_taps(problem, axis, out) > 0;
        share *= double(fed) / double(problem.output()[axis]);
    }
    return share;
}

}  // namespace convscope
