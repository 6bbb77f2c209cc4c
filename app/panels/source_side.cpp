// Beside a kernel's text: what the kernel says of itself, and what the compiler made of it.
#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "panels/xray_parts.h"
#include "views/xray_map.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

void wrapped(const std::string& words) {
    ImGui::PushTextWrapPos(0);
    text(words);
    ImGui::PopTextWrapPos();
}

void paragraph(const char* title, const std::string& words, const char* name) {
    if (words.empty()) return;
    section(title);
    wrapped(words);
    registry().add_item(name);
}

const KernelFacts* facts_in(const std::vector<KernelFacts>& kernels, const std::string& name) {
    for (const KernelFacts& kernel : kernels)
        if (kernel.name == name && !kernel.source_file.empty()) return &kernel;
    return nullptr;
}

// "34 registers a thread, 4.6 kB shared, no spills (sm_90, this build)"
std::string resources_words(const xray::KernelResources& r, size_t dynamic_bytes) {
    const auto shared = static_cast<double>(r.shared_bytes) + static_cast<double>(dynamic_bytes);
    return cat(r.registers, " registers a thread, ", shared > 0 ? bytes_text(shared) : "no",
               " shared memory a block, ",
               r.spill_bytes > 0 ? bytes_text(static_cast<double>(r.spill_bytes)) : "no",
               " spills (ptxas, sm_", r.capability,
               r.of_this_build ? ", this build)" : ", the table of the source)");
}

void draw_step(const State& state, SourceMemory& memory, const xray::StepFacts& step, size_t index) {
    ImGui::Dummy({0, px(2)});
    const bool present = static_cast<size_t>(chosen_step(state)) == index;
    {
        const WithFont strong(fonts().strong);
        ImGui::PushTextWrapPos(0);
        coloured_text(present ? palette().accent : palette().text,
                      cat(index + 1, "  ", step.label, step.prepares_weights ? "  (prepares weights)" : ""));
        ImGui::PopTextWrapPos();
        registry().add_item(cat("source.step.", index));
    }
    wrapped(cat("Grid ", dim_text(step.grid), ", block ", dim_text(step.block),
                step.shared_bytes > 0
                    ? cat(", ", bytes_text(static_cast<double>(step.shared_bytes)), " dynamic shared memory")
                    : "",
                "."));
    note(palette().dim, step.reason);
    const xray::GpuModel* chosen = xray::find_gpu_model(state.experiment.xray.gpu);
    const xray::GpuModel& gpu = chosen ? *chosen : xray::gpu_models().front();
    const auto& resources = ptxas_resources(state, memory, step.function, gpu.capability);
    note(palette().dim, resources ? resources_words(*resources, step.shared_bytes)
                                  : std::string("What ptxas makes of it is not known here."));
}

const SourceMemory::Code& code_of(const State& state, SourceMemory& memory, const std::string& file,
                                  xray::CodeKind kind) {
    const auto [at, is_new] =
        memory.codes.try_emplace(cat(kind == xray::CodeKind::ptx ? "ptx " : "sass ", file));
    SourceMemory::Code& code = at->second;
    if (!is_new) return code;
    try {
        code.functions = xray::machine_code(state.modules_folder, file, kind, code.why_not);
    } catch (const Error& error) {
        code.why_not = error.what();
    }
    for (const xray::MachineCode& function : code.functions) {
        std::vector<std::string> lines;
        for (const xray::MachineCode::Line& line : function.lines) lines.push_back(line.text);
        code.texts.push_back(
            machine_text(cat(at->first, " ", function.function, " ", function.capability), lines));
    }
    return code;
}

std::string title_of(const xray::MachineCode& code) {
    return cat(code.function, "  sm_", code.capability);
}

// The one that was chosen, else the present step's, for the highest capability, else the first.
size_t chosen_function(const State& state, const SourceMemory::Code& code, const SourceMemory& memory) {
    for (size_t i = 0; i < code.functions.size(); ++i)
        if (title_of(code.functions[i]) == memory.function) return i;
    const auto& steps = state.xray->steps;
    size_t best = 0;
    int capability = -1;
    for (size_t i = 0; i < code.functions.size(); ++i)
        for (size_t step = 0; step < steps.size(); ++step)
            if (static_cast<int>(step) == chosen_step(state) &&
                code.functions[i].function == steps[step].function &&
                code.functions[i].capability > capability) {
                best = i;
                capability = code.functions[i].capability;
            }
    return best;
}

void choose_function(const SourceMemory::Code& code, size_t chosen, SourceMemory& memory) {
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    if (ImGui::BeginCombo("##function", title_of(code.functions[chosen]).c_str())) {
        for (size_t i = 0; i < code.functions.size(); ++i) {
            const std::string title = title_of(code.functions[i]);
            if (ImGui::Selectable(title.c_str(), i == chosen)) {
                memory.function = title;
            }
            registry().add_item(cat("machine.function.", i));
        }
        ImGui::EndCombo();
    }
    registry().add_item("machine.function");
    tooltip(title_of(code.functions[chosen]));
}

// Lines of machine code that come from the lit line of the source.
SourceMarks marks_of(const xray::MachineCode& code, const std::string& text, const SourceMemory& memory) {
    SourceMarks marks{.lit = memory.machine_text == text ? memory.machine_line : 0};
    if (memory.line == 0) return marks;
    for (size_t i = 0; i < code.lines.size(); ++i)
        if (code.lines[i].source_line == memory.line && code.lines[i].file == memory.file)
            marks.related.push_back(static_cast<int>(i) + 1);
    if (marks.lit == 0 && !marks.related.empty()) marks.lit = marks.related.front();
    return marks;
}

}  // namespace

void draw_source_facts(const State& state, SourceMemory& memory) {
    const XrayNews& news = *state.xray;
    const auto kernel = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    if (kernel == news.kernels.end()) return;
    std::vector<KernelFacts> kernels;
    const KernelFacts* facts = nullptr;
    if (state.devices)
        for (const auto& device : state.devices->present) {
            if (facts) break;
            kernels = device->kernels(state.experiment.spec.op);
            facts = facts_in(kernels, news.kernel);
        }
    paragraph(kernel->broken_on_purpose ? "What is wrong with it" : "Idea", kernel->idea, "source.idea");
    if (facts) {
        paragraph("Memory traffic", facts->traffic, "source.traffic");
        paragraph("When it wins", facts->wins_when, "source.wins_when");
    }
    section("Plan for this problem");
    if (news.steps.empty())
        return note(palette().dim, news.error.empty() ? "Binding the kernel to the problem …" : news.error);
    for (size_t i = 0; i < news.steps.size(); ++i) draw_step(state, memory, news.steps[i], i);
}

void draw_machine_code(const State& state, SourceMemory& memory, xray::CodeKind kind) {
    const XrayNews& news = *state.xray;
    const auto kernel = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    if (kernel == news.kernels.end()) return;
    const SourceMemory::Code& code = code_of(state, memory, kernel->source_file, kind);
    if (code.functions.empty()) {
        note(palette().dim, cat("No ", kind == xray::CodeKind::ptx ? "PTX: " : "SASS: ", code.why_not, "."));
        registry().add_item("machine.why_not");
        return;
    }
    const size_t chosen = chosen_function(state, code, memory);
    choose_function(code, chosen, memory);
    const xray::MachineCode& function = code.functions[chosen];
    const SourceText& text = code.texts[chosen];
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    const SourceEvents events = source_view("machine", text, {}, marks_of(function, text.name, memory),
                                            memory.machine_view, {from, {from.x + room.x, from.y + room.y}});
    if (events.clicked == 0) return;
    const xray::MachineCode::Line& line = function.lines[static_cast<size_t>(events.clicked - 1)];
    memory.light(line.file, line.file.empty() ? 0 : line.source_line, state.experiment.xray);
    memory.machine_text = text.name;
    memory.machine_line = events.clicked;
    if (!line.file.empty()) memory.shown_file = line.file;
}

}  // namespace convscope
