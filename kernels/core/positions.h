// Flat indices of the tensors and what stands there, and which channels meet. A flat index counts elements
// in the tensor's C order. One outside of its tensor is a programmer's error.
#pragma once
#include <cstdint>

#include "core/problem.h"

namespace convscope {

// Flat index to (n, c, d, h, w) and back, for outputs (N, C_out, D, H, W).
struct OutputPosition {
    int64_t n, c;
    Axes at;
};
OutputPosition output_position(const Problem& problem, int64_t flat_index);
int64_t output_index(const Problem& problem, const OutputPosition& position);

// The same for inputs (N, C_in, D, H, W).
struct InputPosition {
    int64_t n, c;
    Axes at;
};
InputPosition input_position(const Problem& problem, int64_t flat_index);
int64_t input_index(const Problem& problem, const InputPosition& position);

// The same for weights, by the two channels that a weight joins, whatever the operator's layout: conv
// (C_out, C_in/groups, K…), transposed (C_in, C_out/groups, K…), separable (C_in, 1, K_h, K_w). In separable
// out_channel is the middle tensor's, which equals in_channel.
struct WeightPosition {
    int64_t out_channel, in_channel;  // counted over all groups
    Axes k;
};
WeightPosition weight_position(const Problem& problem, int64_t flat_index);
// Both channels must belong to one group: no weight joins others.
int64_t weight_index(const Problem& problem, const WeightPosition& position);

// The same for the pointwise weights (C_out, C_in, 1, 1) of separable; in_channel is the middle tensor's.
struct PointwisePosition {
    int64_t out_channel, in_channel;
};
PointwisePosition pointwise_position(const Problem& problem, int64_t flat_index);
int64_t pointwise_index(const Problem& problem, const PointwisePosition& position);

// The channels first … first + count − 1.
struct ChannelRange {
    int64_t first, count;
};
// Those of its group; in separable all, because the pointwise step joins every channel with every one.
ChannelRange in_channels_of(const Problem& problem, int64_t out_channel);
ChannelRange out_channels_of(const Problem& problem, int64_t in_channel);

}  // namespace convscope
