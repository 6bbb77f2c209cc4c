// Stands in where oneDNN was not found at build time.
#include "devices/cpu/cpu_device.h"
#include "devices/cpu/host_kernel.h"

namespace convscope {

std::string onednn_missing() {
    return "oneDNN was not found when ConvScope was built (Debian: libdnnl-dev)";
}
std::string onednn_version() {
    return "";
}
Support onednn_supports(const Problem&) {
    return Support::no(onednn_missing());
}
std::unique_ptr<HostKernel> make_onednn(const Problem&, const Tensors&, double) {
    fail_request(onednn_missing());
}

}  // namespace convscope
