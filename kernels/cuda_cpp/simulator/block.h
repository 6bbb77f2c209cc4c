// One thread block at a time on one OS thread: its threads are fibers, which give way where they wait.
#pragma once
#include <array>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "cuda_cpp/kernel.h"
#include "cuda_cpp/simulator/async_copies.h"
#include "cuda_cpp/simulator/cuda_words.h"
#include "cuda_cpp/simulator/fiber.h"
#include "cuda_cpp/simulator/shared_memory.h"
#include "cuda_cpp/simulator/simulator.h"

namespace convscope::sim {

// What every block of a launch has in common.
struct LaunchFacts {
    const Step& step;
    void** arguments;
    FiberOrder order;
    uint64_t seed;
    ModuleStorage storage;
};

// The index of block `number`, x fastest.
uint3 block_index(const Dim3& grid, int64_t number);

class Block {
  public:
    Block(const LaunchFacts& launch, FiberPool& fibers);
    virtual ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    // Runs block `number` to its end. Throws what the kernel threw, or Error(failed) where its threads wait
    // for each other in vain.
    virtual void run(int64_t number);

    // The block that runs on this OS thread; nullptr outside of kernels.
    static Block* current() { return current_; }
    // Where the fibers of a pool for blocks start.
    static void fiber_entry();

    // For the running thread; device_calls.h says what they do.
    int barrier(device::Barrier kind, int predicate);
    uint64_t collective(device::Collective kind, unsigned mask, uint64_t bits, int source);
    void begin_async_copy(void* shared, const void* global, int bytes, int taken, uintptr_t pc);
    AsyncCopies& async_copies() { return threads_[running_].copies; }
    // Told where in the text the running thread is about to wait.
    virtual void at_call(uintptr_t, uintptr_t) {}
    int lane() const { return running_ % warpSize; }
    void* dynamic_shared() const { return shared_.dynamic(); }

  protected:
    enum class State : uint8_t { ready, at_barrier, in_collective, exited };

    // The thread to run next, or −1 where none is ready. The running thread may be picked again.
    virtual int pick();
    // Called before the first thread starts.
    virtual void start() {}
    // Called when all threads have come to a barrier.
    virtual void barrier_met() {}
    // Called when all lanes have come to a warp's collective.
    virtual void warp_met(device::Collective, int /*first_thread*/, unsigned /*lanes*/) {}
    // Called where no thread can go on although some have not exited. The default throws.
    virtual void stuck(const std::string& sentence);

    // Lets the thread pick() chooses run; returns when the running thread gets its next turn.
    void give_way();
    // Ends the running thread where it is; its frames are not unwound. Nobody waits for it any more.
    [[noreturn]] void stop_running_thread();
    // Ends all threads of the block likewise.
    [[noreturn]] void stop_all_threads();

    const LaunchFacts& launch() const { return launch_; }
    const SharedMemory& shared() const { return shared_; }
    int thread_count() const { return static_cast<int>(threads_.size()); }
    State state(int thread) const { return states_[thread]; }
    int running() const { return running_; }
    const Fiber* fiber_of(int thread) const { return threads_[thread].fiber; }

  private:
    struct Thread {
        uint3 index;
        Fiber* fiber = nullptr;  // that it has started on and not finished on
        AsyncCopies copies;
    };
    struct Warp {
        unsigned exited = 0;   // lanes; those that never were, too
        unsigned waiting = 0;  // lanes in a collective
        std::array<unsigned, warpSize> mask{};
        std::array<device::Collective, warpSize> kind{};
        std::array<uint64_t, warpSize> bits{};
        std::array<int, warpSize> source{};
        std::array<uint64_t, warpSize> result{};
    };
    struct Arrivals {
        int threads = 0;
        int nonzero = 0;
    };

    static void run_threads();
    Fiber* idle_fiber();
    void run_text(int thread);
    void become(int thread);
    void leave_warp(int thread);
    void release_if_all_arrived(device::Barrier kind);
    void finish_collective(Warp& warp, int first_thread, int lane);
    void multiply(const Warp& warp);
    static uint64_t collective_result(const Warp& warp, unsigned lanes, int lane);
    void restart_order();
    void clear(int64_t number);
    void abandon_suspended();
    std::string stuck_sentence() const;
    std::string waits_for(int thread) const;

    static constinit thread_local Block* current_;

    const LaunchFacts& launch_;
    FiberPool& pool_;
    SharedMemory shared_;
    Fiber main_;

    std::vector<Thread> threads_;
    std::vector<State> states_;
    std::vector<Warp> warps_;
    std::vector<device::Barrier> barrier_kinds_;  // where each waits
    std::array<Arrivals, 4> arrivals_{};          // by kind of barrier
    int barrier_result_ = 0;
    int expected_at_barriers_ = 0;

    std::vector<int> turn_order_;
    size_t cursor_ = 0;
    uint64_t random_ = 0;

    int ready_ = 0;
    int running_ = 0;
    int exited_ = 0;    // or stopped
    int assigned_ = 0;  // to the fiber that is switched to, where it has no thread of its own
    Fiber* running_fiber_ = nullptr;
    std::vector<Fiber*> idle_;     // waiting for a thread to run
    std::vector<Fiber*> dropped_;  // in the middle of a thread that will not go on
    std::exception_ptr thrown_;
};

// "0–31, 64, 96–127 and 12 more" for ascending thread numbers.
std::string ranges_text(const std::vector<int>& numbers);
// "(3, 0, 1)"
std::string text(const uint3& index);

}  // namespace convscope::sim
