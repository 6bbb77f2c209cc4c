#include "panels/source_memory.h"

#include <algorithm>

#include "core/text.h"
#include "panels/state.h"
#include "views/xray_figures.h"

namespace convscope {
namespace {

// How much of the requests was wasted: 0 where it is as good as it can be.
float waste(double least, double found) {
    return found > 0 && found > least ? static_cast<float>(1 - least / found) : 0.0f;
}

}  // namespace

std::string own_file(const State& state) {
    const XrayNews& news = *state.xray;
    const auto at = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    return at == news.kernels.end() ? std::string() : at->source_file;
}

SourceFigures beside_lines(const std::vector<xray::Instruction>& instructions, const std::string& file) {
    SourceFigures out;
    const std::vector<xray::LineCounts> lines = line_counts(instructions, file);
    if (lines.empty()) return out;
    bool global = false, shared = false;
    int64_t most = 1;
    for (const xray::LineCounts& line : lines) {
        most = std::max(most, line.requests);
        global = global || line.load_requests + line.store_requests > 0;
        shared = shared || line.shared_requests > 0;
    }
    for (const LineFigure& figure : line_figures()) {
        const std::string name = figure.name;
        const bool wanted =
            name == "requests" || (name == "sectors" && global) || (name == "passes" && shared);
        if (!wanted) continue;
        out.columns.push_back({name, figure.column, figure.tip});
        for (const xray::LineCounts& line : lines) {
            const double value = figure.value(line);
            const int64_t sectors = line.load_sectors + line.store_sectors,
                          ideal = line.load_sectors_ideal + line.store_sectors_ideal;
            const float heat =
                name == "requests"  ? static_cast<float>(line.requests) / static_cast<float>(most)
                : name == "sectors" ? waste(static_cast<double>(ideal), static_cast<double>(sectors))
                                    : waste(1, value);
            out.lines[line.line].push_back({figure_text(value, figure.form), heat, line_tip(line)});
        }
    }
    return out;
}

std::map<int, std::string> fault_marks(const std::vector<xray::Fault>& faults, int step,
                                       const std::string& file) {
    std::map<int, std::string> out;
    const auto mark = [&](const std::vector<xray::SourcePlace>& places, const std::string& sentence) {
        for (const xray::SourcePlace& place : places)
            if (place.file == file) {
                std::string& words = out[place.line];
                if (words.empty()) words = sentence;
                return;
            }
    };
    for (const xray::Fault& fault : faults) {
        if (fault.step != step) continue;
        mark(fault.places, fault.fault.sentence);
        mark(fault.other_places, fault.fault.sentence);
    }
    return out;
}

const std::optional<xray::KernelResources>& ptxas_resources(const State& state, SourceMemory& memory,
                                                            const std::string& function, int capability) {
    const auto [at, is_new] = memory.resources.try_emplace({function, capability});
    if (is_new) at->second = xray::kernel_resources(state.modules_folder, function, capability);
    return at->second;
}

}  // namespace convscope
