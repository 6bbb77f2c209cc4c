// A module for tests of devices: conv2d kernels whose plans ask for scratch memory, sensibly and not.
#include "cuda_cpp/compiler_name.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope {
namespace {

struct Count {
    int64_t elements;
};

__global__ void fill(Count count, float* scratch) {
    const int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i < count.elements) scratch[i] = 3;
}

__global__ void copy(Count count, const float* scratch, float* output) {
    const int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
    if (i < count.elements) output[i] = scratch[i];
}

// Threes, by way of the first of the scratch arrays.
LaunchPlan plan_with(const Problem& problem, std::vector<Scratch> scratch) {
    const Count count{element_count(problem.output_shape())};
    const LaunchShape shape{.grid = {static_cast<unsigned>((count.elements + 127) / 128)}, .block = {128}};
    return {.steps = {make_step("fill the scratch", "", fill, shape, count, buffer::scratch(0)),
                      make_step("copy it", "", copy, shape, count, buffer::scratch(0), buffer::output)},
            .scratch = std::move(scratch)};
}

LaunchPlan small(const Problem& problem) {
    return plan_with(problem, {float_scratch("threes", {element_count(problem.output_shape())})});
}
// Each would fit alone where half of it is free.
LaunchPlan large(const Problem& problem) {
    return plan_with(problem, {{"left", int64_t{1} << 60}, {"right", int64_t{1} << 60}});
}
LaunchPlan saturated(const Problem& problem) {
    return plan_with(problem, {float_scratch("columns", {int64_t{1} << 40, int64_t{1} << 40})});
}
LaunchPlan wrapped(const Problem& problem) {
    return plan_with(problem, {{"columns", -8}, {"rows", 8}});
}

Support any(const Problem&) {
    return Support::yes();
}

KernelEntry entry(const char* name, LaunchPlan (*plan)(const Problem&)) {
    KernelInfo info{};
    info.op = Operator::conv2d;
    info.name = name;
    info.idea = info.traffic = info.wins_when = "";
    return {info, any, plan};
}

KernelModule make_module() {
    static const std::string compiled_by = compiler_name();
    return {.layout = kernel_module_layout,
            .compiler = compiled_by.c_str(),
            .kernels = {entry("small", small), entry("large", large), entry("saturated", saturated),
                        entry("wrapped", wrapped)}};
}

}  // namespace
}  // namespace convscope

extern "C" __attribute__((visibility("default"))) const convscope::KernelModule* convscope_kernel_module() {
    static const convscope::KernelModule module = convscope::make_module();
    return &module;
}
