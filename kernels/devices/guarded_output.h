// A host output that shows what a kernel did not write, and what it wrote outside.
#pragma once
#include <bit>
#include <cstdint>
#include <span>

#include "core/tensor.h"
#include "devices/device.h"

namespace convscope {

// A quiet NaN with a payload that no arithmetic makes up. Arithmetic passes it on, so an element that was
// only added to still counts as unwritten.
inline constexpr uint32_t output_poison_bits = 0x7FD0'C0DEu;

class GuardedOutput : public OutputBuffer {
  public:
    // Elements of each of the two guard zones; a multiple of a cache line, so that data() stays aligned.
    static constexpr int64_t guard_elements = 4096;

    // Poisoned. Throws Error(request) where the memory is not there.
    explicit GuardedOutput(int64_t elements);

    int64_t elements() const override { return elements_; }
    const float* host() const override { return memory_.data() + guard_elements; }
    void copy_to_host(int64_t first, std::span<float> to) const override;

    float* data() { return memory_.data() + guard_elements; }  // elements(), aligned to 64 bytes
    // Fills the elements and both guard zones with the poison.
    void poison();
    // What still holds the poison, and which guard elements no longer do.
    OutputFaults check() const;

  private:
    int64_t elements_;
    Floats memory_;  // guard zone, elements, guard zone
};

}  // namespace convscope
