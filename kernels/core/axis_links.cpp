#include "core/axis_links.h"

#include <algorithm>
#include <numeric>

namespace convscope {
namespace {

int64_t floor_div(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}
int64_t ceil_div(int64_t a, int64_t b) {
    return -floor_div(-a, b);
}

// first, first + step, …: `count` numbers.
struct Steps {
    int64_t first = 0, step = 1, count = 0;
};
Steps each_between(int64_t first, int64_t last) {
    return {first, 1, std::max<int64_t>(0, last - first + 1)};
}

// far = near·stride + shift(k); see axis_links.h.
struct Relation {
    bool transposed;
    int64_t stride, padding, dilation, kernel_size, near_size, far_size;

    Relation(const Problem& problem, int axis)
        : transposed(problem.transposed()),
          stride(problem.stride()[axis]),
          padding(problem.padding()[axis]),
          dilation(problem.dilation()[axis]),
          kernel_size(problem.kernel_size()[axis]),
          near_size(transposed ? problem.input()[axis] : problem.output()[axis]),
          far_size(transposed ? problem.output()[axis] : problem.input()[axis]) {}

    int64_t shift(int64_t k) const { return k * dilation - padding; }
    int64_t far_of(int64_t near, int64_t k) const { return near * stride + shift(k); }
    int64_t stuffed_near_of(int64_t far, int64_t k) const { return far - shift(k); }  // near·stride

    // The kernel positions that lead from `near` to a far coordinate: 0 ≤ far < far_size, solved for k.
    Steps kernel_of_near(int64_t near) const {
        const int64_t window_begin = far_of(near, 0);
        return each_between(std::max<int64_t>(0, ceil_div(-window_begin, dilation)),
                            std::min(kernel_size - 1, floor_div(far_size - 1 - window_begin, dilation)));
    }

    // The kernel positions that lead from a near coordinate to `far`: 0 ≤ near·s ≤ (near_size − 1)·s, solved
    // for k. Those where s divides recur with the period s/gcd(s, d).
    Steps kernel_of_far(int64_t far) const {
        const int64_t window_end = stuffed_near_of(far, 0), most = (near_size - 1) * stride;
        const int64_t first = std::max<int64_t>(0, ceil_div(window_end - most, dilation));
        const int64_t last = std::min(kernel_size - 1, floor_div(window_end, dilation));
        const int64_t period = stride / std::gcd(stride, dilation);
        for (int64_t k = first; k <= last && k < first + period; ++k)
            if (stuffed_near_of(far, k) % stride == 0) return {k, period, (last - k) / period + 1};
        return {};
    }

    // The near coordinates that kernel position `k` leads to a far one: 0 ≤ far < far_size, solved for near.
    Steps near_of_weight(int64_t k) const {
        return each_between(std::max<int64_t>(0, ceil_div(-shift(k), stride)),
                            std::min(near_size - 1, floor_div(far_size - 1 - shift(k), stride)));
    }

    Steps kernel_of_output(int64_t out) const {
        return transposed ? kernel_of_far(out) : kernel_of_near(out);
    }
    Steps kernel_of_input(int64_t in) const { return transposed ? kernel_of_near(in) : kernel_of_far(in); }
};

// The places of the input's elements are its multiples.
int64_t input_spacing(const Problem& problem, int axis) {
    return problem.transposed() ? problem.stride()[axis] : 1;
}

// One link for each value of `steps`.
template <class LinkOf>
std::vector<AxisLink> listed(const Steps& steps, const LinkOf& link_of) {
    std::vector<AxisLink> links(static_cast<size_t>(steps.count));
    int64_t value = steps.first;
    for (AxisLink& link : links) {
        link = link_of(value);
        value += steps.step;
    }
    return links;
}

}  // namespace

int64_t stuffed_coordinate(const Problem& problem, int axis, int64_t out, int64_t k) {
    const Relation relation(problem, axis);
    return relation.transposed ? relation.stuffed_near_of(out, k) : relation.far_of(out, k);
}

std::optional<int64_t> input_coordinate(const Problem& problem, int axis, int64_t out, int64_t k) {
    const int64_t stuffed = stuffed_coordinate(problem, axis, out, k), spacing = input_spacing(problem, axis);
    if (stuffed < 0 || stuffed % spacing != 0 || stuffed / spacing >= problem.input()[axis])
        return std::nullopt;
    return stuffed / spacing;
}

std::vector<WindowCell> window_cells(const Problem& problem, int axis, int64_t out) {
    using Kind = WindowCell::Kind;
    const int64_t spacing = input_spacing(problem, axis);
    std::vector<WindowCell> cells;
    cells.reserve(static_cast<size_t>(problem.kernel_size()[axis]));
    for (int64_t k = 0; k < problem.kernel_size()[axis]; ++k) {
        const int64_t stuffed = stuffed_coordinate(problem, axis, out, k);
        const bool read = input_coordinate(problem, axis, out, k).has_value();
        const Kind kind = read ? Kind::input : stuffed % spacing == 0 ? Kind::padding : Kind::between;
        cells.push_back({k, floor_div(stuffed, spacing), kind});
    }
    return cells;
}

std::vector<AxisLink> axis_links_of_output(const Problem& problem, int axis, int64_t out) {
    const int64_t spacing = input_spacing(problem, axis);
    return listed(Relation(problem, axis).kernel_of_output(out), [&](int64_t k) {
        return AxisLink{out, k, stuffed_coordinate(problem, axis, out, k) / spacing};
    });
}

std::vector<AxisLink> axis_links_of_input(const Problem& problem, int axis, int64_t in) {
    const Relation relation(problem, axis);
    return listed(relation.kernel_of_input(in), [&](int64_t k) {
        return AxisLink{
            relation.transposed ? relation.far_of(in, k) : relation.stuffed_near_of(in, k) / relation.stride,
            k, in};
    });
}

std::vector<AxisLink> axis_links_of_weight(const Problem& problem, int axis, int64_t k) {
    const Relation relation(problem, axis);
    return listed(relation.near_of_weight(k), [&](int64_t near) {
        const int64_t far = relation.far_of(near, k);
        return relation.transposed ? AxisLink{far, k, near} : AxisLink{near, k, far};
    });
}

int64_t axis_taps(const Problem& problem, int axis, int64_t out) {
    return Relation(problem, axis).kernel_of_output(out).count;
}

int64_t axis_link_count_of_input(const Problem& problem, int axis, int64_t in) {
    return Relation(problem, axis).kernel_of_input(in).count;
}

int64_t axis_link_count_of_weight(const Problem& problem, int axis, int64_t k) {
    return Relation(problem, axis).near_of_weight(k).count;
}

int64_t axis_taps_total(const Problem& problem, int axis) {
    int64_t total = 0;
    for (int64_t k = 0; k < problem.kernel_size()[axis]; ++k)
        total += axis_link_count_of_weight(problem, axis, k);
    return total;
}

}  // namespace convscope
