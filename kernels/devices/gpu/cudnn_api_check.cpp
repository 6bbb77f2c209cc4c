// Compiled only where cudnn.h is found: cudnn_api.h says what cuDNN's own header says.
#include "devices/gpu/cudnn_api.h"

#include <cudnn.h>

#include <type_traits>

namespace convscope::cudnn {
namespace {

// A type of cuDNN's as cudnn_api.h has it.
template <class T>
struct Ours {
    using type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <class T>
struct Ours<const T> {
    using type = const typename Ours<T>::type;
};
template <class T>
struct Ours<T*> {
    using type = typename Ours<T>::type*;
};
template <>
struct Ours<cudnnHandle_t> {
    using type = Handle;
};
template <>
struct Ours<cudnnTensorDescriptor_t> {
    using type = Tensor;
};
template <>
struct Ours<cudnnFilterDescriptor_t> {
    using type = Filter;
};
template <>
struct Ours<cudnnConvolutionDescriptor_t> {
    using type = Convolution;
};
template <>
struct Ours<cudaStream_t> {
    using type = StreamHandle;
};
template <class Result, class... Arguments>
struct Ours<Result (*)(Arguments...)> {
    using type = typename Ours<Result>::type (*)(typename Ours<Arguments>::type...);
};

#define CONVSCOPE_SAME_TYPE(ours, theirs) \
    static_assert(std::is_same_v<decltype(Functions::ours), Ours<decltype(&theirs)>::type>, #theirs);
CONVSCOPE_CUDNN_FUNCTIONS(CONVSCOPE_SAME_TYPE)

static_assert(CUDNN_MAJOR == 9);
static_assert(sizeof(cudnnStatus_t) == sizeof(int) && sizeof(cudnnMathType_t) == sizeof(int) &&
              sizeof(cudnnDataType_t) == sizeof(int) && sizeof(cudnnTensorFormat_t) == sizeof(int) &&
              sizeof(cudnnConvolutionMode_t) == sizeof(int) &&
              sizeof(cudnnConvolutionFwdAlgo_t) == sizeof(int) &&
              sizeof(cudnnConvolutionBwdDataAlgo_t) == sizeof(int));
static_assert(success == CUDNN_STATUS_SUCCESS);
static_assert(bad_parameter == CUDNN_STATUS_BAD_PARAM);
static_assert(not_supported == CUDNN_STATUS_NOT_SUPPORTED);
static_assert(data_float == CUDNN_DATA_FLOAT);
static_assert(format_nchw == CUDNN_TENSOR_NCHW);
static_assert(cross_correlation == CUDNN_CROSS_CORRELATION);
static_assert(int{default_math} == CUDNN_DEFAULT_MATH);
static_assert(int{fma_math} == CUDNN_FMA_MATH);
static_assert(int{implicit_gemm} == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM);
static_assert(int{implicit_precomputed_gemm} == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
static_assert(int{gemm} == CUDNN_CONVOLUTION_FWD_ALGO_GEMM);
static_assert(int{backward_data_0} == CUDNN_CONVOLUTION_BWD_DATA_ALGO_0);
static_assert(int{backward_data_1} == CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);

}  // namespace
}  // namespace convscope::cudnn
