#include "xray_runner.h"

#include <gtest/gtest.h>

#include "xray_runner_fake.h"

namespace convscope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Problem of_size(int64_t height, int64_t width) {
    ProblemSpec spec;
    spec.input = {1, height, width};
    spec.kernel_size = {1, 3, 3};
    return Problem(spec);
}
// So few taps that grids are counted unasked.
Problem small(int64_t width = 8) {
    return of_size(8, width);
}
// 9 · 2046² taps: asked for.
Problem large() {
    return of_size(2048, 2048);
}

struct Runner {
    std::shared_ptr<FakeXraySpeed> speed = std::make_shared<FakeXraySpeed>();
    std::atomic<int> woken{0};
    std::unique_ptr<XrayRunner> runner = std::make_unique<XrayRunner>(fake_xray(speed), [this] { ++woken; });
    template <class Condition>
    bool becomes(const Condition& condition, double seconds = 20) {
        const auto start = Clock::now();
        while (seconds_since(start) < seconds) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return false;
    }
    bool rests() {
        return becomes([&] { return runner->resting(); });
    }
    std::shared_ptr<const XrayNews> news() const { return runner->news(); }
};

TEST(XrayRunner, TracesTheWantedBlockAndCountsTheGridOfSmallProblems) {
    Runner r;
    EXPECT_FALSE(r.news()->problem);
    const XrayWish wish{small(), "first", -1, 3};
    r.runner->want(wish);
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.runner->settled(wish));
    const auto news = r.news();
    EXPECT_EQ(news->kernel, "first");
    ASSERT_TRUE(news->block);
    EXPECT_TRUE(news->block_is_present);
    EXPECT_EQ(news->block->block, 3);
    EXPECT_EQ(news->block->step, 1) << "the main step";
    ASSERT_TRUE(news->counts);
    EXPECT_EQ(news->counts->kernel, "first");
    EXPECT_FALSE(news->counting);
    EXPECT_GT(r.woken.load(), 0);
}

TEST(XrayRunner, ALongBlockShowsItsBeginningFirst) {
    Runner r;
    r.speed->block_requests = 50'000;
    r.speed->block_ms = 300;  // of the whole block
    const XrayWish wish{small(), "first", -1, 3};
    r.runner->want(wish);
    ASSERT_TRUE(r.becomes([&] { return r.news()->block != nullptr; }));
    const auto beginning = r.news();
    EXPECT_TRUE(beginning->block_goes_on);
    EXPECT_TRUE(beginning->block->records_cut);
    EXPECT_EQ(beginning->block->records.size(), 4000u);
    EXPECT_FALSE(r.runner->settled(wish));
    ASSERT_TRUE(r.rests());
    EXPECT_FALSE(r.news()->block_goes_on);
    EXPECT_EQ(r.news()->block->records.size(), 50'000u);
    EXPECT_EQ(r.speed->blocks_started, 2);
}

// The whole block needs the step before it, which the first picture does not wait for.
TEST(XrayRunner, ABlockIsShownBeforeItsEarlierStepsHaveRun) {
    Runner r;
    r.speed->block_requests = 100;
    r.speed->slow_earlier_step = true;
    r.speed->block_ms = 60'000;
    r.runner->want({small(), "first", 1, 3});
    ASSERT_TRUE(r.becomes([&] { return r.news()->block != nullptr; }));
    EXPECT_TRUE(r.news()->block_is_present);
    EXPECT_TRUE(r.news()->block_goes_on);
    EXPECT_FALSE(r.news()->block->records_cut);
    // Another block is looked at while that step still runs.
    r.runner->want({small(), "first", 1, 4});
    ASSERT_TRUE(r.becomes([&] { return r.news()->block->block == 4; }));
    EXPECT_TRUE(r.news()->block_goes_on);
    r.speed->block_ms = 0;
    r.runner->want({small(), "first", 1, 5});
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.news()->block_is_present);
    EXPECT_FALSE(r.news()->block_goes_on);
    EXPECT_TRUE(r.news()->block->earlier_steps_ran);
    const int started = r.speed->blocks_started;
    r.runner->want({small(), "first", 1, 6});
    ASSERT_TRUE(r.rests());
    EXPECT_EQ(r.speed->blocks_started, started + 1) << "the step has run: nothing is traced twice";
}

TEST(XrayRunner, WhatDoesNotExistIsTheNearestThatDoes) {
    Runner r;
    r.runner->want({small(), "", 7, 1'000'000});
    ASSERT_TRUE(r.rests());
    EXPECT_EQ(r.news()->kernel, "naive") << "the plain one, wherever it stands";
    EXPECT_EQ(r.news()->block->step, 1);
    EXPECT_EQ(r.news()->block->block, 9);
    r.runner->want({small(), "of another operator", 0, 2});
    ASSERT_TRUE(r.rests());
    EXPECT_EQ(r.news()->kernel, "naive");
    EXPECT_EQ(r.news()->block->step, 0);
    EXPECT_EQ(r.speed->opened.load(), 2) << "bound once for blocks and once for counts";
}

TEST(XrayRunner, TheNewestWishWins) {
    Runner r;
    r.speed->block_ms = 60'000;
    r.runner->want({large(), "naive", -1, 0});
    ASSERT_TRUE(r.becomes([&] { return r.speed->blocks_started.load() == 1; }));
    r.speed->block_ms = 0;
    const auto start = Clock::now();
    r.runner->want({large(), "naive", -1, 5});
    ASSERT_TRUE(r.rests());
    EXPECT_LT(seconds_since(start), 5);
    EXPECT_EQ(r.news()->block->block, 5);
    EXPECT_TRUE(r.news()->error.empty()) << "that a wish was replaced is no error";
}

TEST(XrayRunner, BigGridsAreCountedOnWishWithProgressAndCancel) {
    Runner r;
    r.runner->want({large(), "naive"});
    ASSERT_TRUE(r.rests());
    EXPECT_FALSE(r.news()->counts);
    EXPECT_FALSE(r.news()->counts_by_itself);
    EXPECT_GT(r.news()->estimated_seconds, 1);
    EXPECT_EQ(r.speed->counts_started.load(), 0);
    r.speed->count_ms = 60'000;
    r.runner->count();
    ASSERT_TRUE(r.becomes([&] { return r.runner->share() > 0; }));
    EXPECT_TRUE(r.news()->counting);
    EXPECT_EQ(r.news()->counting_kernel, "naive");
    r.runner->cancel();
    ASSERT_TRUE(r.rests());
    EXPECT_FALSE(r.news()->counting);
    EXPECT_FALSE(r.news()->counts);
    EXPECT_TRUE(r.news()->counts_error.empty());
    r.speed->count_ms = 0;
    r.runner->count();
    ASSERT_TRUE(r.becomes([&] { return r.news()->counts != nullptr; }));
}

TEST(XrayRunner, NoCountBeginsWhileItIsHeld) {
    Runner r;
    r.runner->hold_counting(true);
    const XrayWish wish{small(), "first", -1, 0};
    r.runner->want(wish);
    ASSERT_TRUE(r.becomes([&] { return r.runner->settled(wish); }));
    EXPECT_TRUE(r.news()->block);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(r.speed->counts_started, 0);
    EXPECT_FALSE(r.runner->resting());
    r.runner->hold_counting(false);
    ASSERT_TRUE(r.rests());
    EXPECT_EQ(r.speed->counts_started, 1);
    EXPECT_TRUE(r.news()->counts);
}

TEST(XrayRunner, ACancelledCountDoesNotStartAgainByItself) {
    Runner r;
    r.speed->count_ms = 60'000;
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.becomes([&] { return r.speed->counts_started.load() == 1; }));
    r.runner->cancel();
    ASSERT_TRUE(r.rests());
    r.speed->count_ms = 0;
    r.runner->want({small(), "naive", -1, 1});
    r.runner->compare_by_itself();
    ASSERT_TRUE(r.rests());
    EXPECT_FALSE(r.news()->counts);
    r.runner->want({small(9), "naive", -1, 1});
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.news()->counts) << "another problem was not cancelled";
}

// The second wish for the same count comes while the first one still unwinds.
TEST(XrayRunner, WhatWasJustCancelledIsCountedAgainWhereItIsWanted) {
    Runner r;
    r.speed->count_ms = 60'000;
    r.speed->ms_after_cancel = 200;
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.becomes([&] { return r.speed->counts_started.load() == 1 && r.news()->block; }));
    r.runner->cancel();
    r.speed->count_ms = 0;
    r.runner->count();
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.news()->counts);
    EXPECT_EQ(r.speed->counts_started.load(), 2);
}

TEST(XrayRunner, ACancelThatComesTooLateForbidsNothing) {
    Runner r;
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.rests());
    r.runner->cancel();
    r.runner->want({small(), "first"});
    ASSERT_TRUE(r.rests());
    EXPECT_EQ(r.news()->kernel, "first");
    EXPECT_TRUE(r.news()->counts) << "counted unasked";
}

TEST(XrayRunner, ComparesAllKernelsInTheirOrder) {
    Runner r;
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.rests());
    r.runner->compare();
    ASSERT_TRUE(r.rests());
    const auto& rows = r.news()->compared;
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].kernel, "first");
    ASSERT_TRUE(rows[0].counts);
    EXPECT_EQ(rows[0].counts->totals.load_requests, 5);
    EXPECT_TRUE(rows[1].counts);
    EXPECT_EQ(rows[2].error, "refuses takes no problem at all");
    EXPECT_FALSE(rows[3].counts) << "broken kernels are no rivals";
    EXPECT_EQ(r.speed->counted, (std::vector<std::string>{"naive", "first"})) << "each is counted once";
}

TEST(XrayRunner, ARefusalIsASentenceAndTakesTheOldBlockAway) {
    Runner r;
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.rests());
    const XrayWish wish{small(), "refuses"};
    r.runner->want(wish);
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.runner->settled(wish));
    EXPECT_EQ(r.news()->error, "refuses takes no problem at all");
    EXPECT_EQ(r.news()->kernel, "refuses");
    EXPECT_FALSE(r.news()->block);
    r.runner->want({small(), "naive"});
    ASSERT_TRUE(r.rests());
    EXPECT_TRUE(r.news()->error.empty());
    EXPECT_TRUE(r.news()->block);
}

TEST(XrayRunner, WithoutATracedModuleThereIsASentence) {
    XrayRunner runner({}, [] {});
    const XrayWish wish{small(), ""};
    runner.want(wish);
    const auto start = Clock::now();
    while (!runner.settled(wish) && seconds_since(start) < 20)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(runner.news()->error, "there is no module with traced kernels");
}

TEST(XrayRunner, ClosesWithinASecondWhileCountingAndTracing) {
    auto r = std::make_unique<Runner>();
    r->runner->want({large(), "naive"});
    ASSERT_TRUE(r->rests());
    r->speed->block_ms = r->speed->count_ms = 60'000;
    r->runner->count();
    r->runner->want({large(), "naive", -1, 4});
    ASSERT_TRUE(r->becomes(
        [&] { return r->speed->blocks_started.load() == 2 && r->speed->counts_started.load() == 1; }));
    const auto start = Clock::now();
    r->runner.reset();
    EXPECT_LT(seconds_since(start), 1.0);
}

}  // namespace
}  // namespace convscope
