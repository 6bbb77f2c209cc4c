// A loop over all cores that can be stopped and tells how far it is.
#pragma once
#include <algorithm>
#include <atomic>
#include <exception>

#include "core/errors.h"
#include "reference/verification.h"

namespace convscope {

// Calls body(i) for all i on all cores until keep_going says no. They are begun in their order, so that i
// says how far all are.
template <class Body>
void for_all(int64_t count, const KeepGoing& keep_going, const ReportShare& report, const Body& body) {
    const int64_t each_report = std::max<int64_t>(1, count / 128);
    std::atomic<bool> stopped{false};
    std::exception_ptr thrown;  // an exception must not leave the parallel region
#pragma omp parallel for schedule(dynamic, 4)
    for (int64_t i = 0; i < count; ++i) {
        if (stopped.load(std::memory_order_relaxed)) continue;
        try {
            if (report && i % each_report == 0) report(double(i) / double(count));
            if (!keep_going || keep_going()) {
                body(i);
                continue;
            }
        } catch (...) {
#pragma omp critical(convscope_reference_thrown)
            thrown = std::current_exception();
        }
        stopped = true;
    }
    if (thrown) std::rethrow_exception(thrown);
    if (stopped) throw Error(ErrorKind::cancelled, "the verification was cancelled");
}

}  // namespace convscope
