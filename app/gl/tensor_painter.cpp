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

// Whether both give the same pixels, if the planes hold the same elements.
bool same(const Painting& a, const Painting& b) {
    const auto equal = [](ImVec2 u, ImVec2 v) { return u.x == v.x && u.y == v.y; };
    return a.planes == b.planes && a.composite == b.composite && equal(a.from, b.from) && equal(a.to, b.to) &&
           equal(a.cells_from, b.cells_from) && equal(a.cells_to, b.cells_to) && a.low == b.low &&
           a.high == b.high && a.map == b.map && a.grid == b.grid && a.empty == b.empty;
}

std::array<uint64_t, 3> generations_of(const Painting& painting) {
    std::array<uint64_t, 3> out{};
    for (size_t i = 0; i < out.size(); ++i)
        if (painting.planes[i]) out[i] = painting.planes[i]->generation();
    return out;
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
    for (Copy& copy : copies_) release(copy);
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

    Copy* copy = copy_of(p);
    if (copy && copy->texture) return show(*copy);
    shade(p, (p.to.x - p.from.x) * scale.x / (p.cells_to.x - p.cells_from.x),
          (p.to.y - p.from.y) * scale.y / (p.cells_to.y - p.cells_from.y));
    if (copy)
        keep(*copy);
    else if (scale.x == 1 && scale.y == 1)
        remember(p, clip, height);
}

void TensorPainter::shade(const Painting& p, float cell_width, float cell_height) {
    const ImVec2 origin = ImGui::GetDrawData()->DisplayPos, size = ImGui::GetDrawData()->DisplaySize;
    const ImVec2 cell{cell_width, cell_height};
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

TensorPainter::Copy* TensorPainter::copy_of(const Painting& painting) {
    for (Copy& copy : copies_)
        if (same(copy.painting, painting) && copy.generations == generations_of(painting)) {
            copy.used = true;
            return &copy;
        }
    return nullptr;
}

// Only what lies wholly inside of the clip rectangle: the rest is not on the frame to be copied.
void TensorPainter::remember(const Painting& p, const ImVec4& clip, float frame_height) {
    const float left = std::floor(p.from.x), right = std::ceil(p.to.x);
    const float top = std::floor(p.from.y), bottom = std::ceil(p.to.y);
    if (left < clip.x || top < clip.y || right > clip.z || bottom > clip.w) return;
    copies_.push_back({.painting = p,
                       .generations = generations_of(p),
                       .x = static_cast<int>(left),
                       .y = static_cast<int>(frame_height - bottom),
                       .width = static_cast<int>(right - left),
                       .height = static_cast<int>(bottom - top)});
}

void TensorPainter::keep(Copy& copy) {
    int target = 0;
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &target);
    glGenTextures(1, &copy.texture);
    glBindTexture(GL_TEXTURE_2D, copy.texture);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, copy.width, copy.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<unsigned>(target));
    glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, copy.x, copy.y, copy.width, copy.height);
}

void TensorPainter::show(const Copy& copy) const {
    const ImDrawData& data = *ImGui::GetDrawData();
    const auto x = [&](int place) { return static_cast<float>(place) / data.DisplaySize.x * 2 - 1; };
    const auto y = [&](int place) { return static_cast<float>(place) / data.DisplaySize.y * 2 - 1; };
    copying_.use();
    glUniform4f(copying_.uniform("u_rect"), x(copy.x), y(copy.y + copy.height), x(copy.x + copy.width),
                y(copy.y));
    glUniform2i(copying_.uniform("u_corner"), copy.x, copy.y);
    glUniform1i(copying_.uniform("u_picture"), 0);
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, copy.texture);
    glBindVertexArray(vertex_array_);
    glDisable(GL_BLEND);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

void TensorPainter::release(Copy& copy) {
    glDeleteTextures(1, &copy.texture);
    copy.texture = 0;
}

void TensorPainter::new_frame() {
    queue_.clear();
    std::erase_if(copies_, [](Copy& copy) {
        if (copy.used) return copy.used = false;
        release(copy);
        return true;
    });
}

}  // namespace convscope::gl
