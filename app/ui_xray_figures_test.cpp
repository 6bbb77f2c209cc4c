// The X-ray tab's lower panel: counts by line, faults, kernels side by side, occupancy.
#include "ui_source_fixture.h"
#include "views/xray_figures.h"
#include "views/xray_map.h"
#include "xray/occupancy.h"

namespace convscope {
namespace {

using UiXrayFigures = UiSource;

TEST_F(UiXrayFigures, TheTableOfLinesSortsAndLightsALine) {
    open_tab(Tab::xray, {.kernel = "naive", .panel = XrayPanel::counts});
    const std::string taps = cat("counts.line.", line_with("conv2d/naive.cu", "sum += window["));
    const std::string stores = cat("counts.line.", line_with("conv2d/naive.cu", "output[element] = sum;"));
    const auto above = [&](const std::string& upper, const std::string& lower) {
        return window->widget(upper)->from.y < window->widget(lower)->from.y;
    };
    ASSERT_TRUE(shows(taps) && shows(stores));
    EXPECT_TRUE(above(taps, stores));  // by line
    window->click("counts.sort.line");
    EXPECT_TRUE(above(stores, taps));
    window->click("counts.sort.requests");  // 288 and 8
    EXPECT_TRUE(above(taps, stores));
    window->click("counts.sort.requests");
    EXPECT_TRUE(above(stores, taps));
    const std::string requests = tip("counts.load_requests");
    EXPECT_EQ(requests.rfind("load requests: 288\n", 0), 0u) << requests;
    EXPECT_EQ(tip("counts.reads_per_output").rfind("input reads per output: 18\n", 0),
              0u);  // 2·3·3, no padding
}

TEST_F(UiXrayFigures, AClickOnAFaultSelectsItsThread) {
    open_tab(Tab::xray, {.kernel = "missing_guard", .panel = XrayPanel::faults}, Operator::depthwise_conv2d);
    ASSERT_FALSE(news()->counts->faults.empty());
    EXPECT_TRUE(shows("faults.found"));
    ASSERT_TRUE(shows("fault.0"));
    window->click("fault.0");
    const sim::TraceFault fault = news()->counts->faults.front().fault;
    ASSERT_GE(fault.thread, 0);
    EXPECT_EQ(window->experiment().xray.block, fault.block);
    EXPECT_EQ(window->experiment().xray.thread, fault.thread);
    EXPECT_EQ(window->experiment().xray.warp, fault.thread / 32);
    // Where the thread stopped is its last request, which it did not make.
    ASSERT_TRUE(becomes([&] { return window->experiment().xray.position > 0; }));
    ASSERT_TRUE(window->wait_for_rest(60));
    const xray::BlockXrayPtr block = news()->block;
    const auto& record = block->records.at(static_cast<size_t>(window->experiment().xray.position) - 1);
    const auto lane = static_cast<size_t>(fault.thread % 32);
    EXPECT_EQ(record.offset, fault.offset);
    EXPECT_EQ(record.warp, fault.thread / 32);
    EXPECT_EQ(record.refused >> lane & 1u, 1u);
    EXPECT_EQ(record.place[lane], fault.place);
    EXPECT_EQ(record_places(*block, record), news()->counts->faults.front().places);
    // The first tap of thread 0 is above and left of the input: no element is at fault.
    EXPECT_LT(fault.place, 0);
    EXPECT_FALSE(shows("xray.fault_mark.input"));
    ASSERT_TRUE(shows("xray.fault_outside.input.before"));
    EXPECT_EQ(tip("xray.fault_outside.input.before"), fault.sentence + ".");
}

// 7×38 outputs by blocks of 32 columns, 30 apart: thread 0 of block 1 writes column 30, as block 0 did.
TEST_F(UiXrayFigures, AClickOnAFaultShowsItsRequestItsLineAndItsElement) {
    open_tab(Tab::xray, {.kernel = "double_write", .panel = XrayPanel::faults}, Operator::conv2d, {1, 9, 40});
    ASSERT_TRUE(shows("fault.0"));
    const xray::Fault fault = news()->counts->faults.front();
    ASSERT_EQ(fault.fault.kind, sim::TraceFault::Kind::written_twice);
    ASSERT_FALSE(fault.places.empty());
    window->click("fault.0");
    const auto& view = window->experiment().xray;
    ASSERT_TRUE(becomes([&] { return view.position > 0; }));
    ASSERT_TRUE(window->wait_for_rest(60));
    const xray::BlockXrayPtr block = news()->block;
    EXPECT_EQ(block->block, fault.fault.block);
    const auto& record = block->records.at(static_cast<size_t>(view.position) - 1);
    const auto lane = static_cast<size_t>(fault.fault.thread % 32);
    EXPECT_EQ(record.offset, fault.fault.offset);
    EXPECT_EQ(record.warp, fault.fault.thread / 32);
    EXPECT_EQ(record.place[lane], fault.fault.place);
    EXPECT_EQ(block->places(record.offset), fault.places);
    window->frames(3);
    EXPECT_TRUE(shows(cat("xray.source.line.", fault.places.front().line)));
    EXPECT_TRUE(shows("xray.fault_mark.output"));
    window->hover("xray.fault_mark.output");
    window->frames(3);
    EXPECT_TRUE(shows("xray.output.readout"));
}

// 9×11 outputs of 16×16 threads: of each of the first nine rows 11 threads wait for the others. A warp is two
// rows.
TEST_F(UiXrayFigures, AClickOnABarrierThatNotAllReachShowsWhoWaits) {
    open_tab(Tab::xray, {.kernel = "barrier_in_branch", .panel = XrayPanel::faults},
             Operator::depthwise_conv2d);
    ASSERT_FALSE(news()->counts->faults.empty());
    const sim::TraceFault fault = news()->counts->faults.front().fault;
    ASSERT_EQ(fault.kind, sim::TraceFault::Kind::stuck);
    window->click("fault.0");
    ASSERT_TRUE(becomes([&] { return window->experiment().xray.position > 0; }));
    ASSERT_TRUE(window->wait_for_rest(60));
    const xray::BlockXrayPtr block = news()->block;
    const auto& records = block->records;
    const auto at = static_cast<size_t>(window->experiment().xray.position) - 1;
    ASSERT_LT(at, records.size());
    EXPECT_EQ(records[at].what, sim::TraceRecord::What::stuck);
    EXPECT_EQ(records[at].warp, 0);
    EXPECT_EQ(records[at].lanes, 0x07FF'07FFu);
    EXPECT_EQ(records.size() - at, 5u) << "a record for each warp with threads that wait";
    EXPECT_EQ(records.back().lanes, 0x0000'07FFu);
    EXPECT_EQ(request_words(*block, records[at]), "22 lanes of warp 0 wait here in vain: others never come.");
    window->click("xray.panel.request");
    window->frames(3);
    ASSERT_TRUE(shows("xray.request.lanes"));
    EXPECT_FALSE(shows("xray.request.sector.0"));
    // Its middle is where lane 16 begins, which waits.
    EXPECT_EQ(tip("xray.request.lanes"), "Lane 16, thread 16\nwaits here.");
}

// A block writes 24 rows of outputs; of 25 nobody writes the last.
TEST_F(UiXrayFigures, OutputsThatNobodyWritesAreMarked) {
    open_tab(Tab::xray, {.kernel = "skipped_outputs", .panel = XrayPanel::faults}, Operator::conv2d,
             {1, 27, 11});
    ASSERT_FALSE(news()->counts->faults.empty());
    EXPECT_EQ(news()->counts->faults.front().fault.kind, sim::TraceFault::Kind::never_written);
    window->click("fault.0");
    ASSERT_TRUE(window->wait_for_rest(60));
    window->frames(3);
    ASSERT_TRUE(shows("xray.fault_mark.output"));
    const WidgetRect mark = *window->widget("xray.fault_mark.output");
    const WidgetRect first = *window->widget("xray.output.first_cell");
    const float cell = first.to.y - first.from.y;
    EXPECT_NEAR(mark.from.y, first.from.y + 24 * cell, 1) << "row 24";
    EXPECT_NEAR(mark.from.x, first.from.x, 1);
}

TEST_F(UiXrayFigures, OurOwnKernelsHaveNoFaults) {
    open_tab(Tab::xray, {.kernel = "shared_tile", .panel = XrayPanel::faults});
    EXPECT_EQ(news()->counts->fault_count, 0);
    EXPECT_TRUE(shows("faults.none"));
    EXPECT_FALSE(shows("faults.found"));
    EXPECT_FALSE(shows("fault.0"));
}

TEST_F(UiXrayFigures, TheComparisonListsEveryKernelWithItsOwnCounts) {
    open_tab(Tab::xray, {.kernel = "naive", .panel = XrayPanel::compare});
    window->app().command({Command::Kind::compare_kernels});
    ASSERT_TRUE(becomes([&] { return window->app().at_rest(); }, 60));
    window->frames(3);
    const auto now = news();
    int counted_kernels = 0, skipped = 0;
    for (const xray::KernelName& kernel : xray::kernels(modules, Operator::conv2d)) {
        if (kernel.broken_on_purpose) {
            EXPECT_FALSE(shows("compare." + kernel.name)) << kernel.name;
            continue;
        }
        const auto row = std::ranges::find(now->compared, kernel.name, &XrayNews::Compared::kernel);
        ASSERT_NE(row, now->compared.end()) << kernel.name;
        ASSERT_NE(row->counts == nullptr, row->error.empty()) << kernel.name << row->error;
        if (!row->counts) {
            ++skipped;
            continue;
        }
        ++counted_kernels;
        xray::KernelXray own(modules, *now->problem, kernel.name);
        EXPECT_EQ(row->counts->totals, own.counts({})->totals) << kernel.name;
    }
    EXPECT_GE(counted_kernels, 8);
    EXPECT_GE(skipped, 1);  // pointwise takes 1×1 windows only
    EXPECT_EQ(tip("compare.naive.load_requests"), "naive, load requests: 288");
    window->click("compare.csv");
    EXPECT_EQ(clipboard().rfind("kernel,input_reads,reads_per_output,", 0), 0u);
    // 252 outputs of 18 taps each.
    EXPECT_NE(clipboard().find("\nnaive,4536,18,4536,252,288,"), std::string::npos) << clipboard();
}

TEST_F(UiXrayFigures, OccupancyIsTheChosenGpus) {
    open_tab(Tab::xray, {.kernel = "register_tile", .panel = XrayPanel::occupancy, .gpu = "H200 SXM"});
    const xray::GpuModel* gpu = xray::find_gpu_model("H200 SXM");
    ASSERT_NE(gpu, nullptr);
    const auto now = news();
    const xray::StepFacts& step = now->steps.at(static_cast<size_t>(now->main_step));
    const auto resources = xray::kernel_resources(modules, step.function, gpu->capability);
    ASSERT_TRUE(resources) << step.function;
    const xray::Occupancy expected =
        xray::occupancy(*gpu, static_cast<int>(step.block.count()), resources->registers,
                        resources->shared_bytes + static_cast<int64_t>(step.shared_bytes), step.grid.count());
    EXPECT_EQ(tip("occupancy.at_once"), expected.sentence);
    window->mouse_away();
    window->click("occupancy.gpu");
    window->frames(3);
    const char* other = xray::gpu_models().front().name;
    ASSERT_STRNE(other, gpu->name);
    window->click(cat("occupancy.gpu.", other));
    EXPECT_EQ(window->experiment().xray.gpu, other);
}

}  // namespace
}  // namespace convscope
