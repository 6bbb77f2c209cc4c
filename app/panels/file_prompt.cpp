// Asks for a file's name.
#include <cstdio>
#include <cstring>

#include "core/text.h"
#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {

void draw_file_prompt(const State&, PanelMemory& memory, Post& post) {
    if (!memory.file_request) return;
    const FileRequest& request = *memory.file_request;
    const std::string title = cat(request.title, "###prompt");
    if (memory.request_is_new) ImGui::OpenPopup(title.c_str());
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({px(560), 0});
    if (!ImGui::BeginPopupModal(title.c_str(), nullptr,
                                ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings)) {
        memory.file_request.reset();
        return;
    }
    note(palette().dim, request.hint);
    if (memory.request_is_new) {
        ImGui::SetKeyboardFocusHere();
        std::snprintf(memory.path.data(), memory.path.size(), "%s", request.name.c_str());
    }
    memory.request_is_new = false;
    ImGui::SetNextItemWidth(-1);
    const bool entered = ImGui::InputText("##path", memory.path.data(), memory.path.size(),
                                          ImGuiInputTextFlags_EnterReturnsTrue);
    registry().add_item("prompt.path");
    const bool given = std::strlen(memory.path.data()) > 0;
    const bool clicked = ImGui::Button(request.saving ? "Save" : "Open");
    registry().add_item("prompt.confirm");
    bool over = false;
    if ((entered || clicked) && given) {
        post.command(request.then.kind, memory.path.data(), request.then.name);
        over = true;
    }
    ImGui::SameLine();
    if (ImGui::Button("Cancel")) over = true;
    registry().add_item("prompt.cancel");
    if (over) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
    if (over) memory.file_request.reset();
}

}  // namespace convscope
