#include "devices/default_kernel.h"

#include <string_view>

namespace convscope {
namespace {

constexpr const char* plainest = "naive";

// A GEMM computes tiles of outputs of many channels. With few channels most of a tile lies outside, and
// where each output sums little, loading the tiles takes longer than multiplying them.
bool worth_a_gemm(const Problem& problem) {
    constexpr int64_t least_sum = 64, least_channels = 16;
    return problem.nominal_taps_per_output() >= least_sum &&
           problem.out_channels_per_group() >= least_channels;
}

bool is_pointwise(const Problem& problem) {
    return problem.kernel_size() == Axes{1, 1, 1};
}

bool plain(const KernelFacts& kernel) {
    return std::string_view(kernel.error.name) == ErrorModel{}.name && kernel.repeatable && !kernel.peer;
}

const KernelFacts* named(const std::vector<KernelFacts>& table, const std::string& name) {
    for (const KernelFacts& kernel : table)
        if (kernel.name == name) return &kernel;
    return nullptr;
}

// Where none can, the plainest, for its reason is the one that the user then reads.
std::string first_that_can(const std::vector<KernelFacts>& table, const SupportsKernel& supports) {
    for (const KernelFacts& kernel : table)
        if (!kernel.peer && supports(kernel.name)) return kernel.name;
    if (table.empty() || named(table, plainest)) return table.empty() ? "" : plainest;
    return table.front().name;
}

}  // namespace

std::vector<std::string> fastest_expected(const Problem& problem) {
    std::vector<std::string> names;
    if (worth_a_gemm(problem)) names.emplace_back("implicit_gemm");
    const auto then = [&names](std::initializer_list<const char*> more) {
        names.insert(names.end(), more.begin(), more.end());
        return names;
    };
    switch (problem.op()) {
        case Operator::conv2d:
            if (is_pointwise(problem)) names.insert(names.begin(), "pointwise");
            return then({"register_tile", "shared_tile", "naive"});
        case Operator::conv3d:
            return then({"shared_tile", "naive"});
        case Operator::conv_transpose2d:
        case Operator::conv_transpose3d:
            return then({"phase", "naive"});
        case Operator::depthwise_conv2d:
            return {"row_march", "shared_tile", "naive"};
        case Operator::separable_conv2d:
            return {"fused", "two_pass", "naive"};
    }
    return names;
}

std::string fastest_kernel(const Problem& problem, const std::vector<KernelFacts>& table,
                           const SupportsKernel& supports) {
    for (const std::string& name : fastest_expected(problem))
        if (const KernelFacts* kernel = named(table, name); kernel && plain(*kernel) && supports(name))
            return name;
    for (const KernelFacts& kernel : table)
        if (plain(kernel) && supports(kernel.name)) return kernel.name;
    return first_that_can(table, supports);
}

std::string plainest_kernel(const std::vector<KernelFacts>& table, const SupportsKernel& supports) {
    if (named(table, plainest) && supports(plainest)) return plainest;
    return first_that_can(table, supports);
}

std::string cpu_kernel(const Problem& problem, const SupportsKernel& supports) {
    const bool by_channel =
        problem.op() == Operator::depthwise_conv2d || problem.op() == Operator::separable_conv2d;
    return !by_channel && supports("onednn") ? "onednn" : "direct";
}

}  // namespace convscope
