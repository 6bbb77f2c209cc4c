// What a slice's values span, for automatic ranges.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace convscope::gl {

class Shader;
class SliceTexture;

struct SliceStatistics {
    float least = 0, largest = 0;  // of the finite values
    float p1 = 0, p99 = 0;         // percentiles, from a sample where the slice is large
    int64_t not_finite = 0;
    bool has_percentiles = false;
    // How the finite values are spread from least to largest, the fullest bin being 1; from a sample where
    // the slice is large.
    std::array<float, 64> bins{};
};

SliceStatistics statistics_of(std::span<const float> values);

// The same for a slice that is only on the GPU: summarised there, 64×64 blocks come back.
class GpuStatistics {
  public:
    GpuStatistics();
    ~GpuStatistics();
    SliceStatistics of(const SliceTexture& slice);

  private:
    // Draws the program's summary of the slice on a small target and reads it.
    std::vector<std::array<float, 4>> summary(const Shader& shader, const SliceTexture& slice, int columns,
                                              int rows);
    std::unique_ptr<Shader> blocks_, sample_;
    unsigned target_ = 0, framebuffer_ = 0, vertex_array_ = 0;
};

}  // namespace convscope::gl
