#include "cuda_cpp/simulator/block.h"

#include <cstring>
#include <utility>

constinit thread_local uint3 threadIdx{};
constinit thread_local uint3 blockIdx{};
constinit thread_local dim3 blockDim{};
constinit thread_local dim3 gridDim{};

namespace convscope::sim {
namespace {

// SplitMix64 (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA'14).
uint64_t next_random(uint64_t& state) {
    uint64_t z = state += 0x9E37'79B9'7F4A'7C15u;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9u;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBu;
    return z ^ (z >> 31);
}

}  // namespace

uint3 block_index(const Dim3& grid, int64_t number) {
    const int64_t row = number / grid.x;
    return {static_cast<unsigned>(number % grid.x), static_cast<unsigned>(row % grid.y),
            static_cast<unsigned>(row / grid.y)};
}

constinit thread_local Block* Block::current_ = nullptr;

Block::Block(const LaunchFacts& launch, FiberPool& fibers)
    : launch_(launch), pool_(fibers), shared_(launch.storage, launch.step.shared_bytes) {
    const Dim3& block = launch.step.block;
    const auto count = static_cast<size_t>(block.count());
    threads_.resize(count);
    states_.resize(count);
    barrier_kinds_.resize(count);
    turn_order_.resize(count);
    warps_.resize((count + warpSize - 1) / warpSize);
    for (size_t t = 0; t < count; ++t) {
        threads_[t].index = block_index(block, static_cast<int64_t>(t));
        turn_order_[t] = static_cast<int>(launch.order == FiberOrder::reversed ? count - 1 - t : t);
    }
}

Block::~Block() {
    for (Fiber* fiber : idle_) pool_.give(fiber);
}

void Block::clear(int64_t number) {
    const size_t count = threads_.size();
    std::memset(states_.data(), static_cast<int>(State::ready), count);
    for (Warp& warp : warps_) warp.waiting = warp.exited = 0;
    if (count % warpSize != 0) warps_.back().exited = ~0u << (count % warpSize);
    for (Thread& thread : threads_) thread.copies.clear();
    arrivals_ = {};
    ready_ = expected_at_barriers_ = static_cast<int>(count);
    exited_ = 0;
    thrown_ = nullptr;
    random_ = launch_.seed + static_cast<uint64_t>(number) * 0xD1B5'4A32'D192'ED03u;
    restart_order();
    shared_.poison();
}

void Block::run(int64_t number) {
    const Step& step = launch_.step;
    blockIdx = block_index(step.grid, number);
    blockDim = {step.block.x, step.block.y, step.block.z};
    gridDim = {step.grid.x, step.grid.y, step.grid.z};
    clear(number);
    Block* const outer = std::exchange(current_, this);
    start();
    assigned_ = pick();
    running_fiber_ = idle_fiber();
    Fiber::switch_to(main_, *running_fiber_);
    current_ = outer;

    const bool all_done = exited_ == thread_count();
    const std::string sentence = all_done || thrown_ ? std::string() : stuck_sentence();
    abandon_suspended();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    if (!all_done) stuck(sentence);
}

void Block::stuck(const std::string& sentence) {
    throw Error(ErrorKind::failed, sentence);
}

void Block::abandon_suspended() {
    for (Thread& thread : threads_)
        if (thread.fiber) dropped_.push_back(std::exchange(thread.fiber, nullptr));
    for (Fiber* fiber : dropped_) {
        fiber->reset();
        idle_.push_back(fiber);
    }
    dropped_.clear();
}

Fiber* Block::idle_fiber() {
    if (idle_.empty()) return pool_.take();
    Fiber* fiber = idle_.back();
    idle_.pop_back();
    return fiber;
}

// A fiber outlives the block that it first ran for, and may go on on another OS thread: what is thread-local
// is looked up anew, in a call that is not inlined, each time it is woken.
void Block::fiber_entry() {
    for (;;) run_threads();
}

// One fiber runs thread after thread; only where a thread waits does another fiber take over.
__attribute__((noinline)) void Block::run_threads() {
    Block& block = *current();
    Fiber* const self = block.running_fiber_;
    int thread = block.assigned_;
    while (thread >= 0) {
        block.threads_[thread].fiber = self;
        block.run_text(thread);
        block.threads_[thread].fiber = nullptr;
        if (block.thrown_) break;
        thread = block.pick();
        if (thread >= 0 && block.threads_[thread].fiber) break;
    }
    block.idle_.push_back(self);
    const bool go_on = thread >= 0 && !block.thrown_;
    block.running_fiber_ = go_on ? block.threads_[thread].fiber : &block.main_;
    Fiber::switch_to(*self, *block.running_fiber_);
}

void Block::run_text(int thread) {
    become(thread);
    try {
        launch_.step.call(launch_.step.function, launch_.arguments);
    } catch (...) {
        thrown_ = std::current_exception();
    }
    states_[thread] = State::exited;
    --ready_;
    ++exited_;
    leave_warp(thread);
}

inline void Block::become(int thread) {
    running_ = thread;
    threadIdx = threads_[thread].index;
}

void Block::leave_warp(int thread) {
    Warp& warp = warps_[thread / warpSize];
    warp.exited |= 1u << (thread % warpSize);
    if (warp.waiting == 0) return;
    for (int lane = 0; lane < warpSize; ++lane)
        if (warp.waiting >> lane & 1) finish_collective(warp, thread - thread % warpSize, lane);
}

int Block::pick() {
    if (ready_ == 0) return -1;
    for (;;) {
        if (cursor_ == turn_order_.size()) cursor_ = 0;
        const int thread = turn_order_[cursor_++];
        if (states_[thread] == State::ready) return thread;
    }
}

void Block::restart_order() {
    cursor_ = 0;
    if (launch_.order != FiberOrder::random) return;
    for (size_t left = turn_order_.size(); left > 1; --left)
        std::swap(turn_order_[left - 1], turn_order_[next_random(random_) % left]);
}

void Block::give_way() {
    const int self = running_;
    const int next = pick();
    if (next == self) return;
    Fiber* const from = running_fiber_;
    if (next < 0) {
        running_fiber_ = &main_;
    } else if (threads_[next].fiber) {
        running_fiber_ = threads_[next].fiber;
    } else {
        running_fiber_ = idle_fiber();
        assigned_ = next;
    }
    Fiber::switch_to(*from, *running_fiber_);
    become(self);
}

void Block::stop_all_threads() {
    for (Thread& thread : threads_)
        if (thread.fiber) dropped_.push_back(std::exchange(thread.fiber, nullptr));
    std::fill(states_.begin(), states_.end(), State::exited);
    ready_ = 0;
    exited_ = thread_count();
    Fiber* const self = std::exchange(running_fiber_, &main_);
    Fiber::switch_to(*self, main_);
    __builtin_unreachable();
}

void Block::stop_running_thread() {
    const int thread = running_;
    dropped_.push_back(std::exchange(threads_[thread].fiber, nullptr));
    states_[thread] = State::exited;
    --ready_;
    ++exited_;
    --expected_at_barriers_;
    leave_warp(thread);
    for (const auto kind : {device::Barrier::plain, device::Barrier::count, device::Barrier::logical_and,
                            device::Barrier::logical_or})
        release_if_all_arrived(kind);
    give_way();
    __builtin_unreachable();
}

}  // namespace convscope::sim
