// Asks for a file's name.
#include <cstring>

#include "panels/state.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {

void draw_file_prompt(const State&, PanelMemory& memory, Post& post) {
    using Prompt = PanelMemory::Prompt;
    if (memory.prompt == Prompt::none) return;
    const bool opening = memory.prompt == Prompt::open;
    const char* title = opening ? "Open a file###prompt" : "Save the experiment###prompt";
    if (memory.prompt_is_new) ImGui::OpenPopup(title);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({px(560), 0});
    if (!ImGui::BeginPopupModal(title, nullptr,
                                ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings)) {
        memory.prompt = Prompt::none;
        return;
    }
    note(palette().dim,
         opening ? "An image (PNG, JPEG, BMP, HDR, PGM, PPM), an .npy file or an experiment (.json). "
                   "Dropping a file on the window does the same."
                 : "A JSON file; it holds everything that you have set.");
    if (memory.prompt_is_new) ImGui::SetKeyboardFocusHere();
    memory.prompt_is_new = false;
    ImGui::SetNextItemWidth(-1);
    const bool entered = ImGui::InputText("##path", memory.path.data(), memory.path.size(),
                                          ImGuiInputTextFlags_EnterReturnsTrue);
    registry().add_item("prompt.path");
    const bool given = std::strlen(memory.path.data()) > 0;
    const bool clicked = ImGui::Button(opening ? "Open" : "Save");
    registry().add_item("prompt.confirm");
    if ((entered || clicked) && given) {
        post.command(opening ? Command::Kind::open_file : Command::Kind::save_file, memory.path.data());
        memory.prompt = Prompt::none;
    }
    ImGui::SameLine();
    if (ImGui::Button("Cancel")) memory.prompt = Prompt::none;
    if (memory.prompt == Prompt::none) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
}

}  // namespace convscope
