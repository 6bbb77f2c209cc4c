// Which key does what: one table for the keyboard, the menus and the list of shortcuts.
#pragma once
#include <span>
#include <string>

#include "panels/state.h"
#include "widgets/imgui_compat.h"

namespace convscope {

struct Binding {
    Command::Kind kind;
    compat::Key key;
    const char* keys;  // "Ctrl+O"
    bool ctrl = false, shift = false;
    bool repeats = false;  // while the key is held
};
std::span<const Binding> bindings();

// What is done to the tensors is done where they are seen. The X-ray tab has pictures of its own to fit.
bool works_on(Tab tab, Command::Kind kind);
// Of the first binding; nullptr where there is none.
const char* keys_of(Command::Kind kind);
// Of all of them: "Ctrl+Y, Ctrl+Shift+Z".
std::string all_keys_of(Command::Kind kind);

// The letter that chooses this option, counted from 0, of a question that a lesson asks: "A". Until it is
// answered the letter does nothing else. Empty where the options are more than the letters.
std::string option_letter(size_t index);
inline constexpr const char* option_keys = "A, B, C …";

// The scale that one step of Ctrl +/− gives.
inline constexpr float scale_step = 1.1f;
inline constexpr const char *larger_keys = "Ctrl+Plus", *smaller_keys = "Ctrl+Minus", *normal_keys = "Ctrl+0";

}  // namespace convscope
