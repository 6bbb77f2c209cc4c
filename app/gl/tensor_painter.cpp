#include "gl/tensor_painter.h"

#include <glad/gl.h>

#include <cmath>

namespace convscope::gl {
namespace {

constexpr int maps_unit = 3;

}  // namespace

TensorPainter::TensorPainter() : shader_("tensor") { glGenVertexArrays(1, &vertex_array_); }

TensorPainter::~TensorPainter() { glDeleteVertexArrays(1, &vertex_array_); }

void TensorPainter::paint(ImDrawList& list, const Painting& painting) {
    queue_.push_back({this, painting});
    list.AddCallback(&TensorPainter::draw, &queue_.back());
    list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void TensorPainter::draw(const ImDrawList*, const ImDrawCmd* command) {
    const auto* order = static_cast<const Order*>(command->UserCallbackData);
    order->painter->draw(order->painting, command->ClipRect);
}

void TensorPainter::draw(const Painting& p, const ImVec4& clip) {
    const ImDrawData& data = *ImGui::GetDrawData();
    const ImVec2 origin = data.DisplayPos, size = data.DisplaySize, scale = data.FramebufferScale;
    const float height = size.y * scale.y;
    const float left = (clip.x - origin.x) * scale.x, right = (clip.z - origin.x) * scale.x;
    const float top = (clip.y - origin.y) * scale.y, bottom = (clip.w - origin.y) * scale.y;
    if (right <= left || bottom <= top) return;
    glScissor(static_cast<int>(left), static_cast<int>(height - bottom), static_cast<int>(right - left),
              static_cast<int>(bottom - top));

    const auto x = [&](float value) { return (value - origin.x) / size.x * 2 - 1; };
    const auto y = [&](float value) { return 1 - (value - origin.y) / size.y * 2; };
    shader_.use();
    glUniform4f(shader_.uniform("u_rect"), x(p.from.x), y(p.from.y), x(p.to.x), y(p.to.y));
    glUniform4f(shader_.uniform("u_cells"), p.cells_from.x, p.cells_from.y, p.cells_to.x, p.cells_to.y);
    glUniform2f(shader_.uniform("u_cell_px"),
                (p.to.x - p.from.x) * scale.x / (p.cells_to.x - p.cells_from.x),
                (p.to.y - p.from.y) * scale.y / (p.cells_to.y - p.cells_from.y));
    glUniform2f(shader_.uniform("u_size"), static_cast<float>(p.planes[0]->width()),
                static_cast<float>(p.planes[0]->height()));
    glUniform2f(shader_.uniform("u_range"), p.low, p.high);
    glUniform1i(shader_.uniform("u_composite"), p.composite);
    glUniform1f(shader_.uniform("u_map_row"), ColourMapTexture::row(p.map));
    glUniform4fv(shader_.uniform("u_grid"), 1, p.grid.data());
    const auto colour = [&](const char* name, Rgb c) {
        glUniform3f(shader_.uniform(name), c.r / 255.0f, c.g / 255.0f, c.b / 255.0f);
    };
    colour("u_nan", colour_of_nan);
    colour("u_inf", colour_of_inf);
    const int units[] = {0, 1, 2};
    glUniform1iv(shader_.uniform("u_plane[0]"), 3, units);
    glUniform1i(shader_.uniform("u_maps"), maps_unit);
    for (int unit = 0; unit < 3; ++unit) {
        const SliceTexture* plane = p.composite ? p.planes[static_cast<size_t>(unit)] : p.planes[0];
        glActiveTexture(GL_TEXTURE0 + static_cast<unsigned>(unit));
        glBindTexture(GL_TEXTURE_2D, plane->id());
    }
    glActiveTexture(GL_TEXTURE0 + maps_unit);
    glBindTexture(GL_TEXTURE_2D, maps_.id());
    glBindVertexArray(vertex_array_);
    glDisable(GL_BLEND);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    glActiveTexture(GL_TEXTURE0);
}

}  // namespace convscope::gl
