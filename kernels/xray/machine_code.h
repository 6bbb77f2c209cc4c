// A kernel's PTX and SASS, kept from the build of the gpu module.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace convscope::xray {

enum class CodeKind { ptx, sass };
struct MachineCode {
    std::string function;  // demangled, with template arguments
    int capability = 0;
    struct Line {
        std::string text;
        std::string file{};  // from kernels/ on; empty: not known
        int source_line = 0;
    };
    std::vector<Line> lines;
};

// The code of every kernel that the source file holds; empty where none was kept. `why_not` then says why.
std::vector<MachineCode> machine_code(const std::string& modules_folder, const std::string& source_file,
                                      CodeKind kind, std::string& why_not);

}  // namespace convscope::xray
