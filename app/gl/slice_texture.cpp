#include "gl/slice_texture.h"

#include <glad/gl.h>

namespace convscope::gl {

UploadCounters& upload_counters() {
    static UploadCounters counters;
    return counters;
}

SliceTexture::SliceTexture(int width, int height) : width_(width), height_(height) {
    glGenTextures(1, &id_);
    glBindTexture(GL_TEXTURE_2D, id_);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, width, height, 0, GL_RED, GL_FLOAT, nullptr);
    // The shader chooses between single cells, soft edges and averages.
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

SliceTexture::~SliceTexture() {
    glDeleteTextures(1, &id_);
}

void SliceTexture::upload(std::span<const float> values) {
    glBindTexture(GL_TEXTURE_2D, id_);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width_, height_, GL_RED, GL_FLOAT, values.data());
    make_averages();
    upload_counters().uploads += 1;
    upload_counters().elements += static_cast<int64_t>(values.size());
}

void SliceTexture::written_by_device() {
    glBindTexture(GL_TEXTURE_2D, id_);
    make_averages();
    upload_counters().shared_draws += 1;
}

void SliceTexture::make_averages() {
    static uint64_t generations = 0;
    generation_ = ++generations;
    glGenerateMipmap(GL_TEXTURE_2D);
}

int SliceTexture::largest_side() {
    static const int side = [] {
        int value = 0;
        glGetIntegerv(GL_MAX_TEXTURE_SIZE, &value);
        return value;
    }();
    return side;
}

}  // namespace convscope::gl
