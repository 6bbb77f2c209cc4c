#include <atomic>

#include "devices/gpu/cuda_functions.h"

namespace convscope {
namespace {

std::atomic<const char*> missing_reason{"CUDA is not there"};

CudaCode no_device(int* count) {
    *count = 0;
    return cuda_no_device;
}
CudaCode no_version(int* version) {
    *version = 0;
    return cuda_no_device;
}
CudaCode no_error() {
    return cuda_no_device;
}
const char* no_name(CudaCode) {
    return "no CUDA";
}
const char* no_text(CudaCode) {
    return missing_reason.load();
}
bool never_sticky(CudaCode) {
    return false;
}

}  // namespace

// A device is made only where device_count succeeds, so that the functions left null are never reached.
const CudaFunctions& missing_cuda(const char* reason) {
    missing_reason = reason;
    static const CudaFunctions table = [] {
        CudaFunctions functions;
        functions.driver_version = no_version;
        functions.runtime_version = no_version;
        functions.device_count = no_device;
        functions.clear_error = no_error;
        functions.error_name = no_name;
        functions.error_text = no_text;
        functions.error_is_sticky = never_sticky;
        return functions;
    }();
    return table;
}

}  // namespace convscope
