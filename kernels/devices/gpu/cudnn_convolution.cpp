#include "devices/gpu/cudnn_convolution.h"

#include "core/text.h"

namespace convscope {
namespace {

// alpha and beta of cuDNN's calls: result = alpha·(what is computed) + beta·(what was there).
constexpr float one = 1, zero = 0;

int count(const std::vector<int>& sizes) {
    return static_cast<int>(sizes.size());
}

// Of a contiguous tensor.
std::vector<int> strides_of(const std::vector<int>& sizes) {
    std::vector<int> strides(sizes.size(), 1);
    for (size_t axis = sizes.size() - 1; axis-- > 0;) strides[axis] = strides[axis + 1] * sizes[axis + 1];
    return strides;
}

bool refuses(cudnn::Status status) {
    return status / 1000 * 1000 == cudnn::bad_parameter || status / 1000 * 1000 == cudnn::not_supported;
}

std::vector<int> algorithms(bool transposed) {
    if (transposed) return {cudnn::backward_data_0, cudnn::backward_data_1};
    return {cudnn::implicit_gemm, cudnn::implicit_precomputed_gemm, cudnn::gemm};
}

const char* algorithm_name(bool transposed, int algorithm) {
    if (transposed) return algorithm == cudnn::backward_data_0 ? "data gradient 0" : "data gradient 1";
    switch (algorithm) {
        case cudnn::implicit_gemm:
            return "implicit GEMM";
        case cudnn::implicit_precomputed_gemm:
            return "implicit GEMM with precomputed indices";
        default:
            return "explicit GEMM";
    }
}

}  // namespace

CudnnHandle::CudnnHandle(CudnnPtr library, ContextPtr context)
    : library_(std::move(library)), context_(std::move(context)) {
    check(cudnn().create(&handle_), "start on the GPU");
}

CudnnHandle::~CudnnHandle() {
    context_->cuda().select_device(context_->ordinal());
    cudnn().destroy(handle_);
}

void CudnnHandle::check(cudnn::Status status, std::string_view what) const {
    if (status == cudnn::success) return;
    const bool refused = refuses(status);
    throw Error(refused ? ErrorKind::request : ErrorKind::failed,
                cat(refused ? "cuDNN refuses to " : "cuDNN failed to ", what, ": ",
                    cudnn().get_error_string(status), " (", status, ")"));
}

void CudnnHandle::with(const std::function<void(cudnn::Handle)>& work) const {
    const std::scoped_lock lock(mutex_);
    work(handle_);
}

CudnnConvolution::CudnnConvolution(CudnnHandlePtr handle, const CudnnLayer& layer)
    : handle_(handle),
      layer_(layer),
      input_(handle, handle->cudnn().create_tensor, handle->cudnn().destroy_tensor, "make a tensor"),
      output_(handle, handle->cudnn().create_tensor, handle->cudnn().destroy_tensor, "make a tensor"),
      bias_(handle, handle->cudnn().create_tensor, handle->cudnn().destroy_tensor, "make a tensor"),
      weights_(handle, handle->cudnn().create_filter, handle->cudnn().destroy_filter, "make a filter"),
      convolution_(handle, handle->cudnn().create_convolution, handle->cudnn().destroy_convolution,
                   "make a convolution") {
    describe();
}

void CudnnConvolution::describe() const {
    const cudnn::Functions& cudnn = handle_->cudnn();
    const auto describe_tensor = [&](const CudnnDescriptor<cudnn::Tensor>& tensor,
                                     const std::vector<int>& sizes, std::string_view what) {
        handle_->check(cudnn.set_tensor(tensor.get(), cudnn::data_float, count(sizes), sizes.data(),
                                        strides_of(sizes).data()),
                       what);
    };
    describe_tensor(input_, layer_.input, "take the input's sizes");
    describe_tensor(output_, layer_.output, "take the output's sizes");
    std::vector<int> bias(layer_.output.size(), 1);
    bias[1] = layer_.output[1];
    describe_tensor(bias_, bias, "take the bias's size");
    handle_->check(cudnn.set_filter(weights_.get(), cudnn::data_float, cudnn::format_nchw,
                                    count(layer_.weights), layer_.weights.data()),
                   "take the weights' sizes");
    handle_->check(cudnn.set_convolution(convolution_.get(), count(layer_.stride), layer_.padding.data(),
                                         layer_.stride.data(), layer_.dilation.data(),
                                         cudnn::cross_correlation, cudnn::data_float),
                   "take padding, stride and dilation");
    handle_->check(cudnn.set_groups(convolution_.get(), layer_.groups), "take the groups");
}

cudnn::Status CudnnConvolution::workspace(cudnn::Handle handle, int algorithm, size_t* bytes) const {
    const cudnn::Functions& cudnn = handle_->cudnn();
    if (layer_.transposed)
        return cudnn.backward_data_workspace(handle, weights_.get(), input_.get(), convolution_.get(),
                                             output_.get(), algorithm, bytes);
    return cudnn.forward_workspace(handle, input_.get(), weights_.get(), convolution_.get(), output_.get(),
                                   algorithm, bytes);
}

std::vector<CudnnWay> CudnnConvolution::ways(const std::vector<cudnn::Math>& maths) const {
    std::vector<CudnnWay> ways;
    cudnn::Status refusal = cudnn::not_supported;
    handle_->with([&](cudnn::Handle handle) {
        for (const cudnn::Math math : maths) {
            handle_->check(handle_->cudnn().set_math(convolution_.get(), math), "choose the arithmetic");
            for (const int algorithm : algorithms(layer_.transposed)) {
                size_t bytes = 0;
                const cudnn::Status status = workspace(handle, algorithm, &bytes);
                if (status == cudnn::success)
                    ways.push_back({algorithm, math, static_cast<int64_t>(bytes)});
                else if (refuses(status))
                    refusal = status;
                else
                    handle_->check(status, "say what workspace it needs");
            }
        }
    });
    if (ways.empty()) handle_->check(refusal, "compute this by any of its algorithms");
    return ways;
}

std::string CudnnConvolution::name(const CudnnWay& way) const {
    return cat(algorithm_name(layer_.transposed, way.algorithm),
               way.math == cudnn::fma_math ? " in float32" : ", TF32 permitted");
}

cudnn::Status CudnnConvolution::compute(cudnn::Handle handle, const CudnnWay& way,
                                        const Arguments& on) const {
    const cudnn::Functions& cudnn = handle_->cudnn();
    const auto bytes = static_cast<size_t>(way.workspace_bytes);
    if (layer_.transposed)
        return cudnn.backward_data(handle, &one, weights_.get(), on.weights, input_.get(), on.input,
                                   convolution_.get(), way.algorithm, on.workspace, bytes, &zero,
                                   output_.get(), on.output);
    return cudnn.forward(handle, &one, input_.get(), on.input, weights_.get(), on.weights, convolution_.get(),
                         way.algorithm, on.workspace, bytes, &zero, output_.get(), on.output);
}

// The sentences are made up only where there is one: timed calls follow each other closely.
void CudnnConvolution::queue(const CudnnWay& way, const Arguments& on, const Stream& stream) const {
    const cudnn::Functions& cudnn = handle_->cudnn();
    handle_->with([&](cudnn::Handle handle) {
        handle_->check(cudnn.set_stream(handle, stream.handle()), "take the stream");
        handle_->check(cudnn.set_math(convolution_.get(), way.math), "choose the arithmetic");
        if (const cudnn::Status status = compute(handle, way, on); status != cudnn::success)
            handle_->check(status, cat("run its ", name(way)));
        if (layer_.bias)
            handle_->check(
                cudnn.add_tensor(handle, &one, bias_.get(), on.bias, &one, output_.get(), on.output),
                "add the bias");
    });
}

}  // namespace convscope
