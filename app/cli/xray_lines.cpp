#include <algorithm>
#include <map>

#include "cli/xray_report.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

using xray::Instruction;
using xray::SourcePlace;

// Adds the lines of those instructions of a step that `wanted` chooses; `like` says what they have in common.
template <class Wanted>
void add_lines(std::vector<CountedLine>& all, const std::vector<Instruction>& instructions,
               const CountedLine& like, const Wanted& wanted) {
    std::map<std::string, std::vector<Instruction>> by_file;
    for (const Instruction& instruction : instructions) {
        if (!wanted(instruction)) continue;
        Instruction chosen = instruction;
        chosen.places = {SourcePlace{}};
        if (!instruction.places.empty()) chosen.places = {instruction.places.front()};
        by_file[chosen.places.front().file].push_back(chosen);
    }
    for (const auto& [file, chosen] : by_file)
        for (const xray::LineCounts& counts : xray::line_counts(chosen, file)) {
            CountedLine line = like;
            line.file = file;
            line.counts = counts;
            all.push_back(line);
        }
}

}  // namespace

const char* const counting_model =
    "Counts are of warp requests, each for itself: what it asks for, and the 32-byte sectors that it "
    "touches. "
    "No cache is modelled.";

std::vector<CountedLine> counted_lines(const xray::Counts& counts) {
    std::vector<CountedLine> all;
    for (size_t step = 0; step < counts.steps.size(); ++step)
        add_lines(all, counts.steps[step].instructions, {.step = static_cast<int>(step)},
                  [](const Instruction&) { return true; });
    return all;
}

std::vector<CountedLine> counted_lines_by_kind(const xray::Counts& counts) {
    std::vector<CountedLine> all;
    for (size_t step = 0; step < counts.steps.size(); ++step) {
        const std::vector<Instruction>& instructions = counts.steps[step].instructions;
        const auto number = static_cast<int>(step);
        for (const auto kind : {sim::AccessKind::load, sim::AccessKind::store, sim::AccessKind::atomic})
            for (const auto space : {sim::MemorySpace::global, sim::MemorySpace::shared})
                add_lines(all, instructions, {.step = number, .kind = kind, .space = space},
                          [&](const Instruction& one) {
                              return one.counts.requests > 0 && one.counts.kind == kind &&
                                     one.counts.space == space;
                          });
        add_lines(all, instructions, {.step = number, .barrier = true},
                  [](const Instruction& one) { return one.barriers > 0; });
    }
    std::stable_sort(all.begin(), all.end(), [](const CountedLine& a, const CountedLine& b) {
        return std::tie(a.step, a.file, a.counts.line) < std::tie(b.step, b.file, b.counts.line);
    });
    return all;
}

std::string line_text(const std::string& file, int line) {
    static std::map<std::string, std::vector<std::string>> kept;
    if (file.empty() || line < 1) return "";
    if (!kept.contains(file)) {
        try {
            kept[file] = xray::source_text(modules_folder(), file);
        } catch (const Error&) {
            kept[file] = {};
        }
    }
    const std::vector<std::string>& lines = kept[file];
    if (static_cast<size_t>(line) > lines.size()) return "";
    const std::string& text = lines[static_cast<size_t>(line - 1)];
    const size_t first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

std::string place_text(const std::vector<SourcePlace>& places) {
    return places.empty() ? "–" : cat(places.front().file, ":", places.front().line);
}

const char* name_of(sim::AccessKind kind) {
    switch (kind) {
        case sim::AccessKind::load:
            return "load";
        case sim::AccessKind::store:
            return "store";
        case sim::AccessKind::atomic:
            return "atomic";
    }
    return "";
}

const char* name_of(sim::MemorySpace space) {
    return space == sim::MemorySpace::shared ? "shared" : "global";
}

const char* name_of(sim::TraceFault::Kind kind) {
    using Kind = sim::TraceFault::Kind;
    switch (kind) {
        case Kind::outside:
            return "outside";
        case Kind::misaligned:
            return "misaligned";
        case Kind::stuck:
            return "stuck";
        case Kind::uninitialised:
            return "uninitialised";
        case Kind::race:
            return "race";
        case Kind::written_twice:
            return "written_twice";
        case Kind::never_written:
            return "never_written";
    }
    return "";
}

Dim3 position_in(const Dim3& sizes, int64_t number) {
    const int64_t x = sizes.x, y = sizes.y;
    return {static_cast<unsigned>(number % x), static_cast<unsigned>(number / x % y),
            static_cast<unsigned>(number / (x * y))};
}

}  // namespace convscope::cli
