#include "experiment_tensors.h"

#include <algorithm>
#include <filesystem>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/files/npy.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope {
namespace {

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The mean of rows [y0, y1) and columns [x0, x1).
float mean(const float* plane, int64_t width, int64_t y0, int64_t y1, int64_t x0, int64_t x1) {
    double sum = 0;
    for (int64_t y = y0; y < y1; ++y)
        for (int64_t x = x0; x < x1; ++x) sum += plane[y * width + x];
    return static_cast<float>(sum / static_cast<double>((y1 - y0) * (x1 - x0)));
}

// One plane scaled to `rows` × `columns`.
void scale_plane(const float* from, int64_t height, int64_t width, float* to, int64_t rows, int64_t columns) {
    if (height == rows && width == columns) {
        std::copy_n(from, height * width, to);
        return;
    }
    for (int64_t y = 0; y < rows; ++y) {
        const int64_t y0 = y * height / rows, y1 = std::max(y0 + 1, (y + 1) * height / rows);
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t x0 = x * width / columns, x1 = std::max(x0 + 1, (x + 1) * width / columns);
            to[y * columns + x] = mean(from, width, y0, y1, x0, x1);
        }
    }
}

void average_channels(Tensor& image) {
    const int64_t channels = image.shape[1], plane = image.shape[2] * image.shape[3];
    for (int64_t i = 0; i < plane; ++i) {
        double sum = 0;
        for (int64_t c = 0; c < channels; ++c) sum += image.values[static_cast<size_t>(c * plane + i)];
        image.values[static_cast<size_t>(i)] = static_cast<float>(sum / static_cast<double>(channels));
    }
    image.shape[1] = 1;
    image.values.resize(static_cast<size_t>(plane));
}

Tensor typed(const Shape& shape, const std::vector<float>& values) {
    Tensor out(shape);
    std::copy(values.begin(), values.end(), out.values.begin());
    return out;
}

// From the values that were typed in, else from the fill.
TensorPtr made(const Problem& problem, TensorRole role, const WeightsSource& source, uint64_t seed) {
    if (source.values.empty()) return std::make_shared<Tensor>(make_tensor(problem, role, source.fill, seed));
    const Shape shape = role == TensorRole::weights ? problem.weights_shape() : problem.pointwise_shape();
    return std::make_shared<Tensor>(typed(shape, source.values));
}

Tensor constant(const Shape& shape, float value) {
    Tensor out(shape);
    std::fill(out.values.begin(), out.values.end(), value);
    return out;
}

}  // namespace

Tensor read_input_file(const std::string& path) {
    return ends_with(path, ".npy") ? read_input_npy(path) : read_image(path);
}

Tensor read_input_npy(const std::string& path) {
    Tensor tensor = read_npy(path);
    const size_t rank = tensor.shape.size();
    if (rank < 2 || rank > 5)
        fail_request(cat(path, " has ", rank, " axes; an input has 2 to 5 (H, W to N, C, D, H, W)"));
    while (tensor.shape.size() < 4) tensor.shape.insert(tensor.shape.begin(), 1);
    return tensor;
}

std::string resolved_path(const std::string& path) {
    constexpr std::string_view prefix = "assets/";
    std::error_code ignored;
    if (path.rfind(prefix, 0) != 0 || std::filesystem::exists(path, ignored)) return path;
    return asset_path(path.substr(prefix.size()));
}

Tensor image_as_input(const Tensor& image, const Problem& problem) {
    Tensor source = image;
    if (problem.in_channels() == 1 && source.shape[1] > 1) average_channels(source);
    const int64_t height = source.shape[2], width = source.shape[3], channels = source.shape[1];
    const Axes& to = problem.input();
    const int64_t plane = to[1] * to[2];
    Tensor out(problem.input_shape());
    // The first picture is scaled, the rest are copies of its planes.
    for (int64_t n = 0; n < problem.batch(); ++n)
        for (int64_t c = 0; c < problem.in_channels(); ++c)
            for (int64_t d = 0; d < to[0]; ++d) {
                float* place = out.values.data() + ((n * problem.in_channels() + c) * to[0] + d) * plane;
                if (n == 0 && d == 0 && c < channels)
                    scale_plane(source.values.data() + c * height * width, height, width, place, to[1],
                                to[2]);
                else
                    std::copy_n(out.values.data() + (c % channels) * to[0] * plane, plane, place);
            }
    return out;
}

void TensorMaker::remember(const std::string& path, TensorPtr file) {
    file_path_ = path;
    file_ = std::move(file);
}

TensorPtr TensorMaker::from_file(const InputSource& source, const Problem& problem) {
    if (file_path_ != source.path || !file_) {
        file_ = std::make_shared<Tensor>(read_input_file(resolved_path(source.path)));
        file_path_ = source.path;
    }
    if (source.kind == InputSource::Kind::image && file_->shape.size() == 4 && file_->shape[0] == 1) {
        if (file_->shape == problem.input_shape()) return file_;
        return std::make_shared<Tensor>(image_as_input(*file_, problem));
    }
    if (file_->shape != problem.input_shape())
        fail_request(cat(source.path, " has shape ", dims(file_->shape), "; ", problem.text(), " needs ",
                         dims(problem.input_shape())));
    return file_;
}

TensorPtr TensorMaker::input(const Experiment& e, const Problem& problem) {
    const bool same = last_input_ && last_source_ == e.source && last_seed_ == e.seed &&
                      last_input_->shape == problem.input_shape();
    if (same) return last_input_;
    last_input_.reset();
    switch (e.source.kind) {
        case InputSource::Kind::image:
        case InputSource::Kind::npy:
            last_input_ = from_file(e.source, problem);
            break;
        case InputSource::Kind::constant:
            last_input_ = std::make_shared<Tensor>(constant(problem.input_shape(), e.source.value));
            break;
        case InputSource::Kind::values:
            last_input_ = std::make_shared<Tensor>(typed(problem.input_shape(), e.source.values));
            break;
        case InputSource::Kind::fill:
            last_input_ =
                std::make_shared<Tensor>(make_tensor(problem, TensorRole::input, e.source.fill, e.seed));
            break;
    }
    last_source_ = e.source;
    last_seed_ = e.seed;
    return last_input_;
}

void require_weight_count(const WeightsSource& weights, const Problem& problem) {
    const int64_t needed = element_count(problem.weights_shape());
    const auto given = static_cast<int64_t>(weights.values.size());
    if (given > 0 && given != needed)
        fail_request(cat(needed, needed == 1 ? " weight is" : " weights are", " needed for ",
                         dims(problem.weights_shape()), "; ", given, given == 1 ? " is" : " are", " given"));
}

void require_typed_values(const Experiment& e, const Problem& problem) {
    require_weight_count(e.weights, problem);
    const Shape pointwise = problem.pointwise_shape();
    if (!pointwise.empty() && e.pointwise && !e.pointwise->values.empty()) {
        const auto given = static_cast<int64_t>(e.pointwise->values.size());
        if (given != element_count(pointwise))
            fail_request(cat(element_count(pointwise), " pointwise weights are needed for ", dims(pointwise),
                             "; ", given, given == 1 ? " is" : " are", " given"));
    }
    if (e.source.kind != InputSource::Kind::values) return;
    const auto given = static_cast<int64_t>(e.source.values.size());
    const Shape input = problem.input_shape();
    if (given != element_count(input))
        fail_request(cat("the input ", dims(input), " has ", element_count(input),
                         element_count(input) == 1 ? " element; " : " elements; ", given,
                         given == 1 ? " is" : " are", " given"));
}

Tensors TensorMaker::make(const Experiment& e, const Problem& problem, Tensors given) {
    require_typed_values(e, problem);
    const double elements = static_cast<double>(element_count(problem.input_shape())) +
                            static_cast<double>(element_count(problem.weights_shape()));
    const double bytes = elements * sizeof(float), available = available_host_bytes();
    if (bytes > available)
        fail_request(cat("the input and the weights need ", bytes_text(bytes), " of memory; ",
                         bytes_text(available), " are free"));
    Tensors out = std::move(given);
    if (!out.input) out.input = input(e, problem);
    if (!out.weights) out.weights = made(problem, TensorRole::weights, e.weights, e.seed);
    if (!out.pointwise && problem.op() == Operator::separable_conv2d)
        out.pointwise = made(problem, TensorRole::pointwise, pointwise_source(e), e.seed);
    if (!out.bias && problem.bias())
        out.bias = made(problem, TensorRole::bias, {.fill = bias_fill(e)}, e.seed);
    return out;
}

WeightsSource pointwise_source(const Experiment& e) {
    return e.pointwise.value_or(WeightsSource{.fill = e.weights.fill});
}

Fill bias_fill(const Experiment& e) {
    return e.weights.fill == Fill::integers ? Fill::integers : Fill::random;
}

}  // namespace convscope
