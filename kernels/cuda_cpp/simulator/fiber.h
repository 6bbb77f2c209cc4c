// Fibers: threads of control that give way to each other by hand, on one OS thread.
#pragma once
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace convscope::sim {

class Fiber {
  public:
    using Entry = void (*)();  // must never return

    // The OS thread's own flow of control.
    Fiber();
    // A fiber on a stack of its own with a guard page below; `index` shifts where the stack starts, so that
    // neighbours do not fight for the same cache sets.
    Fiber(size_t index, Entry entry);
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // Forgets what the fiber was doing; it starts at its entry again. Its frames are not unwound.
    void reset();
    // Leaves `from`, which must be running, and goes on in `to`. Returns when somebody switches back.
    static void switch_to(Fiber& from, Fiber& to);

    // The bytes of the stack, [first, second); both null for the OS thread's own.
    std::pair<const std::byte*, const std::byte*> stack() const { return {stack_, stack_ + stack_bytes_}; }

    // Where the stack starts; it grows down from here.
    const std::byte* top() const { return stack_ + stack_bytes_ - shift_; }

  private:
    struct Arrival;
    static void arrived(Fiber& at, void* left_context, Fiber& left);

    void* context_ = nullptr;
    std::byte* stack_ = nullptr;
    size_t stack_bytes_ = 0;
    size_t shift_ = 0;
    Entry entry_ = nullptr;
    void* fake_stack_ = nullptr;  // AddressSanitizer's
    void* tsan_fiber_ = nullptr;  // ThreadSanitizer's
};

// Fibers that outlive a launch: making a stack costs more than running a thread on it.
class FiberPool {
  public:
    explicit FiberPool(Fiber::Entry entry) : entry_(entry) {}
    Fiber* take();
    // A fiber that waits to be woken: at its entry, or where its entry last switched away.
    void give(Fiber* fiber) { idle_.push_back(fiber); }

  private:
    Fiber::Entry entry_;
    std::vector<std::unique_ptr<Fiber>> all_;
    std::vector<Fiber*> idle_;
};

}  // namespace convscope::sim
