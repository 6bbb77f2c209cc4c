// What a slice's values span, for automatic ranges.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

namespace convscope::gl {

class Shader;
class SliceTexture;

struct SliceStatistics {
    float least = 0, largest = 0;  // of the finite values
    float p1 = 0, p99 = 0;         // percentiles, from a sample where the slice is large
    int64_t not_finite = 0;
    bool has_percentiles = false;
};

SliceStatistics statistics_of(std::span<const float> values);

// The same for a slice that is only on the GPU: summarised there, 64×64 blocks come back.
class GpuStatistics {
  public:
    GpuStatistics();
    ~GpuStatistics();
    SliceStatistics of(const SliceTexture& slice);

  private:
    std::unique_ptr<Shader> shader_;
    unsigned target_ = 0, framebuffer_ = 0, vertex_array_ = 0;
};

}  // namespace convscope::gl
