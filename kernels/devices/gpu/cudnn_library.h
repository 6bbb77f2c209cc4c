// cuDNN, looked for at run time: the program neither links it nor needs it.
//
// libcudnn.so.9 names no CUDA runtime among its libraries and exports none: it has its own inside, as gpu.so
// has. That the two do not know each other does no harm. Both work on the GPU's primary context, which
// belongs to the driver, and streams, events and addresses are the driver's: memory allocated by one and
// streams made by one are good for the other. cuDNN's runtime takes the context that is current on the
// calling thread, so that CudaContext::use() comes before every call here as everywhere else. Only an error
// stays in the runtime that saw it first, unless it is sticky, which the driver remembers for both.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "devices/gpu/cudnn_api.h"

namespace convscope {

struct CudnnLibrary {
    cudnn::Functions functions;
    std::string version;  // "9.19.0"
};
using CudnnPtr = std::shared_ptr<const CudnnLibrary>;

// What CONVSCOPE_CUDNN names and nothing else; where it is not set, libcudnn.so.9 and libcudnn.so, as the
// system finds them and then in CUDA's folders.
std::vector<std::string> cudnn_candidates();

// The first candidate that is cuDNN 9, which stays loaded until the program ends; nullptr, and the reason in
// `why_not`, where none is.
CudnnPtr load_cudnn(const std::vector<std::string>& candidates, std::string& why_not);

// The same with cudnn_candidates(), once per process.
CudnnPtr find_cudnn(std::string& why_not);

}  // namespace convscope
