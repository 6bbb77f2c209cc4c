// A problem: an operator with every size and parameter fixed and validated. Every formula for sizes,
// FLOPs and bytes stands in problem.cpp and nowhere else.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/operator.h"

namespace convscope {

using Shape = std::vector<int64_t>;
using Axes = std::array<int64_t, 3>;  // depth, height, width; a 2D operator has depth 1
enum Axis : int { axis_depth = 0, axis_height = 1, axis_width = 2 };
extern const std::array<const char*, 3> axis_names;  // "depth", "height", "width"

// What somebody asked for; it may break rules.
struct ProblemSpec {
    Operator op = Operator::conv2d;
    int64_t batch = 1;
    int64_t in_channels = 1;
    std::optional<int64_t> out_channels;  // left out: C_in
    Axes input{1, 1, 1};
    Axes kernel_size{1, 1, 1};
    Axes stride{1, 1, 1};
    Axes padding{0, 0, 0};
    Axes dilation{1, 1, 1};
    Axes output_padding{0, 0, 0};   // transposed operators only
    std::optional<int64_t> groups;  // left out: C_in where the operator is per channel, else 1
    bool bias = false;

    bool operator==(const ProblemSpec&) const = default;
};

struct BrokenRule {
    std::string field;     // "stride.height", "groups", …: the names of the JSON fields, with the axis
    std::string sentence;  // with the numbers in it
};

// Every rule that the spec breaks, in the order of the fields; empty if it is a problem.
std::vector<BrokenRule> broken_rules(const ProblemSpec& spec);

// The largest value allowed for any one size or parameter. It keeps every product below in 128 bits.
inline constexpr int64_t largest_size = int64_t{1} << 40;

class Problem {
  public:
    // Throws Error(request) with the first broken rule's sentence.
    explicit Problem(const ProblemSpec& spec);

    const ProblemSpec& spec() const { return spec_; }
    Operator op() const { return spec_.op; }
    int64_t batch() const { return spec_.batch; }
    int64_t in_channels() const { return spec_.in_channels; }
    int64_t out_channels() const { return *spec_.out_channels; }
    int64_t groups() const { return *spec_.groups; }
    bool bias() const { return spec_.bias; }
    const Axes& input() const { return spec_.input; }
    const Axes& kernel_size() const { return spec_.kernel_size; }
    const Axes& stride() const { return spec_.stride; }
    const Axes& padding() const { return spec_.padding; }
    const Axes& dilation() const { return spec_.dilation; }
    const Axes& output_padding() const { return spec_.output_padding; }
    const Axes& output() const { return output_; }
    bool transposed() const { return facts(spec_.op).transposed; }
    int spatial_axes() const { return facts(spec_.op).spatial_axes; }

    int64_t in_channels_per_group() const { return in_channels() / groups(); }
    int64_t out_channels_per_group() const { return out_channels() / groups(); }

    // Shapes as files and PyTorch have them: (N, C, H, W) for 2D, (N, C, D, H, W) for 3D.
    Shape input_shape() const;
    Shape output_shape() const;
    // conv: (C_out, C_in/groups, K…); transposed: (C_in, C_out/groups, K…); separable: (C_in, 1, K_h, K_w).
    Shape weights_shape() const;
    Shape pointwise_shape() const;  // separable: (C_out, C_in, 1, 1); else empty
    Shape bias_shape() const;       // (C_out), or empty without a bias

    // Products that one interior output element sums (transposed: that one input element feeds, times
    // C_in/groups over C_out/groups); separable: depthwise taps plus pointwise products.
    int64_t nominal_taps_per_output() const;
    // 2 per tap of an unpadded interior, as the field counts; a bias is not counted.
    double flops() const;
    // Every tensor moved once.
    double minimal_bytes() const;

    // "conv2d 1×3×512×512 → 8, kernel 3×3, stride 1, …": what differs from the defaults.
    std::string text() const;
    bool operator==(const Problem& other) const { return spec_ == other.spec_; }

  private:
    ProblemSpec spec_;  // out_channels and groups are filled in
    Axes output_{};
};

// Output size along one axis (any axis of any operator); may be less than 1 where the spec is illegal.
// conv: ⌊(i + 2p − d(k−1) − 1)/s⌋ + 1; transposed: (i−1)s − 2p + d(k−1) + output_padding + 1
// (PyTorch's documentation of Conv2d and ConvTranspose2d).
int64_t output_size(const ProblemSpec& spec, int axis);
// The same formula with its numbers in it: "⌊(512 + 2·1 − 1·(3−1) − 1)/1⌋ + 1 = 512".
std::string output_size_formula(const ProblemSpec& spec, int axis);

// Number of elements of a shape; throws Error(request) where it is more than can be addressed.
int64_t element_count(const Shape& shape);

}  // namespace convscope
