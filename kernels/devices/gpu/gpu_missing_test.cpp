// Where there is no GPU: the reason is said, and nothing is thrown.
#include "devices/gpu/gpu_test_bench.h"

namespace convscope {
namespace {

class MissingTest : public testing::Test {
  protected:
    std::string reason_with(const CudaFunctions& functions) {
        std::vector<MissingDevice> missing;
        EXPECT_TRUE(make_gpu_devices(functions, nullptr, missing).empty());
        EXPECT_EQ(missing.size(), 1U);
        EXPECT_EQ(missing.at(0).name, "gpu");
        return missing.at(0).reason;
    }

    StandInCuda cuda;
    CudaFunctions table = StandInCuda::table();
};

CudaCode version_0(int* version) {
    return *version = 0, cuda_success;
}
CudaCode version_12_2(int* version) {
    return *version = 12020, cuda_success;
}

TEST_F(MissingTest, ATableOfMissingCudaGivesItsReason) {
    EXPECT_EQ(reason_with(missing_cuda("the gpu module was not built")), "the gpu module was not built");
}

TEST_F(MissingTest, NoDriver) {
    table.driver_version = version_0;
    cuda.fail_call_of("device_count", 1, cuda_old_driver);
    EXPECT_EQ(reason_with(table), "no NVIDIA driver was found");
}

TEST_F(MissingTest, AnOldDriver) {
    table.driver_version = version_12_2;
    cuda.fail_call_of("device_count", 1, cuda_old_driver);
    const std::string reason = reason_with(table);
    EXPECT_NE(reason.find("for CUDA 12.2"), std::string::npos) << reason;
    EXPECT_NE(reason.find("built with CUDA 13.0"), std::string::npos) << reason;
}

TEST_F(MissingTest, ADriverWithoutAGpu) {
    cuda.device_count = 0;
    EXPECT_EQ(reason_with(table), "the NVIDIA driver found no GPU");
}

TEST_F(MissingTest, AGpuOlderThanTheModule) {
    cuda.capability_major = 6;
    table.lowest_capability = 80;
    const std::string reason = reason_with(table);
    EXPECT_NE(reason.find("compute capability 6.0"), std::string::npos) << reason;
    EXPECT_NE(reason.find("8.0 and newer"), std::string::npos) << reason;
}

TEST_F(MissingTest, AFolderWithoutModulesIsAReason) {
    std::vector<MissingDevice> missing;
    EXPECT_TRUE(make_gpu_devices("/nonexistent", missing).empty());
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_NE(missing.at(0).reason.find("not built"), std::string::npos) << missing.at(0).reason;
}

TEST_F(MissingTest, EachGpuHasAName) {
    cuda.device_count = 2;
    std::vector<MissingDevice> missing;
    const auto devices = make_gpu_devices(StandInCuda::table(), sim_module(), missing);
    ASSERT_EQ(devices.size(), 2U);
    EXPECT_EQ(devices[0]->name(), "gpu");
    EXPECT_EQ(devices[1]->name(), "gpu:1");
    EXPECT_NE(devices[1]->description().find("Stand-in 1"), std::string::npos);
    devices[1]->bytes_free();
    EXPECT_EQ(cuda.selected_device(), 1);
}

}  // namespace
}  // namespace convscope
