#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/errors.h"
#include "core/text.h"
#include "export/python_parts.h"
#include "export/python_text.h"

namespace convscope {
namespace {

// What can be typed in is written out; more numbers than a person reads are computed.
constexpr int64_t most_written = most_typed_inputs, most_typed = most_typed_weights;

constexpr const char* random_bits_text = R"py(def random_bits(seed, role, count):
    """The first word of Philox 4x32-10 (Salmon et al., 2011), keyed by the seed, counting (index, role)."""
    low = 0xFFFFFFFF
    index = torch.arange(count)
    a, b, c, d = index & low, index >> 32, torch.full_like(index, role), torch.zeros_like(index)
    key_a, key_b = seed & low, seed >> 32
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32 & low) ^ b ^ key_a, q & low, (p >> 32 & low) ^ d ^ key_b, p & low
        key_a, key_b = key_a + 0x9E3779B9 & low, key_b + 0xBB67AE85 & low
    return a
)py";

constexpr const char* uniform_text = R"py(def uniform(seed, role, count):
    """In [0, 1), multiples of 2**-24."""
    return (random_bits(seed, role, count) >> 8).float() * 2.0**-24
)py";

char name_of(TensorRole role) {
    return "xwpb"[static_cast<size_t>(role)];
}

Shape shape_of(const Problem& problem, TensorRole role) {
    if (role == TensorRole::weights) return problem.weights_shape();
    return role == TensorRole::pointwise ? problem.pointwise_shape() : problem.bias_shape();
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// Of the tensor's windows, which lie behind its first two axes, the first, where all are like it.
std::span<const float> repeated_window(const Shape& shape, std::span<const float> values) {
    if (shape.size() < 4) return values;
    const auto window = values.size() / static_cast<size_t>(shape[0] * shape[1]);
    for (size_t at = window; at < values.size(); at += window)
        if (!same_bits(values.first(window), values.subspan(at, window))) return values;
    return values.first(window);
}

// "[:, :, 1, 1]"
std::string place_in_window(const Shape& shape, size_t index) {
    std::string out;
    for (size_t axis = shape.size(); axis-- > 2;) {
        out = cat(", ", index % static_cast<size_t>(shape[axis]), out);
        index /= static_cast<size_t>(shape[axis]);
    }
    return "[:, :" + out + "]";
}

std::string filled(const Shape& shape, float value) {
    if (value == 1) return "torch.ones" + python_tuple(shape);
    if (value == 0 && !std::signbit(value)) return "torch.zeros" + python_tuple(shape);
    return cat("torch.full(", python_tuple(shape), ", ", python_number(value), ")");
}

// All equal, or almost all 0 in a large window: such tensors need few words, whatever their size.
bool add_plain(std::string& body, char name, const Shape& shape, std::span<const float> values,
               std::span<const float> window) {
    const float first = values.front();
    if (std::ranges::all_of(values, [&](const float& v) { return same_bits({&v, 1}, {&first, 1}); })) {
        body += cat(name, " = ", filled(shape, first), "\n");
        return true;
    }
    const auto zero = [](float v) { return v == 0 && !std::signbit(v); };
    const auto others = static_cast<int64_t>(window.size()) - std::ranges::count_if(window, zero);
    if (shape.size() < 4 || static_cast<int64_t>(window.size()) <= most_written || others > 16) return false;
    body += cat(name, " = torch.zeros", python_tuple(shape), "\n");
    for (size_t i = 0; i < window.size(); ++i)
        if (!zero(window[i]))
            body += cat(name, place_in_window(shape, i), " = ", python_number(window[i]), "\n");
    return true;
}

void add_values(std::string& body, char name, const Shape& shape, std::span<const float> values) {
    const std::span<const float> window = repeated_window(shape, values);
    if (add_plain(body, name, shape, values, window)) return;
    if (static_cast<int64_t>(window.size()) > most_typed)
        fail_request(cat("the tensor ", name, " has ", window.size(),
                         " values of its own; a script holds at most ", most_typed));
    if (window.size() == values.size()) {
        body += cat(name, " = ", python_tensor(shape, values), "\n");
        return;
    }
    Shape one = shape;
    one[0] = one[1] = 1;
    body += cat(name, " = ", python_tensor(one, window), ".repeat(", shape[0], ", ", shape[1],
                shape.size() == 5 ? ", 1, 1, 1)\n" : ", 1, 1)\n");
}

bool is_counted(Fill fill) {
    return fill == Fill::random || fill == Fill::integers || fill == Fill::ramp;
}

// Every output channel shows one input channel.
void add_identity(std::string& body, const Problem& problem) {
    const int64_t in = problem.in_channels(), out = problem.out_channels();
    body += cat("p = torch.eye(", in, ")");
    if (out > in) body += cat(".repeat(", (out + in - 1) / in, ", 1)");
    if (out % in != 0) body += cat("[:", out, "]");
    body += cat(".reshape", python_tuple(problem.pointwise_shape()), "\n");
}

void add_counted(PythonScript& script, char name, const Problem& problem, TensorRole role, Fill fill,
                 uint64_t seed, const Shape& shape) {
    const int64_t count = element_count(shape);
    const std::string arguments = cat("(", seed, ", ", static_cast<int>(role), ", ", count, ")");
    std::string value;
    if (fill == Fill::ramp) {
        value = cat("torch.arange(", count, ").float()");
        if (count > 1024)
            value = cat("(", value, " * ", python_number(1.0f / static_cast<float>(count)), ")");
    } else if (fill == Fill::integers) {
        script.functions.insert(random_bits_text);
        value = cat("(random_bits", arguments, " % 5 - 2).float()");
    } else {
        script.functions.insert({random_bits_text, uniform_text});
        value = "uniform" + arguments;
        if (role != TensorRole::input) {
            script.imports.insert("import math");
            value = cat("((2 * ", value, ".double() - 1) * (1 / math.sqrt(", fan_in(problem, role),
                        "))).float()");
        }
    }
    script.body += cat(name, " = ", value, ".reshape", python_tuple(shape), "\n");
}

}  // namespace

void add_weights(PythonScript& script, const WeightsSource& source, const Problem& problem, TensorRole role,
                 uint64_t seed) {
    const Shape shape = shape_of(problem, role);
    const char name = name_of(role);
    if (!source.values.empty()) return add_values(script.body, name, shape, source.values);
    // What is offered for inputs only fills weights with random numbers.
    const Fill fill = facts(source.fill).for_weights ? source.fill : Fill::random;
    const bool pattern = !facts(fill).for_input;
    if (pattern && role == TensorRole::pointwise) return add_identity(script.body, problem);
    if (is_counted(fill) && element_count(shape) > most_written)
        return add_counted(script, name, problem, role, fill, seed, shape);
    const Tensor tensor = make_tensor(problem, role, fill, seed);
    add_values(script.body, name, shape, tensor.values);
}

void add_input(PythonScript& script, const Experiment& e, const Problem& problem) {
    const InputSource& source = e.source;
    const Shape shape = problem.input_shape();
    if (source.kind == InputSource::Kind::image || source.kind == InputSource::Kind::npy)
        return add_file_input(script, source, problem);
    if (source.kind == InputSource::Kind::constant) {
        script.body += cat("x = ", filled(shape, source.value), "\n");
        return;
    }
    if (source.kind == InputSource::Kind::values) {
        script.body += cat("x = ", python_tensor(shape, source.values), "\n");
        return;
    }
    const Fill fill = facts(source.fill).for_input ? source.fill : Fill::random;
    if (fill == Fill::zeros || fill == Fill::ones) {
        script.body += cat("x = ", filled(shape, fill == Fill::ones ? 1.0f : 0.0f), "\n");
    } else if (fill == Fill::impulse) {
        std::string centre;
        for (int axis = 3 - problem.spatial_axes(); axis < 3; ++axis)
            centre += cat(", ", problem.input()[static_cast<size_t>(axis)] / 2);
        script.body += cat("x = torch.zeros", python_tuple(shape), "\nx[:, :", centre, "] = 1\n");
    } else if (element_count(shape) > most_written || fill == Fill::ramp) {
        add_counted(script, 'x', problem, TensorRole::input, fill, e.seed, shape);
    } else {
        const Tensor tensor = make_tensor(problem, TensorRole::input, fill, e.seed);
        script.body += cat("x = ", python_tensor(shape, tensor.values), "\n");
    }
}

}  // namespace convscope
