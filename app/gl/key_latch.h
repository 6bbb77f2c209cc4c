// Holds a key for one frame that was pressed and released between two. Dear ImGui before 1.87 reads keys as
// they are when a frame starts: a short press during a slow frame would be lost.
#pragma once
#include <functional>
#include <vector>

namespace convscope::gl {

class KeyLatch {
  public:
    // GLFW's numbers of the key and of the modifiers held with it.
    void press(int key, int mods);
    // Between the backend's new_frame and Dear ImGui's: the keys of this frame. `is_down` tells how a key
    // is now.
    void new_frame(const std::function<bool(int key)>& is_down);

  private:
    struct Press {
        int key, mods;
    };
    std::vector<Press> waiting_;
    std::vector<int> held_;  // in the last frame
};

}  // namespace convscope::gl
