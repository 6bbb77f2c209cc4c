// A problem in cuDNN's words.
#pragma once
#include <vector>

#include "core/errors.h"
#include "core/problem.h"

namespace convscope {

// One convolution. cuDNN computes a transposed one as the gradient of a convolution by its input, so that
// what we give is its dy and what we get its dx. Sizes are N C (D) H W, weights as Problem has them.
struct CudnnLayer {
    bool transposed = false;
    std::vector<int> input, weights, output;
    std::vector<int> padding, stride, dilation;  // (D) H W
    int groups = 1;
    bool bias = false;
};

// Yes, or what cuDNN's interface has no room for.
Support cudnn_can_describe(const Problem& problem);

// The convolutions that make up the problem, each one's output the next one's input: two for a separable
// one. Only where cudnn_can_describe().
std::vector<CudnnLayer> cudnn_layers(const Problem& problem);

}  // namespace convscope
