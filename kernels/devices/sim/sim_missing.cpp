// Stands in for the device where the simulator was not built.
#include "devices/sim/sim_device.h"
#include "devices/sim/trace_problem.h"

namespace convscope {

[[noreturn]] static void fail_missing() {
    throw Error(
        ErrorKind::device_missing,
        "this program was built without the simulator, which needs Boost.Context (libboost-context-dev)");
}

std::shared_ptr<Device> make_sim_device(const std::string&) {
    fail_missing();
}
std::shared_ptr<Device> make_sim_device(const std::string&, const SimOptions&) {
    fail_missing();
}
std::shared_ptr<Device> make_gallery_device(const std::string&) {
    fail_missing();
}
ProblemTrace trace_problem(const std::string&, const Problem&, const Tensors&, const std::string&,
                           const ProblemTraceOptions&) {
    fail_missing();
}

}  // namespace convscope
