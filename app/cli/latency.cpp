#include "cli/latency.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "run/timing.h"

#ifdef CONVSCOPE_HAVE_WINDOW
#include "window.h"
#endif

namespace convscope::cli {

#ifdef CONVSCOPE_HAVE_WINDOW
namespace {

nlohmann::json spread_json(const std::vector<double>& samples) {
    return {{"median_ms", percentile(samples, 0.5)},
            {"p20_ms", percentile(samples, 0.2)},
            {"p80_ms", percentile(samples, 0.8)},
            {"slowest_ms", percentile(samples, 1)},
            {"samples", samples.size()}};
}

std::string spread_text(const std::vector<double>& samples) {
    return cat("median ", number_text(percentile(samples, 0.5), 3), " ms, p20 ",
               number_text(percentile(samples, 0.2), 3), " ms, p80 ",
               number_text(percentile(samples, 0.8), 3), " ms, slowest ",
               number_text(percentile(samples, 1), 3), " ms of ", samples.size());
}

}  // namespace

int bench_latency(const Experiment& experiment, bool json) {
    const Problem problem(experiment.spec);
    LatencyOptions options;
    options.experiment = experiment;
    const LatencyFigures figures = measure_latency(options);
    if (json)
        print_json({{"problem", to_json(problem)},
                    {"change_to_pixels", spread_json(figures.change_ms)},
                    {"frame", spread_json(figures.frame_ms)}});
    else
        std::cout << problem.text() << ", the padding dragged in a window of " << options.width << "x"
                  << options.height << "\nchange to pixels: " << spread_text(figures.change_ms)
                  << "\nframe at rest:    " << spread_text(figures.frame_ms) << "\n";
    return exit_done;
}
#else
int bench_latency(const Experiment&, bool) {
    throw Error(ErrorKind::failed,
                "this build has no window: Dear ImGui, GLFW, EGL and glad were not all found");
}
#endif

}  // namespace convscope::cli
