#include "devices/guarded_output.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace convscope {
namespace {

Floats allocate(int64_t elements) {
    const int64_t all = elements + 2 * GuardedOutput::guard_elements;
    require_host_memory(static_cast<double>(all) * sizeof(float), "the output");
    try {
        return Floats(static_cast<size_t>(all));
    } catch (const std::bad_alloc&) {
        fail_request("the output does not fit into this machine's memory");
    }
}

bool poisoned(float value) {
    return std::bit_cast<uint32_t>(value) == output_poison_bits;
}

}  // namespace

GuardedOutput::GuardedOutput(int64_t elements) : elements_(elements), memory_(allocate(elements)) {
    poison();
}

void GuardedOutput::copy_to_host(int64_t first, std::span<float> to) const {
    assert(first >= 0 && first + static_cast<int64_t>(to.size()) <= elements_);
    std::memcpy(to.data(), host() + first, to.size_bytes());
}

void GuardedOutput::poison() {
    // Copied as bytes: a float assignment may change a NaN's payload.
    uint32_t pattern[16];
    std::fill(std::begin(pattern), std::end(pattern), output_poison_bits);
    auto* bytes = reinterpret_cast<std::byte*>(memory_.data());
    const size_t size = memory_.size() * sizeof(float);
    for (size_t at = 0; at < size; at += sizeof pattern)
        std::memcpy(bytes + at, pattern, std::min(sizeof pattern, size - at));
}

OutputFaults GuardedOutput::check() const {
    OutputFaults faults;
    const float* elements = host();
    for (int64_t i = 0; i < elements_; ++i) {
        if (!poisoned(elements[i])) continue;
        if (faults.unwritten++ == 0) faults.first_unwritten = i;
    }
    for (int64_t i = 0; i < guard_elements; ++i)
        faults.written_outside += !poisoned(memory_[i]) + !poisoned(elements[elements_ + i]);
    return faults;
}

}  // namespace convscope
