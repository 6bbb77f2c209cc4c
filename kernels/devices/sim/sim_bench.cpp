// Prints what a simulated thread costs, on one core.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "core/inputs.h"
#include "devices/sim/sim_device.h"

namespace {

using namespace convscope;

double processor_ns() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void measure(Device& device, const ProblemSpec& spec, const char* kernel) {
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
    const CancelToken cancel;
    const auto execution = device.prepare(problem, tensors, kernel, cancel);
    double best_ns = 1e300;
    for (int run = 0; run < 5; ++run) {
        OutputFaults faults;
        const double start_ns = processor_ns();
        execution->run(cancel, faults);
        best_ns = std::min(best_ns, processor_ns() - start_ns);
    }
    const auto threads = static_cast<double>(element_count(problem.output_shape()));
    std::printf("%-12s %-60s %7.1f ns a thread\n", kernel, problem.text().c_str(), best_ns / threads);
}

}  // namespace

int main() {
    const auto device = make_sim_device(CONVSCOPE_MODULES, {.order = SimOrder::ascending, .workers = 1});
    ProblemSpec spec;
    spec.input = {1, 1024, 1024};
    for (const int64_t side : {1, 3, 5}) {
        spec.kernel_size = {1, side, side};
        spec.padding = {0, side / 2, side / 2};
        for (const char* kernel : {"naive", "shared_tile"}) measure(*device, spec, kernel);
    }
    return 0;
}
