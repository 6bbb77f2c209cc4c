// All kernels of the operator side by side on the present problem.
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

std::vector<const XrayFigure*> compared_figures() {
    std::vector<const XrayFigure*> out;
    for (const XrayFigure& figure : xray_figures())
        if (figure.compared) out.push_back(&figure);
    return out;
}

// The largest figure of a column.
double largest(const XrayNews& news, const XrayFigure& figure) {
    double most = 0;
    for (const XrayNews::Compared& row : news.compared)
        if (row.counts) most = std::fmax(most, figure.value(counted(*row.counts)));
    return most;
}

// Kernels that are broken on purpose are compared only where they have been counted.
bool is_compared(const XrayNews& news, const XrayNews::Compared& row) {
    const auto facts = std::ranges::find(news.kernels, row.kernel, &xray::KernelName::name);
    return row.counts || row.kernel == news.kernel || facts == news.kernels.end() ||
           !facts->broken_on_purpose;
}

void kernel_cell(const State& state, const XrayNews::Compared& row, SourceMemory& memory, Post& post) {
    ImGui::TableNextColumn();
    const bool present = row.kernel == state.xray->kernel;
    ImGui::PushStyleColor(ImGuiCol_Text, present ? palette().accent : palette().text);
    const std::string words = fitted(row.kernel, ImGui::GetContentRegionAvail().x);
    const bool clicked = ImGui::Selectable(cat(words, "##kernel").c_str(), present);
    ImGui::PopStyleColor();
    registry().add_item("compare." + row.kernel);
    const auto& kernels = state.xray->kernels;
    const auto facts = std::ranges::find(kernels, row.kernel, &xray::KernelName::name);
    tooltip(cat(words == row.kernel ? "" : row.kernel + "\n", facts == kernels.end() ? "" : facts->idea,
                present ? "" : "\nClick to X-ray this kernel."));
    if (!clicked || present) return;
    post.action(SetXray{{.kernel = row.kernel,
                         .heat = state.experiment.xray.heat,
                         .panel = state.experiment.xray.panel,
                         .gpu = state.experiment.xray.gpu}});
    memory.line = 0;
}

void compared_row(const State& state, const XrayNews::Compared& row,
                  const std::vector<const XrayFigure*>& figures, const std::vector<double>& most,
                  SourceMemory& memory, Post& post) {
    ImGui::TableNextRow();
    ImGui::PushID(row.kernel.c_str());
    kernel_cell(state, row, memory, post);
    ImGui::PopID();
    if (!row.counts) {
        ImGui::TableNextColumn();
        const bool running = state.xray->counting && state.xray->counting_kernel == row.kernel;
        const std::string words = !row.error.empty() ? row.error : running ? "counting …" : "not counted";
        // Over all columns, as far as the table goes.
        const ImVec2 from = ImGui::GetCursorScreenPos();
        const float right = ImGui::GetWindowPos().x + ImGui::GetWindowWidth();
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const WithFont small(fonts().small);
        list.PushClipRect({from.x, ImGui::GetWindowPos().y},
                          {right, ImGui::GetWindowPos().y + ImGui::GetWindowHeight()});
        list.AddText(from, packed(palette().dim), fitted(words, right - from.x).c_str());
        list.PopClipRect();
        ImGui::Dummy({std::max(ImGui::GetContentRegionAvail().x, 1.0f), ImGui::GetFontSize()});
        registry().add_item(cat("compare.", row.kernel, ".reason"));
        tooltip(row.error);
        return;
    }
    const XrayCounted of = counted(*row.counts);
    for (size_t i = 0; i < figures.size(); ++i) {
        ImGui::TableNextColumn();
        const double value = figures[i]->value(of);
        const bool faulty = std::string_view(figures[i]->name) == "faults" && value > 0;
        figure_cell(
            figure_text(value, figures[i]->form), bar_share(figures[i]->name, value, most[i]),
            faulty ? palette().bad : palette().accent,
            cat(row.kernel, ", ", figures[i]->title, ": ", exact_figure_text(value, figures[i]->form)));
        registry().add_item(cat("compare.", row.kernel, ".", figures[i]->name));
    }
}

void draw_buttons(const State& state, Post& post) {
    const bool any = std::ranges::any_of(state.xray->compared,
                                         [](const XrayNews::Compared& row) { return row.counts != nullptr; });
    if (draw_compare_control(state, post) && any) ImGui::SameLine(0, px(16));
    if (!any) return;
    if (ImGui::Button("Copy as CSV##compare")) post.command(Command::Kind::copy_comparison);
    registry().add_item("compare.csv");
    tooltip("Copy all figures of all kernels, with all digits.");
}

}  // namespace

std::string comparison_csv(const State& state) {
    std::vector<ComparedRow> rows;
    for (const XrayNews::Compared& row : state.xray->compared)
        rows.push_back({row.kernel, row.counts, row.error});
    return compared_csv(rows);
}

void draw_xray_compare(const State& state, PanelMemory& memory, Post& post) {
    const XrayNews& news = *state.xray;
    if (news.compared.empty())
        return note(palette().dim, news.error.empty() ? "Looking for kernels …" : news.error);
    draw_buttons(state, post);
    const std::vector<const XrayFigure*> figures = compared_figures();
    std::vector<double> most;
    for (const XrayFigure* figure : figures) most.push_back(largest(news, *figure));
    ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(px(3), px(1.5f)));
    const int count = static_cast<int>(figures.size()) + 1;
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float names = std::clamp(room.x * 0.16f, px(100), px(160)), padding = 2 * px(3);
    const bool fits = names + padding + static_cast<float>(figures.size()) * (px(50) + padding) <= room.x;
    const int flags =
        ImGuiTableFlags_ScrollY | ImGuiTableFlags_NoPadOuterX | (fits ? 0 : ImGuiTableFlags_ScrollX);
    if (ImGui::BeginTable("compare", count, flags, room)) {
        ImGui::TableSetupColumn("kernel", ImGuiTableColumnFlags_WidthFixed, names);
        for (const XrayFigure* figure : figures)
            ImGui::TableSetupColumn(
                figure->name, fits ? ImGuiTableColumnFlags_WidthStretch : ImGuiTableColumnFlags_WidthFixed,
                fits ? 1 : px(58));
        ImGui::TableSetupScrollFreeze(1, 1);
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        figure_heading("kernel", "compare.column.kernel", "", 0, true);
        for (const XrayFigure* figure : figures) {
            ImGui::TableNextColumn();
            figure_heading(figure->column, cat("compare.column.", figure->name),
                           cat(figure->title, ".\n", figure->tip));
        }
        for (const XrayNews::Compared& row : news.compared)
            if (is_compared(news, row)) compared_row(state, row, figures, most, memory.source, post);
        ImGui::EndTable();
    }
    ImGui::PopStyleVar();
}

}  // namespace convscope
