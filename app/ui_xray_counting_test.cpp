// Whole grids in the X-ray tab: they are counted where it is asked for, and their reads are drawn.
#include "panels/xray_pictures.h"
#include "ui_xray_fixture.h"
#include "xray_runner_fake.h"

namespace convscope {
namespace {

TEST_F(UiXray, HeatIsTheReadsOfEveryElement) {
    Experiment e = small();  // 4 output channels
    e.tab = Tab::xray;
    open(e);
    ASSERT_TRUE(rests());
    window->click("xray.heat");
    ASSERT_TRUE(view().heat);
    ASSERT_TRUE(window->widget("heat.input.global"));
    EXPECT_FALSE(window->widget("heat.input.shared")) << "naive uses no shared memory";
    ASSERT_TRUE(news()->counts);
    const sim::ArrayTrace& input = news()->counts->arrays.at(0);
    ASSERT_EQ(input.name, "input");
    ASSERT_EQ(input.element_reads.size(), 2u * 9 * 11);
    // A row r of 9 lies in min(r + 1, 3, 9 − r) windows, a column of 11 likewise; 4 channels read each.
    for (int c = 0; c < 2; ++c)
        for (int row = 0; row < 9; ++row)
            for (int column = 0; column < 11; ++column)
                EXPECT_EQ(input.element_reads[static_cast<size_t>((c * 9 + row) * 11 + column)],
                          static_cast<uint32_t>(4 * std::min({row + 1, 3, 9 - row}) *
                                                std::min({column + 1, 3, 11 - column})))
                    << row << "," << column;
    const sim::ArrayTrace& weights = news()->counts->arrays.at(1);
    EXPECT_EQ(*std::ranges::min_element(weights.element_reads), 63u)
        << "each by the 7·9 outputs of its channel";
    EXPECT_EQ(*std::ranges::max_element(weights.element_reads), 63u);
    EXPECT_TRUE(window->widget("heat.input.ideal"));
    XrayCaches caches;
    EXPECT_EQ(caches.heat_scale(*news(), "input"), 36u);
    const double naive = brightness("heat.input.global");
    choose_kernel("shared_tile");
    EXPECT_EQ(caches.heat_scale(*news(), "input"), 36u) << "one scale for all kernels";
    EXPECT_EQ(XrayCaches().heat_scale(*news(), "input"), 36u);
    EXPECT_LT(brightness("heat.input.global"), 0.7 * naive) << "fewer reads look darker";
    EXPECT_TRUE(window->widget("heat.input.shared"));
    EXPECT_LT(*std::ranges::max_element(news()->counts->arrays.at(0).element_reads), 36u)
        << "reuse has moved inwards";
    window->click("xray.map");
    EXPECT_FALSE(view().heat);
    EXPECT_TRUE(window->widget("xray.shared"));
}

// A grid that takes a minute to be counted.
class UiCounting : public UiXray {
  protected:
    void open_slow() {
        counting->count_ms = 60'000;
        Experiment e = two_blocks();
        e.spec.input = {1, 512, 512};  // too many taps to be counted unasked
        e.xray.heat = true;
        AppOptions options{.experiment = e,
                           .find_devices = [speed = computing] { return fake_devices(speed); }};
        options.xray = fake_xray(counting);
        window = std::make_unique<OffscreenApp>(usual, options);
        ASSERT_TRUE(window->wait_for_result());
        EXPECT_EQ(counting->counts_started.load(), 0);
        window->click("xray.count");
        ASSERT_TRUE(becomes([&] { return window->widget("xray.cancel_count").has_value(); }));
    }
    void expect_cancelled() {
        ASSERT_TRUE(becomes([&] { return window->app().at_rest(); }));
        window->frames(2);
        EXPECT_TRUE(window->widget("xray.count")) << "it can be asked for again";
        EXPECT_FALSE(news()->counts);
        EXPECT_FALSE(window->widget("status.counting"));
    }
    std::shared_ptr<FakeSpeed> computing = std::make_shared<FakeSpeed>();
    std::shared_ptr<FakeXraySpeed> counting = std::make_shared<FakeXraySpeed>();
};

TEST_F(UiCounting, TellsHowFarItIsAndIsCancelled) {
    open_slow();
    EXPECT_FALSE(window->app().at_rest());
    EXPECT_TRUE(window->widget("status.counting"));
    window->click("xray.cancel_count");
    expect_cancelled();
}

TEST_F(UiCounting, TheStatusLineCancelsItToo) {
    open_slow();
    ASSERT_TRUE(window->widget("status.cancel_count"));
    window->click("status.cancel_count");
    expect_cancelled();
}

// What computes has the line's Cancel; that something is counted, too, stands beside it.
TEST_F(UiCounting, IsToldWhileTheWorkerComputes) {
    open_slow();
    computing->run_ms = 60'000;
    window->app().act(SetWeightsFill{Fill::box});
    ASSERT_TRUE(becomes([&] { return window->widget("cancel").has_value(); }));
    ASSERT_TRUE(window->widget("status.counting")) << "weights change nothing of what is counted";
    EXPECT_FALSE(window->widget("status.cancel_count"));
    EXPECT_GE(window->widget("status.counting")->from.x, window->widget("cancel")->to.x);
    EXPECT_TRUE(window->widget("xray.cancel_count"));
}

// 8 channels of 1098² outputs with 18 taps each: 174 M taps, more than a minute's work.
TEST_F(UiXray, AClickStartsNoLongCount) {
    Experiment e = two_blocks();
    e.spec.input = {1, 1100, 1100};
    open(e);
    ASSERT_TRUE(rests());
    ASSERT_TRUE(news()->block);
    ASSERT_GT(news()->estimated_seconds, 60);
    // Block 0 writes the first 256 outputs of row 0.
    window->click_cell("xray.output", {1, 0});
    window->frames(5);
    EXPECT_FALSE(news()->counting);
    EXPECT_FALSE(news()->counts);
}

}  // namespace
}  // namespace convscope
