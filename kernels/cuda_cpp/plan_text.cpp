#include <cassert>
#include <limits>
#include <utility>

#include "core/text.h"
#include "cuda_cpp/kernel.h"

namespace convscope {
namespace {

std::string text(const Dim3& size) {
    if (size.z > 1) return cat(size.x, "×", size.y, "×", size.z);
    return size.y > 1 ? cat(size.x, "×", size.y) : cat(size.x);
}

}  // namespace

Scratch float_scratch(std::string name, std::initializer_list<int64_t> sizes) {
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    int64_t bytes = sizeof(float);
    for (const int64_t size : sizes) {
        assert(size >= 0);
        if (__builtin_mul_overflow(bytes, size, &bytes)) bytes = most;
    }
    return {std::move(name), bytes};
}

double LaunchPlan::scratch_bytes() const {
    double bytes = 0;
    for (const Scratch& array : scratch) {
        if (array.bytes < 0)
            fail_request(cat("the scratch '", array.name, "' of '",
                             steps.empty() ? std::string() : steps.front().label,
                             "' is larger than 2⁶³ bytes, which is more than can be addressed"));
        bytes += static_cast<double>(array.bytes);
    }
    return bytes;
}

std::string LaunchPlan::text() const {
    std::string out;
    for (const Step& step : steps) {
        if (!out.empty()) out += '\n';
        out += cat(step.label, ": ", convscope::text(step.grid), " blocks of ", convscope::text(step.block),
                   " threads");
        if (step.shared_bytes > 0) out += cat(", ", step.shared_bytes, " B of dynamic shared memory");
        if (step.prepares_weights) out += ", prepares the weights";
        if (!step.reason.empty()) out += cat(" (", step.reason, ")");
    }
    for (const Scratch& array : scratch)
        out += cat("\nscratch ", array.name, ": ", bytes_text(static_cast<double>(array.bytes)));
    return out;
}

}  // namespace convscope
