#include "devices/gpu/cudnn_layers.h"

#include <limits>

#include "core/separable.h"
#include "core/text.h"

namespace convscope {
namespace {

std::vector<int> ints(const Shape& shape) {
    return {shape.begin(), shape.end()};
}

std::vector<int> spatial(const Problem& problem, const Axes& axes) {
    return {axes.end() - problem.spatial_axes(), axes.end()};
}

// The second stage of a separable problem.
CudnnLayer pointwise_layer(const Problem& problem) {
    CudnnLayer layer;
    layer.input = ints(middle_shape(problem));
    layer.weights = ints(problem.pointwise_shape());
    layer.output = ints(problem.output_shape());
    layer.padding = {0, 0};
    layer.stride = layer.dilation = {1, 1};
    layer.bias = problem.bias();
    return layer;
}

CudnnLayer layer_of(const Problem& problem) {
    CudnnLayer layer;
    layer.transposed = problem.transposed();
    layer.input = ints(problem.input_shape());
    layer.weights = ints(problem.weights_shape());
    layer.output = ints(problem.output_shape());
    layer.padding = spatial(problem, problem.padding());
    layer.stride = spatial(problem, problem.stride());
    layer.dilation = spatial(problem, problem.dilation());
    layer.groups = static_cast<int>(problem.groups());
    layer.bias = problem.bias();
    return layer;
}

// "A tensor is limited to 2 giga-elements", says cuDNN's reference of cudnnSetTensorNdDescriptor.
constexpr int64_t most = std::numeric_limits<int>::max();

Support fits(const char* name, const Shape& shape) {
    int64_t elements = 1;  // sizes are at most 2⁴⁰, so that a product that passes the limit is seen in time
    for (const int64_t size : shape) {
        if (size > most || (elements *= size) > most)
            return Support::no(
                cat("a tensor of cuDNN's holds at most ", most, " elements; ", name, " has more"));
    }
    return Support::yes();
}

}  // namespace

Support cudnn_can_describe(const Problem& problem) {
    const std::pair<const char*, Shape> tensors[]{{"the input", problem.input_shape()},
                                                  {"the weights", problem.weights_shape()},
                                                  {"the output", problem.output_shape()}};
    for (const auto& [name, shape] : tensors)
        if (Support support = fits(name, shape); !support) return support;
    if (problem.op() == Operator::separable_conv2d) {
        if (Support support = fits("the depthwise result", middle_shape(problem)); !support) return support;
        if (Support support = fits("the pointwise weights", problem.pointwise_shape()); !support)
            return support;
    }
    for (int axis = 3 - problem.spatial_axes(); axis < 3; ++axis) {
        for (const Axes& axes : {problem.padding(), problem.stride(), problem.dilation()})
            if (axes[axis] > most)
                return Support::no(
                    cat("cuDNN counts in 32 bits; a parameter along ", axis_names[axis], " is ", axes[axis]));
        // There a convolution of the output would give more elements than the input has.
        if (problem.output_padding()[axis] >= problem.stride()[axis])
            return Support::no(cat("cuDNN needs output_padding below the stride; along ", axis_names[axis],
                                   " it is ", problem.output_padding()[axis], " with stride ",
                                   problem.stride()[axis]));
    }
    return Support::yes();
}

std::vector<CudnnLayer> cudnn_layers(const Problem& problem) {
    if (problem.op() != Operator::separable_conv2d) return {layer_of(problem)};
    return {layer_of(depthwise_stage(problem)), pointwise_layer(problem)};
}

}  // namespace convscope
