// `onednn`: the peer on the CPU.
#include <algorithm>
#include <chrono>

#include "core/text.h"
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/host_kernel.h"
#include "devices/cpu/onednn_pieces.h"

namespace convscope {
namespace {

using dnnl::memory;
using onednn::Layer;
using onednn::Primitive;

// N C (D) H W as our tensors have it.
memory::desc plain_layout(const memory::dims& sizes) {
    memory::dims strides(sizes.size());
    int64_t step = 1;
    for (size_t axis = sizes.size(); axis-- > 0;) {
        strides[axis] = step;
        step *= sizes[axis];
    }
    return {sizes, memory::data_type::f32, strides};
}

// A layer with its weights in oneDNN's layout and room for whatever else it wants.
class PreparedLayer {
  public:
    PreparedLayer(const Layer& layer, const Tensor& weights, const TensorPtr& bias, dnnl::stream& stream)
        : layer_(layer),
          made_(onednn::primitive_for(layer)),
          weights_(made_->weights, onednn::engine()),
          scratchpad_(made_->scratchpad, onednn::engine()) {
        memory ours({layer.weights, memory::data_type::f32, layer.weights_strides}, onednn::engine(),
                    const_cast<float*>(weights.values.data()));
        dnnl::reorder(ours, weights_).execute(stream, ours, weights_);
        if (layer.bias)
            bias_ = memory({{layer.output[1]}, memory::data_type::f32, memory::format_tag::a},
                           onednn::engine(), const_cast<float*>(bias->values.data()));
        stream.wait();
    }

    const memory::desc& input_layout() const { return made_->input; }
    const memory::desc& output_layout() const { return made_->output; }

    void execute(dnnl::stream& stream, const memory& input, const memory& output) const {
        std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, input},
                                                  {DNNL_ARG_WEIGHTS, weights_},
                                                  {DNNL_ARG_DST, output},
                                                  {DNNL_ARG_SCRATCHPAD, scratchpad_}};
        if (layer_.bias) arguments.emplace(DNNL_ARG_BIAS, bias_);
        made_->primitive.execute(stream, arguments);
    }

  private:
    Layer layer_;
    std::shared_ptr<const Primitive> made_;
    memory weights_, bias_, scratchpad_;
};

// A copy in another layout, made on demand and kept.
class Reordered {
  public:
    // `plain` itself where the layouts agree, else our memory in `wanted`.
    memory& in_layout(memory& plain, const memory::desc& wanted) {
        if (plain.get_desc() == wanted) return plain;
        if (!memory_) memory_ = memory(wanted, onednn::engine());
        return memory_;
    }

  private:
    memory memory_;
};

// How many images at a time: whole batches are cut so that cancelling takes effect within a second, and so that
// what a call leaves in the caches is there when its layout is changed.
int64_t images_at_a_time(const Problem& problem) {
    constexpr double flops_at_most = 2e10, elements_at_most = 1 << 22;
    const auto batch = double(problem.batch());
    const double flops = std::max(problem.flops() / batch, 1.0);
    const double elements =
        double(element_count(problem.input_shape()) + element_count(problem.output_shape())) / batch;
    const double most = std::min(flops_at_most / flops, elements_at_most / elements);
    int64_t images = std::clamp<int64_t>(int64_t(most), 1, problem.batch());
    while (problem.batch() % images != 0) --images;
    return images;
}

class OneDnn : public HostKernel {
  public:
    OneDnn(const Problem& problem, const Tensors& tensors, double longest_call_s)
        : tensors_(tensors),
          images_(images_at_a_time(problem)),
          batch_(problem.batch()),
          stream_(onednn::engine()),
          layers_{onednn::main_layer(problem, images_)} {
        if (problem.op() == Operator::separable_conv2d)
            layers_.push_back(onednn::pointwise_layer(problem, images_));
        // Creating a primitive is not preparing weights: only the reorders below are.
        double longest_s = 0;
        for (const Layer& layer : layers_) longest_s = std::max(longest_s, onednn::estimated_seconds(layer));
        if (longest_s > longest_call_s)
            for (const Layer& layer : layers_) cut_.emplace_back(layer, longest_call_s);
        const auto start = std::chrono::steady_clock::now();
        const TensorPtr weights[]{tensors.weights, tensors.pointwise};
        for (size_t i = 0; i < layers_.size(); ++i)
            if (cut_.empty())
                prepared_.emplace_back(layers_[i], *weights[i], tensors.bias, stream_);
            else
                cut_[i].prepare(stream_, *weights[i], tensors.bias);
        prepare_ms_ =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    }

    void compute(float* output, const CancelToken& cancel) override {
        try {
            compute_batch(output, cancel);
        } catch (const dnnl::error& error) {
            throw Error(ErrorKind::failed, cat("oneDNN failed: ", error.what()));
        }
    }

    double prepare_ms() const override { return prepare_ms_; }

  private:
    void compute_batch(float* output, const CancelToken& cancel) {
        const memory::desc from = plain_layout(layers_.front().input);
        const memory::desc to = plain_layout(layers_.back().output);
        const int64_t in_step = tensors_.input->elements() / batch_;
        const int64_t out_step = int64_t(to.get_size() / sizeof(float)) / images_;
        for (int64_t n = 0; n < batch_; n += images_) {
            cancel.check();
            const float* image = tensors_.input->values.data() + n * in_step;
            float* image_result = output + n * out_step;
            if (!cut_.empty()) {
                compute_pieces(image, image_result,
                               cancel.part(double(n) / double(batch_), double(n + images_) / double(batch_)));
                continue;
            }
            memory input(from, onednn::engine(), const_cast<float*>(image));
            memory result(to, onednn::engine(), image_result);
            compute_images(input, result);
            cancel.report(double(n + images_) / double(batch_));
        }
    }

    void compute_pieces(const float* input, float* result, const CancelToken& cancel) {
        if (cut_.size() == 1) return cut_[0].execute(stream_, input, result, cancel);
        if (!middle_) middle_ = memory(plain_layout(layers_[0].output), onednn::engine());
        auto* middle = static_cast<float*>(middle_.get_data_handle());
        const double first = double(cut_[0].pieces()) / double(cut_[0].pieces() + cut_[1].pieces());
        cut_[0].execute(stream_, input, middle, cancel.part(0, first));
        cut_[1].execute(stream_, middle, result, cancel.part(first, 1));
    }

    void compute_images(memory& input, memory& result) {
        memory& first_in = input_.in_layout(input, prepared_.front().input_layout());
        if (&first_in != &input) dnnl::reorder(input, first_in).execute(stream_, input, first_in);
        memory& last_out = output_.in_layout(result, prepared_.back().output_layout());
        if (prepared_.size() == 1) {
            prepared_[0].execute(stream_, first_in, last_out);
        } else {
            if (!middle_) middle_ = memory(prepared_[0].output_layout(), onednn::engine());
            prepared_[0].execute(stream_, first_in, middle_);
            memory& second_in = middle_reordered_.in_layout(middle_, prepared_[1].input_layout());
            if (&second_in != &middle_)
                dnnl::reorder(middle_, second_in).execute(stream_, middle_, second_in);
            prepared_[1].execute(stream_, second_in, last_out);
        }
        if (&last_out != &result) dnnl::reorder(last_out, result).execute(stream_, last_out, result);
        stream_.wait();
    }

    Tensors tensors_;
    int64_t images_, batch_;
    dnnl::stream stream_;
    std::vector<Layer> layers_;
    // One of the two has a layer's calls:
    std::vector<PreparedLayer> prepared_;
    std::vector<onednn::CutLayer> cut_;
    Reordered input_, middle_reordered_, output_;
    memory middle_;
    double prepare_ms_ = 0;
};

}  // namespace

std::string onednn_missing() {
    return {};
}

std::string onednn_version() {
    const dnnl_version_t* version = dnnl_version();
    return cat(version->major, ".", version->minor, ".", version->patch);
}

Support onednn_supports(const Problem& problem) {
    const auto fits = [](const Axes& axes) {
        return std::all_of(axes.begin(), axes.end(), [](int64_t v) { return v <= 1 << 20; });
    };
    if (!fits(problem.input()) || !fits(problem.output()) || !fits(problem.kernel_size()))
        return Support::no("oneDNN counts sizes in 32 bits; an axis here is beyond 1048576");
    for (int axis = 3 - problem.spatial_axes(); axis < 3; ++axis)
        if (problem.output_padding()[axis] >= problem.padding()[axis] + problem.stride()[axis])
            return Support::no(
                cat("oneDNN's deconvolution needs output_padding below padding + stride; along ",
                    axis_names[axis], " it is ", problem.output_padding()[axis], " with padding ",
                    problem.padding()[axis], " and stride ", problem.stride()[axis]));
    return Support::yes();
}

std::unique_ptr<HostKernel> make_onednn(const Problem& problem, const Tensors& tensors,
                                        double longest_call_s) {
    try {
        return std::make_unique<OneDnn>(problem, tensors, longest_call_s);
    } catch (const dnnl::error& error) {
        throw Error(ErrorKind::failed, cat("oneDNN could not prepare this convolution: ", error.what()));
    }
}

}  // namespace convscope
