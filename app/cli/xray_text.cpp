#include <algorithm>
#include <bit>

#include "cli/command.h"
#include "cli/xray_report.h"
#include "core/text.h"
#include "views/xray_map.h"

namespace convscope::cli {
namespace {

constexpr const char* none = "–";
constexpr int64_t sector_bytes = 32;

// a/b with three digits, or a dash.
std::string ratio(int64_t a, int64_t b) {
    return b == 0 ? none : number_text(static_cast<double>(a) / static_cast<double>(b), 3);
}

// Passes that a shared request takes.
std::string ways(int64_t conflicts, int64_t requests) {
    return ratio(requests + conflicts, requests);
}

std::string text_of(const Dim3& sizes) {
    return cat("(", sizes.x, ", ", sizes.y, ", ", sizes.z, ")");
}

std::string step_text(size_t number, const xray::StepFacts& step) {
    const std::string shared =
        step.shared_bytes == 0 ? "" : cat(", ", step.shared_bytes, " B dynamic shared memory");
    return cat("step ", number, ": ", step.label, ": grid ", text_of(step.grid), " of blocks ",
               text_of(step.block), shared, ": ", step.reason, "\n");
}

using Figure = std::string (*)(const sim::TraceTotals&);
struct TotalsRow {
    const char* title;
    Figure figure;
};

// The rows of the table of totals.
const std::vector<TotalsRow>& totals_rows() {
    using Totals = sim::TraceTotals;
    static const std::vector<TotalsRow> rows{
        {"input elements read", [](const Totals& t) { return cat(t.input_reads); }},
        {"weight elements read", [](const Totals& t) { return cat(t.weight_reads); }},
        {"output elements written", [](const Totals& t) { return cat(t.output_writes); }},
        {"load requests", [](const Totals& t) { return cat(t.load_requests); }},
        {"  asked for", [](const Totals& t) { return bytes_text(static_cast<double>(t.load_bytes)); }},
        {"  moved",
         [](const Totals& t) { return bytes_text(static_cast<double>(t.load_sectors * sector_bytes)); }},
        {"  sectors", [](const Totals& t) { return cat(t.load_sectors); }},
        {"  sectors/request", [](const Totals& t) { return ratio(t.load_sectors, t.load_requests); }},
        {"  ideal", [](const Totals& t) { return ratio(t.load_sectors_ideal, t.load_requests); }},
        {"store requests", [](const Totals& t) { return cat(t.store_requests); }},
        {"  asked for", [](const Totals& t) { return bytes_text(static_cast<double>(t.store_bytes)); }},
        {"  moved",
         [](const Totals& t) { return bytes_text(static_cast<double>(t.store_sectors * sector_bytes)); }},
        {"  sectors", [](const Totals& t) { return cat(t.store_sectors); }},
        {"  sectors/request", [](const Totals& t) { return ratio(t.store_sectors, t.store_requests); }},
        {"  ideal", [](const Totals& t) { return ratio(t.store_sectors_ideal, t.store_requests); }},
        {"shared requests", [](const Totals& t) { return cat(t.shared_requests); }},
        {"  bank conflicts", [](const Totals& t) { return cat(t.shared_conflicts); }},
        {"  ways", [](const Totals& t) { return ways(t.shared_conflicts, t.shared_requests); }},
        {"atomics", [](const Totals& t) { return cat(t.atomics); }},
        {"barriers", [](const Totals& t) { return cat(t.barriers); }},
        {"active lanes", [](const Totals& t) { return number_text(t.active_lanes(), 3); }},
        {"threads", [](const Totals& t) { return cat(t.threads); }}};
    return rows;
}

std::string totals_text(const xray::Counts& counts) {
    std::vector<std::string> heads{"counts"};
    const bool several = counts.steps.size() > 1;
    for (size_t step = 0; step < counts.steps.size() && several; ++step) heads.push_back(cat("step ", step));
    heads.push_back(several ? "all" : "");
    TextTable table(heads);
    for (const TotalsRow& row : totals_rows()) {
        std::vector<std::string> cells{row.title};
        for (const xray::StepCounts& step : counts.steps)
            if (several) cells.push_back(row.figure(step.totals));
        cells.push_back(row.figure(counts.totals));
        table.add(cells);
    }
    return table.text();
}

std::vector<std::string> line_cells(const CountedLine& line) {
    const xray::LineCounts& c = line.counts;
    const std::string place = line.file.empty() ? "not known" : cat(line.file, ":", c.line);
    const std::string text = line_text(line.file, c.line);
    if (line.barrier) return {place, "barrier", cat(c.barriers), none, none, none, none, none, none, text};
    const bool shared = line.space == sim::MemorySpace::shared, atomic = line.kind == sim::AccessKind::atomic;
    std::vector<std::string> cells{place, cat(shared ? "shared " : "", name_of(line.kind)), cat(c.requests),
                                   ratio(c.lanes, c.requests)};
    if (shared || atomic) {
        cells.insert(cells.end(), {none, none, none, none});
    } else {
        const int64_t sectors = c.load_sectors + c.store_sectors;
        cells.push_back(bytes_text(static_cast<double>(c.load_bytes + c.store_bytes)));
        cells.push_back(bytes_text(static_cast<double>(sectors * sector_bytes)));
        cells.push_back(ratio(sectors, c.requests));
        cells.push_back(ratio(c.load_sectors_ideal + c.store_sectors_ideal, c.requests));
    }
    cells.push_back(shared && !atomic ? ways(c.shared_conflicts, c.shared_requests) : none);
    cells.push_back(text);
    return cells;
}

std::string lines_text(const xray::Counts& counts) {
    const bool several = counts.steps.size() > 1;
    std::vector<std::string> heads{"line",      "does",  "requests",        "lanes",
                                   "asked for", "moved", "sectors/request", "ideal",
                                   "ways",      "text"};
    if (several) heads.insert(heads.begin(), "step");
    TextTable table(heads);
    for (const CountedLine& line : counted_lines_by_kind(counts)) {
        std::vector<std::string> cells = line_cells(line);
        if (several) cells.insert(cells.begin(), cat(line.step));
        table.add(std::move(cells));
    }
    return table.text();
}

// "input[5]" or "shared+20" of one lane.
std::string address_text(const sim::TraceRecord& record, size_t lane, const xray::BlockXray& block) {
    const int array = record.array[lane];
    if (array < 0) return cat("shared+", record.place[lane]);
    return cat(block.arrays[static_cast<size_t>(array)].name, "[",
               record.place[lane] / int64_t{sizeof(float)}, "]");
}

// The first and the last address of a request, and of what elements a load from shared memory finds copies.
std::string addresses_text(const sim::TraceRecord& record, const xray::BlockXray& block) {
    size_t first = 32, last = 0;
    for (size_t lane = 0; lane < 32; ++lane)
        if ((record.lanes >> lane & 1u) != 0) {
            first = std::min(first, lane);
            last = lane;
        }
    if (first == 32) return "";
    std::string text = address_text(record, first, block);
    if (last != first) text += cat(" … ", address_text(record, last, block));
    const int copy = record.copy_array[first];
    if (record.space == sim::MemorySpace::shared && copy >= 0)
        text += cat(", a copy of ", block.arrays[static_cast<size_t>(copy)].name, "[",
                    record.copy_element[first], "]");
    return text;
}

int64_t moved_bytes(const sim::TraceTotals& totals) {
    return (totals.load_sectors + totals.store_sectors) * sector_bytes;
}

}  // namespace

std::string counts_text(const xray::Counts& counts) {
    std::string out = cat(counts.problem.text(), "\n", counts.kernel,
                          counts.broken_on_purpose ? ", a kernel that is broken on purpose" : "", "\n");
    for (size_t step = 0; step < counts.steps.size(); ++step)
        out += step_text(step, counts.steps[step].facts);
    out += cat("\n", totals_text(counts), "\n", lines_text(counts), "\n");
    out += faults_text(counts.faults, counts.fault_count, counts.watched_all);
    return out +
           cat(counting_model, " Every block was counted, in ", number_text(counts.seconds, 2), " s.\n");
}

std::string faults_text(const std::vector<xray::Fault>& faults, int64_t count, bool watched_all) {
    const std::string part = watched_all ? "" : cat(xray::watched_in_part, "\n");
    if (count == 0) return "No faults.\n" + part;
    TextTable table({"fault", "times", "line", "what"});
    for (const xray::Fault& fault : faults) {
        std::string what = fault.fault.sentence;
        if (!fault.other_places.empty()) what += cat("; the other access: ", place_text(fault.other_places));
        table.add({name_of(fault.fault.kind), cat(fault.fault.count), place_text(fault.places), what});
    }
    return cat(table.text(), count, count == 1 ? " fault.\n" : " faults.\n", part);
}

std::string accesses_text(const xray::BlockXray& block) {
    std::string out = step_text(static_cast<size_t>(block.step), block.facts);
    out += cat("block ", text_of(position_in(block.facts.grid, block.block)), ": ", block.records.size(),
               " requests and barriers in order", block.records_cut ? ", the first of more" : "", "\n");
    TextTable table(
        {"phase", "warp", "lanes", "does", "bytes", "sectors", "ideal", "passes", "line", "addresses"});
    for (const sim::TraceRecord& record : block.records) {
        const std::string line = place_text(record_places(block, record));
        const bool shared = record.space == sim::MemorySpace::shared;
        const std::string refused =
            record.refused == 0 ? std::string() : cat(", ", std::popcount(record.refused), " refused");
        if (record.what == sim::TraceRecord::What::barrier)
            table.add({cat(record.phase), none, none, "barrier", none, none, none, none, line, ""});
        else if (record.what == sim::TraceRecord::What::stuck)
            table.add({cat(record.phase), cat(record.warp), cat(std::popcount(record.lanes)), "waits in vain",
                       none, none, none, none, line, ""});
        else
            table.add({cat(record.phase), cat(record.warp), cat(std::popcount(record.lanes)),
                       cat(shared ? "shared " : "", name_of(record.kind), refused), cat(record.bytes),
                       shared ? none : cat(record.sectors), shared ? none : cat(record.sectors_ideal),
                       shared ? cat(record.passes) : none, line, addresses_text(record, block)});
    }
    int64_t faults = 0;
    for (const xray::Fault& fault : block.faults) faults += fault.fault.count;
    // What comes after the last request that is listed was not looked at.
    const std::string verdict =
        block.records_cut && faults == 0
            ? std::string("No faults up to here; the whole grid's are counted without --accesses.\n")
            : faults_text(block.faults, faults, block.watched_all);
    return cat(out, table.text(), verdict, counting_model, "\n");
}

std::string comparison_text(const Problem& problem, const std::vector<ComparedKernel>& kernels) {
    TextTable table({"kernel", "reads/output", "load requests", "sectors/request", "ideal", "store requests",
                     "sectors/request", "ideal", "moved", "moved/minimum", "shared requests", "ways", "lanes",
                     "barriers", "faults"});
    std::string skipped;
    for (const ComparedKernel& one : kernels) {
        if (!one.counts) {
            skipped += cat("skipped: ", one.why_not, "\n");
            continue;
        }
        const sim::TraceTotals& t = one.counts->totals;
        const auto moved = static_cast<double>(moved_bytes(t));
        table.add({one.kernel, ratio(t.input_reads, element_count(problem.output_shape())),
                   cat(t.load_requests), ratio(t.load_sectors, t.load_requests),
                   ratio(t.load_sectors_ideal, t.load_requests), cat(t.store_requests),
                   ratio(t.store_sectors, t.store_requests), ratio(t.store_sectors_ideal, t.store_requests),
                   bytes_text(moved), number_text(moved / problem.minimal_bytes(), 3), cat(t.shared_requests),
                   ways(t.shared_conflicts, t.shared_requests), number_text(t.active_lanes(), 3),
                   cat(t.barriers), cat(one.counts->fault_count)});
    }
    return cat(problem.text(), "\n", table.text(), skipped, counting_model,
               " The minimum is every tensor moved once.\n");
}

}  // namespace convscope::cli
