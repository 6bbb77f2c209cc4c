#include "core/text.h"
#include "devices/device.h"

namespace convscope {
namespace {

void fail_where_missing(const std::vector<MissingDevice>& missing, const std::string& name) {
    for (const MissingDevice& device : missing)
        if (device.name == name)
            throw Error(ErrorKind::device_missing,
                        cat("the device ", name, " is not there: ", device.reason));
}

}  // namespace

std::shared_ptr<Device> Devices::find(const std::string& name) const {
    if (name.empty()) {
        if (!present.empty()) return present.front();
        throw Error(ErrorKind::device_missing, "no device was found on this machine");
    }
    for (const std::shared_ptr<Device>& device : present)
        if (device->name() == name) return device;
    fail_where_missing(missing, name);

    std::vector<std::string> names;
    for (const std::shared_ptr<Device>& device : present) names.push_back(device->name());
    throw Error(ErrorKind::device_missing, cat("there is no device '", name, "' on this machine; there ",
                                               names.size() == 1 ? "is " : "are ", joined(names)));
}

std::shared_ptr<Device> Devices::find_by_name(const std::string& name) const {
    for (const std::shared_ptr<Device>& device : unlisted)
        if (device->name() == name) return device;
    fail_where_missing(missing_unlisted, name);
    return find(name);
}

}  // namespace convscope
