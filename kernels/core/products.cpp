#include "core/products.h"

#include "core/positions.h"

namespace convscope::detail {

std::vector<SpatialLink> spatial_links(const Problem& problem, AxisLinksOf& links_of, const Axes& at) {
    const Axes &in = problem.input(), &k = problem.kernel_size(), &out = problem.output();
    const auto depth = links_of(problem, 0, at[0]), height = links_of(problem, 1, at[1]),
               width = links_of(problem, 2, at[2]);
    std::vector<SpatialLink> links;
    links.reserve(depth.size() * height.size() * width.size());
    for (const AxisLink& d : depth)
        for (const AxisLink& h : height)
            for (const AxisLink& w : width)
                links.push_back({(d.out * out[1] + h.out) * out[2] + w.out, (d.k * k[1] + h.k) * k[2] + w.k,
                                 (d.in * in[1] + h.in) * in[2] + w.in});
    return links;
}

ChannelPair channel_pair(const Problem& problem, int64_t n, int64_t out_channel, int64_t in_channel) {
    const bool separable = problem.op() == Operator::separable_conv2d;
    return {.output = output_index(problem, {n, out_channel, {}}),
            .input = input_index(problem, {n, in_channel, {}}),
            .weight = weight_index(problem, {separable ? in_channel : out_channel, in_channel, {}}),
            .pointwise = separable ? pointwise_index(problem, {out_channel, in_channel}) : -1};
}

}  // namespace convscope::detail
