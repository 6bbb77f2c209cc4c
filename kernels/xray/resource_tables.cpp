#include "xray/resource_tables.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/json_text.h"
#include "core/text.h"
#include "xray/elf_symbols.h"

namespace convscope::xray {

std::vector<NamedResources> read_ptxas_report(const std::string& text) {
    static const std::regex entry(R"(Compiling entry function '(\S+)' for 'sm_(\d+)\w*')"),
        stack(R"((\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads)"),
        used(R"(Used (\d+) registers)"), shared(R"((\d+) bytes smem)");
    std::vector<NamedResources> found;
    std::istringstream lines(text);
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_search(line, match, entry)) {
            found.push_back({.function = function_name(match[1]), .resources = {}});
            found.back().resources.capability = std::stoi(match[2]);
            found.back().resources.of_this_build = true;
        } else if (found.empty()) {
            continue;
        } else if (std::regex_search(line, match, stack)) {
            // Once for the kernel and once for each function of it that was not inlined.
            found.back().resources.stack_bytes += std::stoll(match[1]);
            found.back().resources.spill_bytes += std::stoll(match[2]) + std::stoll(match[3]);
        } else if (std::regex_search(line, match, used)) {
            found.back().resources.registers = std::stoi(match[1]);
            if (std::regex_search(line, match, shared))
                found.back().resources.shared_bytes = std::stoll(match[1]);
        }
    }
    // Without registers: ptxas ended before it said them.
    std::erase_if(found, [](const NamedResources& row) { return row.resources.registers == 0; });
    return found;
}

std::vector<NamedResources> resources_of_this_build(const std::string& modules_folder) {
    std::vector<NamedResources> found;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(modules_folder + "/gpu_code", none)) {
        if (!file.path().string().ends_with(".ptxas.txt")) continue;
        for (NamedResources& row : read_ptxas_report(read_text_file(file.path().string())))
            found.push_back(std::move(row));
    }
    return found;
}

std::vector<NamedResources> stored_resources(const std::string& modules_folder) {
    const std::string name = "/kernel_resources.json";
    for (const std::string& folder :
         {modules_folder + "/../../assets", modules_folder + "/../../share/convscope/assets",
          std::string(CONVSCOPE_SOURCE_ASSETS)}) {
        const std::string path = folder + name;
        if (!std::filesystem::exists(path)) continue;
        std::vector<NamedResources> found;
        try {
            const nlohmann::json table = read_json(path);
            for (const nlohmann::json& row : table.at("kernels"))
                found.push_back({.function = function_name(row.at("symbol")),
                                 .resources = {.capability = row.at("capability"),
                                               .registers = row.at("registers"),
                                               .shared_bytes = row.at("shared_bytes"),
                                               .stack_bytes = row.at("stack_bytes"),
                                               .spill_bytes = row.at("spill_bytes")}});
        } catch (const nlohmann::json::exception& wrong) {
            fail_request(cat(path, " is no table of kernels' resources: ", wrong.what()));
        }
        return found;
    }
    return {};
}

}  // namespace convscope::xray
