// Draws slices inside Dear ImGui's draw lists, through the shader that maps values to colours.
#pragma once
#include <imgui.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "gl/colour_map_texture.h"
#include "gl/shader.h"
#include "gl/slice_texture.h"

namespace convscope::gl {

// One rectangle of the window that shows part of a slice.
struct Painting {
    std::array<const SliceTexture*, 3> planes{};  // one, or three for a composite
    bool composite = false;
    ImVec2 from, to;              // corners on the screen
    ImVec2 cells_from, cells_to;  // (column, row) that they show; may reach beyond the slice
    float low = 0, high = 1;
    ColourMap map = ColourMap::viridis;
    std::array<float, 4> grid{};  // colour of the lines between cells
    // The plain colour of NaN cells where they mean that nothing stands there; else NaN has its stripes.
    std::optional<std::array<float, 3>> empty{};
};

class TensorPainter {
  public:
    TensorPainter();
    ~TensorPainter();
    // Adds the painting to the list; it must be drawn in the same frame.
    void paint(ImDrawList& list, const Painting& painting);
    // Forgets the frame's paintings, and copies of those that the frame before did not have.
    void new_frame();

  private:
    struct Order {
        TensorPainter* painter;
        Painting painting;
    };
    // The pixels of a painting, kept so that a frame in which it stays the same copies them: where software
    // draws, running the shader again would be most of the frame's time.
    struct Copy {
        Painting painting;
        std::array<uint64_t, 3> generations{};    // of the planes
        int x = 0, y = 0, width = 0, height = 0;  // on the frame, from below
        unsigned texture = 0;                     // 0 until it is drawn for the second time
        bool used = true;                         // in this frame
    };
    static void draw(const ImDrawList* list, const ImDrawCmd* command);
    void draw(const Painting& painting, const ImVec4& clip);
    void shade(const Painting& painting, float cell_width, float cell_height);
    Copy* copy_of(const Painting& painting);
    void remember(const Painting& painting, const ImVec4& clip, float frame_height);
    static void keep(Copy& copy);
    void show(const Copy& copy) const;
    static void release(Copy& copy);

    // The program for this kind of painting, compiled when it is first needed.
    const Shader& shader(bool composite, int sampling);

    std::array<std::unique_ptr<Shader>, 6> shaders_;
    ColourMapTexture maps_;
    unsigned vertex_array_ = 0;
    std::deque<Order> queue_;
    std::vector<Copy> copies_;
    Shader copying_{"copy"};
};

}  // namespace convscope::gl
