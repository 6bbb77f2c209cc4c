// One sentence about what went wrong, until it is dismissed.
#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {

void draw_banner(const State& state, Post& post) {
    const ImVec2 from = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 to{from.x + size.x, from.y + size.y};
    list.PushClipRect(from, to);  // Dear ImGui clips to less than the window
    list.AddRectFilled(from, to, packed(palette().bad, 0.16f));
    list.AddRectFilled(from, {from.x + px(4), to.y}, packed(palette().bad));
    list.PopClipRect();
    ImGui::AlignTextToFramePadding();
    const float button = text_width("Dismiss") + 2 * ImGui::GetStyle().FramePadding.x;
    text(fitted(state.banner, size.x - button - px(60)));
    registry().add_item("banner");
    tooltip(state.banner);
    ImGui::SameLine(size.x - button - px(14));
    if (ImGui::Button("Dismiss")) post.command(Command::Kind::dismiss_banner);
    registry().add_item("banner.dismiss");
}

}  // namespace convscope
