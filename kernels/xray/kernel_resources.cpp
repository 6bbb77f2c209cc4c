#include <map>
#include <mutex>

#include "core/errors.h"
#include "xray/occupancy.h"
#include "xray/resource_tables.h"

namespace convscope::xray {
namespace {

// A function's figures by capability.
using Table = std::map<std::string, std::map<int, KernelResources>>;

Table table_of(const std::vector<NamedResources>& rows) {
    Table table;
    for (const NamedResources& row : rows) table[row.function][row.resources.capability] = row.resources;
    return table;
}

struct Tables {
    Table this_build, stored;
};

// A damaged table is as good as none.
Table stored_table(const std::string& modules_folder) {
    try {
        return table_of(stored_resources(modules_folder));
    } catch (const Error&) {
        return {};
    }
}

// Read once for each folder.
const Tables& tables(const std::string& modules_folder) {
    static std::mutex mutex;
    static std::map<std::string, Tables> known;
    const std::lock_guard lock(mutex);
    auto found = known.find(modules_folder);
    if (found == known.end())
        found = known
                    .emplace(modules_folder, Tables{table_of(resources_of_this_build(modules_folder)),
                                                    stored_table(modules_folder)})
                    .first;
    return found->second;
}

}  // namespace

std::optional<KernelResources> kernel_resources(const std::string& modules_folder,
                                                const std::string& function, int capability) {
    const Tables& both = tables(modules_folder);
    for (const Table* table : {&both.this_build, &both.stored}) {
        const auto row = table->find(function);
        if (row == table->end()) continue;
        const auto newer = row->second.upper_bound(capability);
        return newer == row->second.begin() ? newer->second : std::prev(newer)->second;
    }
    return std::nullopt;
}

}  // namespace convscope::xray
