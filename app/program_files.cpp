#include "program_files.h"

#include <filesystem>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {

std::string program_folder() {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string(".") : program.parent_path().string();
}

std::string modules_folder() {
    return program_folder() + "/modules";
}

std::string asset_path(const std::string& name) {
    const std::string here = program_folder();
    for (const std::string& folder : {here + "/../assets/", here + "/../share/convscope/assets/",
                                      std::string(CONVSCOPE_SOURCE_ASSETS "/")})
        if (std::filesystem::exists(folder + name))
            return std::filesystem::weakly_canonical(folder + name).string();
    fail_request(cat("the file assets/", name, " is missing beside the program in ", here));
}

}  // namespace convscope
