// The kernels of the traced modules: those of ConvScope and those of the gallery.
#pragma once
#include <memory>
#include <string>

#include "cuda_cpp/module_loader.h"
#include "xray/xray.h"

namespace convscope::xray {

struct FoundKernel {
    std::shared_ptr<const LoadedModule> module;
    std::string module_path;
    const KernelEntry* entry = nullptr;  // within the module
    KernelName name;
};

// Throws Error: device_missing (no traced module), request (an unknown kernel).
FoundKernel find_kernel(const std::string& modules_folder, Operator op, const std::string& kernel);

}  // namespace convscope::xray
