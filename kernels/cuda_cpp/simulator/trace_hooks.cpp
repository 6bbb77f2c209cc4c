// What traced kernel text calls: the entry points of ThreadSanitizer's and the coverage sanitizer's
// instrumentation, without their run-times. They do nothing while no traced kernel runs on the thread.
#include <cstddef>
#include <cstdint>

#include "cuda_cpp/simulator/lockstep.h"

#define CONVSCOPE_HOOK extern "C" __attribute__((visibility("default")))
#define CONVSCOPE_RETURN_ADDRESS reinterpret_cast<uintptr_t>(__builtin_return_address(0))

namespace {

using convscope::sim::AccessKind;
using convscope::sim::LockstepBlock;

// Structures, and what the compiler knows to be unaligned: the hardware's compiler makes them of their parts,
// whose width is not told here, so that no address is wrong.
constexpr uintptr_t of_parts = 1;

inline void note(const void* address, size_t bytes, AccessKind kind, uintptr_t pc, uintptr_t alignment = 16) {
    if (LockstepBlock* const block = LockstepBlock::current())
        block->access(reinterpret_cast<uintptr_t>(address), static_cast<int>(bytes), kind, pc, true,
                      alignment);
}

}  // namespace

CONVSCOPE_HOOK void __sanitizer_cov_trace_pc() {
    if (LockstepBlock* const block = LockstepBlock::current())
        block->at_basic_block(CONVSCOPE_RETURN_ADDRESS,
                              reinterpret_cast<uintptr_t>(__builtin_frame_address(0)));
}

CONVSCOPE_HOOK void __tsan_init() {}
CONVSCOPE_HOOK void __tsan_func_entry(void*) {}
CONVSCOPE_HOOK void __tsan_func_exit() {}
CONVSCOPE_HOOK void __tsan_vptr_update(void**, void*) {}
CONVSCOPE_HOOK void __tsan_vptr_read(void**) {}

#define CONVSCOPE_ACCESS(size)                                                      \
    CONVSCOPE_HOOK void __tsan_read##size(void* address) {                          \
        note(address, size, AccessKind::load, CONVSCOPE_RETURN_ADDRESS);            \
    }                                                                               \
    CONVSCOPE_HOOK void __tsan_write##size(void* address) {                         \
        note(address, size, AccessKind::store, CONVSCOPE_RETURN_ADDRESS);           \
    }                                                                               \
    CONVSCOPE_HOOK void __tsan_unaligned_read##size(void* address) {                \
        note(address, size, AccessKind::load, CONVSCOPE_RETURN_ADDRESS, of_parts);  \
    }                                                                               \
    CONVSCOPE_HOOK void __tsan_unaligned_write##size(void* address) {               \
        note(address, size, AccessKind::store, CONVSCOPE_RETURN_ADDRESS, of_parts); \
    }                                                                               \
    CONVSCOPE_HOOK void __tsan_volatile_read##size(void* address) {                 \
        note(address, size, AccessKind::load, CONVSCOPE_RETURN_ADDRESS);            \
    }                                                                               \
    CONVSCOPE_HOOK void __tsan_volatile_write##size(void* address) {                \
        note(address, size, AccessKind::store, CONVSCOPE_RETURN_ADDRESS);           \
    }
CONVSCOPE_ACCESS(1)
CONVSCOPE_ACCESS(2)
CONVSCOPE_ACCESS(4)
CONVSCOPE_ACCESS(8)
CONVSCOPE_ACCESS(16)

CONVSCOPE_HOOK void __tsan_read_range(void* address, size_t bytes) {
    note(address, bytes, AccessKind::load, CONVSCOPE_RETURN_ADDRESS, of_parts);
}
CONVSCOPE_HOOK void __tsan_write_range(void* address, size_t bytes) {
    note(address, bytes, AccessKind::store, CONVSCOPE_RETURN_ADDRESS, of_parts);
}

// The compiler's own atomics, which stand in for __atomic_…: they must do the work as well.
#define CONVSCOPE_FETCH(bits, word)                                                                         \
    CONVSCOPE_HOOK uint##bits##_t __tsan_atomic##bits##_fetch_##word(volatile uint##bits##_t* address,      \
                                                                     uint##bits##_t value, int) {           \
        note(const_cast<uint##bits##_t*>(address), bits / 8, AccessKind::atomic, CONVSCOPE_RETURN_ADDRESS); \
        return __atomic_fetch_##word(address, value, __ATOMIC_SEQ_CST);                                     \
    }
#define CONVSCOPE_COMPARE(bits, strength, weak)                                                             \
    CONVSCOPE_HOOK int __tsan_atomic##bits##_compare_exchange_##strength(                                   \
        volatile uint##bits##_t* address, uint##bits##_t* expected, uint##bits##_t value, int, int) {       \
        note(const_cast<uint##bits##_t*>(address), bits / 8, AccessKind::atomic, CONVSCOPE_RETURN_ADDRESS); \
        return __atomic_compare_exchange_n(address, expected, value, weak, __ATOMIC_SEQ_CST,                \
                                           __ATOMIC_SEQ_CST);                                               \
    }
#define CONVSCOPE_ATOMICS(bits)                                                                             \
    CONVSCOPE_HOOK uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t* address, int) { \
        note(const_cast<uint##bits##_t*>(address), bits / 8, AccessKind::load, CONVSCOPE_RETURN_ADDRESS);   \
        return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                                  \
    }                                                                                                       \
    CONVSCOPE_HOOK void __tsan_atomic##bits##_store(volatile uint##bits##_t* address, uint##bits##_t value, \
                                                    int) {                                                  \
        note(const_cast<uint##bits##_t*>(address), bits / 8, AccessKind::store, CONVSCOPE_RETURN_ADDRESS);  \
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                                 \
    }                                                                                                       \
    CONVSCOPE_HOOK uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t* address,          \
                                                                 uint##bits##_t value, int) {               \
        note(const_cast<uint##bits##_t*>(address), bits / 8, AccessKind::atomic, CONVSCOPE_RETURN_ADDRESS); \
        return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);                                       \
    }                                                                                                       \
    CONVSCOPE_FETCH(bits, add)                                                                              \
    CONVSCOPE_FETCH(bits, sub)                                                                              \
    CONVSCOPE_FETCH(bits, and)                                                                              \
    CONVSCOPE_FETCH(bits, or)                                                                               \
    CONVSCOPE_FETCH(bits, xor)                                                                              \
    CONVSCOPE_COMPARE(bits, strong, false)                                                                  \
    CONVSCOPE_COMPARE(bits, weak, true)
CONVSCOPE_ATOMICS(8)
CONVSCOPE_ATOMICS(16)
CONVSCOPE_ATOMICS(32)
CONVSCOPE_ATOMICS(64)

CONVSCOPE_HOOK void __tsan_atomic_thread_fence(int) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
CONVSCOPE_HOOK void __tsan_atomic_signal_fence(int) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
