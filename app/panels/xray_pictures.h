// What the X-ray's pictures share: an array's canvas, its title, where it looks.
#pragma once
#include "panels/state.h"
#include "widgets/tensor_view.h"

namespace convscope {

// The array's values where the present result has them, pale, so that marks stand out; else empty cells.
// Named "xray.input" and so on.
TensorCanvas array_canvas(const State& state, XrayCaches& caches, const xray::ArrayFacts& facts,
                          const XrayPlane& plane);
// Its name and sizes in a line.
void draw_array_title(const xray::ArrayFacts& facts, float width);
// A view of the region with some of its surroundings, on a canvas of `room` pixels.
ViewBox box_around(const XrayRegion& region, const PlaneLayout& layout, ImVec2 room);
// Where the user has turned the picture is remembered; double-clicking forgets it.
void take_box(XrayCaches& caches, const std::string& name, const CanvasEvents& events);
// A small line of words `width` wide, whole in its tooltip; `name` in the registry.
void draw_readout(const std::string& name, const std::string& words, float width);
// What the readout said when it was last drawn; tests ask.
std::string shown_readout(const std::string& name);
// Over the canvas that was drawn last: where its view lies in the whole picture, if that is much larger.
void draw_overview(const TensorCanvas& canvas, const PlaneLayout& layout);

// Map | Heat
void draw_map_or_heat(const State& state, Post& post);
// How often each element is read, over the whole grid.
void draw_xray_heat(const State& state, PanelMemory& memory, Post& post);

// Threads of a block of the step that writes the output.
int64_t main_threads(const XrayNews& news);
bool touches_shared(const xray::BlockXray& block);
// Shared memory in rows of 32 banks: who wrote each word, what the present request asks for.
void draw_shared_memory(const State& state, PanelMemory& memory, const XrayTouches& touches, ImVec2 size);

}  // namespace convscope
