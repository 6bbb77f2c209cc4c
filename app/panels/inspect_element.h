// The element that is looked at: its value, the sum that makes it, or what it feeds.
#pragma once
#include "panels/state.h"

namespace convscope {

// A title and a value beside it.
void fact(const char* title, const std::string& value, const std::string& tip = {});
void element_facts(const State& state, PanelMemory& memory, Post& post);

// The lines of an output element's sum, as they are shown: "−1 · 0.31 = −0.31".
std::string term_text(const Term& term, bool separable);

}  // namespace convscope
