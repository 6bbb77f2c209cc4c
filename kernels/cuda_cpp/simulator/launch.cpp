#include "cuda_cpp/simulator/grid.h"

namespace convscope::sim {

void launch(const Step& step, void** arguments, const Options& options) {
    check_limits(step);
    const LaunchFacts facts{step, arguments, options.order, options.seed, ModuleStorage::of(step.function)};
    run_grid(step, {.workers = options.workers, .keep_going = options.keep_going, .report = options.report},
             [&](FiberPool& fibers) { return std::make_unique<Block>(facts, fibers); });
}

}  // namespace convscope::sim
