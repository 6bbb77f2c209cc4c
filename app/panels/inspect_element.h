// The element that is looked at: its value, the sum that makes it, or what it feeds.
#pragma once
#include "panels/state.h"

namespace convscope {

// A title and a value beside it.
void fact(const char* title, const std::string& value, const std::string& tip = {});
void element_facts(const State& state, PanelMemory& memory, Post& post);

}  // namespace convscope
