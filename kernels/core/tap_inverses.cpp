#include "core/tap_inverses.h"

#include "core/positions.h"
#include "core/products.h"

namespace convscope {
namespace {

// Output channels that a weight's products enter: in separable all, through the pointwise step.
ChannelRange out_channels_of_weight(const Problem& problem, const WeightPosition& position) {
    if (problem.op() == Operator::separable_conv2d) return out_channels_of(problem, position.in_channel);
    return {position.out_channel, 1};
}

}  // namespace

std::vector<FedOutput> fed_outputs(const Problem& problem, int64_t index) {
    const InputPosition at = input_position(problem, index);
    const auto links = detail::spatial_links(problem, axis_links_of_input, at.at);
    const ChannelRange channels = out_channels_of(problem, at.c);
    std::vector<FedOutput> list;
    list.reserve(static_cast<size_t>(channels.count) * links.size());
    for (int64_t c = channels.first; c < channels.first + channels.count; ++c) {
        const detail::ChannelPair pair = detail::channel_pair(problem, at.n, c, at.c);
        for (const detail::SpatialLink& link : links)
            list.push_back({pair.output + link.out, pair.weight + link.k, pair.pointwise});
    }
    return list;
}

int64_t fed_output_count(const Problem& problem, int64_t index) {
    const InputPosition at = input_position(problem, index);
    int64_t count = out_channels_of(problem, at.c).count;
    for (int axis = 0; axis < 3; ++axis) count *= axis_link_count_of_input(problem, axis, at.at[axis]);
    return count;
}

std::vector<WeightUse> weight_uses(const Problem& problem, int64_t index) {
    const WeightPosition position = weight_position(problem, index);
    const auto links = detail::spatial_links(problem, axis_links_of_weight, position.k);
    const ChannelRange channels = out_channels_of_weight(problem, position);
    std::vector<WeightUse> list;
    list.reserve(static_cast<size_t>(problem.batch() * channels.count) * links.size());
    for (int64_t n = 0; n < problem.batch(); ++n)
        for (int64_t c = channels.first; c < channels.first + channels.count; ++c) {
            const detail::ChannelPair pair = detail::channel_pair(problem, n, c, position.in_channel);
            for (const detail::SpatialLink& link : links)
                list.push_back({pair.input + link.in, pair.output + link.out, pair.pointwise});
        }
    return list;
}

int64_t weight_use_count(const Problem& problem, int64_t index) {
    const WeightPosition position = weight_position(problem, index);
    int64_t count = problem.batch() * out_channels_of_weight(problem, position).count;
    for (int axis = 0; axis < 3; ++axis) count *= axis_link_count_of_weight(problem, axis, position.k[axis]);
    return count;
}

}  // namespace convscope
