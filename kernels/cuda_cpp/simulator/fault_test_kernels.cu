// Kernels with one fault each, and beside them the same without it.
#include "cuda_cpp/simulator/test_kernel_rows.h"

namespace convscope::sim {
namespace {

// Thread n writes nothing.
TEST_KERNEL(unwritten_word) {
    __shared__ float tile[64];
    if (static_cast<int>(threadIdx.x) != sizes.n) tile[threadIdx.x] = in[threadIdx.x];
    __syncthreads();
    out[64 * blockIdx.x + threadIdx.x] = tile[63 - threadIdx.x];
}

TEST_KERNEL(unwritten_byte) {
    __shared__ unsigned char bytes[128];
    bytes[2 * threadIdx.x] = 1;
    __syncthreads();
    counts[threadIdx.x] = bytes[2 * threadIdx.x + sizes.n];
}

// Reads its own word before it writes it.
TEST_KERNEL(read_then_written) {
    __shared__ float tile[32];
    out[threadIdx.x] = tile[threadIdx.x];
    tile[threadIdx.x] = 1;
}

TEST_KERNEL(atomics_on_shared) {
    __shared__ int sums[4];
    if (threadIdx.x < 4 && sizes.n == 0) sums[threadIdx.x] = 0;
    if (threadIdx.x < 4 && sizes.n == 1) atomicExch(&sums[threadIdx.x], 0);
    __syncthreads();
    atomicAdd(&sums[threadIdx.x % 4], 1);
    if (sizes.m == 0) __syncthreads();
    counts[threadIdx.x] = sums[threadIdx.x % 4];
}

// Thread 0 sets the sum to zero (n == 0) or reads it (n == 1), and nothing stands between that and the
// additions; or two threads add and the second one then reads (n == 2).
TEST_KERNEL(plain_then_atomic) {
    __shared__ int sum;
    if (threadIdx.x == 0 && sizes.n == 0) sum = 0;
    if (sizes.n != 0) {
        if (threadIdx.x == 0) sum = 0;
        __syncthreads();
    }
    if (threadIdx.x == 0 && sizes.n == 1) counts[0] = sum;
    if (threadIdx.x <= 1 || sizes.n != 2) atomicAdd(&sum, 1);
    if (threadIdx.x == 1 && sizes.n == 2) counts[0] = sum;
}

TEST_KERNEL(plain_then_atomic_in_global_memory) {
    if (threadIdx.x == 0) counts[blockIdx.x] = 0;
    atomicAdd(&counts[blockIdx.x], 1);
}

// Double buffering with a barrier a round; m == 1 leaves it out of round n.
TEST_KERNEL(two_stages) {
    __shared__ float stage[2][64];
    float sum = 0;
    for (int round = 0; round < 4; ++round) {
        stage[round % 2][threadIdx.x] = in[64 * round + threadIdx.x];
        if (sizes.m == 0 || round != sizes.n) __syncthreads();
        sum += stage[round % 2][63 - threadIdx.x];
    }
    out[threadIdx.x] = sum;
}

// Every lane exchanges with its neighbour, with or without a __syncwarp() between (n) and after (m).
TEST_KERNEL(neighbour_exchange) {
    __shared__ int slots[64];
    for (int round = 0; round < 2; ++round) {
        slots[threadIdx.x] = static_cast<int>(threadIdx.x) + round;
        if (sizes.n == 0) __syncwarp();
        if (sizes.n == 2) __shfl_sync(all_lanes, 0, 0);
        counts[threadIdx.x] = slots[threadIdx.x ^ 1];
        if (sizes.m == 0) __syncwarp();
    }
}

// A __syncwarp() does not order warps.
TEST_KERNEL(exchange_between_warps) {
    __shared__ int slots[64];
    slots[threadIdx.x] = static_cast<int>(threadIdx.x);
    __syncwarp();
    counts[threadIdx.x] = slots[threadIdx.x ^ 32];
}

// Warp 0 reads what warp 1 writes later; a __syncwarp() stands between. Where n == 1 nobody writes it, where
// n == 2 the same warp does, behind the __syncwarp().
TEST_KERNEL(read_before_another_warp_writes) {
    __shared__ int slots[64];
    const int t = static_cast<int>(threadIdx.x);
    if (sizes.n == 0 || t < 32) slots[t] = t;
    counts[t] = slots[t ^ 32];
    __syncwarp();
    if (sizes.n == 2 && t < 32) slots[t + 32] = t;
}

// Only the lower half warp meets; the upper one reads what the lower wrote.
TEST_KERNEL(half_a_warp_meets) {
    __shared__ int slot;
    if (threadIdx.x == 0) slot = 1;
    if (threadIdx.x < 16) __syncwarp(0x0000FFFFu);
    if (static_cast<int>(threadIdx.x) == sizes.n) counts[0] = slot;
}

// Threads below m read a word that nobody has written. Then threads 0 and 1 meet (n == 3: with thread 5),
// then all (n == 1) or threads 1 and 2 (n == 2). Thread 5 writes the word, or thread 2 (n == 2).
TEST_KERNEL(lanes_meet_in_parts) {
    __shared__ int slot;
    const int t = static_cast<int>(threadIdx.x);
    if (t < sizes.m) counts[t] = slot;
    if (t == 0 || t == 1 || (t == 5 && sizes.n == 3)) __syncwarp(sizes.n == 3 ? 0x23u : 0x3u);
    if (sizes.n == 1) __syncwarp();
    if (sizes.n == 2 && (t == 1 || t == 2)) __syncwarp(0x6u);
    if (t == (sizes.n == 2 ? 2 : 5)) slot = 1;
}

// All read a word, then thread n writes it.
TEST_KERNEL(written_while_read) {
    __shared__ float word;
    if (threadIdx.x == 0) word = in[0];
    __syncthreads();
    out[threadIdx.x] = word;
    if (static_cast<int>(threadIdx.x) == sizes.n) word = 2;
}

TEST_KERNEL(bytes_of_one_word) {
    __shared__ unsigned char bytes[64];
    bytes[threadIdx.x] = static_cast<unsigned char>(threadIdx.x);
    counts[threadIdx.x] = bytes[threadIdx.x];
}

// A copy that is begun, waited for after the barrier (n == 1) or before it.
TEST_KERNEL(async_landing) {
    __shared__ float tile[64];
    copy_async<4>(&tile[threadIdx.x], in + threadIdx.x, true);
    commit_async_copies();
    if (sizes.n == 0) wait_for_async_copies<0>();
    __syncthreads();
    if (sizes.n == 1) wait_for_async_copies<0>();
    out[threadIdx.x] = tile[63 - threadIdx.x];
}

// The next copy into a stage begins while others still read it.
TEST_KERNEL(async_begins_too_early) {
    __shared__ float tile[64];
    for (int round = 0; round < 2; ++round) {
        copy_async<4>(&tile[threadIdx.x], in + 64 * round + threadIdx.x, true);
        commit_async_copies();
        wait_for_async_copies<0>();
        __syncthreads();
        out[64 * round + threadIdx.x] = tile[63 - threadIdx.x];
        if (sizes.n == 0) __syncthreads();
    }
}

// Block b writes out[b·step …]; the blocks overlap where the step is below their size.
TEST_KERNEL(overlapping_blocks) {
    out[static_cast<int>(blockIdx.x) * sizes.n + static_cast<int>(threadIdx.x)] = in[threadIdx.x];
}

// The same with a scratch array.
TEST_KERNEL(overlapping_scratch) {
    counts[static_cast<int>(blockIdx.x) * sizes.n + static_cast<int>(threadIdx.x)] = 1;
}

// Threads 0 and n of a block write one output, a barrier between.
TEST_KERNEL(written_again) {
    if (threadIdx.x == 0) out[blockIdx.x] = 1;
    __syncthreads();
    if (static_cast<int>(threadIdx.x) == sizes.n) out[blockIdx.x] = 2;
}

// Thread t writes counts[t] and reads counts[t + 1] of its block.
TEST_KERNEL(neighbours_in_global_memory) {
    const int first = static_cast<int>(blockIdx.x * blockDim.x), t = static_cast<int>(threadIdx.x);
    counts[first + t] = t;
    if (sizes.n == 0) __syncthreads();
    out[first + t] = static_cast<float>(counts[first + (t + 1) % static_cast<int>(blockDim.x)]);
}

// Block 1 reads what block 0 writes.
TEST_KERNEL(blocks_pass_on) {
    if (blockIdx.x == 0) counts[threadIdx.x] = 1;
    if (blockIdx.x == 1) out[threadIdx.x] = static_cast<float>(counts[threadIdx.x]);
}

TEST_KERNEL(atomics_and_a_read) {
    atomicAdd(&counts[0], 1);
    if (sizes.n == 1 && blockIdx.x == 2 && threadIdx.x == 3) out[0] = static_cast<float>(counts[0]);
}

TEST_KERNEL(two_barriers) {
    if (threadIdx.x < 32) {
        out[threadIdx.x] = 1;
        __syncthreads();
    } else {
        counts[threadIdx.x] = 1;
        __syncthreads();
    }
}

TEST_KERNEL(three_barriers) {
    if (threadIdx.x < 32) {
        out[threadIdx.x] = 1;
        __syncthreads();
    } else if (threadIdx.x < 64) {
        counts[threadIdx.x] = 1;
        __syncthreads();
    } else {
        counts[threadIdx.x] = 2;
        __syncthreads();
    }
}

// Each thread of a block writes n words of scratch. Then the last but one writes the last word of the last
// one.
TEST_KERNEL(many_words) {
    const int threads = static_cast<int>(blockDim.x);
    for (int i = 0; i < sizes.n; ++i) counts[i * threads + static_cast<int>(threadIdx.x)] = 1;
    if (static_cast<int>(threadIdx.x) == threads - 2) counts[sizes.n * threads - 1] = 2;
}

// Each block writes one byte of a word, or a word of its own (n == 1).
TEST_KERNEL(bytes_of_blocks) {
    if (sizes.n == 1)
        counts[blockIdx.x] = 1;
    else
        reinterpret_cast<unsigned char*>(counts)[blockIdx.x] = 1;
}

template <int parts, class Part = float>
__device__ void copy_structures(const Part* from, Part* to) {
    struct Some {
        Part values[parts];
    };
    reinterpret_cast<Some*>(to)[threadIdx.x] = reinterpret_cast<const Some*>(from)[threadIdx.x];
}

// Structures of m floats, beginning n floats in.
TEST_KERNEL(structures) {
    if (sizes.m == 2) copy_structures<2>(in + sizes.n, out + sizes.n);
    if (sizes.m == 3) copy_structures<3>(in + sizes.n, out + sizes.n);
    if (sizes.m == 8) copy_structures<8>(in + sizes.n, out + sizes.n);
}

// Structures of 8 bytes or 4 shorts, beginning n parts in; m: bytes of a part.
TEST_KERNEL(structures_of_narrow_parts) {
    if (sizes.m == 1)
        copy_structures<8>(reinterpret_cast<const unsigned char*>(in) + sizes.n,
                           reinterpret_cast<unsigned char*>(out) + sizes.n);
    else
        copy_structures<4>(reinterpret_cast<const short*>(in) + sizes.n,
                           reinterpret_cast<short*>(out) + sizes.n);
}

// Two floats as one number of 8 bytes.
TEST_KERNEL(pairs_as_one) {
    reinterpret_cast<float2*>(out + sizes.n)[threadIdx.x] = make_float2(1, 2);
}

// Two arrays with a gap between: the first is not a multiple of the second's alignment.
TEST_KERNEL(between_shared_arrays) {
    __shared__ __align__(64) float first[20];
    __shared__ __align__(64) float second[20];
    if (threadIdx.x < 20) first[threadIdx.x] = 1;
    if (threadIdx.x < 20) second[threadIdx.x] = 2;
    __syncthreads();
    out[threadIdx.x] = first[static_cast<int>(threadIdx.x) % 20 + sizes.n] + second[threadIdx.x % 20];
}

constexpr TestKernelRow table[] = {ROW(unwritten_word),
                                   ROW(unwritten_byte),
                                   ROW(read_then_written),
                                   ROW(atomics_on_shared),
                                   ROW(plain_then_atomic),
                                   ROW(plain_then_atomic_in_global_memory),
                                   ROW(two_stages),
                                   ROW(neighbour_exchange),
                                   ROW(exchange_between_warps),
                                   ROW(read_before_another_warp_writes),
                                   ROW(half_a_warp_meets),
                                   ROW(lanes_meet_in_parts),
                                   ROW(written_while_read),
                                   ROW(bytes_of_one_word),
                                   ROW(async_landing),
                                   ROW(async_begins_too_early),
                                   ROW(overlapping_blocks),
                                   ROW(overlapping_scratch),
                                   ROW(written_again),
                                   ROW(neighbours_in_global_memory),
                                   ROW(blocks_pass_on),
                                   ROW(atomics_and_a_read),
                                   ROW(two_barriers),
                                   ROW(three_barriers),
                                   ROW(many_words),
                                   ROW(bytes_of_blocks),
                                   ROW(structures),
                                   ROW(structures_of_narrow_parts),
                                   ROW(pairs_as_one),
                                   ROW(between_shared_arrays)};

}  // namespace

std::span<const TestKernelRow> fault_kernels() {
    return table;
}

}  // namespace convscope::sim
