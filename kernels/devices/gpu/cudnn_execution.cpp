#include "devices/gpu/cudnn_execution.h"

#include <algorithm>
#include <chrono>

#include "core/text.h"
#include "devices/guarded_output.h"

namespace convscope {

std::optional<CudnnChoice> CudnnChoices::find(const std::string& problem) const {
    const std::scoped_lock lock(mutex_);
    const auto found = choices_.find(problem);
    return found == choices_.end() ? std::nullopt : std::optional(found->second);
}

void CudnnChoices::keep(const std::string& problem, const CudnnChoice& choice) {
    const std::scoped_lock lock(mutex_);
    choices_[problem] = choice;
}

CudnnExecution::CudnnExecution(GpuShared shared, CudnnShared cudnn, const Problem& problem,
                               const Tensors& tensors, const CancelToken& cancel)
    : TimedExecution(std::move(shared), problem, tensors, cancel), cudnn_(std::move(cudnn)) {
    for (const CudnnLayer& layer : cudnn_layers(problem))
        layers_.push_back(std::make_unique<CudnnConvolution>(cudnn_.handle, layer));
    allocate_middle();
    choose(cat(cudnn_.kernel, " ", problem.text()), cancel);
    int64_t bytes = 0;
    for (const CudnnWay& way : choice_.ways) bytes = std::max(bytes, way.workspace_bytes);
    workspace_ = workspace_for(bytes);
}

void CudnnExecution::allocate_middle() {
    if (layers_.size() < 2) return;
    int64_t elements = 1;
    for (const int size : layers_.front()->layer().output) elements *= size;
    middle_ = std::make_unique<DeviceBuffer>(shared_.context, elements * int64_t{sizeof(float)},
                                             "the depthwise result");
}

bool CudnnExecution::fits(const CudnnWay& way) const {
    return way.workspace_bytes <= shared_.context->free_bytes();
}

CudnnExecution::Workspace CudnnExecution::workspace_for(int64_t bytes) const {
    if (bytes == 0) return nullptr;
    return std::make_unique<DeviceBuffer>(shared_.context, bytes, "cuDNN's workspace");
}

void CudnnExecution::queue(size_t layer, const CudnnWay& way, const Workspace& workspace,
                           const GpuOutput& output) const {
    const bool first = layer == 0, last = layer + 1 == layers_.size();
    layers_[layer]->queue(way,
                          {.input = first ? input() : middle_->data(),
                           .weights = first ? weights() : pointwise(),
                           .bias = bias(),
                           .output = last ? output.data() : middle_->data(),
                           .workspace = workspace ? workspace->data() : nullptr},
                          stream_);
}

void CudnnExecution::choose(const std::string& problem, const CancelToken& cancel) {
    if (const std::optional<CudnnChoice> earlier = cudnn_.choices->find(problem);
        earlier && std::ranges::all_of(earlier->ways, [&](const CudnnWay& way) { return fits(way); })) {
        choice_ = *earlier;
        return;
    }
    const std::shared_ptr<GpuOutput> output = unshared_output();
    const auto start = std::chrono::steady_clock::now();
    for (size_t layer = 0; layer < layers_.size(); ++layer)
        choice_.ways.push_back(fastest(layer, *output, cancel));
    choice_.search_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    cudnn_.choices->keep(problem, choice_);
}

// cuDNN's own search (cudnnFindConvolutionForwardAlgorithmEx) would also run the algorithms whose rounding
// our bounds do not cover, and answers with arithmetics that it was not asked for. As in its search, a way
// that fails leaves the others.
CudnnWay CudnnExecution::fastest(size_t layer, const GpuOutput& output, const CancelToken& cancel) {
    std::optional<CudnnWay> best;
    double best_ms = 0;
    std::optional<Error> failure;
    for (const CudnnWay& way : layers_[layer]->ways(cudnn_.maths)) {
        cancel.check();
        try {
            const double ms = try_way(layer, way, output, cancel);
            if (best && ms >= best_ms) continue;
            best = way;
            best_ms = ms;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::cancelled) throw;
            stream_.wait("trying cuDNN's algorithms");  // throws where the GPU is lost
            failure = error;
            choice_.left_out.emplace_back(error.what());
        }
    }
    if (!best) throw Error(*failure);
    return *best;
}

// The first run loads kernels, and may compile them. The best of a few is steady enough to choose by.
double CudnnExecution::try_way(size_t layer, const CudnnWay& way, const GpuOutput& output,
                               const CancelToken& cancel) {
    constexpr int runs = 4;
    constexpr double long_ms = 100;
    if (!fits(way))
        fail_request(cat("cuDNN's ", layers_[layer]->name(way), " needs a workspace of ",
                         bytes_text(static_cast<double>(way.workspace_bytes)), "; ",
                         bytes_text(static_cast<double>(shared_.context->free_bytes())), " are free"));
    const Workspace workspace = workspace_for(way.workspace_bytes);
    const std::string doing = cat("trying cuDNN's ", layers_[layer]->name(way));
    const auto once = [&] {
        cancel.check();
        return milliseconds(doing, [&] { queue(layer, way, workspace, output); });
    };
    once();
    double best_ms = once();
    for (int run = 1; run < runs && best_ms < long_ms; ++run) best_ms = std::min(best_ms, once());
    return best_ms;
}

void CudnnExecution::launch_all(const GpuOutput& output, LaunchMode mode, const CancelToken& cancel) {
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
        cancel.check();
        const CudnnWay& way = choice_.ways[layer];
        queue(layer, way, workspace_, output);
        if (mode != LaunchMode::queued) stream_.wait(cat("running cuDNN's ", layers_[layer]->name(way)));
    }
}

// The workspace is cuDNN's own.
void CudnnExecution::poison_scratch() {
    if (!middle_) return;
    const CudaContext& gpu = *shared_.context;
    gpu.check(gpu.cuda().fill_words(middle_->data(), output_poison_bits,
                                    middle_->bytes() / int64_t{sizeof(float)}, stream_.handle()),
              "poisoning the depthwise result");
}

std::string CudnnExecution::plan_text() const {
    std::string text;
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
        const CudnnWay& way = choice_.ways[layer];
        text +=
            cat(layer > 0 ? "\n" : "", "cuDNN ", cudnn_.handle->version(), ": ", layers_[layer]->name(way),
                ", workspace ", bytes_text(static_cast<double>(way.workspace_bytes)));
    }
    for (const std::string& sentence : choice_.left_out) text += cat("\nleft out: ", sentence);
    return text;
}

}  // namespace convscope
