// What a lesson points at, and what it keeps to itself for a while. Widgets are found by their names in the
// registry; names that the window does not have now mean nothing.
#pragma once
#include <string>
#include <vector>

namespace convscope {

// A glowing outline around each. Draw after the panels, before what is open above them.
void draw_lights(const std::vector<std::string>& names);
// Something opaque over each, which also keeps the mouse from it. A view is covered with its title and its
// legend. In the registry: "cover.NAME".
void draw_covers(const std::vector<std::string>& names);

}  // namespace convscope
