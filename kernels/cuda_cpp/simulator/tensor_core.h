// What a tensor core does to numbers, on the CPU.
#pragma once
#include <cstdint>

#include "cuda_cpp/simulator/engine_api.h"

namespace convscope::sim {

// The registers of one lane in mma.sync.m16n8k8: D (16, 8) += A (16, 8) · B (8, 8), as the PTX manual spreads
// them over the warp ("Matrix fragments for mma.m16n8k8").
struct MmaLane {
    const float* a;  // 4 values
    const float* b;  // 2 values
    float* d;        // 4 values, read and written
};

// Computes the warp's product. Of each operand the tensor core sees sign, exponent and the upper 10 bits of
// the fraction: what was not rounded before is cut off here.
CONVSCOPE_ENGINE void mma_m16n8k8_tf32(const MmaLane (&lanes)[32]);

// c + Σ a[i]·b[i] for four products, as one step of the tensor core adds them: products are exact; all five
// addends are aligned to the largest exponent and cut off one bit below float32's last; the sum is cut off to
// float32. (Fasi, Higham, Mikaitis, Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ CS 7:e330,
// 2021; the model of the A100. Newer cores keep another bit.)
CONVSCOPE_ENGINE float tensor_core_sum(float c, const float* a, const float* b);

}  // namespace convscope::sim
