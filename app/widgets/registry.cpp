#include "widgets/registry.h"

namespace convscope {

void Registry::new_frame() {
    if (sought_for_ > 0 && --sought_for_ == 0) sought_.clear();
    complete_ = std::move(filling_);
    filling_.clear();
    complete_clips_ = std::move(filling_clips_);
    filling_clips_.clear();
}

void Registry::add_item(const std::string& name) {
    add(name, ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const ImDrawList& list = *ImGui::GetWindowDrawList();
    const WidgetRect clip{list.GetClipRectMin(), list.GetClipRectMax()};
    filling_clips_[name] = clip;
    if (sought_.empty() || sought_.erase(name) == 0) return;
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    if (from.y < clip.from.y || to.y > clip.to.y) ImGui::SetScrollHereY(0.5f);
}

void Registry::seek(const std::vector<std::string>& names) {
    sought_ = {names.begin(), names.end()};
    sought_for_ = 30;
}

void Registry::add(const std::string& name, ImVec2 from, ImVec2 to) {
    filling_[name] = {from, to};
}

namespace {

std::optional<WidgetRect> found(const std::map<std::string, WidgetRect>& widgets, const std::string& name) {
    const auto at = widgets.find(name);
    return at == widgets.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace

std::optional<WidgetRect> Registry::find(const std::string& name) const {
    return found(complete_, name);
}

std::optional<WidgetRect> Registry::find_drawn(const std::string& name) const {
    return found(filling_, name);
}

std::optional<WidgetRect> Registry::clip_of(const std::string& name) const {
    return found(complete_clips_, name);
}

std::vector<std::string> Registry::names() const {
    std::vector<std::string> out;
    for (const auto& [name, rect] : complete_) out.push_back(name);
    return out;
}

Registry& registry() {
    static Registry the_registry;
    return the_registry;
}

}  // namespace convscope
