// Below the scrubber: what the present request asks for, and what the whole grid amounts to.
#include <array>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

struct Row {
    XrayPanel panel;
    const char *title, *name;
    void (*draw)(const State&, PanelMemory&, Post&);
};
// What each shows is drawn into the rest of the area.
constexpr std::array<Row, 5> rows{{
    {XrayPanel::request, "Request", "xray.panel.request", draw_xray_request},
    {XrayPanel::counts, "Counts", "xray.panel.counts", draw_xray_counts},
    {XrayPanel::faults, "Faults", "xray.panel.faults", draw_xray_faults},
    {XrayPanel::compare, "Compare", "xray.panel.compare", draw_xray_compare},
    {XrayPanel::occupancy, "Occupancy", "xray.panel.occupancy", draw_xray_occupancy},
}};

const Row& row_of(XrayPanel panel) {
    for (const Row& row : rows)
        if (row.panel == panel) return row;
    return rows.front();
}

void choices(const State& state, const Row& chosen, Post& post) {
    const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    for (const Row& row : rows) {
        const float width = text_width(row.title) + 2 * ImGui::GetStyle().FramePadding.x;
        if (&row != &rows.front()) beside_or_below(width, right, px(2));
        ImGui::PushStyleColor(ImGuiCol_Text, &row == &chosen ? palette().accent : palette().dim);
        if (quiet_button(row.title)) {
            XrayView next = state.experiment.xray;
            next.panel = row.panel;
            if (next != state.experiment.xray) post.action(SetXray{next});
        }
        ImGui::PopStyleColor();
        registry().add_item(row.name);
    }
}

}  // namespace

void draw_xray_lower(const State& state, PanelMemory& memory, Post& post) {
    const Row& chosen = row_of(state.experiment.xray.panel);
    choices(state, chosen, post);
    ImGui::BeginChild(chosen.name, ImGui::GetContentRegionAvail());
    chosen.draw(state, memory, post);
    ImGui::EndChild();
}

}  // namespace convscope
