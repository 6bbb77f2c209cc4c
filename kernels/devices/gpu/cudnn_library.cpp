#include "devices/gpu/cudnn_library.h"

#include <dlfcn.h>

#include <cstdlib>

#include "core/text.h"

namespace convscope {
namespace {

constexpr int major = 9;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// Fills the table; the name of the first function that is not there, else nullptr.
const char* read_functions(void* handle, cudnn::Functions& functions) {
#define CONVSCOPE_READ(ours, theirs)                                                     \
    functions.ours = reinterpret_cast<decltype(functions.ours)>(dlsym(handle, #theirs)); \
    if (!functions.ours) return #theirs;
    CONVSCOPE_CUDNN_FUNCTIONS(CONVSCOPE_READ)
#undef CONVSCOPE_READ
    return nullptr;
}

// From 9 on the number is 10000·major + 100·minor + patch; 8.9.7 is 8907.
std::string version_text(size_t version) {
    const size_t step = version < 10000 ? 1000 : 10000;
    return cat(version / step, ".", version % step / 100, ".", version % 100);
}

CudnnPtr read_library(void* handle, const std::string& path, std::string& why_not) {
    auto library = std::make_shared<CudnnLibrary>();
    if (const char* missing = read_functions(handle, library->functions)) {
        why_not = cat(path, " is not cuDNN ", major, ": it lacks ", missing);
        return nullptr;
    }
    const size_t version = library->functions.get_version();
    library->version = version_text(version);
    if (version / 10000 != major) {
        why_not = cat(path, " is cuDNN ", library->version, "; ", major, " is needed");
        return nullptr;
    }
    return library;
}

}  // namespace

std::vector<std::string> cudnn_candidates() {
    const std::string chosen = environment("CONVSCOPE_CUDNN");
    if (!chosen.empty()) return {chosen};
    std::vector<std::string> folders{""};
    for (const char* name : {"CUDA_HOME", "CUDA_PATH"})
        if (const std::string toolkit = environment(name); !toolkit.empty())
            for (const char* folder : {"/lib64/", "/lib/"}) folders.push_back(toolkit + folder);
    if (*CONVSCOPE_CUDA_LIBRARIES) folders.emplace_back(CONVSCOPE_CUDA_LIBRARIES "/");
    std::vector<std::string> candidates;
    for (const std::string& folder : folders)
        for (const char* file : {"libcudnn.so.9", "libcudnn.so"}) candidates.push_back(folder + file);
    return candidates;
}

// A library that is there and does not fit says more than the many that are not there.
CudnnPtr load_cudnn(const std::vector<std::string>& candidates, std::string& why_not) {
    std::string not_found, unfit;
    for (const std::string& path : candidates) {
        // It is never closed: its threads and its own CUDA runtime may still be at work.
        void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!handle) {
            const char* reason = dlerror();
            if (not_found.empty()) not_found = cat("cuDNN was not found: ", reason ? reason : path);
            continue;
        }
        std::string reason;
        if (CudnnPtr library = read_library(handle, path, reason)) return library;
        if (unfit.empty()) unfit = reason;
        dlclose(handle);
    }
    why_not = unfit.empty() ? not_found : unfit;
    return nullptr;
}

CudnnPtr find_cudnn(std::string& why_not) {
    struct Found {
        std::string why_not;
        CudnnPtr library = load_cudnn(cudnn_candidates(), why_not);
    };
    static const Found found;
    why_not = found.why_not;
    return found.library;
}

}  // namespace convscope
