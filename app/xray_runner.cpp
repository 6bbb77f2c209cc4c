#include "xray_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "failures.h"

namespace convscope {
namespace {

// Tracing so many takes about 40 ms.
constexpr size_t requests_at_once = 4000;

// The wanted kernel where the operator has it, else the plain one that the others are compared with.
std::string kernel_of(const std::vector<xray::KernelName>& kernels, const std::string& wanted) {
    const auto has = [&](const std::string& name) {
        return std::ranges::find(kernels, name, &xray::KernelName::name) != kernels.end();
    };
    if (!wanted.empty() && has(wanted)) return wanted;
    if (has("naive")) return "naive";
    return kernels.empty() ? std::string() : kernels.front().name;
}

}  // namespace

XrayRunner::XrayRunner(XrayServices services, std::function<void()> wake)
    : services_(std::move(services)), wake_(std::move(wake)), news_(std::make_shared<XrayNews>()) {
    const auto run = [this](void (XrayRunner::*body)()) {
        return std::thread([this, body] {
            (this->*body)();
            // Under the lock: whoever waits for this may destroy the condition as soon as it is released.
            const std::lock_guard lock(mutex_);
            ++ended_;
            changed_.notify_all();
        });
    };
    block_thread_ = run(&XrayRunner::trace_blocks);
    count_thread_ = run(&XrayRunner::count_grids);
}

XrayRunner::~XrayRunner() {
    close();
    block_thread_.join();
    count_thread_.join();
}

void XrayRunner::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        jobs_.clear();
        block_token_.cancel();
        count_token_.cancel();
    }
    changed_.notify_all();
}

bool XrayRunner::stop_within(double seconds) {
    close();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return ended_ == 2; });
}

void XrayRunner::want(const XrayWish& wish) {
    {
        const std::lock_guard lock(mutex_);
        if (wish == wish_) return;
        if (wish.problem != wish_.problem) {
            jobs_.clear();
            count_token_.cancel();
        }
        wish_ = wish;
        ++wished_;
        block_token_.cancel();
    }
    changed_.notify_all();
}

std::shared_ptr<const XrayNews> XrayRunner::news() const {
    const std::lock_guard lock(mutex_);
    return news_;
}

bool XrayRunner::settled(const XrayWish& wish) const {
    const std::lock_guard lock(mutex_);
    return wish == wish_ && wished_ == fulfilled_;
}

bool XrayRunner::resting() const {
    const std::lock_guard lock(mutex_);
    return wished_ == fulfilled_ && jobs_.empty() && !running_;
}

void XrayRunner::publish(const std::function<void(XrayNews&)>& change) {
    {
        const std::lock_guard lock(mutex_);
        auto next = std::make_shared<XrayNews>(*news_);
        change(*next);
        refresh(*next);
        news_ = std::move(next);
    }
    wake_();
}

void XrayRunner::trace_blocks() {
    for (;;) {
        XrayWish wish;
        uint64_t number = 0;
        CancelToken token;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return closing_ || wished_ != fulfilled_; });
            if (closing_) return;
            wish = wish_;
            number = wished_;
            block_token_ = token;
        }
        std::string error;
        bool cancelled = false;
        try {
            if (wish.problem) fulfil(wish, token);
        } catch (const std::exception& e) {
            cancelled = is_cancelled(e);
            error = sentence_of(e);
        }
        // A wish that a newer one has replaced leaves what is shown as it is.
        if (!cancelled && !error.empty())
            publish([&](XrayNews& n) {
                n.error = error;
                n.block_is_present = n.block_goes_on = false;
            });
        {
            const std::lock_guard lock(mutex_);
            fulfilled_ = number;
        }
        wake_();
    }
}

void XrayRunner::fulfil(const XrayWish& wish, const CancelToken& cancel) {
    publish([&](XrayNews& n) { n.block_is_present = n.block_goes_on = false; });
    XrayNews next = *news();
    bind(wish, next);
    publish([&](XrayNews& n) { n = next; });
    count_by_itself();
    const auto steps = static_cast<int64_t>(next.steps.size());
    const int step = wish.step < 0 || wish.step >= steps ? next.main_step : static_cast<int>(wish.step);
    const int64_t blocks = next.steps.at(static_cast<size_t>(step)).grid.count();
    const int64_t block = std::clamp<int64_t>(wish.block, 0, blocks - 1);
    const auto show = [&](const xray::BlockXrayPtr& traced, bool goes_on) {
        publish([&](XrayNews& n) {
            n.block = traced;
            n.block_is_present = true;
            n.block_goes_on = goes_on;
            n.error.clear();
        });
    };
    // The beginning of a long main loop shows what the rest repeats, and is there at once; so is a block
    // whose earlier steps take long.
    const xray::BlockXrayPtr beginning = bound_->subject->beginning(step, block, cancel, requests_at_once);
    const bool goes_on = beginning->records_cut || !beginning->earlier_steps_ran;
    show(beginning, goes_on);
    if (goes_on) show(bound_->subject->block(step, block, cancel), false);
}

// Binds the wanted kernel where another one is bound, and says so in `next`.
void XrayRunner::bind(const XrayWish& wish, XrayNews& next) {
    const bool other_operator = !next.problem || next.problem->op() != wish.problem->op();
    const bool other_problem = next.problem != wish.problem;
    next.problem = wish.problem;
    next.error.clear();
    if (other_operator || next.kernels.empty()) {
        if (!services_.kernels)
            throw Error(ErrorKind::device_missing, "there is no module with traced kernels");
        next.kernels.clear();
        next.kernels = services_.kernels(wish.problem->op());
    }
    const std::string kernel = kernel_of(next.kernels, wish.kernel);
    if (bound_ && bound_->job == Job{*wish.problem, kernel}) {
        next.kernel = kernel;
        return;
    }
    bound_.reset();
    if (other_problem || kernel != next.kernel) next.block.reset();
    next.kernel = kernel;
    next.steps.clear();
    next.arrays.clear();
    // What is known of the kernel is told even where it cannot be bound.
    publish([&](XrayNews& n) { n = next; });
    if (kernel.empty()) fail_request("this operator has no kernel that can be traced");
    bound_ = Bound{{*wish.problem, kernel}, services_.open(*wish.problem, kernel)};
    next.steps = bound_->subject->steps();
    next.arrays = bound_->subject->arrays();
    next.main_step = bound_->subject->main_step();
}

}  // namespace convscope
