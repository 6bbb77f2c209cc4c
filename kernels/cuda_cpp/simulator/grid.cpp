#include "cuda_cpp/simulator/grid.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <thread>

#include "core/text.h"

namespace convscope::sim {
namespace {

constexpr int64_t most_blocks_at_once = 16;  // that a worker takes in one go
constexpr int64_t threads_worth_a_worker = 2048;

// Pools of fibers between launches. OS threads come and go; their fibers' stacks stay.
class Pools {
  public:
    std::unique_ptr<FiberPool> take() {
        const std::lock_guard lock(mutex_);
        if (pools_.empty()) return std::make_unique<FiberPool>(&Block::fiber_entry);
        auto pool = std::move(pools_.back());
        pools_.pop_back();
        return pool;
    }
    void give(std::unique_ptr<FiberPool> pool) {
        const std::lock_guard lock(mutex_);
        pools_.push_back(std::move(pool));
    }

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<FiberPool>> pools_;
};

Pools& pools() {
    static Pools all;
    return all;
}

// The blocks that are still to run, and why to stop.
class Queue {
  public:
    Queue(int64_t count, int workers, const GridOptions& options)
        : count_(count),
          share_(std::clamp<int64_t>(count / (int64_t{workers} * 8), 1, most_blocks_at_once)),
          options_(options) {}

    // The next blocks, [first, second); empty where nothing is left to do.
    std::pair<int64_t, int64_t> take() {
        if (stopped()) return {0, 0};
        const int64_t first = std::min(next_.fetch_add(share_), count_);
        if (options_.report) options_.report(static_cast<double>(first) / static_cast<double>(count_));
        return {first, std::min(first + share_, count_)};
    }
    // Blocks after one that failed need not run; those before it must, since they may fail as well.
    bool wanted(int64_t position) { return position < failed_.load() && !stopped(); }

    void failed(int64_t position, std::exception_ptr error) {
        const std::lock_guard lock(mutex_);
        if (position >= failed_.load()) return;
        failed_ = position;
        error_ = std::move(error);
    }

    void finish() {
        if (error_) std::rethrow_exception(error_);
        if (cancelled_) throw Error(ErrorKind::cancelled, "the computation was cancelled");
    }

  private:
    // Asks at most every 20 ms, one thread at a time.
    bool stopped() {
        using namespace std::chrono_literals;
        if (cancelled_ || !options_.keep_going) return cancelled_;
        const std::unique_lock lock(asking_, std::try_to_lock);
        if (!lock) return cancelled_;
        const auto now = std::chrono::steady_clock::now();
        if (now - asked_ < 20ms) return cancelled_;
        asked_ = now;
        if (!options_.keep_going()) cancelled_ = true;
        return cancelled_;
    }

    const int64_t count_;
    const int64_t share_;
    const GridOptions& options_;
    std::atomic<int64_t> next_{0};
    std::atomic<int64_t> failed_{std::numeric_limits<int64_t>::max()};
    std::atomic<bool> cancelled_{false};
    std::mutex asking_;
    std::chrono::steady_clock::time_point asked_{};
    std::mutex mutex_;
    std::exception_ptr error_;
};

void work(Queue& queue, const GridOptions& options, const MakeBlock& make_block) {
    auto pool = pools().take();
    int64_t position = 0;
    try {
        const std::unique_ptr<Block> block = make_block(*pool);
        for (;;) {
            const auto [first, last] = queue.take();
            if (first >= last) break;
            for (position = first; position < last && queue.wanted(position); ++position)
                block->run(options.blocks.empty() ? position : options.blocks[position]);
            if (position < last) break;
        }
    } catch (...) {
        queue.failed(position, std::current_exception());
    }
    pools().give(std::move(pool));
}

int worker_count(const Step& step, int64_t blocks, int wanted) {
    if (wanted > 0) return static_cast<int>(std::min<int64_t>(wanted, blocks));
    const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
    const int64_t useful = blocks * step.block.count() / threads_worth_a_worker;
    return static_cast<int>(std::clamp<int64_t>(useful, 1, std::min(cores, blocks)));
}

void require(bool allowed, const Step& step, const std::string& found, const std::string& limit) {
    if (!allowed) throw Error(ErrorKind::failed, cat(step.label, ": ", found, "; a GPU allows ", limit));
}

}  // namespace

void check_limits(const Step& step) {
    const auto& [grid, block] = std::pair(step.grid, step.block);
    const auto size = [](const Dim3& d) { return dims({d.x, d.y, d.z}); };
    require(block.x > 0 && block.y > 0 && block.z > 0 && block.x <= 1024 && block.y <= 1024 &&
                block.z <= 64 && block.count() <= 1024,
            step, cat("a block of ", size(block), " threads was asked for"),
            "1 to 1024 threads, at most 64 of them in z");
    require(grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.x <= 0x7FFF'FFFFu && grid.y <= 65535 &&
                grid.z <= 65535,
            step, cat("a grid of ", size(grid), " blocks was asked for"),
            "at least 1, and at most 2147483647 in x, 65535 in y and 65535 in z");
    require(step.shared_bytes <= 227 * 1024, step,
            cat(step.shared_bytes, " bytes of dynamic shared memory were asked for"), "232448");
}

void run_grid(const Step& step, const GridOptions& options, const MakeBlock& make_block) {
    const int64_t count =
        options.blocks.empty() ? step.grid.count() : static_cast<int64_t>(options.blocks.size());
    const int workers = worker_count(step, count, options.workers);
    Queue queue(count, workers, options);
    {
        std::vector<std::jthread> others;
        for (int i = 1; i < workers; ++i) others.emplace_back([&] { work(queue, options, make_block); });
        work(queue, options, make_block);
    }
    queue.finish();
}

}  // namespace convscope::sim
