// oneDNN primitives for one convolution each, kept between calls: creating one takes milliseconds.
#pragma once
#include <dnnl.hpp>
#include <memory>
#include <string>

#include "core/problem.h"

namespace convscope::onednn {

// One convolution or deconvolution as oneDNN sees it. Sizes are (N, C, [D,] H, W), without depth for 2D.
struct Layer {
    bool transposed = false;
    bool bias = false;
    int64_t groups = 1;
    dnnl::memory::dims input, output;
    dnnl::memory::dims weights;           // (groups, C_out/groups, C_in/groups, K…)
    dnnl::memory::dims weights_strides;   // of our tensor in that order
    dnnl::memory::dims stride, dilation;  // dilation 0 is dense
    dnnl::memory::dims padding_before, padding_after;
    bool operator<(const Layer& other) const;
};

struct Primitive {
    dnnl::primitive primitive;
    dnnl::memory::desc input, weights, output, scratchpad;  // the layouts that oneDNN chose
    std::string implementation;                             // its name for the way it computes: "jit:avx2"
};

const dnnl::engine& engine();
// From the cache, or created now; thread-safe. Throws Error(failed).
std::shared_ptr<const Primitive> primitive_for(const Layer& layer);

// The layers of a problem: one, or depthwise and pointwise for separable. `batch` images at a time.
Layer main_layer(const Problem& problem, int64_t batch);
Layer pointwise_layer(const Problem& problem, int64_t batch);

}  // namespace convscope::onednn
