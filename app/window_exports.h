// How the program asks where to save what the user wants to take away.
#pragma once
#include "panels/state.h"

namespace convscope {

// For ask_save, ask_save_view, ask_save_tensor and ask_save_animation.
FileRequest saving_request(const Command& asked);

}  // namespace convscope
