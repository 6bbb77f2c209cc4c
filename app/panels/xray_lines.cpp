// What each line of a kernel's text asks of memory, as a table that can be sorted.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Sorting = SourceMemory::Sorting;

std::vector<xray::LineCounts> sorted_lines(const std::vector<xray::Instruction>& instructions,
                                           const std::string& file, const Sorting& by) {
    std::vector<xray::LineCounts> lines = line_counts(instructions, file);
    if (by.column == "line") {
        if (by.down) std::ranges::reverse(lines);
        return lines;
    }
    for (const LineFigure& figure : line_figures()) {
        if (by.column != figure.name) continue;
        std::ranges::stable_sort(lines, [&](const xray::LineCounts& a, const xray::LineCounts& b) {
            const double left = figure.value(a), right = figure.value(b);
            // A line that has no such figure comes last.
            if (std::isnan(left) || std::isnan(right)) return !std::isnan(left) && std::isnan(right);
            return by.down ? left > right : left < right;
        });
    }
    return lines;
}

// Figures begin with their largest, lines with their first.
void sort_by(Sorting& by, const std::string& column) {
    by = by.column == column ? Sorting{column, !by.down} : Sorting{column, column != "line"};
}
int sorted_as(const Sorting& by, const std::string& column) {
    return by.column != column ? 0 : by.down ? -1 : 1;
}

// One drawing of the table.
struct Table {
    const std::string& file;
    const SourceText* text;  // nullptr: not there
    std::vector<xray::LineCounts> lines;
    std::vector<double> most;  // of each of line_figures()
    SourceMemory& memory;
    const XrayView& view;
};

void heading_row(Table& table) {
    Sorting& by = table.memory.sorting;
    ImGui::TableSetupScrollFreeze(1, 1);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    if (figure_heading("line", "counts.sort.line", "", sorted_as(by, "line"), true)) sort_by(by, "line");
    for (const LineFigure& figure : line_figures()) {
        if (!ImGui::TableNextColumn()) continue;  // scrolled out of sight
        if (figure_heading(figure.column, cat("counts.sort.", figure.name), figure.tip,
                           sorted_as(by, figure.name)))
            sort_by(by, figure.name);
    }
}

// "57  sum += …"
std::string words_of(const Table& table, int line) {
    std::string words = cat(line);
    if (table.text && line <= static_cast<int>(table.text->lines.size())) {
        const std::string& code = table.text->lines[static_cast<size_t>(line - 1)];
        words += cat("  ", code.substr(std::min(code.find_first_not_of(' '), code.size())));
    }
    return words;
}

void line_row(const Table& table, const xray::LineCounts& line) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::PushID(line.line);
    const bool lit = table.memory.file == table.file && table.memory.line == line.line;
    const std::string words = words_of(table, line.line);
    {
        const WithFont cells(fonts().cells);
        const std::string shown = fitted(words, ImGui::GetContentRegionAvail().x);
        if (ImGui::Selectable(cat(shown, "##line").c_str(), lit, ImGuiSelectableFlags_SpanAllColumns))
            table.memory.light(table.file, line.line, table.view);
    }
    registry().add_item(cat("counts.line.", line.line));
    tooltip(cat(words, "\n", line_tip(line)));
    ImGui::PopID();
    for (size_t i = 0; i < line_figures().size(); ++i) {
        if (!ImGui::TableNextColumn()) continue;
        const LineFigure& figure = line_figures()[i];
        const double value = figure.value(line);
        figure_cell(figure_text(value, figure.form), bar_share(figure.name, value, table.most[i]),
                    palette().warning);
        registry().add_item(cat("counts.line.", line.line, ".", figure.name));
    }
}

void file_choice(const std::vector<std::string>& files, std::string& file) {
    if (files.size() < 2) return dim_text(cat("lines of ", file));
    ImGui::SetNextItemWidth(std::min(ImGui::GetContentRegionAvail().x, px(280)));
    if (ImGui::BeginCombo("##file", file.c_str())) {
        for (const std::string& each : files) {
            if (ImGui::Selectable(each.c_str(), each == file)) file = each;
            registry().add_item("counts.file." + each);
        }
        ImGui::EndCombo();
    }
    registry().add_item("counts.file");
    tooltip(
        "An access counts for the line of this file from which it is made, be it inside of a function "
        "that the line calls.");
}

}  // namespace

void draw_line_table(const State& state, PanelMemory& memory) {
    const auto* instructions = chosen_instructions(state);
    if (!instructions) return;
    const std::vector<std::string> files = files_of(*instructions);
    if (files.empty()) return note(palette().dim, "The traced module does not tell the lines of its text.");
    std::string& file = memory.source.counts_file;
    if (std::ranges::find(files, file) == files.end()) file = files.front();
    file_choice(files, file);
    // Where there is no room for all columns, those at the right are scrolled to.
    const size_t count = line_figures().size();
    const float column = px(60), padding = 2 * ImGui::GetStyle().CellPadding.x;
    const float figures = static_cast<float>(count) * (column + padding);
    const float words = std::max(
        ImGui::GetContentRegionAvail().x - figures - padding - ImGui::GetStyle().ScrollbarSize, px(110));
    const SourceTexts::Entry& text = memory.source_texts.text(state.modules_folder, file);
    Table table{file,
                text.error.empty() ? &text.text : nullptr,
                sorted_lines(*instructions, file, memory.source.sorting),
                std::vector<double>(count, 0),
                memory.source,
                state.experiment.xray};
    for (const xray::LineCounts& line : table.lines)
        for (size_t i = 0; i < count; ++i)
            table.most[i] = std::fmax(table.most[i], line_figures()[i].value(line));
    if (!ImGui::BeginTable("lines", static_cast<int>(count) + 1,
                           ImGuiTableFlags_ScrollX | ImGuiTableFlags_ScrollY | ImGuiTableFlags_NoPadOuterX,
                           ImGui::GetContentRegionAvail()))
        return;
    ImGui::TableSetupColumn("line", ImGuiTableColumnFlags_WidthFixed, words);
    for (const LineFigure& figure : line_figures())
        ImGui::TableSetupColumn(figure.name, ImGuiTableColumnFlags_WidthFixed, column);
    heading_row(table);
    for (const xray::LineCounts& line : table.lines) line_row(table, line);
    ImGui::EndTable();
}

}  // namespace convscope
