// Our occupancy against the calculator that comes with the CUDA toolkit, cuda_occupancy.h.
#include <cuda_occupancy.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "xray/occupancy.h"

namespace convscope::xray {
namespace {

// Empty where the toolkit is older than the GPU.
std::optional<int> blocks_by_cuda(const GpuModel& gpu, int threads, int registers, int64_t shared_bytes) {
    cudaOccDeviceProp device;
    device.computeMajor = gpu.capability / 10;
    device.computeMinor = gpu.capability % 10;
    device.maxThreadsPerBlock = 1024;
    device.maxThreadsPerMultiprocessor = gpu.threads_per_multiprocessor;
    device.regsPerBlock = device.regsPerMultiprocessor = gpu.registers_per_multiprocessor;
    device.warpSize = 32;
    device.sharedMemPerBlock = 48 * 1024;
    device.sharedMemPerMultiprocessor = size_t(gpu.shared_per_multiprocessor_bytes);
    device.numSms = gpu.multiprocessors;
    device.sharedMemPerBlockOptin = size_t(gpu.shared_per_block_bytes);
    device.reservedSharedMemPerBlock = gpu.capability >= 80 ? 1024 : 0;
    cudaOccFuncAttributes kernel;
    kernel.maxThreadsPerBlock = 1024;
    kernel.numRegs = registers;
    kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = size_t(shared_bytes);
    kernel.numBlockBarriers = 1;
    const cudaOccDeviceState state;
    cudaOccResult result{};
    const cudaOccError error = cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state,
                                                                       threads, size_t(shared_bytes));
    if (error == CUDA_OCC_ERROR_UNKNOWN_DEVICE) return std::nullopt;
    EXPECT_EQ(error, CUDA_OCC_SUCCESS) << gpu.name;
    return result.activeBlocksPerMultiprocessor;
}

TEST(OccupancyAgainstCuda, AgreesOnRandomKernels) {
    std::mt19937 random(5);
    const auto upto = [&](int from, int to) { return std::uniform_int_distribution(from, to)(random); };
    int nothing_fits = 0, limits[5] = {};
    for (const GpuModel& gpu : gpu_models())
        for (int trial = 0; trial < 4000; trial++) {
            const int threads = upto(1, 4) == 1 ? upto(1, 1024) : 32 * upto(1, 32), registers = upto(8, 255);
            // Mostly small, or nearly all would be limited by it.
            const int most = int(gpu.shared_per_block_bytes) + 256;
            const int64_t shared_bytes = upto(0, 2) == 0 ? 0 : upto(0, most >> upto(0, 8));
            const Occupancy ours = occupancy(gpu, threads, registers, shared_bytes, 1);
            const std::optional<int> theirs = blocks_by_cuda(gpu, threads, registers, shared_bytes);
            if (!theirs) break;
            ASSERT_EQ(ours.blocks, *theirs) << gpu.name << ", " << threads << " threads, " << registers
                                            << " registers, " << shared_bytes << " bytes";
            nothing_fits += ours.blocks == 0;
            limits[int(ours.limit)]++;
        }
    EXPECT_GT(nothing_fits, 100);
    for (const int count : limits) EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace convscope::xray
