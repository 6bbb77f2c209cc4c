// For tests: the gpu device over the stand-in, with the kernels that the simulator runs.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "devices/gpu/gpu_device.h"
#include "devices/gpu/stand_in_cuda.h"

namespace convscope {

inline std::shared_ptr<const LoadedModule> sim_module() {
    static const auto module =
        std::make_shared<const LoadedModule>(std::string(CONVSCOPE_BINARY_DIR) + "/modules/sim.so");
    return module;
}

inline Problem small_conv2d() {
    ProblemSpec spec;
    spec.in_channels = 3;
    spec.out_channels = 4;
    spec.input = {1, 9, 11};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    spec.bias = true;
    return Problem(spec);
}

// One device over the stand-in; fails the test where it misuses CUDA or keeps anything.
class GpuTest : public testing::Test {
  protected:
    void TearDown() override {
        device.reset();
        EXPECT_EQ(cuda.mistakes(), std::vector<std::string>{});
        EXPECT_EQ(cuda.owned(), 0);
    }

    Device& gpu() {
        if (!device) {
            std::vector<MissingDevice> missing;
            const auto devices = make_gpu_devices(StandInCuda::table(), sim_module(), missing, cudnn);
            if (devices.empty()) throw Error(ErrorKind::device_missing, missing.at(0).reason);
            device = devices.front();
        }
        return *device;
    }

    std::vector<float> values(const OutputBuffer& output) {
        std::vector<float> all(static_cast<size_t>(output.elements()));
        output.copy_to_host(0, all);
        return all;
    }

    StandInCuda cuda;
    CudnnPtr cudnn;  // none, unless a test sets it
    std::shared_ptr<Device> device;
    CancelToken cancel;
    OutputFaults faults;
    Problem problem = small_conv2d();
    Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
};

}  // namespace convscope
