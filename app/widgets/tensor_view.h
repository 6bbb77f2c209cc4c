// A picture of a tensor on a canvas: zoom at the wheel's place, pan by dragging, values on large cells, marks
// on the cells that belong together.
#pragma once
#include <imgui.h>

#include <optional>
#include <string>
#include <vector>

#include "experiment.h"
#include "gl/tensor_painter.h"
#include "gl/tensor_ref.h"
#include "gl/tensor_textures.h"
#include "views/plane.h"
#include "widgets/cell_text.h"

namespace convscope {

struct CellMark {
    // filled: the cell takes the colour. present: the same, framed.
    enum class Kind { focus, tap, gap, filled, present } kind = Kind::tap;
    PlaneCell cell;  // gaps may lie outside of the picture
    ImU32 colour = 0;
    int label = -1;  // a number written on a filled cell that has room for it; −1: none
};

// Rows and columns count from the top left.
struct TensorCanvas {
    std::string name{};  // in the registry: "view.output"
    gl::TensorRef tensor{};
    gl::SliceIndex index{};
    bool composite = false;  // channels 0, 1 and 2 as red, green and blue
    ViewBox box{};
    ColourMap map = ColourMap::viridis;
    float low = 0, high = 1;
    bool stale = false;
    bool gaps_are_empty = false;  // a NaN means that nothing stands there
    const char* gap_text = "";    // written there
    int64_t ring_rows = 0,
            ring_columns = 0;  // padding cells to draw around
    bool numbers = true;       // the values are written where cells have room for them
    std::vector<CellMark> marks{};
    std::vector<ImVec4> framed{};  // cells to frame, as columns and rows [from, to)
    gl::TensorRef second{};        // shown right of the wipe's line
    float wipe = 1;
    int64_t revealed = -1;              // elements shown so far, in the order of memory; −1: all
    bool editable = false;              // cells can be dragged and typed where they are large
    std::optional<PlaneCell> typing{};  // a cell that a field stands on
};

struct CanvasEvents {
    std::optional<ViewBox> box{};  // the user zoomed or moved
    std::optional<PlaneCell> hovered{}, clicked{};
    bool clicked_beside = false;
    std::optional<float> wipe{};
    struct Drag {
        PlaneCell cell;
        float steps;  // upwards and to the right, in hundredths of the colour range
    };
    std::optional<Drag> dragged{};
    std::optional<PlaneCell> type_in{};  // the user wants to type this cell's value
    std::optional<ImVec4> typing_at{};   // where the cell `typing` is on the screen
};

// Takes `size` pixels of the present window.
CanvasEvents tensor_view(const TensorCanvas& canvas, ImVec2 size, gl::TensorTextures& textures,
                         gl::TensorPainter& painter);

// The map for data from `least` on where the user leaves the choice to the program.
ColourMap automatic_map(float least);
struct ValueRange {
    float low = 0, high = 1;
};
ValueRange range_of(const Display& display, const gl::SliceStatistics& statistics, ColourMap map);
// The colour of a value on a canvas.
Rgb colour_of(float value, ColourMap map, float low, float high);

}  // namespace convscope
