#include "cuda_cpp/simulator/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace convscope::sim {
namespace {

namespace context = boost::context::detail;

// A kernel keeps its tiles in shared memory; sanitizers widen every frame.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t usable_bytes = 256 * 1024;
#else
constexpr size_t usable_bytes = 64 * 1024;
#endif

size_t page_bytes() {
    static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool address_sanitizer = true;
#else
constexpr bool address_sanitizer = false;
void __sanitizer_start_switch_fiber(void**, const void*, size_t) {}
void __sanitizer_finish_switch_fiber(void*, const void**, size_t*) {}
void __asan_unpoison_memory_region(void const volatile*, size_t) {}
#endif
#ifndef __SANITIZE_THREAD__
void* __tsan_get_current_fiber() {
    return nullptr;
}
void* __tsan_create_fiber(unsigned) {
    return nullptr;
}
void __tsan_destroy_fiber(void*) {}
void __tsan_switch_to_fiber(void*, unsigned) {}
#endif

}  // namespace

Fiber::Fiber() : tsan_fiber_(__tsan_get_current_fiber()) {}

Fiber::Fiber(size_t index, Entry entry) : stack_bytes_(usable_bytes + 2 * page_bytes()), entry_(entry) {
    void* memory = mmap(nullptr, stack_bytes_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    stack_ = static_cast<std::byte*>(memory);
    // Where the system has run out of mappings the stack stays without its guard.
    (void)mprotect(stack_, page_bytes(), PROT_NONE);
    constexpr size_t line_bytes = 64, lines_a_page = 64, step = 13;  // 13 is coprime to 64: all lines in turn
    shift_ = index * step % lines_a_page * line_bytes;
    reset();
}

Fiber::~Fiber() {
    if (!entry_) return;
    if (tsan_fiber_) __tsan_destroy_fiber(tsan_fiber_);
    munmap(stack_, stack_bytes_);
}

// What the first switch into a fiber runs.
struct Fiber::Arrival {
    struct Pair {
        Fiber* from;
        Fiber* to;
    };
    static void first(context::transfer_t transfer) {
        const Pair pair = *static_cast<Pair*>(transfer.data);
        arrived(*pair.to, transfer.fctx, *pair.from);
        pair.to->entry_();
    }
};

void Fiber::reset() {
    const size_t guard = page_bytes();
    if (address_sanitizer) __asan_unpoison_memory_region(stack_ + guard, stack_bytes_ - guard);
    if (tsan_fiber_) __tsan_destroy_fiber(tsan_fiber_);
    tsan_fiber_ = __tsan_create_fiber(0);
    fake_stack_ = nullptr;
    context_ = context::make_fcontext(stack_ + stack_bytes_ - shift_, stack_bytes_ - shift_ - guard,
                                      &Arrival::first);
}

void Fiber::arrived(Fiber& at, void* left_context, Fiber& left) {
    left.context_ = left_context;
    if (!address_sanitizer) return;
    const void* bottom = nullptr;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(at.fake_stack_, &bottom, &size);
    // The OS thread's own stack becomes known when it is left for the first time.
    if (!left.entry_) {
        left.stack_ = static_cast<std::byte*>(const_cast<void*>(bottom));
        left.stack_bytes_ = size;
    }
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
    Arrival::Pair pair{&from, &to};
    if (address_sanitizer) __sanitizer_start_switch_fiber(&from.fake_stack_, to.stack_, to.stack_bytes_);
    __tsan_switch_to_fiber(to.tsan_fiber_, 0);
    const context::transfer_t transfer = context::jump_fcontext(to.context_, &pair);
    const auto* back = static_cast<const Arrival::Pair*>(transfer.data);
    arrived(from, transfer.fctx, *back->from);
}

Fiber* FiberPool::take() {
    if (idle_.empty()) {
        all_.push_back(std::make_unique<Fiber>(all_.size(), entry_));
        return all_.back().get();
    }
    Fiber* fiber = idle_.back();
    idle_.pop_back();
    return fiber;
}

}  // namespace convscope::sim
