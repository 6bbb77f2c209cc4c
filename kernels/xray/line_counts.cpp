#include <algorithm>
#include <map>

#include "xray/xray.h"

namespace convscope::xray {
namespace {

void add(LineCounts& line, const Instruction& instruction) {
    const sim::InstructionTrace& counts = instruction.counts;
    line.barriers += instruction.barriers;
    line.requests += counts.requests;
    line.lanes += counts.lanes;
    if (counts.kind == sim::AccessKind::atomic) {
        line.atomics += counts.lanes;
        return;
    }
    if (counts.space == sim::MemorySpace::shared) {
        line.shared_requests += counts.requests;
        line.shared_conflicts += counts.conflicts;
        return;
    }
    const int64_t bytes = counts.lanes * counts.bytes;
    const bool load = counts.kind == sim::AccessKind::load;
    (load ? line.load_requests : line.store_requests) += counts.requests;
    (load ? line.load_bytes : line.store_bytes) += bytes;
    (load ? line.load_sectors : line.store_sectors) += counts.sectors;
    (load ? line.load_sectors_ideal : line.store_sectors_ideal) += counts.sectors_ideal;
}

}  // namespace

std::vector<LineCounts> line_counts(const std::vector<Instruction>& instructions, const std::string& file) {
    std::map<int, LineCounts> lines;
    for (const Instruction& instruction : instructions) {
        const auto place = std::find_if(instruction.places.begin(), instruction.places.end(),
                                        [&](const SourcePlace& at) { return at.file == file; });
        // Without requests and barriers it is only named by a fault.
        if (place == instruction.places.end() || instruction.counts.requests + instruction.barriers == 0)
            continue;
        LineCounts& line = lines[place->line];
        line.line = place->line;
        add(line, instruction);
    }
    std::vector<LineCounts> all;
    for (const auto& [number, line] : lines) all.push_back(line);
    return all;
}

// Field by field: where elements are dropped, there may be no room for a second copy of them.
CountsPtr without_elements(const Counts& counts) {
    auto out = std::make_shared<Counts>(Counts{.problem = counts.problem,
                                               .kernel = counts.kernel,
                                               .broken_on_purpose = counts.broken_on_purpose,
                                               .totals = counts.totals,
                                               .array_facts = counts.array_facts,
                                               .steps = counts.steps,
                                               .faults = counts.faults,
                                               .fault_count = counts.fault_count,
                                               .seconds = counts.seconds});
    out->watched_all = counts.watched_all;
    for (const sim::ArrayTrace& array : counts.arrays)
        out->arrays.push_back({.role = array.role,
                               .name = array.name,
                               .reads = array.reads,
                               .writes = array.writes,
                               .element_reads = {},
                               .element_writes = {},
                               .element_shared_reads = {},
                               .shared_reads = array.shared_reads,
                               .element_writer = {}});
    return out;
}

std::vector<std::string> files_of(const std::vector<Instruction>& instructions) {
    std::vector<std::string> files;
    const auto add_file = [&](const std::string& file) {
        if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    };
    // The outermost place is in the kernel, or in a function that the compiler left to be called; kernels
    // stand in .cu files.
    for (const bool wants_kernels : {true, false})
        for (const Instruction& instruction : instructions)
            if (!instruction.places.empty() &&
                instruction.places.back().file.ends_with(".cu") == wants_kernels)
                add_file(instruction.places.back().file);
    for (const Instruction& instruction : instructions)
        for (const SourcePlace& place : instruction.places) add_file(place.file);
    return files;
}

}  // namespace convscope::xray
