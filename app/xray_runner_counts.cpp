// The counting half of the X-ray runner: whole grids, one after another, and what is known of them.
#include <algorithm>

#include "failures.h"
#include "xray_runner.h"

namespace convscope {
namespace {

// What takes longer is asked for. The first start's photograph takes less.
constexpr double by_itself_seconds = 5.0;
// Counts of single elements are kept of so many kernels; of the others the sums.
constexpr size_t most_whole_bytes = size_t{400} << 20;
constexpr size_t most_known = 96;

size_t bytes_of(const xray::Counts& counts) {
    size_t bytes = 0;
    for (const sim::ArrayTrace& a : counts.arrays)
        bytes += (a.element_reads.size() + a.element_writes.size() + a.element_shared_reads.size()) * 4 +
                 a.element_writer.size() * 8;
    return bytes;
}

}  // namespace

double estimated_count_seconds(const Problem& problem, double taps_per_second) {
    return static_cast<double>(problem.flops()) / 2 / taps_per_second;
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
        if (held_ == held) return;  // it is asked every frame
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

double XrayRunner::share() const {
    const std::lock_guard lock(mutex_);
    return running_ ? count_token_.share() : 0;
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
        // At once: where nothing runs any more, the news have it.
        publish([&](XrayNews&) { running_.reset(); });
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
