#include "run/random_problem.h"

#include <algorithm>

#include "core/inputs.h"
#include "core/taps.h"

namespace convscope {
namespace {

constexpr double most_taps = 4e5;

// Draws one problem after another until one is legal and small.
class Draw {
  public:
    Draw(uint64_t seed, uint64_t index) : seed_(seed), next_(index << 20) {}

    int64_t between(int64_t low, int64_t high) {
        return low + int64_t(random_bits(seed_, TensorRole::input, next_++) % uint64_t(high - low + 1));
    }
    bool one_in(int64_t n) { return between(1, n) == 1; }

    ProblemSpec spec(std::optional<Operator> op) {
        ProblemSpec spec;
        spec.op = op.value_or(operators()[size_t(between(0, 5))].op);
        spec.batch = one_in(3) ? between(2, 3) : 1;
        channels(spec);
        const bool deep = facts(spec.op).spatial_axes == 3;
        for (int axis = deep ? 0 : 1; axis < 3; ++axis) along(spec, axis, deep ? 10 : 40);
        if (one_in(4)) make_special(spec, deep ? 0 : 1);
        spec.bias = one_in(2);
        return spec;
    }

  private:
    void channels(ProblemSpec& spec) {
        spec.in_channels = one_in(4) ? 1 : between(1, 9);
        if (spec.op == Operator::depthwise_conv2d) {
            spec.out_channels = spec.in_channels * between(1, 3);
            return;
        }
        spec.out_channels = one_in(6) ? between(16, 40) : between(1, 9);
        if (spec.op == Operator::separable_conv2d || one_in(2)) return;
        spec.groups = between(1, 4);
        spec.in_channels = *spec.groups * between(1, 4);
        spec.out_channels = *spec.groups * between(1, 4);
    }

    void along(ProblemSpec& spec, int axis, int64_t largest) {
        spec.input[axis] = one_in(8) ? 1 : one_in(6) ? between(largest, 2 * largest) : between(1, largest);
        spec.kernel_size[axis] = one_in(4) ? 1 : between(1, 5);
        spec.stride[axis] = one_in(2) ? 1 : between(1, 4);
        spec.padding[axis] = one_in(3) ? 0 : between(0, 5);
        spec.dilation[axis] = one_in(2) ? 1 : between(1, 3);
        if (facts(spec.op).transposed && one_in(2))
            spec.output_padding[axis] = between(0, std::max(spec.stride[axis], spec.dilation[axis]) - 1);
    }

    // What chance seldom draws and kernels treat apart: 1×1 windows that meet each pixel once (with one input
    // channel a single product, the sharpest test of its rounding), 3×3 windows of stride 1, and more output
    // channels than a tile of any kernel has.
    void make_special(ProblemSpec& spec, int first_axis) {
        const int64_t kind = between(1, 3);
        for (int axis = first_axis; axis < 3; ++axis) {
            if (kind == 3) {
                spec.input[axis] = std::min<int64_t>(spec.input[axis], first_axis == 0 ? 4 : 12);
                continue;
            }
            spec.kernel_size[axis] = kind == 1 ? 1 : 3;
            spec.stride[axis] = spec.dilation[axis] = 1;
            if (kind == 1) spec.padding[axis] = 0;
            spec.output_padding[axis] = 0;
        }
        if (kind == 3 && spec.op != Operator::depthwise_conv2d)
            spec.out_channels = spec.groups.value_or(1) * between(65, 150);
    }

    uint64_t seed_, next_;
};

}  // namespace

Problem random_problem(uint64_t seed, uint64_t index, std::optional<Operator> op) {
    Draw draw(seed, index);
    for (;;) {
        const ProblemSpec spec = draw.spec(op);
        if (!broken_rules(spec).empty()) continue;
        const Problem problem(spec);
        const double outputs = double(element_count(problem.output_shape()));
        if (exact_taps(problem) <= most_taps && outputs <= most_taps / 4) return problem;
    }
}

}  // namespace convscope
