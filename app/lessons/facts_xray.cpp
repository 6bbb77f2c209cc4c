#include <algorithm>
#include <bit>

#include "core/text.h"
#include "lessons/facts_parts.h"
#include "views/xray_map.h"

namespace convscope::lessons {
namespace {

using Value = std::optional<double>;
using Lab = const Laboratory&;

// The name of the kernel that is meant: "" is the one that is looked at. Throws Error(request) where the
// operator has none of that name.
std::string kernel_named(const XrayNews& news, const std::string& of) {
    if (of.empty()) return news.kernel;
    if (!news.kernels.empty() &&
        std::ranges::find(news.kernels, of, &xray::KernelName::name) == news.kernels.end())
        fail_request(cat("the X-ray has no kernel '", of, "' for this operator"));
    return of;
}

// The counts of a kernel's whole grid; null until they are made. Throws Error(request) where they cannot be.
const xray::Counts* counts_of(Lab lab, const std::string& of) {
    if (!lab.xray) return nullptr;
    const XrayNews& news = *lab.xray;
    const std::string kernel = kernel_named(news, of);
    if (kernel.empty()) return nullptr;
    if (news.kernel == kernel && news.counts) return news.counts.get();
    for (const XrayNews::Compared& row : news.compared)
        if (row.kernel == kernel) {
            if (row.counts) return row.counts.get();
            if (!row.error.empty()) fail_request(row.error);
        }
    if (news.kernel == kernel && !news.counts_error.empty()) fail_request(news.counts_error);
    return nullptr;
}

template <int64_t sim::TraceTotals::*Member>
Value total(Lab lab, const std::string& of) {
    const xray::Counts* counts = counts_of(lab, of);
    return counts ? Value(static_cast<double>(counts->totals.*Member)) : Value();
}
Value sectors_per_request(Lab lab, const std::string& of) {
    const xray::Counts* counts = counts_of(lab, of);
    if (!counts || counts->totals.load_requests == 0) return std::nullopt;
    return static_cast<double>(counts->totals.load_sectors) /
           static_cast<double>(counts->totals.load_requests);
}
Value active_lanes(Lab lab, const std::string& of) {
    const xray::Counts* counts = counts_of(lab, of);
    return counts ? Value(counts->totals.active_lanes()) : Value();
}
Value fault_count(Lab lab, const std::string& of) {
    const xray::Counts* counts = counts_of(lab, of);
    return counts ? Value(static_cast<double>(counts->fault_count)) : Value();
}

std::string source_file(const XrayNews& news, const std::string& kernel) {
    const auto at = std::ranges::find(news.kernels, kernel, &xray::KernelName::name);
    return at == news.kernels.end() ? std::string() : at->source_file;
}

// The first place that lies in the file; 0: none does.
int line_in(const std::vector<xray::SourcePlace>& places, const std::string& file) {
    const auto at = std::ranges::find(places, file, &xray::SourcePlace::file);
    return at == places.end() ? 0 : at->line;
}

Value fault_line(Lab lab, const std::string& of) {
    const xray::Counts* counts = counts_of(lab, of);
    if (!counts) return std::nullopt;
    const std::string file = source_file(*lab.xray, counts->kernel);
    for (const xray::Fault& fault : counts->faults)
        for (const auto* places : {&fault.places, &fault.other_places})
            if (const int line = line_in(*places, file)) return line;
    return 0;
}

// The launch that is looked at: a step that the plan does not have is its main one.
const xray::StepFacts* step_of(Lab lab) {
    if (!lab.xray || lab.xray->steps.empty()) return nullptr;
    const auto count = static_cast<int64_t>(lab.xray->steps.size());
    const int64_t wanted = lab.experiment->xray.step;
    const int64_t step = wanted < 0 || wanted >= count ? lab.xray->main_step : wanted;
    return &lab.xray->steps[static_cast<size_t>(step)];
}
Value of_step(Lab lab, int64_t (*value)(const xray::StepFacts&)) {
    const xray::StepFacts* step = step_of(lab);
    return step ? Value(static_cast<double>(value(*step))) : Value();
}

// The block that is looked at; null while another one is still shown in its place.
const xray::BlockXray* block_of(Lab lab) {
    if (!lab.xray) return nullptr;
    if (!lab.xray->block && !lab.xray->error.empty()) fail_request(lab.xray->error);
    return lab.xray->block && lab.xray->block_is_present ? lab.xray->block.get() : nullptr;
}

const sim::TraceRecord* request_of(Lab lab) {
    const xray::BlockXray* block = block_of(lab);
    if (!block) return nullptr;
    const sim::TraceRecord* record = present_record(*block, xray_choice(lab.experiment->xray, *block));
    return record && record->what == sim::TraceRecord::What::request ? record : nullptr;
}
Value of_request(Lab lab, int (*value)(const sim::TraceRecord&)) {
    const sim::TraceRecord* record = request_of(lab);
    return record ? Value(value(*record)) : Value();
}
// In the kernel's file, or, where the request is of a helper alone, in that one's.
Value request_line(Lab lab) {
    const sim::TraceRecord* record = request_of(lab);
    if (!record) return std::nullopt;
    const std::vector<xray::SourcePlace>& places = lab.xray->block->places(record->offset);
    if (const int line = line_in(places, source_file(*lab.xray, lab.xray->kernel))) return line;
    return places.empty() ? Value() : Value(places.front().line);
}

// The output element that a thread of the block writes first; −1: none.
int64_t first_written(const xray::BlockXray& block, int thread) {
    constexpr int element_bytes = 4;
    const int warp = thread / lanes_of_warp, lane = thread % lanes_of_warp;
    for (const sim::TraceRecord& record : block.records) {
        if (record.warp != warp || (record.lanes >> lane & 1u) == 0 || record.kind == sim::AccessKind::load ||
            record.space != sim::MemorySpace::global)
            continue;
        const auto array = record.array[static_cast<size_t>(lane)];
        if (array >= 0 && block.arrays.at(static_cast<size_t>(array)).role == BufferRole::output)
            return record.place[static_cast<size_t>(lane)] / element_bytes;
    }
    return -1;
}

// Number `Place` of (batch, channel, depth, row, column); −1: no thread is chosen, or it writes nothing.
template <size_t Place>
Value owner(Lab lab) {
    const xray::BlockXray* block = block_of(lab);
    const std::optional<Problem> problem = problem_of(*lab.experiment);
    if (!block || !problem) return std::nullopt;
    const int thread = xray_choice(lab.experiment->xray, *block).thread;
    if (thread < 0) return -1;
    // Looked through once: a lesson asks for it every frame.
    static thread_local std::weak_ptr<const xray::BlockXray> seen;
    static thread_local int seen_thread = -1;
    static thread_local int64_t element = -1;
    if (seen.lock() != lab.xray->block || seen_thread != thread) {
        element = first_written(*block, thread);
        seen = lab.xray->block;
        seen_thread = thread;
    }
    if (element < 0) return lab.xray->block_goes_on ? Value() : Value(-1);
    return static_cast<double>(place_of(problem->output_shape(), element)[Place]);
}

using Step = xray::StepFacts;
using Record = sim::TraceRecord;

constexpr std::array fact_table{
    Fact{"threads_per_block", "of the launch that is looked at",
         [](Lab l) { return of_step(l, [](const Step& s) { return s.block.count(); }); }},
    Fact{"blocks", "of the launch that is looked at",
         [](Lab l) { return of_step(l, [](const Step& s) { return s.grid.count(); }); }},
    Fact{"warps_per_block", "of the launch that is looked at",
         [](Lab l) {
             return of_step(
                 l, [](const Step& s) { return (s.block.count() + lanes_of_warp - 1) / lanes_of_warp; });
         }},
    Fact{"block.width", "threads of a block along x",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.block.x}; }); }},
    Fact{"block.height", "threads of a block along y",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.block.y}; }); }},
    Fact{"block.depth", "threads of a block along z",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.block.z}; }); }},
    Fact{"grid.width", "blocks along x",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.grid.x}; }); }},
    Fact{"grid.height", "blocks along y",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.grid.y}; }); }},
    Fact{"grid.depth", "blocks along z",
         [](Lab l) { return of_step(l, [](const Step& s) { return int64_t{s.grid.z}; }); }},
    Fact{"request.lanes", "that take part in the request at the scrubber",
         [](Lab l) { return of_request(l, [](const Record& r) { return std::popcount(r.lanes); }); }},
    Fact{"request.sectors", "of global memory that it touches",
         [](Lab l) { return of_request(l, [](const Record& r) { return r.sectors; }); }},
    Fact{"request.sectors_ideal", "the fewest that could hold what it asks for",
         [](Lab l) { return of_request(l, [](const Record& r) { return r.sectors_ideal; }); }},
    Fact{"request.passes", "through shared memory: 1, and one more for each bank conflict",
         [](Lab l) { return of_request(l, [](const Record& r) { return r.passes; }); }},
    Fact{"request.line", "of the kernel's file", request_line},
    Fact{"owner_row", "of the output element that the chosen thread writes first", owner<3>},
    Fact{"owner_column", "of the output element that the chosen thread writes first", owner<4>},
    Fact{"owner_channel", "of the output element that the chosen thread writes first", owner<1>},
};

using Totals = sim::TraceTotals;
constexpr std::array named_table{
    NamedFact{"load_requests", "of warps, to global memory", total<&Totals::load_requests>, false, true},
    NamedFact{"load_sectors", "that they touch", total<&Totals::load_sectors>, false, true},
    NamedFact{"load_sectors_ideal", "that would do", total<&Totals::load_sectors_ideal>, false, true},
    NamedFact{"load_bytes", "that lanes ask for", total<&Totals::load_bytes>, false, true},
    NamedFact{"store_requests", "of warps, to global memory", total<&Totals::store_requests>, false, true},
    NamedFact{"store_sectors", "that they touch", total<&Totals::store_sectors>, false, true},
    NamedFact{"store_bytes", "that lanes write", total<&Totals::store_bytes>, false, true},
    NamedFact{"sectors_per_request", "of loads", sectors_per_request, false, true},
    NamedFact{"input_reads", "elements read from global memory", total<&Totals::input_reads>, false, true},
    NamedFact{"weight_reads", "elements read from global memory", total<&Totals::weight_reads>, false, true},
    NamedFact{"shared_requests", "of warps, to shared memory", total<&Totals::shared_requests>, false, true},
    NamedFact{"bank_conflicts", "passes that they cost", total<&Totals::shared_conflicts>, false, true},
    NamedFact{"atomics", "of single lanes", total<&Totals::atomics>, false, true},
    NamedFact{"barriers", "that whole blocks met", total<&Totals::barriers>, false, true},
    NamedFact{"active_lanes", "lanes of a warp that run together", active_lanes, false, true},
    NamedFact{"faults", "that were found", fault_count, false, true},
    NamedFact{"fault_line", "the first fault's line in the kernel's file", fault_line, false, true},
};

}  // namespace

std::span<const Fact> xray_facts() {
    return fact_table;
}
std::span<const NamedFact> xray_named_facts() {
    return named_table;
}

}  // namespace convscope::lessons
