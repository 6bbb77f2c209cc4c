// The X-ray tab of the real window: what is chosen, and what is lit.
#include "panels/xray_pictures.h"
#include "ui_xray_fixture.h"

namespace convscope {
namespace {

TEST_F(UiXray, TabsAreChosenByClickMenuAndKey) {
    open(small());
    EXPECT_EQ(window->experiment().tab, Tab::explore);
    EXPECT_TRUE(window->widget("view.output"));
    EXPECT_FALSE(news()->problem) << "nothing is traced while nobody looks";
    window->click("tab.xray");
    ASSERT_TRUE(rests());
    EXPECT_EQ(window->experiment().tab, Tab::xray);
    EXPECT_FALSE(window->widget("view.output"));
    EXPECT_TRUE(window->widget("xray.output"));
    EXPECT_EQ(news()->kernel, "naive");
    window->click("tab.source");
    EXPECT_EQ(window->experiment().tab, Tab::source);
    window->press_key(compat::Key::one);
    EXPECT_EQ(window->experiment().tab, Tab::explore);
    window->press_key(compat::Key::two);
    EXPECT_EQ(window->experiment().tab, Tab::xray);
    window->press_key(compat::Key::four);
    EXPECT_EQ(window->experiment().tab, Tab::source);
    window->click("menu.View");
    window->click("menu.View.xray");
    EXPECT_EQ(window->experiment().tab, Tab::xray);
    window->press_ctrl('Z');
    EXPECT_EQ(window->experiment().tab, Tab::explore) << "walking through tabs is one step of undo";
}

TEST_F(UiXray, AClickOnAnOutputElementChoosesItsThread) {
    open(two_blocks());
    ASSERT_TRUE(rests());
    // After the last store of block 0 the picture shows what warp 7 wrote: channel 3 (elements 189 … 251) or,
    // of elements 252 … 255, channel 4, where the first of its lanes writes. Warp 7 begins with element 224.
    EXPECT_EQ(news()->block->block, 0);
    window->click_cell("xray.output", {2, 4});
    // Element (3·7 + 2)·9 + 4 = 211 is thread 211 of block 0: warp 6, lane 19.
    EXPECT_EQ(view().block, 0);
    EXPECT_EQ(view().thread, 211);
    EXPECT_EQ(view().warp, 6);
    ASSERT_TRUE(rests());
    const XrayTouches touches(news()->block, xray_choice(view(), *news()->block));
    // Two channels of 3×3 inputs, 18 weights, one output.
    EXPECT_EQ(touches.touched(0).size(), 18u);
    EXPECT_EQ(touches.touch(0, 2 * 11 + 4).lane, 19) << "the first tap: input[0,0,2,4]";
    EXPECT_EQ(touches.touch(0, 99 + 4 * 11 + 6).lane, 19) << "the last: input[0,1,4,6]";
    EXPECT_EQ(touches.touch(0, 2 * 11 + 3).lane, -1);
    // The counts know the threads of other blocks too: element (6·7 + 2)·9 + 4 = 400 is thread 144 of
    // block 1.
    ASSERT_TRUE(news()->counts);
    for (int i = 0; i < 3; ++i) window->click("xray.output.channel.next");
    window->click_cell("xray.output", {2, 4});
    ASSERT_TRUE(rests());
    EXPECT_EQ(view().block, 1);
    EXPECT_EQ(view().thread, 144);
    EXPECT_EQ(news()->block->block, 1);
    window->press_key(compat::Key::down);
    EXPECT_EQ(view().thread, 145) << "the arrows go on from thread to thread";
    window->press_key(compat::Key::up);
    EXPECT_EQ(view().thread, 144);
}

// 16×20 outputs of a 201×201 window that lies in the padding nearly everywhere: 12.9 M nominal taps, more
// than are counted unasked, and yet little work. Element 300 is thread 300 − 256 of block 1.
TEST_F(UiXray, AClickOnAnotherBlocksElementCountsTheGridAndFindsItsThread) {
    Experiment e = small_experiment();
    e.spec.in_channels = e.spec.out_channels.emplace(1);
    e.spec.input = {1, 16, 20};
    e.spec.kernel_size = {1, 201, 201};
    e.spec.padding = {0, 100, 100};
    e.tab = Tab::xray;
    open(e);
    ASSERT_TRUE(rests());
    ASSERT_TRUE(news()->block);
    EXPECT_FALSE(news()->counts);
    EXPECT_EQ(view().block, 0);
    window->click_cell("xray.output", {15, 0});
    ASSERT_TRUE(window->wait_until(60, [&] { return view().thread >= 0; }));
    EXPECT_TRUE(news()->counts);
    EXPECT_EQ(view().block, 1);
    EXPECT_EQ(view().thread, 44);
    ASSERT_TRUE(rests());
    EXPECT_EQ(news()->block->block, 1);
}

TEST_F(UiXray, TheScrubberLightsTheLineOfEachRequest) {
    open(two_blocks());
    ASSERT_TRUE(rests());
    // 8 warps, each 2·9 taps of two loads, and a store: 8 · 37 requests.
    ASSERT_EQ(news()->block->records.size(), 8u * 37);
    EXPECT_NE(lit_line().find("output[element] = sum"), std::string::npos) << lit_line();
    EXPECT_TRUE(window->widget("xray.request.lanes"));
    window->drag("xray.scrubber", -2000, 0);
    EXPECT_EQ(view().position, 0);
    EXPECT_FALSE(window->widget("xray.request.lanes"));
    window->press_key(compat::Key::right);
    EXPECT_EQ(view().position, 1);
    EXPECT_NE(lit_line().find("sum += window"), std::string::npos) << lit_line();
    EXPECT_TRUE(window->widget("xray.request.sector.0"));
    window->click("xray.step_forward");
    EXPECT_EQ(view().position, 2);
    window->press_key(compat::Key::left);
    EXPECT_EQ(view().position, 1);
    // Of one warp the others' requests are passed over.
    window->click("xray.warp.next");
    window->click("xray.warp.next");
    EXPECT_EQ(view().warp, 1);
    window->press_key(compat::Key::right);
    const auto& record = news()->block->records.at(static_cast<size_t>(view().position) - 1);
    EXPECT_EQ(record.warp, 1);
    EXPECT_TRUE(window->widget("xray.place"));
}

TEST_F(UiXray, RequestsPlayAndPause) {
    open(two_blocks());
    ASSERT_TRUE(rests());
    window->enter_number("xray.speed", "2000");
    window->mouse_away();
    window->press_key(compat::Key::space);
    EXPECT_TRUE(window->app().xray_play().playing || view().position == 296);
    ASSERT_TRUE(becomes([&] { return !window->app().xray_play().playing; }));
    EXPECT_EQ(view().position, 296) << "it ends at the last request";
    window->enter_number("xray.speed", "1");  // no more than a few requests in this test
    window->mouse_away();
    window->press_key(compat::Key::space);
    EXPECT_TRUE(window->app().xray_play().playing);
    EXPECT_LT(view().position, 100) << "from the beginning again";
    window->press_key(compat::Key::space);
    EXPECT_FALSE(window->app().xray_play().playing);
    EXPECT_LT(view().position, 100);
}

TEST_F(UiXray, SharedMemoryTellsWhoWroteWhat) {
    Experiment e = small();
    e.tab = Tab::xray;
    e.xray.kernel = "shared_tile";
    open(e);
    ASSERT_TRUE(rests());
    // After the first barrier: 18×18 inputs from 9×11 and 9 weights are staged.
    const auto starts = phase_starts(*news()->block);
    ASSERT_EQ(starts.size(), 6u) << "two barriers for each of two input channels make five phases";
    XrayView next = view();
    next.position = starts[1];
    window->app().act(SetXray{next});
    window->frames(2);
    EXPECT_NE(lit_line().find("__syncthreads"), std::string::npos) << lit_line();
    const XrayTouches touches(news()->block, xray_choice(view(), *news()->block));
    const auto& arrays = news()->block->shared;
    const auto stage = std::ranges::find(arrays, "dynamic", &xray::SharedArray::name);
    ASSERT_NE(stage, arrays.end());
    const auto first = static_cast<size_t>(stage->begin / 4);
    // Thread 20 copies word 20 of the stage, 18 wide: row 1, column 2.
    EXPECT_EQ(touches.words()[first + 20].thread, 20);
    EXPECT_EQ(touches.words()[first + 11].thread, -1) << "right of the 11 columns nothing is staged";
    // The picture begins with the row of 32 words in which the first array does, the stage with a whole row.
    int64_t begin = stage->begin;
    for (const xray::SharedArray& array : arrays) begin = std::min(begin, array.begin);
    const int64_t row = stage->begin / 128 - begin / 128;
    ASSERT_EQ(first % 32, 0u);
    window->hover_cell("xray.shared", {row, 20});
    const std::string written = shown_readout("xray.shared.readout");
    EXPECT_NE(written.find(", bank 20: written by thread 20 (warp 0, lane 20) at conv2d/shared_tile.cu:"),
              std::string::npos)
        << written;
    window->hover_cell("xray.shared", {row, 11});
    const std::string unwritten = shown_readout("xray.shared.readout");
    EXPECT_NE(unwritten.find(", bank 11: nobody has written it yet"), std::string::npos) << unwritten;
}

TEST_F(UiXray, BrokenKernelsTellTheirFaults) {
    Experiment e = two_blocks();
    e.spec.padding = {0, 1, 1};  // what the missing guard would keep out
    open(e);
    ASSERT_TRUE(rests());
    const auto now = news();
    ASSERT_TRUE(std::ranges::any_of(now->kernels, [](const auto& k) { return k.broken_on_purpose; }));
    choose_kernel("missing_guard");
    EXPECT_EQ(view().kernel, "missing_guard");
    ASSERT_TRUE(news()->counts);
    EXPECT_GT(news()->counts->fault_count, 0);
    window->press_ctrl('Z');
    ASSERT_TRUE(rests());
    EXPECT_EQ(view().kernel, "");
    EXPECT_EQ(news()->kernel, "naive");
}

TEST_F(UiXray, AnotherProblemKeepsWhatIsChosen) {
    Experiment e = two_blocks();
    e.xray.block = 1;
    e.xray.thread = 200;
    open(e);
    ASSERT_TRUE(rests());
    EXPECT_EQ(news()->block->block, 1);
    window->app().act(SetCount{CountField::out_channels, 1});
    ASSERT_TRUE(rests());
    EXPECT_EQ(news()->block->block, 0) << "the last one there is";
    EXPECT_EQ(view().block, 1) << "what was wanted is kept";
    window->app().act(SetCount{CountField::out_channels, 8});
    ASSERT_TRUE(rests());
    EXPECT_EQ(news()->block->block, 1);
    window->app().act(SetAxis{AxisField::stride, axis_width, 0, false});
    window->frames(3);
    EXPECT_TRUE(window->widget("tab.xray")) << "an illegal problem is lived with";
}

}  // namespace
}  // namespace convscope
