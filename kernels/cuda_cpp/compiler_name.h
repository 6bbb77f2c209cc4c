// Which compiler made a kernel module, for `doctor` and reports.
#pragma once
#include <string>

#include "core/text.h"

namespace convscope {

// "nvcc 13.0", "g++ 12.2", "g++ 12.2, traced"
inline std::string compiler_name() {
#ifdef __CUDACC__
    return cat("nvcc ", __CUDACC_VER_MAJOR__, ".", __CUDACC_VER_MINOR__);
#elif defined(CONVSCOPE_TRACED)
    return cat("g++ ", __GNUC__, ".", __GNUC_MINOR__, ", traced");
#else
    return cat("g++ ", __GNUC__, ".", __GNUC_MINOR__);
#endif
}

}  // namespace convscope
