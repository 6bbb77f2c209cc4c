#include "xray/faults.h"

#include <algorithm>

#include "core/text.h"

namespace convscope::xray {
namespace {

// Threads that cannot go on are told without a thread of their own.
bool same_barrier(const Fault& fault) {
    return fault.fault.kind == sim::TraceFault::Kind::stuck && fault.fault.thread >= 0 &&
           fault.fault.other_thread >= 0 && !fault.places.empty() && fault.places == fault.other_places;
}

}  // namespace

int64_t add_faults(std::vector<Fault>& all, int step, const sim::Trace& trace, const PlacesOf& places_of) {
    int64_t count = trace.fault_count;
    for (const sim::TraceFault& found : trace.faults) {
        Fault fault{step, found, places_of(found.offset), places_of(found.other_offset)};
        if (same_barrier(fault))
            count -= found.count;
        else
            all.push_back(std::move(fault));
    }
    return count;
}

std::optional<Fault> never_written(const sim::ArrayTrace& array, int output, int step,
                                   const std::string& label) {
    const std::vector<uint32_t>& writes = array.element_writes;
    const auto missing = std::count(writes.begin(), writes.end(), 0u);
    if (missing == 0) return std::nullopt;
    const auto first = std::find(writes.begin(), writes.end(), 0u) - writes.begin();
    Fault fault;
    fault.step = step;
    fault.fault.kind = sim::TraceFault::Kind::never_written;
    fault.fault.access = sim::AccessKind::store;
    fault.fault.bytes = int{sizeof(float)};
    fault.fault.array = output;
    fault.fault.place = first * int64_t{sizeof(float)};
    fault.fault.count = missing;
    fault.fault.sentence =
        missing == 1 ? cat(label, ": no thread writes output element ", first)
                     : cat(label, ": no thread writes ", missing, " output elements, the first is ", first);
    return fault;
}

}  // namespace convscope::xray
