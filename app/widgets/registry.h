// Where every widget of the last frame is, by name: "stride.height", "operator", "view.output". Tests click
// there, and lessons point there.
#pragma once
#include <imgui.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace convscope {

struct WidgetRect {
    ImVec2 from, to;
    ImVec2 centre() const { return {(from.x + to.x) / 2, (from.y + to.y) / 2}; }
    bool empty() const { return to.x <= from.x || to.y <= from.y; }
};

class Registry {
  public:
    void new_frame();
    // The last item that Dear ImGui laid out.
    void add_item(const std::string& name);
    void add(const std::string& name, ImVec2 from, ImVec2 to);
    // In the frame that was last finished.
    std::optional<WidgetRect> find(const std::string& name) const;
    std::vector<std::string> names() const;
    // What the window or table around an item lets be seen, in the frame that was last finished: an item that
    // reaches over it is cut off. Only of items that Dear ImGui laid out.
    std::optional<WidgetRect> clip_of(const std::string& name) const;
    // Items of these names are scrolled to where they are cut off, as soon as they are laid out.
    void seek(const std::vector<std::string>& names);
    // In the frame that is being drawn, as far as it is.
    std::optional<WidgetRect> find_drawn(const std::string& name) const;

  private:
    std::set<std::string> sought_;
    int sought_for_ = 0;  // frames
    std::map<std::string, WidgetRect> filling_, complete_, filling_clips_, complete_clips_;
};

// The registry of the window that is being drawn.
Registry& registry();

}  // namespace convscope
