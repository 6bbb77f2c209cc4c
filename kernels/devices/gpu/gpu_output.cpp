#include "devices/gpu/gpu_output.h"

#include <algorithm>
#include <cassert>

#include "core/text.h"
#include "devices/gpu/launch.h"
#include "devices/guarded_output.h"

namespace convscope {
namespace {

constexpr int64_t guard = GuardedOutput::guard_elements;
constexpr int64_t word = sizeof(float);
constexpr int64_t piece_elements = int64_t{64} << 20;
static_assert(guard * word % 256 == 0, "the elements behind the guard zone stay aligned as CUDA's memory is");

Step scan_step(const CudaFunctions& cuda, int64_t elements) {
    constexpr int64_t most_blocks = 4096;
    const int64_t blocks = (elements + 2 * guard + helper_block - 1) / helper_block;
    return helper_step("output check", cuda.helpers.scan_output,
                       ScanSizes{guard, elements, output_poison_bits}, std::min(blocks, most_blocks));
}

}  // namespace

GpuOutput::GpuOutput(const ContextPtr& context, int64_t elements)
    : elements_(elements),
      memory_(context, (elements + 2 * guard) * word, "the output"),
      counts_(context, sizeof(ScanCounts), "the counts of the output check") {}

int64_t GpuOutput::bytes_needed(int64_t elements) {
    return (elements + 2 * guard) * word + static_cast<int64_t>(sizeof(ScanCounts));
}

float* GpuOutput::data() const {
    return static_cast<float*>(memory_.data()) + guard;
}

void GpuOutput::copy_to_host(int64_t first, std::span<float> to) const {
    const auto count = static_cast<int64_t>(to.size());
    assert(first >= 0 && first + count <= elements_);
    const CudaContext& gpu = *context();
    gpu.use();
    // A stream of its own: it waits for no kernel that runs meanwhile.
    const Stream stream(context());
    for (int64_t at = 0; at < count; at += piece_elements) {
        const int64_t bytes = std::min(piece_elements, count - at) * word;
        gpu.check(gpu.cuda().copy_to_host(to.data() + at, data() + first + at, bytes, stream.handle()),
                  "copying the output to the host");
        stream.wait("copying the output to the host");
    }
}

void GpuOutput::poison(const Stream& stream) {
    const CudaContext& gpu = *context();
    gpu.check(
        gpu.cuda().fill_words(memory_.data(), output_poison_bits, elements_ + 2 * guard, stream.handle()),
        "poisoning the output");
}

OutputFaults GpuOutput::check(const Stream& stream) const {
    const CudaContext& gpu = *context();
    ScanCounts counts{0, ~0ULL, 0};
    gpu.check(gpu.cuda().copy_to_device(counts_.data(), &counts, sizeof counts, stream.handle()),
              "clearing the counts of the output check");
    Step step = scan_step(gpu.cuda(), elements_);
    void *words = memory_.data(), *found = counts_.data();
    void* arguments[] = {step.sizes.data(), &words, &found};
    launch(context(), step, arguments, stream, LaunchMode::queued);
    gpu.check(gpu.cuda().copy_to_host(&counts, found, sizeof counts, stream.handle()),
              "reading the counts of the output check");
    stream.wait("checking the output for poison");

    OutputFaults faults;
    faults.unwritten = static_cast<int64_t>(counts.unwritten);
    faults.first_unwritten = counts.unwritten ? static_cast<int64_t>(counts.first_unwritten) : -1;
    faults.written_outside = static_cast<int64_t>(counts.written_outside);
    return faults;
}

}  // namespace convscope
