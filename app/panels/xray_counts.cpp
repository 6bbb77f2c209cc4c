// What the kernel asks of memory, in all and by the lines of its text.
#include <array>

#include "core/text.h"
#include "panels/xray_parts.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// Of what the totals are: the whole grid, else the block that is looked at.
std::optional<XrayCounted> present_counts(const State& state) {
    const XrayNews& news = *state.xray;
    if (news.counts) return counted(*news.counts);
    if (news.block)
        return XrayCounted{.totals = news.block->totals,
                           .fault_count = static_cast<int64_t>(news.block->faults.size())};
    return std::nullopt;
}

void total_cell(const char* name, const XrayCounted& of) {
    ImGui::TableNextColumn();
    if (!*name) return;
    const XrayFigure& figure = xray_figure(name);
    const double value = figure.value(of);
    const std::string exact = exact_figure_text(value, figure.form);
    figure_cell(exact.empty() ? "–" : figure_text(value, figure.form), 0, palette().accent,
                cat(figure.title, exact.empty() ? "" : ": " + exact, "\n", figure.tip));
    registry().add_item(cat("counts.", name));
}

constexpr size_t columns = 6;
constexpr float title_width = 52, column_width = 55;

float totals_width() {
    const float padding = 2 * ImGui::GetStyle().CellPadding.x;
    return px(title_width) + static_cast<float>(columns) * (px(column_width) + padding) + padding;
}

struct TotalsRow {
    const char* title;
    std::array<const char*, columns> figures;  // names of the table in xray_figures.cpp
};

void totals_table(const char* id, const char* title, const std::array<const char*, columns>& headings,
                  std::span<const TotalsRow> rows, const XrayCounted& of) {
    // As wide as its columns: in a narrow panel it is scrolled through, and no figure is cut.
    if (!ImGui::BeginTable(id, columns + 1, ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoPadOuterX,
                           {totals_width(), 0}))
        return;
    ImGui::TableSetupColumn("title", ImGuiTableColumnFlags_WidthFixed, px(title_width));
    for (size_t i = 0; i < columns; ++i)
        ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, px(column_width));
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    {
        const WithFont small(fonts().small);
        text(title);
    }
    for (const char* heading : headings) {
        ImGui::TableNextColumn();
        if (*heading) figure_heading(heading, cat(id, ".", heading), "");
    }
    for (const TotalsRow& row : rows) {
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        {
            const WithFont small(fonts().small);
            dim_text(row.title);
        }
        for (const char* figure : row.figures) total_cell(figure, of);
    }
    ImGui::EndTable();
}

void draw_totals(const State& state, const XrayCounted& of, Post& post) {
    draw_count_control(state, post);
    constexpr std::array<TotalsRow, 2> global{{{"loads",
                                                {"load_requests", "load_sectors", "sectors_per_load",
                                                 "ideal_per_load", "load_bytes", "load_moved"}},
                                               {"stores",
                                                {"store_requests", "store_sectors", "sectors_per_store",
                                                 "ideal_per_store", "store_bytes", "store_moved"}}}};
    totals_table("global", "Global", {"requests", "sectors", "each", "ideal", "asked", "moved"}, global, of);
    constexpr std::array<TotalsRow, 1> threads{
        {{"all",
          {"shared_requests", "shared_conflicts", "conflict_ways", "barriers", "atomics", "active_lanes"}}}};
    totals_table("threads", "Threads", {"shared", "conflicts", "passes", "barriers", "atomics", "lanes"},
                 threads, of);
    constexpr std::array<TotalsRow, 1> elements{
        {{"arrays", {"input_reads", "reads_per_output", "weight_reads", "output_writes", "", "faults"}}}};
    totals_table("elements", "Elements", {"input", "per out", "weights", "output", "", "faults"}, elements,
                 of);
    const XrayNews& news = *state.xray;
    note(palette().dim,
         cat(news.counts          ? std::string("Of the whole grid, all steps.")
             : is_beginning(news) ? cat("Of ", block_words(news.block->facts, news.block->block),
                                        " so far: ", why_beginning(news), ".")
                                  : cat("Of ", block_words(news.block->facts, news.block->block), " alone."),
             " Counted per request; no cache is modelled."));
    registry().add_item(news.counts          ? "counts.of_grid"
                        : is_beginning(news) ? "counts.so_far"
                                             : "counts.of_block");
}

}  // namespace

void draw_xray_counts(const State& state, PanelMemory& memory, Post& post) {
    const auto of = present_counts(state);
    if (!of) return note(palette().dim, state.xray->error.empty() ? "Tracing …" : state.xray->error);
    ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(px(5), px(1.5f)));
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float totals = totals_width();
    const bool beside = room.x > totals + px(230);
    ImGui::BeginChild("totals", {beside ? totals : 0, beside ? room.y : px(250)}, false,
                      beside ? 0 : ImGuiWindowFlags_HorizontalScrollbar);
    draw_totals(state, *of, post);
    ImGui::EndChild();
    if (beside) ImGui::SameLine(0, px(18));
    ImGui::BeginChild("lines", {0, beside ? room.y : px(240)}, false);
    draw_line_table(state, memory);
    ImGui::EndChild();
    ImGui::PopStyleVar();
}

}  // namespace convscope
