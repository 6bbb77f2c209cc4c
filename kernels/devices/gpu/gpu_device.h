// The NVIDIA GPUs of this machine as devices.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cuda_cpp/module_loader.h"
#include "devices/device.h"
#include "devices/gpu/cuda_functions.h"
#include "devices/gpu/cudnn_library.h"

namespace convscope {

// "gpu", "gpu:1", …, with the kernels of gpu.so in `module_folder`. Never throws for what is not there: it
// adds the reason to `missing`.
std::vector<std::shared_ptr<Device>> make_gpu_devices(const std::string& module_folder,
                                                      std::vector<MissingDevice>& missing);

// The same with a given table of CUDA, a given module of kernels and cuDNN for the peers, which are missing
// where it is null. `cuda` must outlive the devices and all that they make, unless `module` holds it.
std::vector<std::shared_ptr<Device>> make_gpu_devices(const CudaFunctions& cuda,
                                                      std::shared_ptr<const LoadedModule> module,
                                                      std::vector<MissingDevice>& missing,
                                                      const CudnnPtr& cudnn = nullptr);

// The version of the cuDNN that was found, or "missing: " and the reason.
std::string cudnn_text();

}  // namespace convscope
