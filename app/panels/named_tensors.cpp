// Tensors by the names that commands carry.
#include <array>

#include "panels/state.h"

namespace convscope {

std::string view_name(ViewKind kind) {
    constexpr std::array names{"", "input", "weights", "pointwise", "middle", "output"};
    return names[static_cast<size_t>(kind)];
}

bool has_tensor(const State& state, const std::string& name) {
    if (!state.result) return false;
    const Tensors& tensors = state.result->tensors;
    if (name == "input") return tensors.input != nullptr;
    if (name == "weights") return tensors.weights != nullptr;
    if (name == "pointwise") return tensors.pointwise != nullptr;
    if (name == "bias") return tensors.bias != nullptr;
    if (name == "middle") return state.result->middle != nullptr;
    return name == "output" && state.shown && state.shown->output;
}

}  // namespace convscope
