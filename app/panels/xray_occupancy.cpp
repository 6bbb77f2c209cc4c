// How many blocks of the kernel fit on a multiprocessor of a chosen GPU, what stands in the way of more, and
// how fast the problem could be there at best.
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "views/xray_map.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/plot_axis.h"
#include "widgets/registry.h"
#include "widgets/theme.h"
#include "xray/occupancy.h"

namespace convscope {
namespace {

using xray::GpuModel;
using xray::KernelResources;
using Limit = xray::Occupancy::Limit;

const GpuModel& chosen_gpu(const State& state) {
    const GpuModel* found = xray::find_gpu_model(state.experiment.xray.gpu);
    return found ? *found : xray::gpu_models().front();
}

std::string capability_words(int capability) {
    return cat(capability / 10, ".", capability % 10);
}

void gpu_choice(const State& state, Post& post) {
    const GpuModel& gpu = chosen_gpu(state);
    ImGui::SetNextItemWidth(px(190));
    if (ImGui::BeginCombo("##gpu", gpu.name)) {
        for (const GpuModel& each : xray::gpu_models()) {
            if (ImGui::Selectable(each.name, &each == &gpu)) {
                XrayView view = state.experiment.xray;
                view.gpu = each.name;
                post.action(SetXray{view});
            }
            registry().add_item(cat("occupancy.gpu.", each.name));
        }
        ImGui::EndCombo();
    }
    registry().add_item("occupancy.gpu");
    tooltip(cat(gpu.name, ": compute capability ", capability_words(gpu.capability), ", ",
                gpu.multiprocessors, " multiprocessors, ", number_text(gpu.bandwidth_gbs), " GB/s and ",
                number_text(gpu.fp32_tflops), " TFLOP/s at best."));
}

void row_title(const char* title) {
    const WithFont small(fonts().small);
    dim_text(title);
    ImGui::SameLine(px(118));
}

// A row of facts: what, how much, and what that means.
void fact(const char* title, const std::string& words, const std::string& tip, const char* name) {
    row_title(title);
    const WithFont cells(fonts().cells);
    text(words);
    registry().add_item(cat("occupancy.", name));
    tooltip(tip);
}

struct Load {
    int threads = 0;
    int64_t shared_bytes = 0;  // static and dynamic
    int64_t blocks = 0;
};

void draw_resources(const GpuModel& gpu, const xray::StepFacts& step, const Load& load,
                    const std::optional<KernelResources>& resources) {
    fact("threads a block",
         cat(load.threads, step.block.y > 1 || step.block.z > 1 ? " = " + dim_text(step.block) : ""), "",
         "threads");
    fact("blocks", exact_figure_text(static_cast<double>(load.blocks), FigureForm::count), "Of the grid.",
         "blocks");
    if (!resources) {
        note(palette().warning,
             "How many registers a thread takes is not known: this kernel is neither in this "
             "build's gpu module nor in the table that comes with the source.");
        return;
    }
    const KernelResources& r = *resources;
    fact("registers a thread", cat(r.registers), "From ptxas, the compiler's last stage.", "registers");
    fact("shared memory", bytes_text(static_cast<double>(load.shared_bytes)),
         cat("Of a block: ", r.shared_bytes, " bytes static, ", step.shared_bytes, " bytes dynamic."),
         "shared");
    fact("spills", r.spill_bytes == 0 ? std::string("none") : bytes_text(static_cast<double>(r.spill_bytes)),
         cat("Registers that did not fit and are kept in local memory, stores and loads. Stack: ",
             r.stack_bytes, " bytes a thread."),
         "spills");
    note(palette().dim,
         cat("Registers by ptxas for compute capability ", capability_words(r.capability),
             r.of_this_build ? ", from this build." : ", from the table that comes with the source.",
             r.capability == gpu.capability ? ""
                                            : cat(" This GPU has ", capability_words(gpu.capability), ".")));
}

struct LimitRow {
    const char *title, *name;
    Limit limit;
    int blocks;
};

// How many blocks each resource would allow; the scarcest decides.
void draw_limits(const xray::Occupancy& o, const GpuModel& gpu) {
    const std::array<LimitRow, 4> rows{{{"threads", "threads", Limit::threads, o.by_threads},
                                        {"registers", "registers", Limit::registers, o.by_registers},
                                        {"shared memory", "shared", Limit::shared_memory, o.by_shared},
                                        {"block slots", "slots", Limit::blocks, o.by_blocks}}};
    const int full = std::max(gpu.blocks_per_multiprocessor, 1);
    const float bars = std::clamp(ImGui::GetContentRegionAvail().x - px(118 + 80), px(60), px(260));
    for (const LimitRow& row : rows) {
        row_title(row.title);
        const ImVec2 from = ImGui::GetCursorScreenPos();
        const float height = ImGui::GetTextLineHeight();
        const float share = std::min(static_cast<float>(row.blocks) / static_cast<float>(full), 1.0f);
        const bool decides = row.limit == o.limit;
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddRectFilled({from.x, from.y + px(2)}, {from.x + bars, from.y + height - px(2)},
                           packed(palette().field), px(2));
        list.AddRectFilled(
            {from.x, from.y + px(2)}, {from.x + std::max(bars * share, px(2)), from.y + height - px(2)},
            packed(decides ? palette().warning : palette().accent, decides ? 0.9f : 0.45f), px(2));
        ImGui::Dummy({bars, height});
        ImGui::SameLine();
        {
            const WithFont cells(fonts().cells);
            coloured_text(decides ? palette().warning : palette().text, cat(row.blocks));
        }
        registry().add_item(cat("occupancy.by_", row.name));
        tooltip(cat("So many blocks would fit on a multiprocessor if nothing but the ", row.title,
                    " were limited.", decides ? " This is what decides." : ""));
    }
}

// "1.03 waves: the last one is 3 % full"
std::string waves_words(double waves) {
    const double last = waves - std::floor(waves);
    if (waves <= 1 || last == 0) return figure(waves);
    return cat(figure(waves), ", the last ", std::max(std::lround(last * 100), 1L), " % full");
}

void draw_occupancy(const GpuModel& gpu, const Load& load, const KernelResources& resources) {
    const xray::Occupancy o =
        xray::occupancy(gpu, load.threads, resources.registers, load.shared_bytes, load.blocks);
    if (o.limit == Limit::too_large) {
        note(palette().bad, o.sentence);
        registry().add_item("occupancy.too_large");
        return;
    }
    const int most = gpu.threads_per_multiprocessor / 32;
    fact("occupancy", cat(std::lround(o.share * 100), " %  ", o.warps, " of ", most, " warps"),
         "Warps that a multiprocessor holds at once, of those it could. More of them hide waiting better, up "
         "to a "
         "point.",
         "share");
    fact("at once", cat(o.blocks, o.blocks == 1 ? " block" : " blocks", " a multiprocessor"), o.sentence,
         "at_once");
    fact("waves", waves_words(o.waves),
         cat("The grid over all ", gpu.multiprocessors,
             " multiprocessors: how often they are filled with blocks."),
         "waves");
    ImGui::Dummy({0, px(3)});
    draw_limits(o, gpu);
    std::string sentence = o.sentence + ".";
    sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
    note(palette().dim, sentence);
}

ErrorModel arithmetic_of(const XrayNews& news) {
    const auto kernel = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    return kernel == news.kernels.end() ? ErrorModel{} : kernel->error;
}

void draw_floor(const State& state, const GpuModel& gpu) {
    const ErrorModel model = arithmetic_of(*state.xray);
    const xray::PredictedFloor floor = xray::predicted_floor(gpu, *state.xray->problem, model);
    fact("predicted floor", cat("≥ ", milliseconds_text(floor.floor_ms())),
         "A floor, not a forecast: no kernel of this arithmetic can be faster on this GPU while the tensors "
         "come from its memory. Small ones that its caches still hold can be.",
         "floor");
    note(palette().dim, cat("Memory alone takes ", milliseconds_text(floor.memory_ms), " at ",
                            number_text(gpu.bandwidth_gbs), " GB/s, arithmetic alone ",
                            milliseconds_text(floor.arithmetic_ms), " in ", model.name, "."));
}

}  // namespace

void draw_xray_occupancy(const State& state, PanelMemory& memory, Post& post) {
    const XrayNews& news = *state.xray;
    if (news.steps.empty() || !news.problem)
        return note(palette().dim, news.error.empty() ? "Looking at the kernel …" : news.error);
    const GpuModel& gpu = chosen_gpu(state);
    const xray::StepFacts& step = news.steps[static_cast<size_t>(chosen_step(state))];
    const auto& resources = ptxas_resources(state, memory.source, step.function, gpu.capability);
    const Load load{
        .threads = static_cast<int>(step.block.count()),
        .shared_bytes = static_cast<int64_t>(step.shared_bytes) + (resources ? resources->shared_bytes : 0),
        .blocks = step.grid.count()};
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const bool beside = room.x > px(560);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(3)));
    ImGui::BeginChild("resources",
                      {beside ? std::min(room.x * 0.42f, px(360)) : 0, beside ? room.y : px(230)}, false);
    gpu_choice(state, post);
    dim_text(fitted(step.label, ImGui::GetContentRegionAvail().x));
    draw_resources(gpu, step, load, resources);
    draw_floor(state, gpu);
    ImGui::EndChild();
    if (beside) ImGui::SameLine(0, px(18));
    ImGui::BeginChild("occupancy", {0, beside ? room.y : px(230)}, false);
    if (resources) draw_occupancy(gpu, load, *resources);
    ImGui::EndChild();
    ImGui::PopStyleVar();
}

}  // namespace convscope
