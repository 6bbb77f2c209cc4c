#include "cuda_cpp/module_loader.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "core/text.h"

namespace convscope {
namespace {

[[noreturn]] void fail_load(const std::string& sentence) {
    throw Error(ErrorKind::device_missing, sentence);
}

void require_unique_names(const KernelModule& module, const std::string& path) {
    std::set<std::pair<Operator, std::string>> seen;
    for (const KernelEntry& entry : module.kernels)
        if (!seen.emplace(entry.info.op, entry.info.name).second)
            fail_load(cat("the kernel table of ", path, " has two kernels named '", entry.info.name, "' for ",
                          facts(entry.info.op).name, "; names must differ"));
}

// Facts about kernels are copied, error models as they are: they outlive the module.
const char* kept(const char* name) {
    static std::mutex mutex;
    static std::set<std::string> names;  // a handful, to the end of the process
    const std::lock_guard lock(mutex);
    return names.emplace(name).first->c_str();
}

}  // namespace

LoadedModule::LoadedModule(const std::string& path) {
    if (!std::filesystem::exists(path)) fail_load(cat("the kernel module ", path, " was not built"));
    // Local, so that the same inline functions of several modules stay apart.
    handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle_) fail_load(cat("the kernel module ", path, " does not load: ", dlerror()));
    try {
        const auto function = reinterpret_cast<KernelModuleFunction>(symbol(kernel_module_symbol));
        if (!function) fail_load(cat(path, " is not a kernel module: it lacks ", kernel_module_symbol));
        const KernelModule& table = *function();
        if (table.layout != kernel_module_layout)
            fail_load(cat("the kernel module ", path, " has layout ", table.layout, "; this program reads ",
                          kernel_module_layout, ": build it again"));
        require_unique_names(table, path);
        table_ = table;
        for (KernelEntry& entry : table_.kernels) entry.info.error.name = kept(entry.info.error.name);
    } catch (...) {
        dlclose(handle_);
        throw;
    }
}

LoadedModule::~LoadedModule() {
    dlclose(handle_);
}

void* LoadedModule::symbol(const char* name) const {
    return dlsym(handle_, name);
}

const KernelEntry* LoadedModule::find(Operator op, const std::string& name) const {
    for (const KernelEntry& entry : table_.kernels)
        if (entry.info.op == op && name == entry.info.name) return &entry;
    return nullptr;
}

}  // namespace convscope
