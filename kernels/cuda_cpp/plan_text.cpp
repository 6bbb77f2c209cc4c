#include "core/text.h"
#include "cuda_cpp/kernel.h"

namespace convscope {
namespace {

std::string text(const Dim3& size) {
    if (size.z > 1) return cat(size.x, "×", size.y, "×", size.z);
    return size.y > 1 ? cat(size.x, "×", size.y) : cat(size.x);
}

}  // namespace

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
