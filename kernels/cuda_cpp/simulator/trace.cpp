#include "cuda_cpp/simulator/trace.h"

#include <dlfcn.h>

#include <algorithm>
#include <mutex>

#include "core/text.h"
#include "cuda_cpp/simulator/grid.h"
#include "cuda_cpp/simulator/lockstep.h"

namespace convscope::sim {
namespace {

Region region(const void* data, size_t bytes, Region::Kind kind, int array = -1) {
    const auto begin = reinterpret_cast<uintptr_t>(data);
    return {begin, begin + bytes, kind, array};
}

// The arrays, and what the trampoline reads of the arguments.
std::vector<Region> regions_of(const Step& step, void** arguments, const TraceOptions& options) {
    std::vector<Region> regions;
    for (size_t i = 0; i < options.arrays.size(); ++i) {
        const TraceArray& array = options.arrays[i];
        if (array.data)
            regions.push_back(region(array.data, static_cast<size_t>(array.bytes), Region::Kind::array,
                                     static_cast<int>(i)));
    }
    const size_t pointers = step.buffers.size();
    regions.push_back(region(arguments, (1 + pointers) * sizeof(void*), Region::Kind::ignored));
    regions.push_back(region(arguments[0], step.sizes.size(), Region::Kind::ignored));
    for (size_t i = 0; i < pointers; ++i)
        regions.push_back(region(arguments[i + 1], sizeof(void*), Region::Kind::ignored));
    return regions;
}

Trace empty_trace(const TraceOptions& options) {
    Trace trace;
    for (const TraceArray& array : options.arrays) {
        ArrayTrace& result = trace.arrays.emplace_back();
        result.role = array.role;
        result.name = array.name;
        const auto elements = static_cast<size_t>(array.bytes / array.element_bytes);
        if (!options.per_element || !array.data) continue;
        result.element_reads.resize(elements);
        result.element_writes.resize(elements);
    }
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

void merge(const std::vector<std::unique_ptr<TraceCounts>>& all, Trace& trace) {
    std::unordered_map<uintptr_t, InstructionTrace> instructions;
    for (const auto& counts : all) {
        trace.totals += counts->totals;
        for (size_t i = 0; i < counts->array_reads.size(); ++i) {
            trace.arrays[i].reads += counts->array_reads[i];
            trace.arrays[i].writes += counts->array_writes[i];
        }
        for (const auto& [key, found] : counts->instructions) {
            const auto [place, fresh] = instructions.emplace(key, found);
            if (fresh) continue;
            place->second.requests += found.requests;
            place->second.lanes += found.lanes;
            place->second.sectors += found.sectors;
            place->second.conflicts += found.conflicts;
        }
        trace.faults.insert(trace.faults.end(), counts->faults.begin(), counts->faults.end());
        trace.fault_count += counts->fault_count;
    }
    for (const auto& [key, found] : instructions) trace.instructions.push_back(found);
    std::sort(trace.instructions.begin(), trace.instructions.end(), [](const auto& a, const auto& b) {
        return std::tie(a.offset, a.kind, a.space) < std::tie(b.offset, b.kind, b.space);
    });
    std::sort(trace.faults.begin(), trace.faults.end(), [](const TraceFault& a, const TraceFault& b) {
        return std::tie(a.block, a.thread) < std::tie(b.block, b.thread);
    });
    add_roles(trace);
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
    Trace result = empty_trace(options);
    TraceShared shared{facts, options, result, regions_of(step, arguments, options)};
    Dl_info object{};
    if (dladdr(step.function, &object) != 0) {
        shared.module_base = reinterpret_cast<uintptr_t>(object.dli_fbase);
        result.module_path = object.dli_fname;
    }
    std::mutex mutex;
    std::vector<std::unique_ptr<TraceCounts>> counts;
    run_grid(step, {.workers = options.workers, .keep_going = options.keep_going, .blocks = options.blocks},
             [&](FiberPool& fibers) {
                 const std::lock_guard lock(mutex);
                 counts.push_back(std::make_unique<TraceCounts>());
                 return std::make_unique<LockstepBlock>(shared, fibers, *counts.back());
             });
    merge(counts, result);
    if (result.totals.warp_blocks == 0)
        throw Error(ErrorKind::failed, cat(step.label, ": the kernel was not compiled with tracing"));
    return result;
}

}  // namespace convscope::sim
