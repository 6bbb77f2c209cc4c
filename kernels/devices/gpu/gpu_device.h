// The NVIDIA GPUs of this machine as devices.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cuda_cpp/module_loader.h"
#include "devices/device.h"
#include "devices/gpu/cuda_functions.h"

namespace convscope {

// "gpu", "gpu:1", …, with the kernels of gpu.so in `module_folder`. Never throws for what is not there: it
// adds the reason to `missing`.
std::vector<std::shared_ptr<Device>> make_gpu_devices(const std::string& module_folder,
                                                      std::vector<MissingDevice>& missing);

// The same with a given table of CUDA and a given module of kernels. `cuda` must outlive the devices and all
// that they make, unless `module` holds it.
std::vector<std::shared_ptr<Device>> make_gpu_devices(const CudaFunctions& cuda,
                                                      std::shared_ptr<const LoadedModule> module,
                                                      std::vector<MissingDevice>& missing);

}  // namespace convscope
