#include "devices/gpu/cudnn_peer.h"

#include "core/separable.h"
#include "core/text.h"

namespace convscope {
namespace {

constexpr const char *float32_name = "cudnn", *tf32_name = "cudnn_tf32";
constexpr int tf32_capability = 80;

// cuDNN does not say how it makes TF32 of float32. tf32_error holds for rounding to nearest; where the lower
// bits are cut off, as tensor cores do with operands that nobody rounded, each operand is off by up to 2⁻¹⁰.
constexpr double cut_product_error = 0x1p-9 + 0x1p-20;

ErrorModel tf32_error_of(Operator op) {
    ErrorModel model = tf32_error;
    model.product_error = cut_product_error;
    // Both convolutions of a separable one may round so.
    if (op == Operator::separable_conv2d) model.product_error = cut_product_error * (2 + cut_product_error);
    return model;
}

std::string idea_of(Operator op, bool tf32) {
    std::string idea = tf32 ? "NVIDIA's cuDNN library with TF32 permitted, products of 11 significant bits. "
                            : "NVIDIA's cuDNN library restricted to float32 products. ";
    if (facts(op).transposed) idea += "It computes a transposed convolution as a convolution's gradient. ";
    if (op == Operator::depthwise_conv2d)
        idea += "To it this is a grouped convolution; PyTorch runs a kernel of its own here instead. ";
    if (op == Operator::separable_conv2d) idea += "Two of its convolutions, the first one grouped. ";
    return idea +
           "Each algorithm that adds up plain products is run on the problem and the fastest kept; its FFT "
           "and Winograd algorithms are left out, for they round by another measure.";
}

KernelFacts facts_of(Operator op, bool tf32) {
    const bool separable = op == Operator::separable_conv2d;
    return {.op = op,
            .name = tf32 ? tf32_name : float32_name,
            .idea = idea_of(op, tf32),
            .traffic = cat(separable ? "Input and output once, the depthwise result written and read"
                                     : "Input and output once",
                           ", the output once more for a bias, and what its algorithm keeps in a workspace."),
            .wins_when = tf32 ? "nearly always where TF32 is accurate enough: it is the peer to beat."
                              : "often in float32: it is the peer to beat.",
            .error = tf32 ? tf32_error_of(op) : ErrorModel{},
            .repeatable = !facts(op).transposed,  // data gradient 0 adds atomically
            .mixes_taps = true,                   // it multiplies the padding's zeros
            .peer = true,
            .source_file = ""};
}

// Where TF32 is permitted, float32 is as well, and some problems are faster in it.
std::vector<cudnn::Math> maths_of(const std::string& kernel) {
    if (kernel == tf32_name) return {cudnn::default_math, cudnn::fma_math};
    return {cudnn::fma_math};
}

}  // namespace

CudnnPeer::CudnnPeer(CudnnPtr library, ContextPtr context)
    : library_(std::move(library)), context_(std::move(context)) {}

bool CudnnPeer::is_name(const std::string& kernel) {
    return kernel == float32_name || kernel == tf32_name;
}

std::vector<KernelFacts> CudnnPeer::kernels(Operator op) const {
    return {facts_of(op, false), facts_of(op, true)};
}

CudnnHandlePtr CudnnPeer::handle() const {
    const std::scoped_lock lock(mutex_);
    if (!handle_) handle_ = std::make_shared<const CudnnHandle>(library_, context_);
    return handle_;
}

// The window asks often: an answer of cuDNN's own is remembered, a failure is not.
Support CudnnPeer::supports(const Problem& problem, const std::string& kernel) const {
    constexpr size_t most_answers = 1000;
    const std::string question = cat(kernel, " ", problem.text());
    {
        const std::scoped_lock lock(mutex_);
        if (const auto found = answers_.find(question); found != answers_.end()) return found->second;
    }
    Support answer;
    try {
        answer = ask(problem, kernel);
    } catch (const Error& error) {
        answer = Support::no(error.what());
        if (error.kind() != ErrorKind::request) return answer;
    }
    const std::scoped_lock lock(mutex_);
    if (answers_.size() >= most_answers) answers_.clear();
    answers_[question] = answer;
    return answer;
}

Support CudnnPeer::ask(const Problem& problem, const std::string& kernel) const {
    const CudaDeviceFacts& gpu = context_->facts();
    if (kernel == tf32_name && 10 * gpu.capability_major + gpu.capability_minor < tf32_capability)
        return Support::no(cat(gpu.name, " has compute capability ", gpu.capability_major, ".",
                               gpu.capability_minor, "; TF32 needs 8.0 and newer"));
    if (Support support = cudnn_can_describe(problem); !support) return support;
    context_->use();
    for (const CudnnLayer& layer : cudnn_layers(problem))
        CudnnConvolution(handle(), layer).ways(maths_of(kernel));
    return Support::yes();
}

double CudnnPeer::scratch_bytes(const Problem& problem) {
    if (problem.op() != Operator::separable_conv2d) return 0;
    double elements = 1;
    for (const int64_t size : middle_shape(problem)) elements *= static_cast<double>(size);
    return elements * sizeof(float);
}

std::unique_ptr<Execution> CudnnPeer::prepare(const GpuShared& shared, const Problem& problem,
                                              const Tensors& tensors, const std::string& kernel,
                                              const CancelToken& cancel) const {
    return std::make_unique<CudnnExecution>(shared, CudnnShared{handle(), choices_, maths_of(kernel), kernel},
                                            problem, tensors, cancel);
}

}  // namespace convscope
