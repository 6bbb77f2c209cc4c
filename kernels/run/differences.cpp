#include "run/differences.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <utility>

#include "core/tensor.h"
#include "devices/guarded_output.h"

namespace convscope {
namespace {

constexpr int64_t piece_elements = int64_t{1} << 20;
constexpr double infinite = std::numeric_limits<double>::infinity();

// The elements with the largest values so far.
class Largest {
  public:
    explicit Largest(size_t most) : most_(most) {}

    void add(double value, int64_t index) {
        elements_.emplace_back(value, index);
        std::push_heap(elements_.begin(), elements_.end(), std::greater<>());
        if (elements_.size() <= most_) return;
        std::pop_heap(elements_.begin(), elements_.end(), std::greater<>());
        elements_.pop_back();
        least_ = elements_.front().first;
    }
    double least() const { return least_; }
    const std::vector<std::pair<double, int64_t>>& elements() const { return elements_; }

  private:
    size_t most_;
    double least_ = 0;  // what a value must pass
    std::vector<std::pair<double, int64_t>> elements_;
};

// Elements [first, first + count) in host memory.
class Window {
  public:
    explicit Window(const OutputBuffer& output) : output_(output) {}
    const float* at(int64_t first, int64_t count) {
        if (output_.host()) return output_.host() + first;
        copy_.resize(size_t(count));
        output_.copy_to_host(first, copy_);
        return copy_.data();
    }

  private:
    const OutputBuffer& output_;
    std::vector<float> copy_;
};

double difference(float a, float b) {
    if (std::isnan(a) && std::isnan(b)) return 0;
    const double away = std::fabs(double(a) - double(b));
    return std::isnan(away) ? infinite : away;
}

}  // namespace

bool comparable(int64_t elements) {
    const double bytes = double(elements) * sizeof(float);
    return bytes <= most_compared_bytes && bytes <= available_host_bytes() / 2;
}

std::vector<int64_t> most_different(const OutputBuffer& a, const OutputBuffer& b, size_t most,
                                    const CancelToken& cancel) {
    Window window_a(a), window_b(b);
    Largest absolute(most), relative(most);
    for (int64_t first = 0; first < a.elements(); first += piece_elements) {
        cancel.check();
        cancel.report(double(first) / double(a.elements()));
        const int64_t count = std::min(piece_elements, a.elements() - first);
        const float *x = window_a.at(first, count), *y = window_b.at(first, count);
        for (int64_t i = 0; i < count; ++i) {
            if (x[i] == y[i]) continue;
            const double away = difference(x[i], y[i]);
            const double size = std::isinf(away) ? 1 : std::max(std::fabs(x[i]), std::fabs(y[i]));
            if (away > absolute.least()) absolute.add(away, first + i);
            if (away > relative.least() * size) relative.add(away / size, first + i);
        }
    }
    std::vector<int64_t> indices;
    for (const Largest* largest : {&absolute, &relative})
        for (const auto& [value, index] : largest->elements()) indices.push_back(index);
    std::sort(indices.begin(), indices.end());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    return indices;
}

int64_t first_difference(const OutputBuffer& a, const OutputBuffer& b, const CancelToken& cancel) {
    Window window_a(a), window_b(b);
    for (int64_t first = 0; first < a.elements(); first += piece_elements) {
        cancel.check();
        const int64_t count = std::min(piece_elements, a.elements() - first);
        const float *x = window_a.at(first, count), *y = window_b.at(first, count);
        if (std::memcmp(x, y, size_t(count) * sizeof(float)) == 0) continue;
        for (int64_t i = 0; i < count; ++i)
            if (std::bit_cast<uint32_t>(x[i]) != std::bit_cast<uint32_t>(y[i])) return first + i;
    }
    return -1;
}

OutputPtr on_host(const OutputPtr& output) {
    if (output->host()) return output;
    const auto copy = std::make_shared<GuardedOutput>(output->elements());
    output->copy_to_host(0, {copy->data(), size_t(copy->elements())});
    return copy;
}

}  // namespace convscope
