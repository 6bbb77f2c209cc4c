// The Source tab: the kernel's file, whole.
#include <algorithm>

#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {

void draw_source_tab(const State& state, PanelMemory& memory, Post& post) {
    (void)post;
    const XrayNews& news = *state.xray;
    const auto kernel = std::ranges::find(news.kernels, news.kernel, &xray::KernelName::name);
    if (kernel == news.kernels.end()) {
        if (!news.error.empty()) note(palette().warning, news.error);
        return;
    }
    const SourceTexts::Entry& entry = memory.source_texts.text(state.modules_folder, kernel->source_file);
    if (!entry.error.empty()) {
        note(palette().warning, entry.error);
        return;
    }
    const ImVec2 from = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
    source_view("source", entry.text, {}, {}, memory.xray_source, {from, {from.x + room.x, from.y + room.y}});
}

}  // namespace convscope
