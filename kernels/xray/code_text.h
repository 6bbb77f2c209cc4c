// Reads PTX as nvcc keeps it and SASS as `nvdisasm -gi -c` prints it.
#pragma once
#include <string>
#include <vector>

#include "xray/machine_code.h"

namespace convscope::xray {

// The kernels of a text in its order. A line's place is the innermost one that lies in our own text, which
// is the one whose path is relative; labels and directives have none.
std::vector<MachineCode> read_ptx(const std::string& text);
std::vector<MachineCode> read_sass(const std::string& text);

}  // namespace convscope::xray
