#include "widgets/imgui_compat.h"

#include <imgui_internal.h>

namespace convscope::compat {

bool close_popups() {
    if (ImGui::GetCurrentContext()->OpenPopupStack.Size == 0) return false;
    ImGui::ClosePopupToLevel(0, true);
    return true;
}

}  // namespace convscope::compat
