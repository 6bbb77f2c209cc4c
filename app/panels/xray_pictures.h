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

// Frames in the bad colour around the elements of the plane that faults are about, of the whole grid where it
// has been counted, and around the outputs that nobody wrote.
void mark_faults(const State& state, XrayCaches& caches, const XrayPlane& plane, TensorCanvas& canvas);
// After the canvas was drawn: accesses outside of the array as an angle in its first or last corner. What the
// one under the mouse says; empty without.
std::string draw_fault_edges(const State& state, const XrayPlane& plane, const TensorCanvas& canvas);
// What is wrong with an element; empty where nothing is.
std::string fault_words(const State& state, XrayCaches& caches, size_t array, int64_t element);
bool has_faults(const State& state, size_t array);
// The element of the array that a fault is about, or that lies nearest to it.
int64_t fault_element(const xray::Fault& fault, const xray::ArrayFacts& facts);
// The position at which the faulty request, or the wait in vain, is the present one; −1: it has none.
int64_t fault_position(const xray::BlockXray& block, const sim::TraceFault& fault);

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
