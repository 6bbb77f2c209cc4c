#include "background_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "background_runner_fake.h"
#include "core/errors.h"
#include "core/inputs.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Problem small_problem(int64_t side) {
    ProblemSpec spec;
    spec.input = {1, side, side};
    return Problem(spec);
}

struct Runner {
    std::shared_ptr<FakeSpeed> speed = std::make_shared<FakeSpeed>();
    std::atomic<int> wakes{0};
    std::unique_ptr<BackgroundRunner> runner;

    Runner() {
        runner = std::make_unique<BackgroundRunner>(
            BackgroundRunner::Services{.find_devices = [this] { return fake_devices(speed); },
                                       .load =
                                           [](const std::string& path) {
                                               if (path != "good") fail_request("cannot read " + path);
                                               return Tensor({1, 1, 2, 2});
                                           },
                                       .wake = [this] { ++wakes; }});
    }
    void submit(uint64_t id, int64_t side, bool verify = false, bool refine = false) {
        runner->submit({.id = id,
                        .make_request =
                            [side, verify](const Devices&) {
                                const Problem problem = small_problem(side);
                                Verify verification;
                                verification.wanted = verify;
                                return Request{problem,
                                               make_tensors(problem, Fill::random, Fill::random, 1),
                                               {{"cpu", "zeros"}},
                                               TimingEffort::quick(),
                                               verification};
                            },
                        .refine = refine});
    }
    // Collects updates until one is final.
    std::vector<BackgroundRunner::Update> until_finished(double seconds = 20) {
        std::vector<BackgroundRunner::Update> updates;
        const auto start = Clock::now();
        while (seconds_since(start) < seconds) {
            if (auto update = runner->take_update()) {
                updates.push_back(*update);
                if (update->finished) break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return updates;
    }
    template <class Condition>
    bool becomes(const Condition& condition, double seconds = 20) {
        const auto start = Clock::now();
        while (seconds_since(start) < seconds) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return false;
    }
};

TEST(BackgroundRunner, DeliversAResultAndWakesTheWindow) {
    Runner r;
    r.submit(7, 4);
    const auto updates = r.until_finished();
    ASSERT_FALSE(updates.empty());
    EXPECT_TRUE(updates.back().finished);
    EXPECT_EQ(updates.back().id, 7u);
    ASSERT_TRUE(updates.back().result);
    EXPECT_EQ(updates.back().result->rows.size(), 1u);
    EXPECT_EQ(updates.back().result->rows[0].output->elements(), 16);
    EXPECT_GT(r.wakes.load(), 0);
    ASSERT_TRUE(r.runner->devices());
    EXPECT_EQ(r.runner->devices()->missing.at(0).reason, "this is a test");
}

TEST(BackgroundRunner, TheNewestRequestWins) {
    Runner r;
    r.speed->run_ms = 60'000;
    r.submit(1, 4);
    ASSERT_TRUE(r.becomes([&] { return r.speed->runs_started.load() == 1; }));
    r.speed->run_ms = 0;
    const auto start = Clock::now();
    r.submit(2, 5);
    BackgroundRunner::Update last;
    ASSERT_TRUE(r.becomes([&] {
        if (auto update = r.runner->take_update()) last = *update;
        return last.id == 2 && last.finished;
    }));
    EXPECT_LT(seconds_since(start), 5);
    EXPECT_FALSE(last.cancelled);
    EXPECT_EQ(last.result->rows[0].output->elements(), 25);
}

TEST(BackgroundRunner, SaysHowFarTheStageIsThatRuns) {
    Runner r;
    EXPECT_EQ(r.runner->share(), 0);
    r.speed->run_ms = 60'000;
    r.submit(1, 4, true);
    std::optional<BackgroundRunner::Update> update;
    ASSERT_TRUE(r.becomes([&] { return (update = r.runner->take_update()).has_value(); }));
    EXPECT_EQ(update->result->stage, "computing cpu zeros");
    EXPECT_EQ(update->result->stage_from, 0);
    EXPECT_DOUBLE_EQ(update->result->stage_to, 0.25);
    double share = 0;
    EXPECT_TRUE(r.becomes([&] { return (share = r.runner->share()) > 1e-4; }));
    EXPECT_TRUE(r.becomes([&] { return r.runner->share() > share; }));
    r.runner->cancel();
    ASSERT_TRUE(r.becomes([&] { return r.runner->resting(); }));
    EXPECT_EQ(r.runner->share(), 0);
}

TEST(BackgroundRunner, CancelEndsWhatRuns) {
    Runner r;
    r.speed->run_ms = 60'000;
    r.submit(1, 4);
    ASSERT_TRUE(r.becomes([&] { return r.speed->runs_started.load() == 1; }));
    r.runner->cancel();
    const auto updates = r.until_finished();
    ASSERT_FALSE(updates.empty());
    EXPECT_TRUE(updates.back().cancelled);
    EXPECT_FALSE(updates.back().result);
    EXPECT_TRUE(updates.back().error.empty());
    EXPECT_TRUE(r.becomes([&] { return r.runner->resting(); }));
}

TEST(BackgroundRunner, ClosesWithinASecondWhileComputing) {
    auto r = std::make_unique<Runner>();
    r->speed->run_ms = 60'000;
    r->submit(1, 4);
    ASSERT_TRUE(r->becomes([&] { return r->speed->runs_started.load() == 1; }));
    const auto start = Clock::now();
    r->runner.reset();
    EXPECT_LT(seconds_since(start), 1.0);
}

TEST(BackgroundRunner, AWrongRequestIsASentence) {
    Runner r;
    r.runner->submit(
        {.id = 3, .make_request = [](const Devices&) -> Request { fail_request("no such weights"); }});
    const auto updates = r.until_finished();
    ASSERT_FALSE(updates.empty());
    EXPECT_EQ(updates.back().error, "no such weights");
}

TEST(BackgroundRunner, AWrongAnswerLosesItsTime) {
    Runner r;
    r.submit(1, 6, true);  // zeros are not what random weights give
    const auto updates = r.until_finished();
    ASSERT_FALSE(updates.empty());
    ASSERT_TRUE(updates.back().result);
    const KernelResult& row = updates.back().result->rows[0];
    EXPECT_EQ(row.verification.state, Verification::State::wrong);
    EXPECT_FALSE(row.timing);
}

TEST(BackgroundRunner, BetterTimesBringTheCeilingsOfTheirDevice) {
    Runner r;
    r.submit(1, 4, false, true);
    std::vector<size_t> samples;
    BackgroundRunner::Update last;
    ASSERT_TRUE(r.becomes([&] {
        if (auto update = r.runner->take_update(); update && update->finished) {
            last = *update;
            samples.push_back(last.result->rows[0].timing->samples_ms.size());
        }
        return last.result && last.result->rows[0].ceilings;
    }));
    EXPECT_DOUBLE_EQ(last.result->rows[0].ceilings->bandwidth_gbs, 10);
    EXPECT_DOUBLE_EQ(last.result->rows[0].ceilings->fp32_tflops, 0.5);
    EXPECT_GE(last.result->rows[0].timing->samples_ms.size(), 20u);
    EXPECT_TRUE(std::is_sorted(samples.begin(), samples.end()));
}

TEST(BackgroundRunner, LoadsAFileAndTakesInterruptedWorkUpAgain) {
    Runner r;
    r.speed->run_ms = 60'000;
    r.submit(1, 4);
    ASSERT_TRUE(r.becomes([&] { return r.speed->runs_started.load() == 1; }));
    r.speed->run_ms = 0;
    r.runner->load("bad", "somebody");
    std::optional<BackgroundRunner::Loaded> loaded;
    ASSERT_TRUE(r.becomes([&] { return (loaded = r.runner->take_loaded()).has_value(); }));
    EXPECT_EQ(loaded->error, "cannot read bad");
    EXPECT_EQ(loaded->asker, "somebody");
    const auto updates = r.until_finished();
    ASSERT_FALSE(updates.empty());
    EXPECT_FALSE(updates.back().cancelled);
    EXPECT_EQ(updates.back().id, 1u);
}

TEST(BackgroundRunner, ACallThatCannotBeInterruptedIsNotWaitedFor) {
    Runner r;
    r.speed->deaf = true;
    r.speed->run_ms = 700;
    r.submit(1, 8);
    while (r.speed->runs_started == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto start = Clock::now();
    EXPECT_FALSE(r.runner->stop_within(0.1));
    EXPECT_LT(seconds_since(start), 0.6);
    EXPECT_TRUE(r.runner->stop_within(20));
}

}  // namespace
}  // namespace convscope
