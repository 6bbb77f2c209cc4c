#include "devices/cpu/onednn_primitives.h"

#include <map>
#include <mutex>
#include <tuple>

#include "core/errors.h"
#include "core/text.h"

namespace convscope::onednn {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

memory::desc any_layout(const memory::dims& sizes) {
    return {sizes, memory::data_type::f32, memory::format_tag::any};
}

memory::desc bias_layout(const Layer& layer) {
    return {{layer.output[1]}, memory::data_type::f32, memory::format_tag::a};
}

// Version 3 of oneDNN dropped the operation descriptors that version 2 asks for.
template <class Operation>
typename Operation::primitive_desc describe(const Layer& layer, algorithm how) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const memory::desc input = any_layout(layer.input), weights = any_layout(layer.weights),
                       output = any_layout(layer.output);
    const memory::desc bias = layer.bias ? bias_layout(layer) : memory::desc();
#if DNNL_VERSION_MAJOR >= 3
    return typename Operation::primitive_desc(engine(), prop_kind::forward_inference, how, input, weights,
                                              bias, output, layer.stride, layer.dilation,
                                              layer.padding_before, layer.padding_after, attributes);
#else
    const typename Operation::desc operation(prop_kind::forward_inference, how, input, weights, bias, output,
                                             layer.stride, layer.dilation, layer.padding_before,
                                             layer.padding_after);
    return typename Operation::primitive_desc(operation, attributes, engine());
#endif
}

template <class Operation>
std::shared_ptr<const Primitive> create(const Layer& layer, algorithm how) {
    const auto chosen = describe<Operation>(layer, how);
    return std::make_shared<const Primitive>(Primitive{Operation(chosen), chosen.src_desc(),
                                                       chosen.weights_desc(), chosen.dst_desc(),
                                                       chosen.scratchpad_desc(), chosen.impl_info_str()});
}

memory::dims spatial(const Problem& problem, const Axes& axes) {
    return {axes.end() - problem.spatial_axes(), axes.end()};
}

memory::dims with_spatial(memory::dims front, const Problem& problem, const Axes& axes) {
    const memory::dims tail = spatial(problem, axes);
    front.insert(front.end(), tail.begin(), tail.end());
    return front;
}

}  // namespace

bool Layer::operator<(const Layer& o) const {
    const auto key = [](const Layer& l) {
        return std::tie(l.transposed, l.bias, l.groups, l.input, l.output, l.weights, l.weights_strides,
                        l.stride, l.dilation, l.padding_before, l.padding_after);
    };
    return key(*this) < key(o);
}

const dnnl::engine& engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

std::shared_ptr<const Primitive> primitive_for(const Layer& layer) {
    static std::mutex mutex;
    static std::map<Layer, std::shared_ptr<const Primitive>> cache;
    const std::lock_guard lock(mutex);
    if (const auto found = cache.find(layer); found != cache.end()) return found->second;
    try {
        // The direct algorithms multiply nothing but taps and keep the rounding bound of plain summation.
        auto made = layer.transposed
                        ? create<dnnl::deconvolution_forward>(layer, algorithm::deconvolution_direct)
                        : create<dnnl::convolution_forward>(layer, algorithm::convolution_direct);
        if (cache.size() >= 256) cache.clear();  // sliders make many; each is small
        return cache[layer] = std::move(made);
    } catch (const dnnl::error& error) {
        throw Error(ErrorKind::failed, cat("oneDNN could not make this convolution: ", error.what()));
    }
}

Layer main_layer(const Problem& problem, int64_t batch) {
    const bool separable = problem.op() == Operator::separable_conv2d;
    const int64_t out_channels = separable ? problem.in_channels() : problem.out_channels();
    const int64_t groups = problem.groups();
    Layer layer;
    layer.transposed = problem.transposed();
    layer.bias = problem.bias() && !separable;
    layer.groups = groups;
    layer.input = with_spatial({batch, problem.in_channels()}, problem, problem.input());
    layer.output = with_spatial({batch, out_channels}, problem, problem.output());
    const int64_t out = out_channels / groups, in = problem.in_channels() / groups;
    layer.weights = with_spatial({groups, out, in}, problem, problem.kernel_size());
    layer.stride = spatial(problem, problem.stride());
    layer.padding_before = spatial(problem, problem.padding());
    layer.dilation = spatial(problem, problem.dilation());
    for (int64_t& dilation : layer.dilation) --dilation;
    // A deconvolution's output_padding is a smaller right padding, negative where it is larger.
    layer.padding_after = layer.padding_before;
    if (problem.transposed()) {
        const memory::dims more = spatial(problem, problem.output_padding());
        for (size_t axis = 0; axis < more.size(); ++axis) layer.padding_after[axis] -= more[axis];
    }
    const Axes& k = problem.kernel_size();
    const int64_t window = k[0] * k[1] * k[2];
    // Ours are (C_out, C_in/groups, K…), transposed (C_in, C_out/groups, K…): the middle two swap.
    layer.weights_strides = {out * in * window, problem.transposed() ? window : in * window,
                             problem.transposed() ? out * window : window};
    for (int axis = 3 - problem.spatial_axes(); axis < 3; ++axis) {
        int64_t step = 1;
        for (int inner = axis + 1; inner < 3; ++inner) step *= k[inner];
        layer.weights_strides.push_back(step);
    }
    return layer;
}

Layer pointwise_layer(const Problem& problem, int64_t batch) {
    Layer layer;
    layer.bias = problem.bias();
    layer.input = {batch, problem.in_channels(), problem.output()[1], problem.output()[2]};
    layer.output = {batch, problem.out_channels(), problem.output()[1], problem.output()[2]};
    layer.weights = {1, problem.out_channels(), problem.in_channels(), 1, 1};
    layer.weights_strides = {problem.out_channels() * problem.in_channels(), problem.in_channels(), 1, 1, 1};
    layer.stride = {1, 1};
    layer.dilation = layer.padding_before = layer.padding_after = {0, 0};
    return layer;
}

}  // namespace convscope::onednn
