// The cpu device: `direct` (plain C++) and `onednn` (the peer).
#pragma once
#include <memory>
#include <string>

#include "devices/device.h"

namespace convscope {

std::shared_ptr<Device> make_cpu_device();

// Why `onednn` is missing in this build; empty where it is there.
std::string onednn_missing();

}  // namespace convscope
