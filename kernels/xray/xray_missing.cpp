// Stands in where the simulator was not built.
#include "xray/xray.h"

namespace convscope::xray {

struct KernelXray::Bound {};

[[noreturn]] static void fail_missing() {
    throw Error(
        ErrorKind::device_missing,
        "this program was built without the simulator, which needs Boost.Context (libboost-context-dev)");
}

std::vector<KernelName> kernels(const std::string&, Operator) {
    fail_missing();
}

KernelXray::KernelXray(const std::string&, const Problem&, const std::string&) {
    fail_missing();
}
KernelXray::~KernelXray() = default;

const KernelName& KernelXray::kernel() const {
    fail_missing();
}
const std::vector<StepFacts>& KernelXray::steps() const {
    fail_missing();
}
const std::vector<ArrayFacts>& KernelXray::arrays() const {
    fail_missing();
}
int KernelXray::main_step() const {
    fail_missing();
}
BlockXrayPtr KernelXray::block(int, int64_t, const CancelToken&, size_t) {
    fail_missing();
}
BlockXrayPtr KernelXray::beginning(int, int64_t, const CancelToken&, size_t) {
    fail_missing();
}
CountsPtr KernelXray::counts(const CancelToken&) {
    fail_missing();
}
const std::vector<SourcePlace>& BlockXray::places(uint64_t) const {
    fail_missing();
}

}  // namespace convscope::xray
