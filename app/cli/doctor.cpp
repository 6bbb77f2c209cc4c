// convscope doctor: what was found here, and what is missing and why; to paste into a report.
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "core/text.h"
#include "export/gif.h"
#include "program_files.h"
#include "run/run.h"
#include "xray/machine_code.h"
#include "xray/xray.h"

#ifdef CONVSCOPE_HAVE_WINDOW
#include "window.h"
#endif

namespace convscope::cli {
namespace {

std::string field_of_file(const char* path, const std::string& field, char after) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.rfind(field, 0) == 0) {
            const size_t at = line.find_first_not_of(" \t\"", line.find(after) + 1);
            if (at == std::string::npos) return "";
            return line.substr(at, line.find_last_not_of('"') + 1 - at);
        }
    return "unknown";
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? value : "not set";
}

std::string window_text() {
#ifdef CONVSCOPE_HAVE_WINDOW
    try {
        return "built; " + joined(describe_drawing(), "; ");
    } catch (const Error& error) {
        return cat("built; drawing offscreen fails: ", error.what());
    }
#else
    return "not built: Dear ImGui, GLFW, EGL and glad were not all found";
#endif
}

std::string xray_text(const Devices& found) {
    try {
        size_t kernels = 0;
        for (const OperatorFacts& facts : operators())
            for (const xray::KernelName& kernel : xray::kernels(modules_folder(), facts.op))
                kernels += kernel.broken_on_purpose ? 0 : 1;
        std::string text = cat(kernels, " kernels can be traced");
        for (const MissingDevice& device : found.missing_unlisted)
            text += cat("; ", device.name, " missing: ", device.reason);
        return text;
    } catch (const Error& error) {
        return cat("missing: ", error.what());
    }
}

// Whether what nvcc made of the kernels was kept; one of them tells.
std::string machine_code_text() {
    const auto kept = [](const char* name, xray::CodeKind kind) {
        std::string why_not;
        const bool any = !xray::machine_code(modules_folder(), "conv2d/naive.cu", kind, why_not).empty();
        return cat(name, any ? " kept from the build" : " missing: " + why_not);
    };
    return cat(kept("PTX", xray::CodeKind::ptx), "; ", kept("SASS", xray::CodeKind::sass));
}

nlohmann::json findings() {
    utsname kernel{};
    uname(&kernel);
    const Devices found = find_devices(modules_folder());
    nlohmann::json out;
    out["convscope"] = CONVSCOPE_VERSION;
    out["compiler"] = __VERSION__;
    out["system"] =
        cat(field_of_file("/etc/os-release", "PRETTY_NAME", '='), ", ", kernel.sysname, " ", kernel.release);
    out["processor"] = cat(field_of_file("/proc/cpuinfo", "model name", ':'), ", ",
                           std::thread::hardware_concurrency(), " threads");
    out["memory"] = cat(bytes_text(available_host_bytes()), " free");
    for (const auto& device : found.present) out["device " + device->name()] = device->description();
    for (const MissingDevice& device : found.missing)
        out["device " + device.name] = "missing: " + device.reason;
    out["cudnn"] = found_cudnn();
    out["window"] = window_text();
    out["display"] =
        cat("DISPLAY ", environment("DISPLAY"), ", WAYLAND_DISPLAY ", environment("WAYLAND_DISPLAY"));
#ifdef CONVSCOPE_HAVE_IMAGES
    out["images"] = "PNG, JPEG, BMP and HDR by stb_image; PGM and PPM";
#else
    out["images"] = "PGM and PPM only: stb was not found when ConvScope was built";
#endif
    out["X-ray"] = xray_text(found);
    out["machine code"] = machine_code_text();
#ifdef CONVSCOPE_HAVE_LIBDW
    out["source lines"] = "of what a kernel asks of memory, by libdw";
#else
    out["source lines"] = "not known: libdw (libdw-dev) was not found when ConvScope was built";
#endif
    out["animations"] = gif_support_text();
    out["modules"] = modules_folder();
    return out;
}

int doctor(bool as_json) {
    const nlohmann::json out = findings();
    if (as_json) {
        print_json(out);
        return exit_done;
    }
    TextTable table({"what", "found"});
    for (const char* first : {"convscope", "compiler", "system", "processor", "memory"})
        table.add({first, out[first].get<std::string>()});
    for (const auto& item : out.items())
        if (item.key().rfind("device ", 0) == 0) table.add({item.key(), item.value().get<std::string>()});
    for (const char* last : {"cudnn", "window", "display", "images", "animations", "X-ray", "source lines",
                             "machine code", "modules"})
        table.add({last, out[last].get<std::string>()});
    std::cout << table.text();
    return exit_done;
}

}  // namespace

void add_doctor(CommandLine& line) {
    auto* command = line.app.add_subcommand("doctor", "what was found here, and what is missing and why");
    auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "print one JSON document");
    command->footer("Example:\n  convscope doctor > report.txt");
    command->callback([&line, as_json] { line.action = [as_json] { return doctor(*as_json); }; });
}

}  // namespace convscope::cli
