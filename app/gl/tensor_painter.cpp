#include "gl/tensor_painter.h"

#include <glad/gl.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace convscope::gl {
namespace {

constexpr int maps_unit = 3;

// What turns the slice's values into colours.
void set_values(const Shader& program, const Painting& p) {
    glUniform2f(program.uniform("u_size"), static_cast<float>(p.planes[0]->width()),
                static_cast<float>(p.planes[0]->height()));
    glUniform2f(program.uniform("u_range"), p.low, p.high);
    glUniform1f(program.uniform("u_map_row"), ColourMapTexture::row(p.map));
    glUniform4fv(program.uniform("u_grid"), 1, p.grid.data());
    const auto colour = [&](const char* name, Rgb c) {
        glUniform3f(program.uniform(name), c.r / 255.0f, c.g / 255.0f, c.b / 255.0f);
    };
    colour("u_nan", colour_of_nan);
    glUniform1f(program.uniform("u_striped"), p.empty ? 0.0f : 1.0f);
    if (p.empty) glUniform3fv(program.uniform("u_nan"), 1, p.empty->data());
    colour("u_inf", colour_of_inf);
    const int units[] = {0, 1, 2};
    glUniform1iv(program.uniform("u_plane[0]"), 3, units);
    glUniform1i(program.uniform("u_maps"), maps_unit);
}

}  // namespace

TensorPainter::TensorPainter() {
    glGenVertexArrays(1, &vertex_array_);
}

const Shader& TensorPainter::shader(bool composite, int sampling) {
    auto& place = shaders_[static_cast<size_t>(sampling * 2 + composite)];
    if (!place)
        place = std::make_unique<Shader>(
            "tensor", cat("#define COMPOSITE ", int{composite}, "\n#define SAMPLING ", sampling, "\n"));
    return *place;
}

TensorPainter::~TensorPainter() {
    glDeleteVertexArrays(1, &vertex_array_);
}

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

    const ImVec2 cell{(p.to.x - p.from.x) * scale.x / (p.cells_to.x - p.cells_from.x),
                      (p.to.y - p.from.y) * scale.y / (p.cells_to.y - p.cells_from.y)};
    const float smaller = std::min(cell.x, cell.y);
    const Shader& program = shader(p.composite, smaller < 1 ? 0 : smaller < 12 ? 1 : 2);
    program.use();
    const auto x = [&](float value) { return (value - origin.x) / size.x * 2 - 1; };
    const auto y = [&](float value) { return 1 - (value - origin.y) / size.y * 2; };
    glUniform4f(program.uniform("u_rect"), x(p.from.x), y(p.from.y), x(p.to.x), y(p.to.y));
    glUniform4f(program.uniform("u_cells"), p.cells_from.x, p.cells_from.y, p.cells_to.x, p.cells_to.y);
    glUniform2f(program.uniform("u_cell_px"), cell.x, cell.y);
    glUniform1f(program.uniform("u_level"), std::max(0.0f, std::floor(-std::log2(smaller))));
    set_values(program, p);
    for (unsigned unit = 0; unit < 3; ++unit) {
        glActiveTexture(GL_TEXTURE0 + unit);
        glBindTexture(GL_TEXTURE_2D, p.planes[p.composite ? unit : 0]->id());
    }
    glActiveTexture(GL_TEXTURE0 + maps_unit);
    glBindTexture(GL_TEXTURE_2D, maps_.id());
    glBindVertexArray(vertex_array_);
    glDisable(GL_BLEND);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    glActiveTexture(GL_TEXTURE0);
}

}  // namespace convscope::gl
