#include "cuda_cpp/simulator/device_calls.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <type_traits>

#include "cuda_cpp/simulator/lockstep.h"
#include "cuda_cpp/simulator/tensor_core.h"

namespace convscope::sim::device {
namespace {

template <class T>
T combined(Atomic operation, T old, T value, T compare) {
    switch (operation) {
        case Atomic::add:
            return old + value;
        case Atomic::max:
            return std::max(old, value);
        case Atomic::min:
            return std::min(old, value);
        case Atomic::exchange:
            return value;
        case Atomic::compare_exchange:
            return old == compare ? value : old;
        default:
            break;
    }
    if constexpr (std::is_integral_v<T>) {
        if (operation == Atomic::bit_and) return old & value;
        if (operation == Atomic::bit_or) return old | value;
        if (operation == Atomic::bit_xor) return old ^ value;
    }
    return old;
}

}  // namespace

// The calling place in the kernel's text, for a block that wants to know it.
#define CONVSCOPE_CALL_PLACE                                  \
    reinterpret_cast<uintptr_t>(__builtin_return_address(0)), \
        reinterpret_cast<uintptr_t>(__builtin_frame_address(0))

int barrier(Barrier kind, int predicate) {
    Block* const block = Block::current();
    block->at_call(CONVSCOPE_CALL_PLACE);
    return block->barrier(kind, predicate);
}

void sync_warp(unsigned mask) {
    Block* const block = Block::current();
    block->at_call(CONVSCOPE_CALL_PLACE);
    block->collective(Collective::sync, mask, 0, 0);
}

uint64_t shuffle(unsigned mask, uint64_t bits, int source) {
    Block* const block = Block::current();
    block->at_call(CONVSCOPE_CALL_PLACE);
    return block->collective(Collective::shuffle, mask, bits, source);
}

unsigned vote(Collective kind, unsigned mask, bool predicate) {
    Block* const block = Block::current();
    block->at_call(CONVSCOPE_CALL_PLACE);
    return static_cast<unsigned>(block->collective(kind, mask, predicate, 0));
}

void mma_m16n8k8_tf32(float* d, const float* a, const float* b) {
    Block* const block = Block::current();
    block->at_call(CONVSCOPE_CALL_PLACE);
    const MmaLane registers{a, b, d};
    constexpr unsigned all_lanes = 0xFFFFFFFFu;
    block->collective(Collective::mma, all_lanes, reinterpret_cast<uintptr_t>(&registers), 0);
}

void begin_async_copy(void* shared, const void* global, int bytes, int taken) {
    const auto pc = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
    const auto to = reinterpret_cast<uintptr_t>(shared), from = reinterpret_cast<uintptr_t>(global);
    if (LockstepBlock* const traced = LockstepBlock::current()) {
        if (taken > 0) traced->access(from, taken, AccessKind::load, pc);
        traced->access(to, bytes, AccessKind::store, pc);
        traced->copy_begins(to, bytes);
    }
    Block::current()->begin_async_copy(shared, global, bytes, taken, pc);
}

void commit_async_copies() {
    Block::current()->async_copies().commit();
}

void wait_for_async_copies(int left_open) {
    AsyncCopies& copies = Block::current()->async_copies();
    if (LockstepBlock* const traced = LockstepBlock::current())
        for (const AsyncCopies::Copy& copy : copies.due(left_open)) traced->copy_lands(copy);
    copies.wait(left_open);
}

int lane() {
    return Block::current()->lane();
}

unsigned active_mask() {
    return 1u << lane();
}

void* dynamic_shared() {
    return Block::current()->dynamic_shared();
}

template <class T>
T atomic(Atomic operation, T* address, T value, T compare) {
    if (LockstepBlock* const traced = LockstepBlock::current())
        traced->access(reinterpret_cast<uintptr_t>(address), sizeof(T), AccessKind::atomic,
                       reinterpret_cast<uintptr_t>(__builtin_return_address(0)),
                       operation != Atomic::exchange);
    // The exchange compares bits, so that a NaN does not keep the loop going for ever.
    std::atomic_ref<T> cell(*address);
    T old = cell.load(std::memory_order_relaxed);
    while (!cell.compare_exchange_weak(old, combined(operation, old, value, compare))) {
    }
    return old;
}
template int atomic(Atomic, int*, int, int);
template unsigned atomic(Atomic, unsigned*, unsigned, unsigned);
template unsigned long long atomic(Atomic, unsigned long long*, unsigned long long, unsigned long long);
template long long atomic(Atomic, long long*, long long, long long);
template float atomic(Atomic, float*, float, float);
template double atomic(Atomic, double*, double, double);

}  // namespace convscope::sim::device
