#include "xray/kernel_names.h"

#include <filesystem>

#include "core/text.h"

namespace convscope::xray {
namespace {

struct TracedModule {
    std::shared_ptr<const LoadedModule> module;
    std::string path;
    bool broken_on_purpose = false;
};

// The gallery is there only where it was built.
std::vector<TracedModule> traced_modules(const std::string& folder) {
    const std::string kernels = folder + "/traced.so", gallery = folder + "/gallery_traced.so";
    std::vector<TracedModule> all{{std::make_shared<LoadedModule>(kernels), kernels, false}};
    if (std::filesystem::exists(gallery))
        all.push_back({std::make_shared<LoadedModule>(gallery), gallery, true});
    return all;
}

KernelName name_of(const KernelInfo& info, bool broken_on_purpose) {
    return {info.name, info.idea, info.source_file, broken_on_purpose, info.error};
}

}  // namespace

std::vector<KernelName> kernels(const std::string& modules_folder, Operator op) {
    std::vector<KernelName> all;
    for (const TracedModule& module : traced_modules(modules_folder))
        for (const KernelEntry& entry : module.module->kernels().kernels)
            if (entry.info.op == op) all.push_back(name_of(entry.info, module.broken_on_purpose));
    return all;
}

FoundKernel find_kernel(const std::string& modules_folder, Operator op, const std::string& kernel) {
    std::vector<std::string> known;
    for (const TracedModule& module : traced_modules(modules_folder)) {
        if (const KernelEntry* entry = module.module->find(op, kernel))
            return {module.module, module.path, entry, name_of(entry->info, module.broken_on_purpose)};
        for (const KernelEntry& entry : module.module->kernels().kernels)
            if (entry.info.op == op) known.emplace_back(entry.info.name);
    }
    fail_request(cat("there is no kernel '", kernel, "' for ", facts(op).name, " to look through; ",
                     joined(known, " or "), " is allowed"));
}

}  // namespace convscope::xray
