#include "xray_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

// Of plain kernels on two busy cores; what was counted last takes its place.
constexpr double first_taps_per_second = 2.0e6;
// What takes longer is asked for. The first start's photograph takes less.
constexpr double by_itself_seconds = 5.0;
// Counts of single elements are kept of so many kernels; of the others the sums.
constexpr size_t most_whole_bytes = size_t{400} << 20;
constexpr size_t most_known = 96;
// Tracing so many takes well under a tenth of a second.
constexpr size_t requests_at_once = 6000;

std::string sentence_of(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error))
        return "there is not enough memory to trace this problem";
    return error.what();
}

bool is_cancelled(const std::exception& error) {
    const auto* found = dynamic_cast<const Error*>(&error);
    return found && found->kind() == ErrorKind::cancelled;
}

size_t bytes_of(const xray::Counts& counts) {
    size_t bytes = 0;
    for (const sim::ArrayTrace& a : counts.arrays)
        bytes += (a.element_reads.size() + a.element_writes.size() + a.element_shared_reads.size()) * 4 +
                 a.element_writer.size() * 8;
    return bytes;
}

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

double estimated_count_seconds(const Problem& problem, double taps_per_second) {
    return static_cast<double>(problem.flops()) / 2 / taps_per_second;
}

XrayRunner::XrayRunner(XrayServices services, std::function<void()> wake)
    : services_(std::move(services)),
      wake_(std::move(wake)),
      taps_per_second_(first_taps_per_second),
      news_(std::make_shared<XrayNews>()) {
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

void XrayRunner::cancel() {
    {
        const std::lock_guard lock(mutex_);
        if (!running_ && jobs_.empty()) return;  // a click that comes too late forbids nothing
        jobs_.clear();
        count_token_.cancel();
        cancelled_ = wish_.problem;
    }
    publish([](XrayNews&) {});
}

void XrayRunner::hold_counting(bool held) {
    {
        const std::lock_guard lock(mutex_);
        held_ = held;
    }
    if (!held) changed_.notify_all();
}

void XrayRunner::count() {
    {
        const std::lock_guard lock(mutex_);
        if (!news_->problem || news_->kernel.empty()) return;
        cancelled_.reset();
        std::erase_if(known_, [&](const Known& k) {  // what failed is tried again
            return !k.error.empty() && k.job == Job{*news_->problem, news_->kernel};
        });
        enqueue({*news_->problem, news_->kernel}, true);
    }
    publish([](XrayNews&) {});
    changed_.notify_all();
}

void XrayRunner::compare() {
    {
        const std::lock_guard lock(mutex_);
        cancelled_.reset();
        enqueue_all(false);
    }
    publish([](XrayNews&) {});
    changed_.notify_all();
}

void XrayRunner::compare_by_itself() {
    bool more = false;
    {
        const std::lock_guard lock(mutex_);
        if (!news_->counts_by_itself || cancelled_ == wish_.problem) return;
        const size_t before = jobs_.size();
        enqueue_all(true);
        more = jobs_.size() > before;
    }
    if (!more) return;
    publish([](XrayNews&) {});
    changed_.notify_all();
}

// Under the lock.
void XrayRunner::enqueue(const Job& job, bool first) {
    const Known* have = known(job.problem, job.kernel);
    // What runs, but has been cancelled, gives nothing: it is done once more.
    const bool runs = running_ == job && !count_token_.cancelled();
    if (runs || (have && (!have->error.empty() || (have->whole || !first)))) return;
    const auto waiting = std::ranges::find(jobs_, job);
    if (waiting != jobs_.end()) {
        if (!first) return;
        jobs_.erase(waiting);
    }
    if (first)
        jobs_.push_front(job);
    else
        jobs_.push_back(job);
}

// Under the lock.
void XrayRunner::enqueue_all(bool only_small) {
    if (!news_->problem || (only_small && !news_->counts_by_itself)) return;
    for (const xray::KernelName& kernel : news_->kernels)
        if (!kernel.broken_on_purpose || kernel.name == news_->kernel)
            enqueue({*news_->problem, kernel.name}, false);
}

std::shared_ptr<const XrayNews> XrayRunner::news() const {
    const std::lock_guard lock(mutex_);
    return news_;
}

double XrayRunner::share() const {
    const std::lock_guard lock(mutex_);
    return running_ ? count_token_.share() : 0;
}

bool XrayRunner::settled(const XrayWish& wish) const {
    const std::lock_guard lock(mutex_);
    return wish == wish_ && wished_ == fulfilled_;
}

bool XrayRunner::resting() const {
    const std::lock_guard lock(mutex_);
    return wished_ == fulfilled_ && jobs_.empty() && !running_;
}

const XrayRunner::Known* XrayRunner::known(const Problem& problem, const std::string& kernel) const {
    const auto at = std::ranges::find_if(
        known_, [&](const Known& k) { return k.job.kernel == kernel && k.job.problem == problem; });
    return at == known_.end() ? nullptr : &*at;
}

// Under the lock.
void XrayRunner::keep(Known news) {
    std::erase_if(known_, [&](const Known& k) { return k.job == news.job; });
    known_.push_front(std::move(news));
    if (known_.size() > most_known) known_.pop_back();
    size_t bytes = 0;
    for (Known& k : known_) {
        if (!k.counts || !k.whole) continue;
        bytes += bytes_of(*k.counts);
        if (bytes <= most_whole_bytes || &k == &known_.front()) continue;
        k.counts = xray::without_elements(*k.counts);
        k.whole = false;
    }
}

// What follows from what has been counted. Under the lock.
void XrayRunner::refresh(XrayNews& next) const {
    next.counts.reset();
    next.counts_error.clear();
    next.compared.clear();
    next.counting = running_ || !jobs_.empty();
    next.counting_kernel = running_ ? running_->kernel : jobs_.empty() ? std::string() : jobs_.front().kernel;
    if (!next.problem) return;
    next.estimated_seconds = estimated_count_seconds(*next.problem, taps_per_second_);
    next.counts_by_itself =
        estimated_count_seconds(*next.problem, first_taps_per_second) <= by_itself_seconds;
    for (const xray::KernelName& kernel : next.kernels) {
        const Known* k = known(*next.problem, kernel.name);
        next.compared.push_back({kernel.name, k ? k->counts : nullptr, k ? k->error : std::string()});
        if (kernel.name != next.kernel || !k) continue;
        if (k->whole) next.counts = k->counts;
        next.counts_error = k->error;
    }
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
    // The beginning of a long main loop shows what the rest repeats, and is there at once.
    const xray::BlockXrayPtr beginning = bound_->subject->block(step, block, cancel, requests_at_once);
    show(beginning, beginning->records_cut);
    if (beginning->records_cut) show(bound_->subject->block(step, block, cancel, 0), false);
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

// Counts the bound kernel where that is little work.
void XrayRunner::count_by_itself() {
    {
        const std::lock_guard lock(mutex_);
        if (wish_.problem != news_->problem) return;  // it was replaced while it was bound
        if (!news_->counts_by_itself || cancelled_ == news_->problem) return;
        enqueue({*news_->problem, news_->kernel}, true);
    }
    publish([](XrayNews&) {});
    changed_.notify_all();
}

void XrayRunner::count_grids() {
    for (;;) {
        CancelToken token;
        std::optional<Job> job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return closing_ || (!held_ && !jobs_.empty()); });
            if (closing_) return;
            job = jobs_.front();
            jobs_.pop_front();
            running_ = job;
            count_token_ = token;
        }
        publish([](XrayNews&) {});
        run_job(*job, token);
        {
            const std::lock_guard lock(mutex_);
            running_.reset();
        }
        publish([](XrayNews&) {});
    }
}

void XrayRunner::run_job(const Job& job, const CancelToken& token) {
    Known result{job};
    try {
        result.counts = services_.open(job.problem, job.kernel)->counts(token);
    } catch (const std::exception& error) {
        if (is_cancelled(error)) return;
        result.error = sentence_of(error);
    }
    const std::lock_guard lock(mutex_);
    constexpr double telling_seconds = 0.2;  // shorter ones say more about threads than about taps
    if (result.counts && result.counts->seconds > telling_seconds)
        taps_per_second_ = static_cast<double>(job.problem.flops()) / 2 / result.counts->seconds;
    keep(std::move(result));
}

}  // namespace convscope
