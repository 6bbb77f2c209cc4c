#include "core/problem.h"

#include <algorithm>
#include <limits>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {

const std::array<const char*, 3> axis_names{"depth", "height", "width"};

namespace {

__extension__ using Wide = __int128;

int first_axis(Operator op) {
    return 3 - facts(op).spatial_axes;
}

// "height" in 2D and 3D alike; the field carries the axis so that a form can mark the right number.
std::string field_of(const char* name, int axis) {
    return cat(name, ".", axis_names[axis]);
}

struct Rules {
    const ProblemSpec& spec;
    std::vector<BrokenRule> broken{};

    void add(std::string field, std::string sentence) {
        broken.push_back({std::move(field), std::move(sentence)});
    }

    void in_range(const std::string& field, const std::string& what, int64_t value, int64_t least) {
        if (value < least)
            add(field, cat(what, " must be at least ", least, "; it is ", value));
        else if (value > largest_size)
            add(field, cat(what, " must be at most ", largest_size, "; it is ", value));
    }

    void axes(const char* name, const char* title, const Axes& values, int64_t least, int64_t absent) {
        for (int axis = 0; axis < 3; ++axis) {
            if (axis >= first_axis(spec.op))
                in_range(field_of(name, axis), cat(title, " (", axis_names[axis], ")"), values[axis], least);
            else if (values[axis] != absent)
                add(field_of(name, axis), cat(facts(spec.op).name, " has no depth axis: its ", title,
                                              " along depth must be ", absent, "; it is ", values[axis]));
        }
    }

    void sizes() {
        in_range("batch", "batch size N", spec.batch, 1);
        in_range("in_channels", "C_in", spec.in_channels, 1);
        if (spec.out_channels) in_range("out_channels", "C_out", *spec.out_channels, 1);
        axes("input", "input size", spec.input, 1, 1);
        axes("kernel_size", "kernel size", spec.kernel_size, 1, 1);
        axes("stride", "stride", spec.stride, 1, 1);
        axes("padding", "padding", spec.padding, 0, 0);
        axes("dilation", "dilation", spec.dilation, 1, 1);
        axes("output_padding", "output_padding", spec.output_padding, 0, 0);
        if (spec.groups) in_range("groups", "groups", *spec.groups, 1);
    }

    void output_padding() {
        for (int axis = first_axis(spec.op); axis < 3; ++axis) {
            const int64_t value = spec.output_padding[axis];
            if (value == 0) continue;
            if (!facts(spec.op).transposed)
                add(field_of("output_padding", axis),
                    cat("output_padding exists for transposed operators only; ", facts(spec.op).name, " has ",
                        value, " (", axis_names[axis], ")"));
            else if (value >= std::max(spec.stride[axis], spec.dilation[axis]))
                add(field_of("output_padding", axis),
                    cat("output_padding (", axis_names[axis], ") must be smaller than stride = ",
                        spec.stride[axis], " or dilation = ", spec.dilation[axis], "; it is ", value));
        }
    }

    void channels();
    void outputs();
    void addressable();
};

// The first divisors of `value`, for a sentence that says what would do.
std::string divisors_text(int64_t value) {
    std::vector<std::string> low, high;
    for (int64_t d = 1; d * d <= value && low.size() < 6; ++d)
        if (value % d == 0) {
            low.push_back(std::to_string(d));
            if (d != value / d) high.insert(high.begin(), std::to_string(value / d));
        }
    if (low.size() + high.size() > 8) return joined({low.begin(), low.end()}, ", ") + ", … are";
    low.insert(low.end(), high.begin(), high.end());
    return joined(low, ", ") + (low.size() == 1 ? " is" : " are");
}

void Rules::channels() {
    const int64_t in = spec.in_channels, out = spec.out_channels.value_or(in);
    const char* name = facts(spec.op).name;
    if (facts(spec.op).per_channel) {
        if (spec.groups && *spec.groups != in)
            add("groups", cat(name, " has groups = C_in = ", in, "; it is ", *spec.groups));
        if (spec.op == Operator::depthwise_conv2d && out % in != 0)
            add("out_channels",
                cat("C_out must be a multiple of C_in = ", in, " in ", name, "; it is ", out));
        return;
    }
    const int64_t groups = spec.groups.value_or(1);
    if (in % groups != 0)
        add("groups", cat("C_in = ", in, " is not divisible by groups = ", groups, "; ", divisors_text(in)));
    if (out % groups != 0)
        add("groups",
            cat("C_out = ", out, " is not divisible by groups = ", groups, "; ", divisors_text(out)));
}

void Rules::outputs() {
    for (int axis = first_axis(spec.op); axis < 3; ++axis) {
        if (output_size(spec, axis) >= 1) continue;
        const Wide exact = Wide{spec.dilation[axis]} * (spec.kernel_size[axis] - 1) + 1;
        const auto span = static_cast<int64_t>(std::min<Wide>(exact, Wide{1} << 62));
        if (facts(spec.op).transposed)
            add(field_of("padding", axis), cat("the output has no ", axis_names[axis], ": ",
                                               output_size_formula(spec, axis), "; at least 1 is needed"));
        else
            add(field_of("kernel_size", axis),
                cat("the kernel spans ", span, " (dilation ", spec.dilation[axis], " × (",
                    spec.kernel_size[axis], " − 1) + 1) but the padded input has ",
                    spec.input[axis] + 2 * spec.padding[axis], " along ", axis_names[axis],
                    "; it must not be larger"));
    }
}

void Rules::addressable() {
    // In long double, because the product of five factors passes 128 bits.
    const int64_t most = std::numeric_limits<int64_t>::max() / 8;
    Axes output{1, 1, 1};
    for (int axis = 0; axis < 3; ++axis) output[axis] = output_size(spec, axis);
    const int64_t out = spec.out_channels.value_or(spec.in_channels);
    const auto check = [&](const char* tensor, Wide rest, const Axes& axes) {
        const long double elements = static_cast<long double>(rest) * axes[0] * axes[1] * axes[2];
        if (elements > static_cast<long double>(most))
            add("input",
                cat("the ", tensor, " would have ", number_text(static_cast<double>(elements)),
                    " elements; at most ", number_text(static_cast<double>(most)), " can be addressed"));
    };
    check("input", Wide{spec.batch} * spec.in_channels, spec.input);
    check("output", Wide{spec.batch} * out, output);
    check("weights", Wide{spec.in_channels} * out, spec.kernel_size);
}

Shape with_axes(Shape front, const Axes& axes, int spatial_axes) {
    front.insert(front.end(), axes.end() - spatial_axes, axes.end());
    return front;
}

}  // namespace

std::vector<BrokenRule> broken_rules(const ProblemSpec& spec) {
    Rules rules{spec};
    rules.sizes();
    if (!rules.broken.empty()) return rules.broken;
    rules.channels();
    rules.output_padding();
    rules.outputs();
    if (rules.broken.empty()) rules.addressable();
    return rules.broken;
}

int64_t output_size(const ProblemSpec& s, int axis) {
    if (axis < first_axis(s.op)) return 1;
    if (s.stride[axis] < 1) return 0;  // a spec may hold anything that somebody typed
    const Wide reach = Wide{s.dilation[axis]} * (Wide{s.kernel_size[axis]} - 1);
    Wide size = 0;
    if (facts(s.op).transposed) {
        size = (Wide{s.input[axis]} - 1) * s.stride[axis] - 2 * Wide{s.padding[axis]} + reach +
               s.output_padding[axis] + 1;
    } else {
        const Wide room = Wide{s.input[axis]} + 2 * Wide{s.padding[axis]} - reach - 1;
        size = room < 0 ? 0 : room / s.stride[axis] + 1;
    }
    constexpr Wide most = Wide{1} << 62;
    return static_cast<int64_t>(std::clamp<Wide>(size, -most, most));
}

std::string output_size_formula(const ProblemSpec& s, int axis) {
    const auto taps = cat(s.dilation[axis], "·(", s.kernel_size[axis], " − 1)");
    const auto size = s.stride[axis] < 1 ? std::string("?") : cat(output_size(s, axis));
    if (facts(s.op).transposed)
        return cat("(", s.input[axis], " − 1)·", s.stride[axis], " − 2·", s.padding[axis], " + ", taps, " + ",
                   s.output_padding[axis], " + 1 = ", size);
    return cat("⌊(", s.input[axis], " + 2·", s.padding[axis], " − ", taps, " − 1)/", s.stride[axis],
               "⌋ + 1 = ", size);
}

Problem::Problem(const ProblemSpec& spec) : spec_(spec) {
    const std::vector<BrokenRule> broken = broken_rules(spec);
    if (!broken.empty()) fail_request(broken.front().sentence);
    if (!spec_.out_channels) spec_.out_channels = spec_.in_channels;
    if (!spec_.groups) spec_.groups = facts(spec_.op).per_channel ? spec_.in_channels : 1;
    for (int axis = 0; axis < 3; ++axis) output_[axis] = output_size(spec_, axis);
}

Shape Problem::input_shape() const {
    return with_axes({batch(), in_channels()}, input(), spatial_axes());
}

Shape Problem::output_shape() const {
    return with_axes({batch(), out_channels()}, output(), spatial_axes());
}

Shape Problem::weights_shape() const {
    if (op() == Operator::separable_conv2d) return with_axes({in_channels(), 1}, kernel_size(), 2);
    if (transposed())
        return with_axes({in_channels(), out_channels_per_group()}, kernel_size(), spatial_axes());
    return with_axes({out_channels(), in_channels_per_group()}, kernel_size(), spatial_axes());
}

Shape Problem::pointwise_shape() const {
    if (op() != Operator::separable_conv2d) return {};
    return {out_channels(), in_channels(), 1, 1};
}

Shape Problem::bias_shape() const {
    return bias() ? Shape{out_channels()} : Shape{};
}

int64_t Problem::nominal_taps_per_output() const {
    const int64_t kernel_volume = kernel_size()[0] * kernel_size()[1] * kernel_size()[2];
    if (op() == Operator::separable_conv2d) return in_channels() * (kernel_volume + 1);
    return in_channels_per_group() * kernel_volume;
}

double Problem::flops() const {
    const auto product = [](const Axes& axes) { return double(axes[0]) * double(axes[1]) * double(axes[2]); };
    const double n = double(batch()), kernel_volume = product(kernel_size());
    const double in = n * double(in_channels()) * product(input());
    const double out = n * double(out_channels()) * product(output());
    if (op() == Operator::separable_conv2d) {
        const double middle = n * double(in_channels()) * product(output());
        return 2 * (middle * kernel_volume + out * double(in_channels()));
    }
    if (transposed()) return 2 * in * double(out_channels_per_group()) * kernel_volume;
    return 2 * out * double(in_channels_per_group()) * kernel_volume;
}

double Problem::minimal_bytes() const {
    double elements = 0;
    for (const Shape& shape :
         {input_shape(), weights_shape(), pointwise_shape(), bias_shape(), output_shape()})
        if (!shape.empty()) elements += double(element_count(shape));
    return 4 * elements;
}

std::string Problem::text() const {
    const int first = 3 - spatial_axes();
    const auto axes_text = [&](const Axes& axes) {
        const bool equal =
            std::all_of(axes.begin() + first, axes.end(), [&](int64_t v) { return v == axes[2]; });
        return equal ? std::to_string(axes[2]) : dims(Shape(axes.begin() + first, axes.end()));
    };
    std::string out = cat(facts(op()).name, " ", dims(input_shape()), " → ", out_channels(), ", kernel ",
                          dims(Shape(kernel_size().begin() + first, kernel_size().end())));
    const auto add = [&](const char* name, const Axes& axes, int64_t usual) {
        for (int axis = first; axis < 3; ++axis)
            if (axes[axis] != usual) {
                out += cat(", ", name, " ", axes_text(axes));
                return;
            }
    };
    add("stride", stride(), 1);
    add("padding", padding(), 0);
    add("dilation", dilation(), 1);
    add("output_padding", output_padding(), 0);
    if (groups() != (facts(op()).per_channel ? in_channels() : 1)) out += cat(", groups ", groups());
    if (bias()) out += ", bias";
    return out;
}

int64_t element_count(const Shape& shape) {
    Wide count = 1;
    for (const int64_t size : shape) {
        if (size < 0) fail_request(cat("a tensor of shape ", dims(shape), " has a negative size"));
        count *= size;
        if (count > std::numeric_limits<int64_t>::max() / 8)
            fail_request(
                cat("a tensor of shape ", dims(shape), " cannot be addressed: it has too many elements"));
    }
    return static_cast<int64_t>(count);
}

}  // namespace convscope
