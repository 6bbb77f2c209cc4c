// A slice of a tensor on a canvas: zoom at the wheel's place, pan by dragging, values on large cells.
#pragma once
#include <imgui.h>

#include <optional>
#include <string>

#include "experiment.h"
#include "gl/tensor_painter.h"
#include "gl/tensor_ref.h"
#include "gl/tensor_textures.h"

namespace convscope {

// What a canvas shows. Rows and columns count from the top left.
struct TensorCanvas {
    std::string name{};  // in the registry: "view.output"
    gl::TensorRef tensor{};
    gl::SliceIndex index{};
    bool composite = false;  // channels 0, 1 and 2 as red, green and blue
    ViewBox box{};
    ColourMap map = ColourMap::viridis;
    float low = 0, high = 1;
    bool stale = false;
    // Cells to frame, as columns and rows [from, to): what a hovered output element reads.
    std::optional<ImVec4> framed{};
};

struct CanvasCell {
    int64_t row = 0, column = 0;
    bool operator==(const CanvasCell&) const = default;
};

struct CanvasEvents {
    std::optional<ViewBox> box{};  // the user zoomed or moved
    std::optional<CanvasCell> hovered{};
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

// Four significant digits at most.
std::string value_text(float value);

}  // namespace convscope
