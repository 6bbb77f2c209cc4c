#include "devices/sim/trace_arrays.h"

namespace convscope {
namespace {

void add_elements(std::vector<uint32_t>& sum, const std::vector<uint32_t>& more) {
    for (size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

}  // namespace

std::vector<sim::TraceArray> trace_arrays(const HostArrays& arrays, const LaunchPlan& plan, float* output,
                                          int64_t output_elements) {
    std::vector<sim::TraceArray> all;
    const auto add = [&](const BufferRef& array, const std::string& name) {
        const void* data = arrays.address(array, output);
        if (data) all.push_back({array.role, name, data, arrays.bytes(array, output_elements)});
    };
    add(buffer::input, "input");
    add(buffer::weights, "weights");
    add(buffer::pointwise, "pointwise");
    add(buffer::bias, "bias");
    add(buffer::output, "output");
    for (size_t i = 0; i < plan.scratch.size(); ++i)
        add(buffer::scratch(static_cast<int>(i)), plan.scratch[i].name);
    return all;
}

void add_arrays(std::vector<sim::ArrayTrace>& sum, const std::vector<sim::ArrayTrace>& step) {
    if (sum.empty()) {
        sum = step;
        for (sim::ArrayTrace& array : sum) array.element_writer.clear();
        return;
    }
    for (size_t i = 0; i < step.size(); ++i) {
        sum[i].reads += step[i].reads;
        sum[i].writes += step[i].writes;
        sum[i].shared_reads += step[i].shared_reads;
        add_elements(sum[i].element_reads, step[i].element_reads);
        add_elements(sum[i].element_writes, step[i].element_writes);
        add_elements(sum[i].element_shared_reads, step[i].element_shared_reads);
    }
}

}  // namespace convscope
