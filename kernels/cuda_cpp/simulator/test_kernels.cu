#include <stdexcept>

#include "cuda_cpp/simulator/test_kernel_rows.h"

namespace convscope::sim {
namespace {

TEST_KERNEL(indices) {
    const int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    const int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    const int block_size = blockDim.x * blockDim.y * blockDim.z;
    counts[block * block_size + thread] += block * block_size + thread;
}

TEST_KERNEL(reverse) {
    __shared__ float tile[1024];
    tile[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
    __syncthreads();
    out[blockIdx.x * blockDim.x + threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

TEST_KERNEL(reverse_without_barrier) {
    __shared__ float tile[1024];
    tile[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
    out[blockIdx.x * blockDim.x + threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

// Reads what a lower thread wrote: in ascending order the missing barrier does not show.
TEST_KERNEL(shift_without_barrier) {
    __shared__ float tile[1024];
    tile[threadIdx.x] = in[threadIdx.x];
    out[threadIdx.x] = threadIdx.x == 0 ? 0.0f : tile[threadIdx.x - 1];
}

TEST_KERNEL(reverse_dynamic) {
    float* tile = dynamic_shared<float>();
    tile[threadIdx.x] = in[threadIdx.x];
    __syncthreads();
    out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

// A tree of additions with a barrier at each level.
TEST_KERNEL(block_sum) {
    __shared__ float partial[1024];
    partial[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

TEST_KERNEL(predicates) {
    const int odd = threadIdx.x % 2;
    int* mine = counts + threadIdx.x * 5;
    mine[0] = __syncthreads_count(odd);
    mine[1] = __syncthreads_and(odd);
    mine[2] = __syncthreads_and(1);
    mine[3] = __syncthreads_or(odd);
    mine[4] = __syncthreads_or(0);
}

TEST_KERNEL(shuffles) {
    const int lane = threadIdx.x % warpSize;
    int* mine = counts + threadIdx.x * 6;
    mine[0] = __shfl_sync(all_lanes, lane * 10, 5);
    mine[1] = __shfl_sync(all_lanes, lane * 10, 1, 8);
    mine[2] = __shfl_up_sync(all_lanes, lane, 3);
    mine[3] = __shfl_down_sync(all_lanes, lane, 2, 16);
    mine[4] = __shfl_xor_sync(all_lanes, lane, 1);
    mine[5] = static_cast<int>(__shfl_xor_sync(all_lanes, lane + 0.5, 16) * 2);  // 8 bytes
}

TEST_KERNEL(warp_sum) {
    float sum = in[threadIdx.x];
    for (int step = warpSize / 2; step > 0; step /= 2) sum += __shfl_down_sync(all_lanes, sum, step);
    if (threadIdx.x % warpSize == 0) out[threadIdx.x / warpSize] = sum;
}

TEST_KERNEL(votes) {
    const int lane = threadIdx.x % warpSize;
    int* mine = counts + threadIdx.x * 4;
    mine[0] = static_cast<int>(__ballot_sync(all_lanes, lane % 3 == 0));
    mine[1] = __any_sync(all_lanes, lane == 7);
    mine[2] = __all_sync(all_lanes, lane < 32);
    mine[3] = __all_sync(all_lanes, lane < 31);
}

// Two halves of a warp that each talk among themselves, in different branches.
TEST_KERNEL(half_warps) {
    const int lane = threadIdx.x % warpSize;
    if (lane < 16)
        counts[threadIdx.x] = __shfl_xor_sync(0x0000FFFFu, lane, 15);
    else
        counts[threadIdx.x] = static_cast<int>(__ballot_sync(0xFFFF0000u, lane % 2));
}

// Lanes from `n` on have exited when the others shuffle: they no longer take part.
TEST_KERNEL(shuffle_after_exit) {
    const int lane = threadIdx.x % warpSize;
    if (lane >= sizes.n) return;
    counts[threadIdx.x] = __shfl_sync(all_lanes, lane + 100, sizes.m);
}

TEST_KERNEL(warp_exchange_through_memory) {
    __shared__ int slots[1024];
    slots[threadIdx.x] = static_cast<int>(threadIdx.x);
    __syncwarp();
    counts[threadIdx.x] = slots[threadIdx.x ^ 1];
}

TEST_KERNEL(atomics) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    atomicAdd(&counts[0], 1);
    atomicMax(&counts[1], i);
    atomicMin(&counts[2], -i);
    atomicOr(&counts[3], 1 << (i % 31));
    atomicCAS(&counts[4], i, i + 1);  // 0 → 1 → 2 … where the threads happen to come in that order
    atomicAdd(out, 0.5f);
    atomicExch(reinterpret_cast<unsigned*>(&counts[5]), 7u);
}

TEST_KERNEL(early_exit) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i >= sizes.n) return;
    out[i] = in[i] * 2;
}

TEST_KERNEL(exit_before_barrier) {
    if (threadIdx.x % 64 >= static_cast<unsigned>(sizes.n)) return;
    __syncthreads();
    out[threadIdx.x] = 1;
}

TEST_KERNEL(two_kinds_of_barrier) {
    if (threadIdx.x < 32)
        __syncthreads();
    else
        __syncthreads_count(1);
}

TEST_KERNEL(lanes_that_never_come) {
    if (threadIdx.x < 16)
        counts[threadIdx.x] = __shfl_sync(all_lanes, 1, 0);
    else
        __syncthreads();
}

TEST_KERNEL(mask_without_own_lane) {
    counts[threadIdx.x] = __shfl_sync(0x1u, 1, 0);
}

TEST_KERNEL(read_unwritten_shared) {
    __shared__ float fixed[64];
    const float* dynamic = dynamic_shared<float>();
    out[2 * threadIdx.x] = fixed[threadIdx.x];
    out[2 * threadIdx.x + 1] = dynamic[threadIdx.x];
    fixed[threadIdx.x] = 1;
}

// One warp: D (16, 8) = A (16, 8) · B (8, 8); in holds A and then B, row by row.
TEST_KERNEL(tensor_product) {
    if (static_cast<int>(threadIdx.x) >= sizes.n) return;  // n lanes stay
    const int g = threadIdx.x / 4, t = threadIdx.x % 4;
    const float* b_rows = in + 16 * 8;
    const float a[4] = {in[g * 8 + t], in[(g + 8) * 8 + t], in[g * 8 + t + 4], in[(g + 8) * 8 + t + 4]};
    const float b[2] = {b_rows[t * 8 + g], b_rows[(t + 4) * 8 + g]};
    float d[4] = {0, 0, 0, 0};
    mma_m16n8k8_tf32(d, a, b);
    out[g * 8 + 2 * t] = d[0];
    out[g * 8 + 2 * t + 1] = d[1];
    out[(g + 8) * 8 + 2 * t] = d[2];
    out[(g + 8) * 8 + 2 * t + 1] = d[3];
}

// Two groups of copies, of which all but the newest n are waited for; every third element is not taken.
TEST_KERNEL(async_copies) {
    __shared__ float tile[2][64];
    const int i = threadIdx.x;
    copy_async<4>(&tile[0][i], in + i, i % 3 != 0);
    commit_async_copies();
    copy_async<4>(&tile[1][i], in + 64 + i, i % 3 != 0);
    commit_async_copies();
    if (sizes.n == 0) wait_for_async_copies<0>();
    if (sizes.n == 1) wait_for_async_copies<1>();
    __syncthreads();
    out[i] = tile[0][63 - i];
    out[64 + i] = tile[1][63 - i];
}

TEST_KERNEL(async_float4) {
    __shared__ __align__(16) float tile[64];
    const int i = threadIdx.x;
    if (i < 16) copy_async<16>(&tile[4 * i], in + 4 * i + sizes.n, true);
    commit_async_copies();
    wait_for_async_copies<0>();
    __syncthreads();
    out[i] = tile[i];
}

TEST_KERNEL(throws) {
    if (blockIdx.x == static_cast<unsigned>(sizes.n) && threadIdx.x == 5)
        throw std::runtime_error("from a kernel");
    __syncthreads();
}

TEST_KERNEL(slow_blocks) {
    float x = in[0];
    for (int i = 0; i < sizes.n; ++i) x = x * 0.999f + 0.001f;
    if (x < 0) out[threadIdx.x] = x;  // never; but the loop has to stay
}

TEST_KERNEL(copy) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    out[i] = in[i];
}

TEST_KERNEL(copy_float4) {
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    float4 four = reinterpret_cast<const float4*>(in)[i];
    four.x += 1;
    four.w = max(four.w, 0.0f);
    reinterpret_cast<float4*>(out)[i] = four;
}

TEST_KERNEL(copy_float2) {
    const int i = static_cast<int>(threadIdx.x);
    reinterpret_cast<float2*>(out)[i] = reinterpret_cast<const float2*>(in)[i];
}

TEST_KERNEL(strided_copy) {
    out[threadIdx.x] = in[threadIdx.x * sizes.n];
}

template <int pitch>
__forceinline__ void transpose_tile(const float* in, float* out) {
    __shared__ float tile[32][pitch];
    for (unsigned row = threadIdx.y; row < 32; row += blockDim.y)
        tile[row][threadIdx.x] = in[row * 32 + threadIdx.x];
    __syncthreads();
    for (unsigned row = threadIdx.y; row < 32; row += blockDim.y)
        out[row * 32 + threadIdx.x] = tile[threadIdx.x][row];
}
TEST_KERNEL(transpose_32_wide) {
    transpose_tile<32>(in, out);
}
TEST_KERNEL(transpose_33_wide) {
    transpose_tile<33>(in, out);
}

TEST_KERNEL(shared_float4) {
    float4* tile = dynamic_shared<float4>();
    tile[threadIdx.x] = reinterpret_cast<const float4*>(in)[threadIdx.x];
    __syncthreads();
    reinterpret_cast<float4*>(out)[threadIdx.x] = tile[threadIdx.x * sizes.n % 32];
}

__attribute__((noinline)) float sum_of(const float* in, int count) {
    float sum = 0;
    for (int i = 0; i < count; ++i) sum += in[i];
    return sum;
}

// Odd lanes call a function that loops; then all lanes read and write together again.
TEST_KERNEL(call_in_a_branch) {
    float value = 0;
    if (threadIdx.x % 2 == 1) value = sum_of(in, sizes.n);
    out[threadIdx.x] = value + in[threadIdx.x];
}

// Every lane leaves the loop after a number of rounds of its own.
TEST_KERNEL(loop_of_own_length) {
    float sum = 0;
    for (unsigned i = 0; i <= threadIdx.x; ++i) sum += in[i];
    out[threadIdx.x] = sum;
}

TEST_KERNEL(long_loop) {
    float sum = 0;
    for (int i = 0; i < sizes.n; ++i) sum += in[i % 64];
    out[threadIdx.x] = sum;
}

TEST_KERNEL(skip_some_rounds) {
    float sum = 0;
    for (int i = 0; i < sizes.n; ++i) {
        if ((static_cast<int>(threadIdx.x) + i) % 4 == 0) continue;
        sum += in[i];
    }
    out[threadIdx.x] = sum;
}

TEST_KERNEL(write_outside) {
    const int i = static_cast<int>(threadIdx.x) + sizes.n;
    out[i] = in[threadIdx.x];
    __syncthreads();
    counts[threadIdx.x] = 1;
}

TEST_KERNEL(read_shared_outside) {
    out[threadIdx.x] = dynamic_shared<float>()[threadIdx.x + sizes.n];
}

TEST_KERNEL(misaligned_float4) {
    reinterpret_cast<float4*>(out)[threadIdx.x] =
        *reinterpret_cast<const float4*>(in + 4 * threadIdx.x + sizes.n);
}

constexpr TestKernelRow table[] = {ROW(indices),
                                   ROW(reverse),
                                   ROW(reverse_without_barrier),
                                   ROW(shift_without_barrier),
                                   ROW(reverse_dynamic),
                                   ROW(block_sum),
                                   ROW(predicates),
                                   ROW(shuffles),
                                   ROW(warp_sum),
                                   ROW(votes),
                                   ROW(half_warps),
                                   ROW(shuffle_after_exit),
                                   ROW(warp_exchange_through_memory),
                                   ROW(atomics),
                                   ROW(early_exit),
                                   ROW(exit_before_barrier),
                                   ROW(two_kinds_of_barrier),
                                   ROW(lanes_that_never_come),
                                   ROW(mask_without_own_lane),
                                   ROW(read_unwritten_shared),
                                   ROW(tensor_product),
                                   ROW(async_copies),
                                   ROW(async_float4),
                                   ROW(throws),
                                   ROW(slow_blocks),
                                   ROW(copy),
                                   ROW(copy_float4),
                                   ROW(copy_float2),
                                   ROW(strided_copy),
                                   ROW(transpose_32_wide),
                                   ROW(transpose_33_wide),
                                   ROW(shared_float4),
                                   ROW(call_in_a_branch),
                                   ROW(loop_of_own_length),
                                   ROW(long_loop),
                                   ROW(skip_some_rounds),
                                   ROW(write_outside),
                                   ROW(read_shared_outside),
                                   ROW(misaligned_float4)};

}  // namespace
}  // namespace convscope::sim

extern "C" __attribute__((visibility("default"))) convscope::Step convscope_test_step(const char* name) {
    using namespace convscope;
    for (const auto rows : {std::span<const sim::TestKernelRow>(sim::table), sim::fault_kernels()})
        for (const sim::TestKernelRow& row : rows)
            if (std::string(name) == row.name)
                return make_step(name, "a test", row.kernel, LaunchShape{}, sim::TestSizes{}, buffer::input,
                                 buffer::output, buffer::scratch(0));
    throw Error(ErrorKind::failed, std::string("there is no test kernel ") + name);
}

extern "C" __attribute__((visibility("default"))) const convscope::KernelModule* convscope_kernel_module() {
    static const convscope::KernelModule module{
        .layout = convscope::kernel_module_layout, .compiler = "g++", .kernels = {}};
    return &module;
}
