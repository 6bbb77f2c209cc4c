#include "panels/view_caches.h"

#include <algorithm>

namespace convscope {
namespace {

constexpr size_t most_made = 4;  // each keeps the outputs that it is made from

bool same_tensors(const Tensors& a, const Tensors& b) {
    return a.input == b.input && a.weights == b.weights && a.pointwise == b.pointwise && a.bias == b.bias;
}

}  // namespace

TensorPtr ViewCaches::derived(const Key& key, const std::function<TensorPtr()>& make) {
    const auto found = std::ranges::find(made_, key, &Made::key);
    if (found != made_.end()) {
        std::rotate(made_.begin(), found, found + 1);
        return made_.front().picture;
    }
    made_.insert(made_.begin(), {key, make()});
    if (made_.size() > most_made) made_.pop_back();
    return made_.front().picture;
}

TensorPtr ViewCaches::stuffed(const Problem& problem, const TensorPtr& input, int64_t batch,
                              int64_t channel) {
    // Two problems may share an input: the grid's sizes tell their pictures apart.
    const Shape shape = channel_shape(stuffed_grid(problem).size);
    const auto make = [&] {
        const Axes& size = problem.input();
        const auto volume = static_cast<size_t>(size[0] * size[1] * size[2]);
        const float* start =
            input->values.data() + static_cast<size_t>(batch * problem.in_channels() + channel) * volume;
        return stuffed_picture(problem, {start, volume});
    };
    const Key key{OutputMode::value, input, nullptr, batch, channel};
    const TensorPtr kept = derived(key, make);
    if (kept->shape == shape) return kept;
    made_.erase(made_.begin());
    return derived(key, make);
}

TensorPtr ViewCaches::stamped(const Problem& problem, const Tensors& tensors, int64_t batch, int64_t channel,
                              int64_t count) {
    const bool same = stamps_ && stamps_->problem == problem && same_tensors(stamps_->tensors, tensors) &&
                      stamps_->batch == batch && stamps_->channel == channel;
    if (!same)
        stamps_.emplace(StampsEntry{problem, tensors, batch, channel, {problem, tensors, batch, channel}});
    return stamps_->stamps.after(count);
}

const Marks& ViewCaches::marks(size_t slot, const Problem& problem, const Tensors& tensors,
                               const ShownPlanes& planes, const Pin& focus, Method method) {
    auto& entry = marks_[slot];
    const bool same = entry && entry->focus == focus && entry->method == method && entry->planes == planes &&
                      entry->weights == tensors.weights && entry->pointwise == tensors.pointwise &&
                      entry->problem == problem;
    if (!same)
        entry.emplace(MarksEntry{problem, tensors.weights, tensors.pointwise, planes, focus, method,
                                 marks_of(problem, tensors, planes, focus, method)});
    return entry->marks;
}

const SumOfTerms& ViewCaches::sum(const Problem& problem, const Tensors& tensors, int64_t output) {
    // Separable asks for the whole and for its first stage in one frame: each has its place.
    auto& entry = sums_[problem.op() == Operator::depthwise_conv2d ? 1 : 0];
    const bool same = entry && entry->output == output && same_tensors(entry->tensors, tensors) &&
                      entry->problem == problem;
    if (!same) entry.emplace(SumEntry{problem, tensors, output, sum_of(problem, tensors, output)});
    return entry->sum;
}

}  // namespace convscope
