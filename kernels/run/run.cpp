#include "run/run.h"

#include <chrono>
#include <new>
#include <utility>

#include "core/text.h"
#include "run/middle.h"
#include "run/stages.h"
#include "run/timing.h"

namespace convscope {
namespace {

using Status = KernelResult::Status;

void fail(KernelResult& row, const std::string& sentence) {
    row.status = Status::failed;
    row.reason = sentence;
    row.timing.reset();
}

}  // namespace

Stages::Stages(const Request& request, const Devices& devices, const CancelToken& cancel,
               const Observer& observer)
    : request_(request),
      found_(devices),
      cancel_(cancel),
      observer_(observer),
      result_{request.problem, request.tensors, {}} {
    require_shapes(request.problem, request.tensors);
    for (const KernelChoice& choice : request.kernels) {
        KernelResult row;
        row.choice = choice;
        devices_.push_back(devices.find_by_name(choice.device));
        row.choice.device = devices_.back()->name();
        result_.rows.push_back(std::move(row));
    }
    executions_.resize(result_.rows.size());
    faults_.resize(result_.rows.size());
    const size_t stages = 1 + (request.verify.wanted ? 2 : 0) + (request.timing.wanted ? 1 : 0);
    steps_ = double(std::max<size_t>(1, stages * result_.rows.size() + (request.middle ? 1 : 0)));
}

void Stages::choose() {
    for (size_t i = 0; i < result_.rows.size(); ++i) {
        KernelResult& row = result_.rows[i];
        if (row.choice.kernel.empty()) row.choice.kernel = devices_[i]->default_kernel(request_.problem);
        for (const KernelFacts& facts : devices_[i]->kernels(request_.problem.op()))
            if (facts.name == row.choice.kernel) row.facts = facts;
        const Support support = devices_[i]->supports(request_.problem, row.choice.kernel);
        if (!support) {
            row.status = Status::unsupported;
            row.reason = support.why_not;
        }
    }
}

void Stages::compute() {
    for_each_row("computing", 1, [&](size_t i, KernelResult& row) {
        require_device_memory(i, row);
        executions_[i] = devices_[i]->prepare(request_.problem, request_.tensors, row.choice.kernel, cancel_);
        const auto start = std::chrono::steady_clock::now();
        row.output = executions_[i]->run(cancel_, faults_[i]);
        row.first_run_ms =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
        row.counts = executions_[i]->counts();
        row.plan = executions_[i]->plan_text();
        row.status = Status::done;
    });
}

// One sample each, so that the window has a number to refine. They are quick and no stage of their own.
void Stages::first_times() {
    for_each_row("", 0, [&](size_t i, KernelResult& row) {
        if (devices_[i]->measures_time() && row.first_run_ms < 200)
            set_timing(i, row, executions_[i]->time(1, request_.timing.cold, cancel_));
    });
}

void Stages::middle() {
    begin("computing the depthwise result", 1);
    Middle middle =
        middle_of(request_.problem, request_.tensors, found_, request_.verify.whole_up_to_taps, cancel_);
    result_.middle = std::move(middle.values);
    result_.why_no_middle = std::move(middle.why_not);
    end(1);
}

void Stages::time() {
    for_each_row("timing", 1, [&](size_t i, KernelResult& row) {
        if (!devices_[i]->measures_time() || row.verification.state == Verification::State::wrong) return;
        if (request_.timing.ceilings) row.ceilings = measure_ceilings(i);
        set_timing(i, row, sample(*executions_[i], request_.timing, cancel_));
        executions_[i].reset();  // its memory may be what the next row needs
    });
}

ResultPtr Stages::finish() {
    result_.stage.clear();
    result_.progress = result_.stage_from = result_.stage_to = 1;
    result_.finished = true;
    return tell();
}

void Stages::begin(const std::string& stage, double steps) {
    result_.stage = stage;
    result_.stage_from = result_.progress;
    result_.stage_to = std::min(1.0, (done_ + steps) / steps_);
    cancel_.report(0);
    tell();
}

void Stages::end(double steps) {
    done_ += steps;
    result_.progress = std::min(1.0, done_ / steps_);
    result_.stage_from = result_.stage_to = result_.progress;
    tell();
}

void Stages::for_each_row(const std::string& stage, double steps, const Row& body) {
    for (size_t i = 0; i < result_.rows.size(); ++i) {
        KernelResult& row = result_.rows[i];
        if (row.status == Status::unsupported || row.status == Status::failed) continue;
        cancel_.check();
        if (row.status == Status::waiting) row.status = Status::running;
        if (!stage.empty()) begin(cat(stage, " ", row.choice.device, " ", row.choice.kernel), steps);
        try {
            body(i, row);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::cancelled) throw;
            fail(row, error.what());
        } catch (const std::bad_alloc&) {
            fail(row, "the system gave no more memory");
        }
        end(steps);
    }
}

ResultPtr Stages::tell() {
    auto shared = std::make_shared<const Result>(result_);
    if (observer_) observer_(shared);
    return shared;
}

void Stages::require_device_memory(size_t i, KernelResult& row) {
    row.scratch_bytes = devices_[i]->scratch_bytes(request_.problem, row.choice.kernel);
    const double needed = devices_[i]->bytes_needed(request_.problem, row.choice.kernel);
    const double free = devices_[i]->bytes_free();
    if (needed > free)
        fail_request(
            cat(row.choice.device, " ", row.choice.kernel, " needs ", bytes_text(needed), " of memory for ",
                request_.problem.text(),
                row.scratch_bytes > 0 ? cat(", ", bytes_text(row.scratch_bytes), " of it scratch") : "", "; ",
                bytes_text(free), " are free"));
}

Ceilings Stages::measure_ceilings(size_t i) {
    const std::string timing =
        std::exchange(result_.stage, cat("measuring the ceilings of ", devices_[i]->name()));
    tell();
    const Ceilings ceilings = devices_[i]->ceilings();
    result_.stage = timing;
    tell();
    return ceilings;
}

void Stages::set_timing(size_t i, KernelResult& row, std::vector<double> samples_ms) {
    if (samples_ms.empty()) return;
    row.timing = timing_of(request_.problem, std::move(samples_ms), executions_[i]->prepare_ms(),
                           row.ceilings.value_or(Ceilings{}), row.facts.error);
}

ResultPtr run(const Request& request, const Devices& devices, const CancelToken& cancel,
              const Observer& observer) {
    Stages stages(request, devices, cancel, observer);
    stages.choose();
    stages.compute();
    if (request.timing.wanted) stages.first_times();
    if (request.middle) stages.middle();
    if (request.verify.wanted) stages.verify();
    if (request.timing.wanted) stages.time();
    return stages.finish();
}

}  // namespace convscope
