// The part of cuDNN 9 that the peers use, declared here: building needs no cuDNN, and where there is one,
// cudnn_api_check.cpp compares every line with its header.
#pragma once
#include <cstddef>

#include "devices/gpu/cuda_functions.h"

namespace convscope::cudnn {

// cuDNN's enumerations are passed as int.
using Status = int;
inline constexpr Status success = 0;
inline constexpr Status bad_parameter = 2000;  // 2000 to 2999: it does not accept what it was given
inline constexpr Status not_supported = 3000;  // 3000 to 3999: it has nothing that can do it
inline constexpr int data_float = 0;
inline constexpr int format_nchw = 0;
inline constexpr int cross_correlation = 1;

// Default: TF32 is permitted from compute capability 8.0 on. FMA: only kernels with float32 products.
enum Math : int { default_math = 0, fma_math = 3 };

// The algorithms whose answer is a plain sum of products, for which rounding_bound holds. Missing here: FFT
// and Winograd, which add up transformed values.
enum ForwardAlgorithm : int { implicit_gemm = 0, implicit_precomputed_gemm = 1, gemm = 2 };
enum BackwardDataAlgorithm : int { backward_data_0 = 0, backward_data_1 = 1 };  // 0 adds atomically

using Handle = struct HandleTag*;
using Tensor = struct TensorTag*;            // descriptors of a tensor,
using Filter = struct FilterTag*;            // of weights,
using Convolution = struct ConvolutionTag*;  // and of padding, stride, dilation, groups and math

struct Functions {
    size_t (*get_version)() = nullptr;
    const char* (*get_error_string)(Status status) = nullptr;
    Status (*create)(Handle* handle) = nullptr;
    Status (*destroy)(Handle handle) = nullptr;
    Status (*set_stream)(Handle handle, StreamHandle stream) = nullptr;

    Status (*create_tensor)(Tensor* tensor) = nullptr;
    Status (*destroy_tensor)(Tensor tensor) = nullptr;
    Status (*set_tensor)(Tensor tensor, int data_type, int count, const int* sizes,
                         const int* strides) = nullptr;
    Status (*create_filter)(Filter* filter) = nullptr;
    Status (*destroy_filter)(Filter filter) = nullptr;
    Status (*set_filter)(Filter filter, int data_type, int format, int count, const int* sizes) = nullptr;
    Status (*create_convolution)(Convolution* convolution) = nullptr;
    Status (*destroy_convolution)(Convolution convolution) = nullptr;
    Status (*set_convolution)(Convolution convolution, int axes, const int* padding, const int* stride,
                              const int* dilation, int mode, int compute_type) = nullptr;
    Status (*set_groups)(Convolution convolution, int groups) = nullptr;
    Status (*set_math)(Convolution convolution, int math) = nullptr;

    Status (*forward_workspace)(Handle handle, Tensor x, Filter w, Convolution convolution, Tensor y,
                                int algorithm, size_t* bytes) = nullptr;
    Status (*forward)(Handle handle, const void* alpha, Tensor x_sizes, const void* x, Filter w_sizes,
                      const void* w, Convolution convolution, int algorithm, void* workspace, size_t bytes,
                      const void* beta, Tensor y_sizes, void* y) = nullptr;
    Status (*backward_data_workspace)(Handle handle, Filter w, Tensor dy, Convolution convolution, Tensor dx,
                                      int algorithm, size_t* bytes) = nullptr;
    Status (*backward_data)(Handle handle, const void* alpha, Filter w_sizes, const void* w, Tensor dy_sizes,
                            const void* dy, Convolution convolution, int algorithm, void* workspace,
                            size_t bytes, const void* beta, Tensor dx_sizes, void* dx) = nullptr;
    Status (*add_tensor)(Handle handle, const void* alpha, Tensor a_sizes, const void* a, const void* beta,
                         Tensor c_sizes, void* c) = nullptr;
};

// Each function with cuDNN's name for it.
#define CONVSCOPE_CUDNN_FUNCTIONS(EACH)                                         \
    EACH(get_version, cudnnGetVersion)                                          \
    EACH(get_error_string, cudnnGetErrorString)                                 \
    EACH(create, cudnnCreate)                                                   \
    EACH(destroy, cudnnDestroy)                                                 \
    EACH(set_stream, cudnnSetStream)                                            \
    EACH(create_tensor, cudnnCreateTensorDescriptor)                            \
    EACH(destroy_tensor, cudnnDestroyTensorDescriptor)                          \
    EACH(set_tensor, cudnnSetTensorNdDescriptor)                                \
    EACH(create_filter, cudnnCreateFilterDescriptor)                            \
    EACH(destroy_filter, cudnnDestroyFilterDescriptor)                          \
    EACH(set_filter, cudnnSetFilterNdDescriptor)                                \
    EACH(create_convolution, cudnnCreateConvolutionDescriptor)                  \
    EACH(destroy_convolution, cudnnDestroyConvolutionDescriptor)                \
    EACH(set_convolution, cudnnSetConvolutionNdDescriptor)                      \
    EACH(set_groups, cudnnSetConvolutionGroupCount)                             \
    EACH(set_math, cudnnSetConvolutionMathType)                                 \
    EACH(forward_workspace, cudnnGetConvolutionForwardWorkspaceSize)            \
    EACH(forward, cudnnConvolutionForward)                                      \
    EACH(backward_data_workspace, cudnnGetConvolutionBackwardDataWorkspaceSize) \
    EACH(backward_data, cudnnConvolutionBackwardData)                           \
    EACH(add_tensor, cudnnAddTensor)

}  // namespace convscope::cudnn
