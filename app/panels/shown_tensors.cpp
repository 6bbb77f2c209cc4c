// The tensors behind the three views.
#include "panels/state.h"

namespace convscope {

gl::TensorRef shown_input(const State& state) {
    if (!state.result || !state.result->tensors.input) return {};
    return {.tensor = state.result->tensors.input, .shape = state.result->problem.input_shape()};
}

gl::TensorRef shown_weights(const State& state) {
    if (!state.result || !state.result->tensors.weights) return {};
    return {.tensor = state.result->tensors.weights, .shape = state.result->problem.weights_shape()};
}

gl::TensorRef shown_output(const State& state) {
    if (!state.shown || !state.shown->output) return {};
    gl::TensorRef out{.output = state.shown->output, .shape = state.result->problem.output_shape()};
    for (const auto& device : state.devices->present)
        if (device->name() == state.shown->choice.device) out.device = device;
    return out;
}

}  // namespace convscope
