#include <bit>
#include <map>

#include "cli/command.h"
#include "cli/xray_report.h"
#include "core/problem_json.h"
#include "views/xray_map.h"

namespace convscope::cli {
namespace {

using nlohmann::json;

json to_json(const Dim3& sizes) {
    return {sizes.x, sizes.y, sizes.z};
}

json totals_json(const sim::TraceTotals& totals) {
    return {{"input_reads", totals.input_reads},
            {"weight_reads", totals.weight_reads},
            {"output_writes", totals.output_writes},
            {"load_requests", totals.load_requests},
            {"load_sectors", totals.load_sectors},
            {"load_sectors_ideal", totals.load_sectors_ideal},
            {"load_bytes", totals.load_bytes},
            {"store_requests", totals.store_requests},
            {"store_sectors", totals.store_sectors},
            {"store_sectors_ideal", totals.store_sectors_ideal},
            {"store_bytes", totals.store_bytes},
            {"shared_requests", totals.shared_requests},
            {"shared_conflicts", totals.shared_conflicts},
            {"atomics", totals.atomics},
            {"active_lanes", number(totals.active_lanes())},
            {"barriers", totals.barriers},
            {"threads", totals.threads}};
}

// Why the verdict is not of all accesses; null where it is.
json watched_json(bool watched_all) {
    return watched_all ? json(nullptr) : json(xray::watched_in_part);
}

json line_json(const CountedLine& line) {
    const xray::LineCounts& counts = line.counts;
    return {{"step", line.step},
            {"file", line.file},
            {"line", counts.line},
            {"text", line_text(line.file, counts.line)},
            {"requests", counts.requests},
            {"lanes", counts.lanes},
            {"load_requests", counts.load_requests},
            {"load_bytes", counts.load_bytes},
            {"load_sectors", counts.load_sectors},
            {"load_sectors_ideal", counts.load_sectors_ideal},
            {"store_requests", counts.store_requests},
            {"store_bytes", counts.store_bytes},
            {"store_sectors", counts.store_sectors},
            {"store_sectors_ideal", counts.store_sectors_ideal},
            {"shared_requests", counts.shared_requests},
            {"shared_conflicts", counts.shared_conflicts},
            {"atomics", counts.atomics},
            {"barriers", counts.barriers}};
}

json step_json(const xray::StepFacts& step) {
    return {{"label", step.label},
            {"reason", step.reason},
            {"function", step.function},
            {"grid", to_json(step.grid)},
            {"block", to_json(step.block)},
            {"dynamic_shared_bytes", step.shared_bytes},
            {"prepares_weights", step.prepares_weights}};
}

json places_json(const std::vector<xray::SourcePlace>& places) {
    json all = json::array();
    for (const xray::SourcePlace& place : places)
        all.push_back({{"file", place.file}, {"line", place.line}, {"function", place.function}});
    return all;
}

// The kernel's own part of a document.
json kernel_json(const xray::Counts& counts) {
    json lines = json::array(), faults = json::array(), steps = json::array(), arrays = json::array();
    for (const CountedLine& line : counted_lines(counts)) lines.push_back(line_json(line));
    for (const xray::Fault& fault : counts.faults)
        faults.push_back(
            fault_json(fault, counts.steps[static_cast<size_t>(fault.step)].facts, counts.array_facts));
    for (const xray::StepCounts& step : counts.steps) {
        steps.push_back(step_json(step.facts));
        steps.back()["totals"] = totals_json(step.totals);
    }
    for (const sim::ArrayTrace& array : counts.arrays)
        arrays.push_back({{"name", array.name},
                          {"reads", array.reads},
                          {"writes", array.writes},
                          {"shared_reads", array.shared_reads}});
    return {{"kernel", counts.kernel},
            {"broken_on_purpose", counts.broken_on_purpose},
            {"totals", totals_json(counts.totals)},
            {"lines", lines},
            {"faults", faults},
            {"fault_count", counts.fault_count},
            {"watched_all", counts.watched_all},
            {"watched_in_part", watched_json(counts.watched_all)},
            {"steps", steps},
            {"arrays", arrays},
            {"seconds", number(counts.seconds)}};
}

// Where the records of a document stand in the text: each place once, whatever repeats it.
class PlaceTable {
  public:
    explicit PlaceTable(const xray::BlockXray& block) : block_(block) {}
    size_t index(const sim::TraceRecord& record) {
        const auto [at, fresh] = indices_.emplace(record.offset, indices_.size());
        if (fresh) places_.push_back(places_json(record_places(block_, record)));
        return at->second;
    }
    const json& places() const { return places_; }

  private:
    const xray::BlockXray& block_;
    std::map<uint64_t, size_t> indices_;
    json places_ = json::array();
};

json array_name(const xray::BlockXray& block, int array) {
    return array < 0 ? json("shared") : json(block.arrays[static_cast<size_t>(array)].name);
}

const char* word_of(sim::TraceRecord::What what) {
    using What = sim::TraceRecord::What;
    return what == What::barrier ? "barrier" : what == What::stuck ? "stuck" : "request";
}

json lane_numbers(unsigned lanes) {
    json out = json::array();
    for (; lanes != 0; lanes &= lanes - 1) out.push_back(std::countr_zero(lanes));
    return out;
}

// Lanes whose access is not allowed, and what lies nearest to it; null: no array is near.
json refused_json(const sim::TraceRecord& record, const xray::BlockXray& block) {
    json out = json::array();
    for (unsigned rest = record.refused; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<size_t>(std::countr_zero(rest));
        const bool far = record.array[lane] < 0 && record.space == sim::MemorySpace::global;
        out.push_back({{"lane", lane},
                       {"array", far ? json() : array_name(block, record.array[lane])},
                       {"byte", far ? json() : json(record.place[lane])}});
    }
    return out;
}

// One list for each thing told of the lanes, because a block makes tens of thousands of requests.
json record_json(const sim::TraceRecord& record, const xray::BlockXray& block, PlaceTable& places) {
    json out{{"what", word_of(record.what)}, {"phase", record.phase}, {"place", places.index(record)}};
    if (record.what == sim::TraceRecord::What::barrier) return out;
    if (record.what == sim::TraceRecord::What::stuck) {
        out["warp"] = record.warp;
        out["lanes"] = lane_numbers(record.lanes);
        return out;
    }
    json at = json::array(), arrays = json::array(), copies = json::array();
    bool one_array = true, any_copy = false;
    const auto first = static_cast<size_t>(std::countr_zero(record.lanes | 1u << 31));
    for (size_t lane = 0; lane < record.place.size(); ++lane) {
        if ((record.lanes >> lane & 1u) == 0) continue;
        at.push_back(record.place[lane]);
        arrays.push_back(array_name(block, record.array[lane]));
        one_array &= record.array[lane] == record.array[first];
        any_copy |= record.copy_array[lane] >= 0;
        copies.push_back(record.copy_array[lane] < 0
                             ? json()
                             : json{array_name(block, record.copy_array[lane]), record.copy_element[lane]});
    }
    out["warp"] = record.warp;
    out["access"] = name_of(record.kind);
    out["space"] = name_of(record.space);
    out["bytes"] = record.bytes;
    out["lanes"] = lane_numbers(record.lanes);
    if (record.refused != 0) out["refused"] = refused_json(record, block);
    out["array"] = arrays.empty() ? json() : one_array ? arrays.front() : std::move(arrays);
    out["byte"] = std::move(at);
    if (any_copy) out["copy_of"] = std::move(copies);
    if (record.space == sim::MemorySpace::shared) {
        out["passes"] = record.passes;
    } else {
        out["sectors"] = record.sectors;
        out["sectors_ideal"] = record.sectors_ideal;
    }
    return out;
}

}  // namespace

json fault_json(const xray::Fault& fault, const xray::StepFacts& step,
                const std::vector<xray::ArrayFacts>& arrays) {
    const sim::TraceFault& found = fault.fault;
    json out{{"kind", name_of(found.kind)},
             {"sentence", found.sentence},
             {"count", found.count},
             {"step", fault.step},
             {"block", to_json(position_in(step.grid, found.block))},
             {"thread", found.thread < 0 ? json() : to_json(position_in(step.block, found.thread))},
             {"access", name_of(found.access)},
             {"space", name_of(found.space)},
             {"bytes", found.bytes},
             {"array", found.array < 0 ? json() : json(arrays[static_cast<size_t>(found.array)].name)},
             {"byte", found.place},
             {"places", places_json(fault.places)}};
    out["file"] = fault.places.empty() ? json() : json(fault.places.front().file);
    out["line"] = fault.places.empty() ? json() : json(fault.places.front().line);
    if (found.other_thread >= 0)
        out["other"] = {{"block", to_json(position_in(step.grid, std::max<int64_t>(found.other_block, 0)))},
                        {"thread", to_json(position_in(step.block, found.other_thread))},
                        {"access", name_of(found.other_access)},
                        {"places", places_json(fault.other_places)}};
    return out;
}

json counts_json(const xray::Counts& counts) {
    json out = kernel_json(counts);
    out["problem"] = to_json(counts.problem);
    out["model"] = counting_model;
    return out;
}

json accesses_json(const Problem& problem, const std::string& kernel, const xray::BlockXray& block) {
    json records = json::array(), faults = json::array();
    PlaceTable places(block);
    for (const sim::TraceRecord& record : block.records)
        records.push_back(record_json(record, block, places));
    for (const xray::Fault& fault : block.faults)
        faults.push_back(fault_json(fault, block.facts, block.arrays));
    return {{"problem", to_json(problem)},
            {"kernel", kernel},
            {"step", block.step},
            {"block", to_json(position_in(block.facts.grid, block.block))},
            {"launch", step_json(block.facts)},
            {"totals", totals_json(block.totals)},
            {"records", std::move(records)},
            {"places", places.places()},
            {"records_cut", block.records_cut},
            {"faults", faults},
            {"watched_all", block.watched_all},
            {"watched_in_part", watched_json(block.watched_all)},
            {"model", counting_model}};
}

json comparison_json(const Problem& problem, const std::vector<ComparedKernel>& kernels) {
    json all = json::array();
    for (const ComparedKernel& one : kernels) {
        json row = one.counts ? kernel_json(*one.counts) : json{{"kernel", one.kernel}};
        row["status"] = one.counts ? "counted" : "skipped";
        row["reason"] = one.why_not;
        all.push_back(std::move(row));
    }
    return {{"problem", to_json(problem)}, {"kernels", all}, {"model", counting_model}};
}

}  // namespace convscope::cli
