#include "cli/command.h"
#include "cli/xray_report.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

using nlohmann::json;

// One launch on the GPU; without resources where ptxas' figures are not known.
struct StepOnGpu {
    std::optional<xray::KernelResources> resources;
    int64_t shared_bytes = 0;  // static and dynamic
    xray::Occupancy occupancy;
};

StepOnGpu step_on(const xray::GpuModel& gpu, const xray::StepFacts& step) {
    StepOnGpu out;
    out.resources = xray::kernel_resources(modules_folder(), step.function, gpu.capability);
    if (!out.resources) return out;
    out.shared_bytes = out.resources->shared_bytes + static_cast<int64_t>(step.shared_bytes);
    out.occupancy = xray::occupancy(gpu, static_cast<int>(step.block.count()), out.resources->registers,
                                    out.shared_bytes, step.grid.count());
    return out;
}

std::string ms_text(double ms) {
    return number_text(ms, 3) + " ms";
}

}  // namespace

const xray::GpuModel& gpu_named(const std::string& name) {
    if (const xray::GpuModel* found = xray::find_gpu_model(name)) return *found;
    std::vector<std::string> known;
    for (const xray::GpuModel& gpu : xray::gpu_models()) known.push_back(cat("'", gpu.name, "'"));
    fail_request(cat("--gpu: '", name, "' is not in the table; ", joined(known, " or "), " is allowed"));
}

std::string gpu_text(const xray::GpuModel& gpu, const Problem& problem, const xray::KernelName& kernel,
                     const std::vector<xray::StepFacts>& steps) {
    TextTable table({"step", "registers", "spilled", "shared memory", "blocks", "warps", "occupancy", "waves",
                     "why not more"});
    for (size_t number = 0; number < steps.size(); ++number) {
        const StepOnGpu on = step_on(gpu, steps[number]);
        if (!on.resources) {
            table.add({cat(number), "–", "–", "–", "–", "–", "–", "–", "what ptxas says of it is not known"});
            continue;
        }
        const xray::Occupancy& o = on.occupancy;
        table.add({cat(number), cat(on.resources->registers), cat(on.resources->spill_bytes, " B"),
                   cat(on.shared_bytes, " B"), cat(o.blocks), cat(o.warps),
                   cat(number_text(100 * o.share, 3), " %"), number_text(o.waves, 3), o.sentence});
    }
    const xray::PredictedFloor floor = xray::predicted_floor(gpu, problem, kernel.error);
    return cat("on ", gpu.name, ", a multiprocessor:\n", table.text(),
               "No kernel that rounds as this one does takes less than ", ms_text(floor.floor_ms()),
               " there: memory ", ms_text(floor.memory_ms), ", arithmetic ", ms_text(floor.arithmetic_ms),
               " at the maker's peaks, with every tensor in the GPU's memory and none in its caches. It is a "
               "floor, not a prediction.\n");
}

json gpu_json(const xray::GpuModel& gpu, const Problem& problem, const xray::KernelName& kernel,
              const std::vector<xray::StepFacts>& steps) {
    json rows = json::array();
    for (const xray::StepFacts& step : steps) {
        const StepOnGpu on = step_on(gpu, step);
        if (!on.resources) {
            rows.push_back(nullptr);
            continue;
        }
        const xray::Occupancy& o = on.occupancy;
        rows.push_back({{"registers", on.resources->registers},
                        {"spill_bytes", on.resources->spill_bytes},
                        {"shared_bytes", on.shared_bytes},
                        {"blocks", o.blocks},
                        {"warps", o.warps},
                        {"occupancy", number(o.share)},
                        {"waves", number(o.waves)},
                        {"limit", o.sentence}});
    }
    const xray::PredictedFloor floor = xray::predicted_floor(gpu, problem, kernel.error);
    return {{"name", gpu.name},
            {"steps", rows},
            {"floor_ms", number(floor.floor_ms())},
            {"memory_floor_ms", number(floor.memory_ms)},
            {"arithmetic_floor_ms", number(floor.arithmetic_ms)}};
}

}  // namespace convscope::cli
