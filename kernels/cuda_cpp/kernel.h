// What a kernel file gives: facts about the kernel (info), the problems it can do (supports), and the
// launches that do one (plan). One struct each for what, how and why; all of them print themselves.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error_model.h"
#include "core/errors.h"
#include "core/problem.h"

namespace convscope {

struct KernelInfo {
    Operator op;
    const char* name;
    const char* idea;       // two or three sentences
    const char* traffic;    // what it moves through global memory
    const char* wins_when;  // where it is the right choice
    ErrorModel error = {};
    bool repeatable = true;        // running twice gives bitwise the same output
    bool mixes_taps = false;       // adds products that are no taps of the output (zeros in the padding, or what
                                   // cancels): a value that is not finite may spoil outputs it is no tap of
    const char* source_file = "";  // below kernels/
};

struct Dim3 {
    unsigned x = 1, y = 1, z = 1;
    int64_t count() const { return int64_t{x} * y * z; }
    bool operator==(const Dim3&) const = default;
};

// The arrays that a step's pointers stand for. They get their addresses at launch time.
enum class BufferRole { input, weights, pointwise, bias, output, scratch };
struct BufferRef {
    BufferRole role;
    int scratch_index = 0;
};
namespace buffer {
inline constexpr BufferRef input{BufferRole::input}, weights{BufferRole::weights},
    pointwise{BufferRole::pointwise}, bias{BufferRole::bias}, output{BufferRole::output};
constexpr BufferRef scratch(int index) {
    return {BufferRole::scratch, index};
}
}  // namespace buffer

// Calls a kernel's text as a plain function, for the simulator: arguments[i] points to argument i, as in
// cudaLaunchKernel.
using Trampoline = void (*)(const void* function, void** arguments);

// One launch.
struct Step {
    std::string label;   // "conv2d naive": in profiles, timings and error messages
    std::string reason;  // why this grid and block
    const void* function = nullptr;
    Trampoline call = nullptr;
    Dim3 grid;
    Dim3 block;
    size_t shared_bytes = 0;         // dynamic shared memory
    std::vector<std::byte> sizes;    // the kernel's first argument
    std::vector<BufferRef> buffers;  // the pointers that follow, in order
    bool prepares_weights = false;   // timed apart
};

struct Scratch {
    std::string name;
    int64_t bytes = 0;
};

// A scratch array of floats. A product beyond 64 bits stays at their end, which fits nowhere, so that no size
// wraps to one that does.
Scratch float_scratch(std::string name, std::initializer_list<int64_t> sizes);

struct LaunchPlan {
    std::vector<Step> steps;
    std::vector<Scratch> scratch;
    std::string text() const;  // one line a step
    // Of all scratch arrays together. Throws Error(request) where the plan's own sum went beyond 64 bits.
    double scratch_bytes() const;
};

struct LaunchShape {
    Dim3 grid;
    Dim3 block;
    size_t shared_bytes = 0;
};

// A step that launches `kernel(sizes, pointers…)`; `buffers` names the pointers in the kernel's order.
template <class Sizes, class... Pointer, class... Ref>
Step make_step(std::string label, std::string reason, void (*kernel)(Sizes, Pointer*...),
               const LaunchShape& shape, const Sizes& sizes, Ref... buffers) {
    static_assert(sizeof...(Pointer) == sizeof...(Ref), "name one buffer for each pointer of the kernel");
    static_assert(std::is_trivially_copyable_v<Sizes>, "a kernel's sizes are copied to the device");
    Step step;
    step.label = std::move(label);
    step.reason = std::move(reason);
    step.function = reinterpret_cast<const void*>(kernel);
    step.call = [](const void* function, void** arguments) {
        auto* text = reinterpret_cast<void (*)(Sizes, Pointer * ...)>(const_cast<void*>(function));
        [&]<size_t... I>(std::index_sequence<I...>) {
            text(*static_cast<Sizes*>(arguments[0]), *static_cast<Pointer**>(arguments[I + 1])...);
        }
        (std::index_sequence_for<Pointer...>{});
    };
    step.grid = shape.grid;
    step.block = shape.block;
    step.shared_bytes = shape.shared_bytes;
    step.sizes.resize(sizeof(Sizes));
    std::memcpy(step.sizes.data(), &sizes, sizeof(Sizes));
    step.buffers = {buffers...};
    return step;
}

// A row of a kernel table.
struct KernelEntry {
    KernelInfo info;
    Support (*supports)(const Problem&);
    LaunchPlan (*plan)(const Problem&);
};

// What the shared object of one module exports, under the name `convscope_kernel_module`.
struct KernelModule {
    int layout = 0;                    // kernel_module_layout of the headers it was compiled with
    const char* compiler = "";         // "nvcc 13.0", "g++ 12.2", "g++ 12.2, traced"
    std::vector<KernelEntry> kernels;  // all operators, each in teaching order
};
inline constexpr int kernel_module_layout = 2;
inline constexpr const char* kernel_module_symbol = "convscope_kernel_module";
using KernelModuleFunction = const KernelModule* (*)();

}  // namespace convscope
