#include "cli/command.h"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "core/text.h"
#include "export/command_line.h"
#include "numbers.h"

namespace convscope::cli {
namespace {

// Characters of UTF-8 text.
size_t characters(const std::string& text) {
    size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    return count;
}

// "01_slide" is a name.
bool looks_like_number(const std::string& cell) {
    if (cell.empty() || cell.find('_') != std::string::npos) return false;
    return std::isdigit(static_cast<unsigned char>(cell[0])) || cell == "–";
}

}  // namespace

void KernelArguments::add_to(CLI::App& command, const char* kernel_help) {
    command.add_option("--device", device, "gpu, gpu:1, cpu, sim or all; left out: the best one present");
    command.add_option("--kernel", kernel, kernel_help);
}

std::vector<std::shared_ptr<Device>> KernelArguments::devices(const Devices& found) const {
    if (device == "all") return found.present;
    return {found.find(device)};
}

std::vector<std::shared_ptr<Device>> KernelArguments::devices_of_kernel(const Devices& found) const {
    if (device == "all" || kernel.empty() || kernel == "all") return devices(found);
    return {found.find_by_name(device)};
}

void KernelArguments::require_known_kernel(const std::vector<std::shared_ptr<Device>>& devices) const {
    if (kernel.empty() || kernel == "all") return;
    std::vector<std::string> known;
    for (const auto& one : devices)
        for (const OperatorFacts& row : operators())
            for (const KernelFacts& facts : one->kernels(row.op)) {
                if (facts.name == kernel) return;
                if (std::find(known.begin(), known.end(), facts.name) == known.end())
                    known.push_back(facts.name);
            }
    fail_request(cat("--kernel: no kernel is called '", kernel, "' on ", devices.front()->name(), "; ",
                     joined(known, ", "), " or all is allowed"));
}

std::vector<std::string> KernelArguments::kernels(const Device& on, const Problem& problem,
                                                  bool all_by_default) const {
    if (kernel.empty() && !all_by_default) return {on.default_kernel(problem)};
    if (!kernel.empty() && kernel != "all") return {kernel};
    std::vector<std::string> names;
    for (const KernelFacts& facts : on.kernels(problem.op())) names.push_back(facts.name);
    return names;
}

std::string run_line(const Problem& problem, const std::string& device, const std::string& kernel,
                     const std::string& input) {
    std::string line = "convscope run " + problem_words(problem);
    line += " " + input;
    if (!device.empty()) line += " --device " + device;
    if (!kernel.empty()) line += " --kernel " + kernel;
    return line;
}

std::string not_empty(const std::string& value) {
    return value.empty() ? "it is empty; a value is needed" : "";
}

CLI::Option* add_seed(CLI::App& command, const std::string& name, uint64_t& to, const std::string& help) {
    return command
        .add_option_function<std::string>(
            name, [&to, name](const std::string& text) { to = seed_of(text, name); }, help)
        ->default_str(cat(to))
        ->type_name("SEED");
}

const CancelToken& interrupt_token() {
    static CancelToken token;
    // A second Ctrl-C ends the program at once.
    static const bool installed = [] {
        std::signal(SIGINT, [](int) {
            token.cancel();
            std::signal(SIGINT, SIG_DFL);
        });
        return true;
    }();
    (void)installed;
    return token;
}

nlohmann::json number(double value) {
    if (!std::isfinite(value)) return nullptr;
    return value;
}

void print_json(const nlohmann::json& document) {
    std::cout << document.dump(2) << "\n";
}

void require_writable(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) fail_request(cat("cannot write ", path, ": it is a folder"));
    if (fs::exists(path, ignored)) {
        if (access(path.c_str(), W_OK) != 0) fail_request(cat("cannot write ", path, ": no permission"));
        if (!fs::is_regular_file(path, ignored)) return;  // a pipe or a device needs no room beside it
    }
    const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
    if (!fs::is_directory(folder, ignored))
        fail_request(cat("cannot write ", path, ": the folder ", folder.string(), " is not there"));
    if (access(folder.c_str(), W_OK) != 0)
        fail_request(cat("cannot write ", path, ": no permission to write in ", folder.string()));
}

std::string TextTable::text() const {
    std::vector<size_t> widths;
    std::vector<bool> right;
    for (size_t r = 0; r < rows_.size(); ++r)
        for (size_t c = 0; c < rows_[r].size(); ++c) {
            if (c >= widths.size()) {
                widths.push_back(0);
                right.push_back(true);
            }
            widths[c] = std::max(widths[c], characters(rows_[r][c]));
            if (r > 0 && !rows_[r][c].empty() && !looks_like_number(rows_[r][c])) right[c] = false;
        }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (size_t c = 0; c < row.size(); ++c) {
            const std::string space(widths[c] - characters(row[c]), ' ');
            line += right[c] ? space + row[c] : row[c] + space;
            if (c + 1 < row.size()) line += "  ";
        }
        out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
}

}  // namespace convscope::cli
