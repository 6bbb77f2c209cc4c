// The Source tab: a kernel's files with what was counted beside their lines, and what the compiler made of
// them.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Side = SourceMemory::Side;

// The kernel's own file, then those in which its accesses lie.
std::vector<std::string> files_to_show(const State& state) {
    std::vector<std::string> files{own_file(state)};
    if (const auto* instructions = chosen_instructions(state))
        for (const std::string& file : files_of(*instructions))
            if (std::ranges::find(files, file) == files.end()) files.push_back(file);
    return files;
}

void draw_kernels(const State& state, SourceMemory& memory, Post& post) {
    section("Kernel");
    bool told = false;
    for (const xray::KernelName& kernel : state.xray->kernels) {
        if (kernel.broken_on_purpose && !told) {
            note(palette().dim, "broken on purpose");
            told = true;
        }
        const bool present = kernel.name == state.xray->kernel;
        ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().text);
        const std::string words = fitted(kernel.name, ImGui::GetContentRegionAvail().x);
        const bool clicked = ImGui::Selectable(cat(words, "##", kernel.name).c_str(), present);
        ImGui::PopStyleColor();
        registry().add_item("source.kernel." + kernel.name);
        tooltip(kernel.idea);
        if (!clicked || present) continue;
        const XrayView& view = state.experiment.xray;
        post.action(
            SetXray{{.kernel = kernel.name, .heat = view.heat, .panel = view.panel, .gpu = view.gpu}});
        memory.light({}, 0, view);
    }
}

void draw_files(const std::vector<std::string>& files, SourceMemory& memory) {
    section("Files");
    for (const std::string& file : files) {
        const bool present = file == memory.shown_file;
        ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().text);
        const std::string words = fitted(file, ImGui::GetContentRegionAvail().x);
        if (ImGui::Selectable(cat(words, "##", file).c_str(), present)) memory.shown_file = file;
        ImGui::PopStyleColor();
        registry().add_item("source.file." + file);
        tooltip(file == files.front() ? file + "\nThe kernel's own file."
                                      : file + "\nAccesses of the kernel lie in it.");
    }
}

// The next line after the lit one that holds what is looked for, or the one before; 0: none does.
int next_found(const SourceText& text, const std::string& words, int from, int by) {
    const int count = static_cast<int>(text.lines.size());
    for (int i = 1; i <= count; ++i) {
        const int line = ((from - 1 + i * by) % count + count) % count + 1;
        if (text.lines[static_cast<size_t>(line - 1)].find(words) != std::string::npos) return line;
    }
    return 0;
}

void draw_find(const SourceText& text, const XrayView& view, SourceMemory& memory) {
    ImGui::SetNextItemWidth(px(150));
    const ImGuiIO& io = ImGui::GetIO();
    if (io.KeyCtrl && compat::pressed(compat::Key::f)) ImGui::SetKeyboardFocusHere();
    const bool entered = ImGui::InputTextWithHint("##find", "find  Ctrl+F", memory.find.data(),
                                                  memory.find.size(), ImGuiInputTextFlags_EnterReturnsTrue);
    registry().add_item("source.find");
    tooltip("Enter: the next line with these words. Shift+Enter: the one before.");
    const std::string words = memory.find.data();
    if (words.empty()) return;
    const auto found = std::ranges::count_if(
        text.lines, [&](const std::string& line) { return line.find(words) != std::string::npos; });
    if (entered) {
        const bool here = memory.file == text.name;
        const int line = next_found(text, words, here ? memory.line : 0, io.KeyShift ? -1 : 1);
        if (line > 0) memory.light(text.name, line, view);
        ImGui::SetKeyboardFocusHere(-1);  // Enter again goes on
    }
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    const WithFont small(fonts().small);
    dim_text(found == 0 ? "not here" : cat(found, found == 1 ? " line" : " lines"));
}

struct SideRow {
    Side side;
    const char *title, *name, *tip;
};
constexpr std::array<SideRow, 3> sides{{
    {Side::facts, "Kernel", "source.side.facts",
     "What the kernel says of itself, its plan and its registers"},
    {Side::ptx, "PTX", "source.side.ptx", "The compiler's portable assembly of the kernel"},
    {Side::sass, "SASS", "source.side.sass", "The machine code of the kernel"},
}};

void draw_sides(SourceMemory& memory) {
    float width = 0;
    for (const SideRow& row : sides)
        width += text_width(row.title) + 2 * ImGui::GetStyle().FramePadding.x + px(2);
    ImGui::SameLine(std::max(ImGui::GetWindowWidth() - width - px(2), ImGui::GetCursorPosX()));
    for (const SideRow& row : sides) {
        const bool present = memory.side == row.side;
        ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().dim);
        if (quiet_button(cat(row.title, "##", row.name))) memory.side = present ? Side::none : row.side;
        ImGui::PopStyleColor();
        registry().add_item(row.name);
        tooltip(cat(row.tip, present ? "; click to hide" : ""));
        ImGui::SameLine(0, px(2));
    }
    ImGui::NewLine();
}

// Of what the figures beside the text are.
std::string counted_words(const State& state) {
    const XrayNews& news = *state.xray;
    if (news.counts) return "counted: the whole grid";
    if (news.block) return cat("counted: ", block_words(news.block->facts, news.block->block), " alone");
    return {};
}

void draw_head(const State& state, const SourceTexts::Entry& entry, SourceMemory& memory, Post& post) {
    ImGui::AlignTextToFramePadding();
    {
        const WithFont strong(fonts().strong);
        text(memory.shown_file);
    }
    ImGui::SameLine(0, px(16));
    draw_find(entry.text, state.experiment.xray, memory);
    ImGui::SameLine(0, px(16));
    {
        const WithFont small(fonts().small);
        ImGui::AlignTextToFramePadding();
        dim_text(counted_words(state));
        registry().add_item("source.counted");
        tooltip("Requests of warps to memory. No cache is modelled.");
    }
    if (!state.xray->counts) {
        ImGui::SameLine(0, px(12));
        draw_count_control(state, post);
        ImGui::SameLine(0, px(12));
    }
    draw_sides(memory);
}

// Where the kernel itself begins, with the line or two that belong to it above; else a little above the first
// line that was counted.
int begin_of(const SourceText& text, const SourceFigures& figures) {
    for (size_t i = text.lines.size(); i > 0; --i)
        if (text.lines[i - 1].find("__global__") != std::string::npos)
            return std::max(static_cast<int>(i) - 2, 1);
    return figures.lines.empty() ? 0 : std::max(figures.lines.begin()->first - 8, 1);
}

void draw_text(const State& state, const SourceTexts::Entry& entry, SourceMemory& memory) {
    if (!entry.error.empty()) return note(palette().warning, entry.error);
    SourceFigures figures;
    if (const auto* instructions = chosen_instructions(state))
        figures = beside_lines(*instructions, memory.shown_file);
    SourceMarks marks{.lit = memory.file == memory.shown_file ? memory.line : 0,
                      .begin = begin_of(entry.text, figures),
                      .found = memory.find.data()};
    const XrayNews& news = *state.xray;
    if (news.counts || news.block)
        marks.faults = fault_marks(news.counts ? news.counts->faults : news.block->faults, chosen_step(state),
                                   memory.shown_file);
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    const SourceEvents events = source_view("source", entry.text, figures, marks, memory.view,
                                            {from, {from.x + room.x, from.y + room.y}});
    if (events.clicked > 0) {
        const bool again = memory.file == memory.shown_file && memory.line == events.clicked;
        memory.light(memory.shown_file, again ? 0 : events.clicked, state.experiment.xray);
    }
}

void draw_side(const State& state, SourceMemory& memory) {
    switch (memory.side) {
        case Side::facts:
            return draw_source_facts(state, memory);
        case Side::ptx:
            return draw_machine_code(state, memory, xray::CodeKind::ptx);
        case Side::sass:
            return draw_machine_code(state, memory, xray::CodeKind::sass);
        case Side::none:
            return;
    }
}

// A child window of the rest of the height; `width` 0: of the rest of the width.
template <class Draw>
void column(const char* name, float width, bool scrolls, const Draw& draw) {
    ImGui::BeginChild(name, {width, 0}, false,
                      scrolls ? 0 : ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    draw();
    ImGui::EndChild();
}

}  // namespace

void draw_source_tab(const State& state, PanelMemory& panels, Post& post) {
    SourceMemory& memory = panels.source;
    const XrayNews& news = *state.xray;
    if (own_file(state).empty())
        return note(palette().dim, !news.error.empty() ? news.error
                                   : !state.problem ? "The experiment breaks rules: its kernel has no plan."
                                                    : "Looking for the kernel's text …");
    const std::vector<std::string> files = files_to_show(state);
    memory.look_at(news.kernel, files.front());
    const float width = ImGui::GetContentRegionAvail().x;
    const float left = std::clamp(width * 0.14f, px(150), px(220)), gap = px(14);
    column("files", left, true, [&] {
        draw_kernels(state, memory, post);
        draw_files(files, memory);
    });
    ImGui::SameLine(0, gap);
    column("right", 0, false, [&] {
        const SourceTexts::Entry& entry = panels.source_texts.text(state.modules_folder, memory.shown_file);
        draw_head(state, entry, memory, post);
        const float side = memory.side == Side::none ? 0 : std::floor((width - left - gap) * 0.4f);
        column("text", side > 0 ? width - left - side - 2 * gap : 0, false,
               [&] { draw_text(state, entry, memory); });
        if (side == 0) return;
        ImGui::SameLine(0, gap);
        column("side", 0, memory.side == Side::facts, [&] { draw_side(state, memory); });
    });
}

}  // namespace convscope
