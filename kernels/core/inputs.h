// Where tensors come from: counted random numbers, small integers, ramps, and the weight presets.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/tensor.h"

namespace convscope {

// Which tensor a random number is for: the generator's counter holds it, so that tensors differ.
enum class TensorRole : uint32_t { input = 0, weights = 1, pointwise = 2, bias = 3 };
const char* role_name(TensorRole role);

// Philox 4×32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC'11), keyed by the seed,
// counting (index, role). The same number on every machine and device.
uint32_t random_bits(uint64_t seed, TensorRole role, uint64_t index);
// Uniform in [0, 1), a multiple of 2⁻²⁴.
float random_unit(uint64_t seed, TensorRole role, uint64_t index);

// How a tensor of any shape is filled.
enum class Fill {
    random,
    integers,
    ramp,
    zeros,
    ones,
    impulse,
    identity,
    box,
    gaussian,
    sharpen,
    sobel_x,
    sobel_y,
    laplacian,
    emboss,
    gabor
};
struct FillFacts {
    Fill fill;
    const char* name;   // on the command line and in files
    const char* title;  // in the window
    bool for_input;     // offered for inputs
    bool for_weights;   // offered for weights
};
std::span<const FillFacts> fills();
const FillFacts& facts(Fill fill);
std::optional<Fill> fill_named(std::string_view name);

// How many products reach one output element, as PyTorch counts them for its first weights.
int64_t fan_in(const Problem& problem, TensorRole role);

// A tensor of `role` for the problem.
// random: input uniform in [0, 1); weights, pointwise and bias uniform in ±1/√(fan-in), as PyTorch starts.
// integers: −2…2, exact in float32 in any order of summation (see integers_are_exact).
// ramp: 0, 1, 2, … times 1/elements for inputs, plain 0, 1, 2, … where elements ≤ 1024.
// impulse: a single 1 in the middle of every plane.
// The named weight fills are one K_d×K_h×K_w pattern in every (out, in) pair of a per-channel operator,
// and the pattern divided by C_in/groups elsewhere, so that a picture keeps its brightness.
Tensor make_tensor(const Problem& problem, TensorRole role, Fill fill, uint64_t seed);

// All tensors that the problem needs: the input by `input_fill`, the weights by `weights_fill`,
// pointwise and bias random, or integers where the input is.
Tensors make_tensors(const Problem& problem, Fill input_fill, Fill weights_fill, uint64_t seed);

// Whether sums of the integers fill stay exact in float32: 4·taps below 2²⁴ (separable: both stages).
bool integers_are_exact(const Problem& problem);

}  // namespace convscope
