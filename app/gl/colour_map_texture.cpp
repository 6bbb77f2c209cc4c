#include "gl/colour_map_texture.h"

#include <glad/gl.h>

#include <vector>

namespace convscope::gl {
namespace {

constexpr int map_width = 256;

}  // namespace

ColourMapTexture::ColourMapTexture() {
    std::vector<Rgb> pixels;
    for (const ColourMapFacts& row : colour_maps())
        for (int x = 0; x < map_width; ++x)
            pixels.push_back(colour_at(row.map, static_cast<float>(x) / (map_width - 1)));
    glGenTextures(1, &id_);
    glBindTexture(GL_TEXTURE_2D, id_);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, map_width, static_cast<int>(colour_maps().size()), 0, GL_RGB,
                 GL_UNSIGNED_BYTE, pixels.data());
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

ColourMapTexture::~ColourMapTexture() {
    glDeleteTextures(1, &id_);
}

float ColourMapTexture::row(ColourMap map) {
    return (static_cast<float>(map) + 0.5f) / static_cast<float>(colour_maps().size());
}

}  // namespace convscope::gl
