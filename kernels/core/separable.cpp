#include "core/separable.h"

#include <cassert>

#include "core/positions.h"

namespace convscope {
namespace {

// Elements of one channel, in the middle tensor as in the output.
int64_t plane(const Problem& problem) {
    return problem.output()[1] * problem.output()[2];
}

}  // namespace

Problem depthwise_stage(const Problem& separable) {
    assert(separable.op() == Operator::separable_conv2d);
    ProblemSpec spec = separable.spec();
    spec.op = Operator::depthwise_conv2d;
    spec.out_channels = separable.in_channels();
    spec.bias = false;
    return Problem(spec);
}

Shape middle_shape(const Problem& separable) {
    assert(separable.op() == Operator::separable_conv2d);
    return {separable.batch(), separable.in_channels(), separable.output()[1], separable.output()[2]};
}

std::vector<MiddleTap> middle_taps(const Problem& separable, int64_t index) {
    const OutputPosition at = output_position(separable, index);
    const int64_t within = index % plane(separable);
    std::vector<MiddleTap> list;
    list.reserve(static_cast<size_t>(separable.in_channels()));
    for (int64_t c = 0; c < separable.in_channels(); ++c)
        list.push_back({(at.n * separable.in_channels() + c) * plane(separable) + within,
                        pointwise_index(separable, {at.c, c})});
    return list;
}

std::vector<PointwiseUse> pointwise_uses(const Problem& separable, int64_t index) {
    const PointwisePosition channels = pointwise_position(separable, index);
    std::vector<PointwiseUse> list;
    list.reserve(static_cast<size_t>(pointwise_use_count(separable)));
    for (int64_t n = 0; n < separable.batch(); ++n) {
        const int64_t middle = (n * separable.in_channels() + channels.in_channel) * plane(separable);
        const int64_t output = output_index(separable, {n, channels.out_channel, {}});
        for (int64_t i = 0; i < plane(separable); ++i) list.push_back({middle + i, output + i});
    }
    return list;
}

int64_t pointwise_use_count(const Problem& separable) {
    assert(separable.op() == Operator::separable_conv2d);
    return separable.batch() * plane(separable);
}

}  // namespace convscope
