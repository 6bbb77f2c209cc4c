#include "gl/key_latch.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <imgui.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace convscope::gl {

#if IMGUI_VERSION_NUM < 18700

namespace {

bool is_modifier(int key) {
    return key >= GLFW_KEY_LEFT_SHIFT && key <= GLFW_KEY_RIGHT_SUPER;
}

void set_modifiers(ImGuiIO& io, int mods) {
    io.KeyCtrl = mods & GLFW_MOD_CONTROL;
    io.KeyShift = mods & GLFW_MOD_SHIFT;
    io.KeyAlt = mods & GLFW_MOD_ALT;
    io.KeySuper = mods & GLFW_MOD_SUPER;
}

}  // namespace

void KeyLatch::press(int key, int mods) {
    if (key >= 0 && !is_modifier(key)) waiting_.push_back({key, mods});
}

void KeyLatch::new_frame(const std::function<bool(int key)>& is_down) {
    ImGuiIO& io = ImGui::GetIO();
    if (!held_.empty()) {
        for (const int key : held_) io.KeysDown[key] = is_down(key);
        const auto either = [&](int left, int right) { return is_down(left) || is_down(right); };
        io.KeyCtrl = either(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL);
        io.KeyShift = either(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT);
        io.KeyAlt = either(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT);
        io.KeySuper = either(GLFW_KEY_LEFT_SUPER, GLFW_KEY_RIGHT_SUPER);
    }
    // A key that was held for the last frame is seen to be up before it is pressed again, and keys with other
    // modifiers wait for the next frame.
    const std::vector<int> before = std::exchange(held_, {});
    const auto goes = [&](const Press& press) {
        return press.mods == waiting_.front().mods && std::ranges::find(before, press.key) == before.end() &&
               std::ranges::find(held_, press.key) == held_.end();
    };
    size_t taken = 0;
    while (taken < waiting_.size() && goes(waiting_[taken])) held_.push_back(waiting_[taken++].key);
    if (taken > 0) set_modifiers(io, waiting_.front().mods);
    for (const int key : held_)
        if (key < static_cast<int>(std::size(io.KeysDown))) io.KeysDown[key] = true;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
}

#else  // Dear ImGui queues its input itself

void KeyLatch::press(int, int) {}
void KeyLatch::new_frame(const std::function<bool(int key)>&) {}

#endif

}  // namespace convscope::gl
