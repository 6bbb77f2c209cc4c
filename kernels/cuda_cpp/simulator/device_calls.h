// What kernel text calls in the simulator: the block's barriers, the warp's collectives, atomics. The CUDA
// spellings over these stand in cuda_words.h.
#pragma once
#include <cstdint>

#include "cuda_cpp/simulator/engine_api.h"

namespace convscope::sim::device {

enum class Barrier : uint8_t { plain, count, logical_and, logical_or };
enum class Collective : uint8_t { sync, shuffle, ballot, any, all, mma };
enum class Atomic : uint8_t { add, max, min, exchange, compare_exchange, bit_and, bit_or, bit_xor };

// Waits until every thread of the block is here. Gives the count of non-zero predicates, or whether all or
// any are non-zero, by the kind.
CONVSCOPE_ENGINE int barrier(Barrier kind, int predicate);

// Waits until every lane of `mask` that has not exited is here with the same mask.
CONVSCOPE_ENGINE void sync_warp(unsigned mask);
// The `bits` of lane `source`; poison where that lane takes no part, as its value is undefined in CUDA.
CONVSCOPE_ENGINE uint64_t shuffle(unsigned mask, uint64_t bits, int source);
// The lanes of `mask` whose predicate is non-zero; for `any` and `all` 0 or 1.
CONVSCOPE_ENGINE unsigned vote(Collective kind, unsigned mask, bool predicate);

// The calling lane's part of a tensor core's product; all lanes of the warp call it together.
CONVSCOPE_ENGINE void mma_m16n8k8_tf32(float* d, const float* a, const float* b);

// Asynchronous copies of the calling thread; async_copies.h says what they do. Throws Error(failed) where an
// address is not aligned to `bytes`, which the hardware does not allow.
CONVSCOPE_ENGINE void begin_async_copy(void* shared, const void* global, int bytes, int taken);
CONVSCOPE_ENGINE void commit_async_copies();
CONVSCOPE_ENGINE void wait_for_async_copies(int left_open);

// The lane of the calling thread in its warp.
CONVSCOPE_ENGINE int lane();
// The lanes known to run together with the caller: CUDA promises no more than the caller itself.
CONVSCOPE_ENGINE unsigned active_mask();

// Aligned to 128 bytes.
CONVSCOPE_ENGINE void* dynamic_shared();

// The old value. `compare` is for compare_exchange.
template <class T>
CONVSCOPE_ENGINE T atomic(Atomic operation, T* address, T value, T compare);
extern template CONVSCOPE_ENGINE int atomic(Atomic, int*, int, int);
extern template CONVSCOPE_ENGINE unsigned atomic(Atomic, unsigned*, unsigned, unsigned);
extern template CONVSCOPE_ENGINE unsigned long long atomic(Atomic, unsigned long long*, unsigned long long,
                                                           unsigned long long);
extern template CONVSCOPE_ENGINE long long atomic(Atomic, long long*, long long, long long);
extern template CONVSCOPE_ENGINE float atomic(Atomic, float*, float, float);
extern template CONVSCOPE_ENGINE double atomic(Atomic, double*, double, double);

}  // namespace convscope::sim::device
