#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "xray/occupancy.h"

namespace convscope::xray {
namespace {

// What every GPU of a compute capability has, as the maker's CUDA C++ Programming Guide publishes it under
// "Technical Specifications per Compute Capability".
struct CapabilityLimits {
    int capability;
    int threads, blocks;
    int64_t shared_kib, shared_per_block_kib;
};
constexpr CapabilityLimits limits_of[] = {
    {75, 1024, 16, 64, 64},   {80, 2048, 32, 164, 163},  {86, 1536, 16, 100, 99}, {89, 1536, 24, 100, 99},
    {90, 2048, 32, 228, 227}, {100, 2048, 32, 228, 227}, {120, 1536, 24, 100, 99}};
constexpr int registers_of_all = 65536;

// Peaks at the boost clock, from published specifications; the documents named are the maker's own, where
// such figures stand. Nothing was measured here, and a card of another board or clock differs by some
// percent. TF32 is dense: half of what is published "with sparsity". On GeForce an SM multiplies as many TF32
// products a clock as float32 ones.
struct Card {
    const char* name;
    int capability, multiprocessors;
    double bandwidth_gbs, fp32_tflops, tf32_tflops;
};
constexpr Card cards[] = {
    // NVIDIA Turing GPU architecture white paper; no TF32 before 8.0. RTX 2080 Ti: the Founders Edition
    {"T4", 75, 40, 320, 8.1, 0},
    {"RTX 2080 Ti", 75, 68, 616, 14.2, 0},
    // A100 data sheet: 312 TFLOPS of TF32 with sparsity
    {"A100 SXM 80 GB", 80, 108, 2039, 19.5, 156},
    // A10 and A40 data sheets
    {"A10", 86, 72, 600, 31.2, 62.5},
    {"A40", 86, 84, 696, 37.4, 74.8},
    // NVIDIA Ampere GA102 GPU architecture white paper; RTX 3060: 28 SMs at 1.777 GHz
    {"RTX 3060", 86, 28, 360, 12.7, 12.7},
    {"RTX 3080", 86, 68, 760, 29.8, 29.8},
    {"RTX 3090", 86, 82, 936, 35.6, 35.6},
    // L4 and L40S data sheets: 120 and 366 TFLOPS of TF32 with sparsity
    {"L4", 89, 58, 300, 30.3, 60},
    {"L40S", 89, 142, 864, 91.6, 183},
    // NVIDIA Ada GPU architecture white paper; RTX 4070: 46 SMs at 2.475 GHz
    {"RTX 4070", 89, 46, 504, 29.1, 29.1},
    {"RTX 4090", 89, 128, 1008, 82.6, 82.6},
    // H100 and H200 data sheets: 756 and 989 TFLOPS of TF32 with sparsity; H100 PCIe: 5120 bits at 1593 MHz
    {"H100 PCIe", 90, 114, 2039, 51, 378},
    {"H100 SXM", 90, 132, 3350, 67, 494.7},
    {"H200 SXM", 90, 132, 4800, 67, 494.7},
    // NVIDIA Blackwell architecture brief, HGX B200: 2.25 PFLOPS of TF32 with sparsity
    {"B200", 100, 148, 8000, 80, 1125},
    // NVIDIA RTX Blackwell GPU architecture white paper
    {"RTX 5090", 120, 170, 1792, 104.8, 104.8}};

constexpr GpuModel model_of(const Card& card) {
    GpuModel model{};
    model.name = card.name;
    model.capability = card.capability;
    model.multiprocessors = card.multiprocessors;
    model.registers_per_multiprocessor = registers_of_all;
    model.bandwidth_gbs = card.bandwidth_gbs;
    model.fp32_tflops = card.fp32_tflops;
    model.tf32_tflops = card.tf32_tflops;
    for (const CapabilityLimits& limits : limits_of)
        if (limits.capability == card.capability) {
            model.threads_per_multiprocessor = limits.threads;
            model.blocks_per_multiprocessor = limits.blocks;
            model.shared_per_multiprocessor_bytes = limits.shared_kib * 1024;
            model.shared_per_block_bytes = limits.shared_per_block_kib * 1024;
        }
    return model;
}

constexpr auto models = [] {
    std::array<GpuModel, std::size(cards)> made{};
    std::transform(std::begin(cards), std::end(cards), made.begin(), model_of);
    return made;
}();
static_assert(std::ranges::all_of(models, [](const GpuModel& m) { return m.threads_per_multiprocessor > 0; }),
              "a card's compute capability is missing in limits_of");

}  // namespace

std::span<const GpuModel> gpu_models() {
    return models;
}

const GpuModel* find_gpu_model(const std::string& name) {
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    const auto found = std::ranges::find_if(models, [&](const GpuModel& model) {
        return std::ranges::equal(name, std::string_view(model.name), same);
    });
    return found == models.end() ? nullptr : &*found;
}

}  // namespace convscope::xray
