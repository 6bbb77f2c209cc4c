// What this program is, and what it computes and draws with.
#include <utility>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

constexpr float width = 460;

void fact(const char* name, const std::string& words) {
    label(name);
    ImGui::PushTextWrapPos(px(width));
    text(words);
    ImGui::PopTextWrapPos();
}

}  // namespace

void draw_about(const State& state, PanelMemory& memory) {
    if (memory.about_is_new) ImGui::OpenPopup("about");
    memory.about_is_new = false;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(20), px(16)));
    const bool open = ImGui::BeginPopup("about", ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
    ImGui::PopStyleVar();
    if (!open) return;
    {
        const WithFont strong(fonts().strong);
        coloured_text(palette().accent, cat("ConvScope ", CONVSCOPE_VERSION));
    }
    dim_text("Shows a convolution: from the formula to the thread to the microsecond.");
    ImGui::Dummy({0, px(4)});
    if (!state.devices) fact("Computes", "looking for devices …");
    const char* name = "Computes";
    if (state.devices)
        for (const auto& device : state.devices->present)
            fact(std::exchange(name, ""), cat(device->name(), "  ·  ", device->description()));
    fact("Draws", state.renderer);
    fact("Widgets", cat("Dear ImGui ", ImGui::GetVersion()));
    registry().add("about", ImGui::GetWindowPos(),
                   {ImGui::GetWindowPos().x + ImGui::GetWindowSize().x,
                    ImGui::GetWindowPos().y + ImGui::GetWindowSize().y});
    ImGui::EndPopup();
}

}  // namespace convscope
