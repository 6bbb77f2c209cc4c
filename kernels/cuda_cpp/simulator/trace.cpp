#include "cuda_cpp/simulator/trace.h"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "core/text.h"
#include "cuda_cpp/simulator/grid.h"
#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

Region region(const void* data, size_t bytes, Region::Kind kind) {
    const auto begin = reinterpret_cast<uintptr_t>(data);
    return {.begin = begin, .end = begin + bytes, .kind = kind};
}

// Whether the step gets `array` as a pointer to what it may write.
bool may_write(const Step& step, void** arguments, const TraceArray& array) {
    if (array.role != BufferRole::output && array.role != BufferRole::scratch) return false;
    for (size_t i = 0; i < step.buffers.size(); ++i)
        if (*static_cast<void**>(arguments[i + 1]) == array.data) return true;
    return false;
}

// The arrays, and what the trampoline reads of the arguments.
std::vector<Region> regions_of(const Step& step, void** arguments, const TraceOptions& options) {
    std::vector<Region> regions;
    for (size_t i = 0; i < options.arrays.size(); ++i) {
        const TraceArray& array = options.arrays[i];
        if (!array.data) continue;
        Region& added =
            regions.emplace_back(region(array.data, static_cast<size_t>(array.bytes), Region::Kind::array));
        added.array = static_cast<int>(i);
        added.watched = may_write(step, arguments, array);
        added.name = array.name;
    }
    const size_t pointers = step.buffers.size();
    regions.push_back(region(arguments, (1 + pointers) * sizeof(void*), Region::Kind::ignored));
    regions.push_back(region(arguments[0], step.sizes.size(), Region::Kind::ignored));
    for (size_t i = 0; i < pointers; ++i)
        regions.push_back(region(arguments[i + 1], sizeof(void*), Region::Kind::ignored));
    return regions;
}

std::vector<Tagged> tagged_of(const TraceOptions& options) {
    std::vector<Tagged> all;
    for (size_t i = 0; i < options.arrays.size(); ++i) {
        const TraceArray& array = options.arrays[i];
        if (array.data && array.tag != 0)
            all.push_back(
                {array.tag, static_cast<uint32_t>(array.bytes / array.element_bytes), static_cast<int>(i)});
    }
    return all;
}

Trace empty_trace(const LaunchFacts& facts, const TraceOptions& options) {
    Trace trace;
    for (const TraceArray& array : options.arrays) {
        ArrayTrace& result = trace.arrays.emplace_back();
        result.role = array.role;
        result.name = array.name;
        const auto elements =
            static_cast<size_t>((array.bytes + array.element_bytes - 1) / array.element_bytes);
        if (!options.per_element || !array.data) continue;
        result.element_reads.resize(elements);
        result.element_writes.resize(elements);
        if (array.tag != 0) result.element_shared_reads.resize(elements);
        if (array.role == BufferRole::output) result.element_writer.resize(elements, -1);
    }
    constexpr int64_t row_of_banks = 128;  // so that dynamic memory begins at the first bank
    const auto module_bytes = static_cast<int64_t>(facts.storage.bytes);
    trace.static_shared_bytes = (module_bytes + row_of_banks - 1) / row_of_banks * row_of_banks;
    trace.dynamic_shared_bytes = static_cast<int64_t>(facts.step.shared_bytes);
    return trace;
}

void add_roles(Trace& trace) {
    for (const ArrayTrace& array : trace.arrays) {
        if (array.role == BufferRole::input) trace.totals.input_reads += array.reads;
        if (array.role == BufferRole::weights || array.role == BufferRole::pointwise)
            trace.totals.weight_reads += array.reads;
        if (array.role == BufferRole::output) trace.totals.output_writes += array.writes;
    }
}

void add(std::vector<uint32_t>& sum, const std::vector<uint32_t>& more) {
    sum.resize(std::max(sum.size(), more.size()));
    for (size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

void merge(const std::vector<std::unique_ptr<TraceCounts>>& all, Trace& trace) {
    std::unordered_map<uintptr_t, InstructionTrace> instructions;
    std::map<uint64_t, int64_t> barriers;
    for (const auto& counts : all) {
        for (const auto& [offset, count] : counts->barriers) barriers[offset] += count;
        trace.totals += counts->totals;
        for (size_t i = 0; i < counts->array_reads.size(); ++i) {
            trace.arrays[i].reads += counts->array_reads[i];
            trace.arrays[i].writes += counts->array_writes[i];
            trace.arrays[i].shared_reads += counts->array_shared_reads[i];
        }
        add(trace.shared_loads, counts->shared_loads);
        add(trace.shared_stores, counts->shared_stores);
        if (!counts->records.empty()) trace.records = std::move(counts->records);  // one OS thread has them
        trace.records_cut |= counts->records_cut;
        trace.watched_all &= counts->watched_all;
        for (const auto& [key, found] : counts->instructions) {
            const auto [place, fresh] = instructions.emplace(key, found);
            if (fresh) continue;
            place->second.requests += found.requests;
            place->second.lanes += found.lanes;
            place->second.sectors += found.sectors;
            place->second.sectors_ideal += found.sectors_ideal;
            place->second.conflicts += found.conflicts;
        }
    }
    for (const auto& [offset, count] : barriers) trace.barriers.push_back({offset, count});
    for (const auto& [key, found] : instructions) trace.instructions.push_back(found);
    std::sort(trace.instructions.begin(), trace.instructions.end(), [](const auto& a, const auto& b) {
        return std::tie(a.offset, a.kind, a.space) < std::tie(b.offset, b.kind, b.space);
    });
    add_roles(trace);
}

int bytes_of(const Trace& trace, uint64_t offset, AccessKind kind) {
    for (const InstructionTrace& instruction : trace.instructions)
        if (instruction.offset == offset && instruction.kind == kind) return instruction.bytes;
    return 0;
}

void add_meetings(const GridShadow& grid, const FaultWords& words, const Trace& trace, FaultList& faults) {
    grid.for_meetings([&](const GridShadow::Meeting& met) {
        const auto& [earlier, later] = std::pair(met.earlier, met.later);
        const TraceArray& array = words.options.arrays[static_cast<size_t>(met.array)];
        const bool twice = array.role == BufferRole::output && earlier.kind == AccessKind::store &&
                           later.kind == AccessKind::store;
        const TraceFault found{
            .kind = twice ? TraceFault::Kind::written_twice : TraceFault::Kind::race,
            .block = later.block,
            .thread = later.thread,
            .address = reinterpret_cast<uint64_t>(array.data) + static_cast<uint64_t>(met.word) * 4,
            .bytes = bytes_of(trace, later.offset, later.kind),
            .access = later.kind,
            .offset = later.offset,
            .array = met.array,
            .place = met.word * 4,
            .other_block = earlier.block,
            .other_thread = earlier.thread,
            .other_offset = earlier.offset,
            .other_access = earlier.kind,
            .sentence = {}};
        faults.add(found, [&](const TraceFault& told) {
            return twice ? words.written_twice(told) : words.race(told);
        });
    });
}

// The arrays whose accesses are compared between blocks, the output first.
GridShadow grid_shadow_of(const TraceOptions& options, const std::vector<Region>& regions) {
    std::vector<int> watched;
    for (const bool output : {true, false})
        for (const Region& region : regions)
            if (region.watched &&
                output == (options.arrays[static_cast<size_t>(region.array)].role == BufferRole::output))
                watched.push_back(region.array);
    return GridShadow(options, watched);
}

}  // namespace

TraceTotals& TraceTotals::operator+=(const TraceTotals& other) {
    input_reads += other.input_reads;
    weight_reads += other.weight_reads;
    output_writes += other.output_writes;
    load_requests += other.load_requests;
    load_sectors += other.load_sectors;
    store_requests += other.store_requests;
    store_sectors += other.store_sectors;
    load_bytes += other.load_bytes;
    store_bytes += other.store_bytes;
    load_sectors_ideal += other.load_sectors_ideal;
    store_sectors_ideal += other.store_sectors_ideal;
    shared_requests += other.shared_requests;
    shared_conflicts += other.shared_conflicts;
    atomics += other.atomics;
    barriers += other.barriers;
    warp_blocks += other.warp_blocks;
    lane_blocks += other.lane_blocks;
    threads += other.threads;
    return *this;
}

Trace trace(const Step& step, void** arguments, const TraceOptions& options) {
    check_limits(step);
    const LaunchFacts facts{step, arguments, FiberOrder::ascending, 0, ModuleStorage::of(step.function)};
    Trace result = empty_trace(facts, options);
    TraceShared shared{facts,
                       options,
                       result,
                       regions_of(step, arguments, options),
                       tagged_of(options),
                       {step, options, result.static_shared_bytes}};
    std::optional<GridShadow> grid;
    const bool several = options.blocks.empty() ? step.grid.count() > 1 : options.blocks.size() > 1;
    if (several) {
        shared.grid = &grid.emplace(grid_shadow_of(options, shared.regions));
        result.watched_all = grid->watches_all();
    }
    Dl_info object{};
    if (dladdr(step.function, &object) != 0) {
        shared.module_base = reinterpret_cast<uintptr_t>(object.dli_fbase);
        result.module_path = object.dli_fname;
    }
    std::mutex mutex;
    std::vector<std::unique_ptr<TraceCounts>> counts;
    // Records are in an order, which only one OS thread has.
    run_grid(step,
             {.workers = options.record ? 1 : options.workers,
              .keep_going = [&] { return shared.wanted(); },
              .report = options.report,
              .blocks = options.blocks},
             [&](FiberPool& fibers) {
                 const std::lock_guard lock(mutex);
                 counts.push_back(std::make_unique<TraceCounts>());
                 return std::make_unique<LockstepBlock>(shared, fibers, *counts.back());
             });
    if (shared.cancelled) throw Error(ErrorKind::cancelled, "the computation was cancelled");
    merge(counts, result);
    FaultList faults;
    for (const auto& of_thread : counts) faults.add(of_thread->faults);
    if (grid) add_meetings(*grid, shared.words, result, faults);
    result.faults = faults.sorted();
    result.fault_count = faults.count();
    if (result.totals.warp_blocks == 0)
        throw Error(ErrorKind::failed, cat(step.label, ": the kernel was not compiled with tracing"));
    return result;
}

}  // namespace convscope::sim
