#include "devices/cpu/cpu_device.h"
#include "devices/gpu/gpu_device.h"
#include "devices/sim/sim_device.h"
#include "run/run.h"

namespace convscope {

Devices find_devices(const std::string& module_folder) {
    Devices devices;
    for (auto& gpu : make_gpu_devices(module_folder, devices.missing)) devices.present.push_back(gpu);
    devices.present.push_back(make_cpu_device());
    try {
        devices.present.push_back(make_sim_device(module_folder));
    } catch (const Error& error) {
        devices.missing.push_back({"sim", error.what()});
    }
    try {
        devices.unlisted.push_back(make_gallery_device(module_folder));
    } catch (const Error& error) {
        // Builds that do not trace have none, and nobody who does not ask for it by name misses it.
        devices.missing_unlisted.push_back({"gallery", error.what()});
    }
    return devices;
}

std::string found_cudnn() {
    return cudnn_text();
}

}  // namespace convscope
