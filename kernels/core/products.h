// The parts of a product's flat indices, shared by taps and their inverses: where it lies within its
// channels, and where its channels begin.
#pragma once
#include <cstdint>
#include <vector>

#include "core/axis_links.h"

namespace convscope::detail {

// One link on each axis, flat: within a channel of the output, a window of the weights, a channel of the
// input.
struct SpatialLink {
    int64_t out, k, in;
};
// axis_links_of_output, …_of_input or …_of_weight.
using AxisLinksOf = std::vector<AxisLink>(const Problem& problem, int axis, int64_t coordinate);
// Every combination of the links of the coordinates `at`, in the order of depth, height, width.
std::vector<SpatialLink> spatial_links(const Problem& problem, AxisLinksOf& links_of, const Axes& at);

// The flat indices at which image n's products of two channels of one group begin.
struct ChannelPair {
    int64_t output, input, weight;
    int64_t pointwise;  // of all products; −1 but for separable
};
ChannelPair channel_pair(const Problem& problem, int64_t n, int64_t out_channel, int64_t in_channel);

}  // namespace convscope::detail
