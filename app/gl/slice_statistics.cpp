#include "gl/slice_statistics.h"

#include <glad/gl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "gl/shader.h"
#include "gl/slice_texture.h"

namespace convscope::gl {
namespace {

constexpr int most_blocks = 64;
constexpr size_t most_sampled = 1 << 15;

void add_bins(const std::vector<float>& sample, SliceStatistics& out) {
    const float width = out.largest - out.least;
    if (!(width > 0) || !std::isfinite(width)) return;
    const auto count = static_cast<float>(out.bins.size());
    for (const float v : sample) {
        const auto bin = static_cast<size_t>(std::clamp((v - out.least) / width * count, 0.0f, count - 1));
        out.bins[bin] += 1;
    }
    const float most = *std::ranges::max_element(out.bins);
    for (float& bin : out.bins) bin /= most;
}

// From finite values.
void add_percentiles(std::vector<float> sample, SliceStatistics& out) {
    if (sample.empty()) return;
    add_bins(sample, out);
    const auto at = [&](double share) {
        const auto place =
            sample.begin() + static_cast<int64_t>(share * static_cast<double>(sample.size() - 1));
        std::nth_element(sample.begin(), place, sample.end());
        return *place;
    };
    out.p1 = at(0.01);
    out.p99 = at(0.99);
    out.has_percentiles = true;
}

std::vector<float> finite_sample(std::span<const float> values) {
    // A step coprime to most widths, so that the sample does not run down one column.
    const size_t step = values.size() <= most_sampled ? 1 : (values.size() / most_sampled) | 1;
    std::vector<float> sample;
    sample.reserve(most_sampled + 1);
    for (size_t i = 0; i < values.size(); i += step)
        if (std::isfinite(values[i])) sample.push_back(values[i]);
    return sample;
}

}  // namespace

SliceStatistics statistics_of(std::span<const float> values) {
    SliceStatistics out;
    bool any = false;
    for (const float v : values) {
        if (!std::isfinite(v)) {
            ++out.not_finite;
            continue;
        }
        out.least = any ? std::min(out.least, v) : v;
        out.largest = any ? std::max(out.largest, v) : v;
        any = true;
    }
    if (any) add_percentiles(finite_sample(values), out);
    return out;
}

GpuStatistics::GpuStatistics()
    : blocks_(std::make_unique<Shader>("statistics", "#define SAMPLE 0\n")),
      sample_(std::make_unique<Shader>("statistics", "#define SAMPLE 1\n")) {
    glGenVertexArrays(1, &vertex_array_);
    glGenRenderbuffers(1, &target_);
    glGenFramebuffers(1, &framebuffer_);
    glBindRenderbuffer(GL_RENDERBUFFER, target_);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA32F, most_blocks, most_blocks);
}

GpuStatistics::~GpuStatistics() {
    glDeleteFramebuffers(1, &framebuffer_);
    glDeleteRenderbuffers(1, &target_);
    glDeleteVertexArrays(1, &vertex_array_);
}

std::vector<std::array<float, 4>> GpuStatistics::summary(const Shader& shader, const SliceTexture& slice,
                                                         int columns, int rows) {
    int bound = 0, program = 0;
    std::array<int, 4> viewport{};
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &bound);
    glGetIntegerv(GL_CURRENT_PROGRAM, &program);
    glGetIntegerv(GL_VIEWPORT, viewport.data());
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target_);
    glViewport(0, 0, columns, rows);
    glDisable(GL_BLEND);
    glDisable(GL_SCISSOR_TEST);
    shader.use();
    glUniform1i(shader.uniform("u_plane"), 0);
    glUniform2i(shader.uniform("u_size"), slice.width(), slice.height());
    glUniform2i(shader.uniform("u_blocks"), columns, rows);
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, slice.id());
    glBindVertexArray(vertex_array_);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    std::vector<std::array<float, 4>> out(static_cast<size_t>(columns * rows));
    glReadPixels(0, 0, columns, rows, GL_RGBA, GL_FLOAT, out.data());
    glBindFramebuffer(GL_FRAMEBUFFER, static_cast<unsigned>(bound));
    glUseProgram(static_cast<unsigned>(program));
    glViewport(viewport[0], viewport[1], viewport[2], viewport[3]);
    return out;
}

SliceStatistics GpuStatistics::of(const SliceTexture& slice) {
    const int columns = std::min(slice.width(), most_blocks), rows = std::min(slice.height(), most_blocks);
    SliceStatistics out{.least = INFINITY, .largest = -INFINITY};
    for (const auto& [least, largest, magnitude, odd] : summary(*blocks_, slice, columns, rows)) {
        out.not_finite += static_cast<int64_t>(odd);
        if (least > largest) continue;  // nothing finite in this block
        out.least = std::min(out.least, least);
        out.largest = std::max(out.largest, largest);
    }
    if (out.least > out.largest) {
        out.least = out.largest = 0;
        return out;
    }
    std::vector<float> sample;
    for (const auto& four : summary(*sample_, slice, columns, rows))
        for (const float v : four)
            if (std::isfinite(v)) sample.push_back(v);
    add_percentiles(std::move(sample), out);
    return out;
}

}  // namespace convscope::gl
