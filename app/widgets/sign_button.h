// Buttons of a player. Their signs are drawn rather than written: no font has all of them.
#pragma once

namespace convscope {

enum class Sign { play, pause, back, forward, stop };
// `name` in the registry. The next item follows in the same line.
bool sign_button(const char* name, Sign sign, const char* tip, bool enabled = true);

}  // namespace convscope
