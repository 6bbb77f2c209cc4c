#include "xray/machine_code.h"

#include <algorithm>
#include <filesystem>

#include "core/files/atomic_file.h"
#include "core/text.h"
#include "xray/code_text.h"

namespace convscope::xray {
namespace {

constexpr int64_t most_bytes = int64_t{1} << 28;

// "conv2d/naive.cu" -> "conv2d.naive", as keep_machine_code.sh names what it keeps.
std::string name_of(const std::string& source_file) {
    const std::filesystem::path path(source_file);
    return cat(path.parent_path().filename().string(), ".", path.stem().string());
}

// "conv2d.naive.sm_80.ptx", …, in the order of their names.
std::vector<std::string> kept_files(const std::string& folder, const std::string& name,
                                    const std::string& suffix) {
    std::vector<std::string> files;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
        const std::string found = file.path().filename().string();
        if (found.starts_with(name + ".") && found.ends_with(suffix)) files.push_back(file.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string why_nothing_is_kept(const std::string& folder, const std::string& name,
                                const std::string& source_file, CodeKind kind) {
    if (!std::filesystem::exists(folder))
        return CONVSCOPE_HAVE_NVCC ? "the gpu module was not built here: its target is convscope_kernels_gpu"
                                   : "the gpu module was not built here: nvcc is missing";
    if (kept_files(folder, name, ".ptx").empty())
        return cat(source_file, " is not in the gpu module that was built here");
    return kind == CodeKind::sass ? "no SASS was kept: nvdisasm was missing when the gpu module was built"
                                  : "the PTX that was kept holds no kernel";
}

}  // namespace

std::vector<MachineCode> machine_code(const std::string& modules_folder, const std::string& source_file,
                                      CodeKind kind, std::string& why_not) {
    const std::string folder = modules_folder + "/gpu_code", name = name_of(source_file);
    std::vector<MachineCode> found;
    for (const std::string& file : kept_files(folder, name, kind == CodeKind::ptx ? ".ptx" : ".sass")) {
        const std::string text = read_text_file(file, most_bytes);
        for (MachineCode& code : kind == CodeKind::ptx ? read_ptx(text) : read_sass(text))
            found.push_back(std::move(code));
    }
    why_not = found.empty() ? why_nothing_is_kept(folder, name, source_file, kind) : std::string();
    return found;
}

}  // namespace convscope::xray
