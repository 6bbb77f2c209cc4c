// The Source tab and the figures of the X-ray tab, driven as a person would.
#include <imgui.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/files/test_files.h"
#include "core/text.h"
#include "ui_fixture.h"
#include "views/xray_figures.h"
#include "views/xray_map.h"
#include "widgets/layout.h"
#include "xray/occupancy.h"

namespace convscope {
namespace {

const std::string modules = CONVSCOPE_BINARY_DIR "/modules";

class UiSource : public Ui {
  protected:
    // The small experiment (1×2×9×11, 3×3, 4 outputs) or a depthwise one with padding on this tab; its grid
    // is counted.
    void open_tab(Tab tab, const XrayView& view, Operator op = Operator::conv2d,
                  const std::array<int64_t, 3>& input = {1, 9, 11}) {
        Experiment e = small();
        e.spec.op = op;
        e.spec.input = {input[0], input[1], input[2]};
        if (op == Operator::depthwise_conv2d) {
            e.spec.out_channels.reset();
            e.spec.padding = {0, 1, 1};
        }
        e.tab = tab;
        e.xray = view;
        open(e, {1600, 1000});
        ASSERT_TRUE(becomes([&] { return window->app().xray()->counts != nullptr; }))
            << window->app().xray()->error << window->app().xray()->counts_error;
        window->frames(3);
    }
    const XrayNews& news() { return *window->app().xray(); }
    bool shows(const std::string& name) { return window->widget(name).has_value(); }
    // The tooltip that appears where the mouse rests on the widget.
    std::string tip(const std::string& name) {
        window->mouse_away();
        window->hover(name);
        window->frames(30);
        return shown_tooltip();
    }
    // The number of the only line of a kernels' file with these words.
    static int line_with(const std::string& file, const std::string& words) {
        const std::vector<std::string> lines = xray::source_text(modules, file);
        int found = 0;
        for (size_t i = 0; i < lines.size(); ++i)
            if (lines[i].find(words) != std::string::npos) {
                EXPECT_EQ(found, 0) << words << " stands in two lines";
                found = static_cast<int>(i) + 1;
            }
        EXPECT_GT(found, 0) << words;
        return found;
    }
    static std::string clipboard() {
        const char* text = ImGui::GetClipboardText();
        return text ? text : "";
    }
};

// Sectors of one tap's two loads over all warps of the naive kernel on the small experiment: addresses worked
// out from the formula of the convolution, not from the kernel.
int64_t sectors_of_naive_loads() {
    int64_t sectors = 0;
    for (int first = 0; first < 252; first += 32)
        for (int channel = 0; channel < 2; ++channel)
            for (int i = 0; i < 3; ++i)
                for (int j = 0; j < 3; ++j) {
                    std::set<int> inputs, weights;
                    for (int e = first; e < std::min(first + 32, 252); ++e) {
                        const int column = e % 9, row = e / 9 % 7, out_channel = e / 63;
                        inputs.insert((channel * 99 + (row + i) * 11 + column + j) * 4 / 32);
                        weights.insert(((out_channel * 2 + channel) * 9 + i * 3 + j) * 4 / 32);
                    }
                    sectors += static_cast<int64_t>(inputs.size() + weights.size());
                }
    return sectors;
}

TEST_F(UiSource, CountsStandBesideTheLinesOfTheKernel) {
    open_tab(Tab::source, {.kernel = "naive"});
    const int taps = line_with("conv2d/naive.cu", "sum += window[");
    const int stores = line_with("conv2d/naive.cu", "output[element] = sum;");
    ASSERT_TRUE(shows(cat("source.line.", taps)));
    // 4·7·9 = 252 outputs are 8 warps. Each runs 2·3·3 taps of two loads, without a border: 8·18·2 requests.
    const std::string loads = tip(cat("source.line.", taps, ".requests"));
    EXPECT_EQ(
        loads.rfind(cat("288 load requests touch ", grouped_digits(sectors_of_naive_loads()), " sectors"), 0),
        0u)
        << loads;
    // The stores are 252 neighbouring floats: 7 warps of 4 sectors, and one of 28 floats in 4.
    const std::string stored = tip(cat("source.line.", stores, ".sectors"));
    EXPECT_EQ(
        stored.rfind("8 store requests touch 32 sectors of 32 bytes, 4.00 a request; 4.00 would do.", 0), 0u)
        << stored;
    EXPECT_FALSE(shows(cat("source.line.", taps - 1, ".requests")));
}

TEST_F(UiSource, TheKernelsFactsAndPlanStandBesideItsText) {
    open_tab(Tab::source, {.kernel = "implicit_gemm"});
    for (const char* name :
         {"source.idea", "source.traffic", "source.wins_when", "source.step.0", "source.step.1"})
        EXPECT_TRUE(shows(name)) << name;
    EXPECT_FALSE(shows("source.step.2"));
    // Accesses lie in the headers as well, and they can be read.
    ASSERT_TRUE(shows("source.file.common/gemm_tiles.h"));
    window->click("source.file.common/gemm_tiles.h");
    window->frames(3);
    EXPECT_EQ(news().kernel, "implicit_gemm");
    window->click("source.kernel.naive");
    ASSERT_TRUE(becomes([&] { return news().kernel == "naive" && news().counts; }));
    window->frames(3);
    EXPECT_FALSE(shows("source.file.common/gemm_tiles.h"));
    EXPECT_TRUE(shows("source.file.conv2d/naive.cu"));
    EXPECT_EQ(window->experiment().xray.kernel, "naive");
}

TEST_F(UiSource, FindGoesFromLineToLine) {
    open_tab(Tab::source, {.kernel = "naive"});
    const int info = line_with("conv2d/naive.cu", "KernelInfo info()");
    EXPECT_FALSE(shows(cat("source.line.", info)));  // the view begins at the kernel
    window->press_key(compat::Key::f, true);
    window->frames(3);
    window->type("KernelInfo info");
    window->press_enter();
    ASSERT_TRUE(becomes([&] { return shows(cat("source.line.", info)); }));
}

TEST_F(UiSource, WhereThereIsNoMachineCodeASentenceSaysWhy) {
    open_tab(Tab::source, {.kernel = "naive"});
    std::string why_not;
    const bool any = !xray::machine_code(modules, "conv2d/naive.cu", xray::CodeKind::sass, why_not).empty();
    window->click("source.side.sass");
    window->frames(2);
    EXPECT_EQ(shows("machine.line.1"), any);
    EXPECT_EQ(shows("machine.why_not"), !any);
    // A second click hides the side.
    window->click("source.side.sass");
    window->frames(2);
    EXPECT_FALSE(shows("machine.why_not"));
    EXPECT_FALSE(shows("machine.line.1"));
}

TEST_F(UiSource, AKernelOfTheSameNameOfAnotherOperatorShowsItsOwnFile) {
    open_tab(Tab::source, {.kernel = "naive"});
    ASSERT_TRUE(shows("source.file.conv2d/naive.cu"));
    const int taps = line_with("conv2d/naive.cu", "sum += window[");
    window->click(cat("source.line.", taps));
    const int other = line_with("depthwise/naive.cu", "__restrict__ input");
    window->app().act(SetTab{Tab::explore});
    window->app().act(SetOperator{Operator::depthwise_conv2d});
    window->frames(3);
    window->app().act(SetTab{Tab::source});
    ASSERT_TRUE(becomes([&] { return shows("source.file.depthwise/naive.cu") && news().counts; }));
    window->frames(60);
    EXPECT_EQ(news().kernel, "naive");
    // Each line is copied as it is read.
    ASSERT_TRUE(shows(cat("source.line.", other)));
    window->hover(cat("source.line.", other));
    window->press_key(compat::Key::c, true);
    const auto text = xray::source_text(modules, "depthwise/naive.cu");
    EXPECT_EQ(clipboard(), text.at(static_cast<size_t>(other) - 1));
    // What was lit in the other file is forgotten on the X-ray tab, too.
    window->app().act(SetTab{Tab::xray});
    ASSERT_TRUE(becomes([&] { return news().block && shows("xray.line"); }));
    window->frames(60);
    const int stores = line_with("depthwise/naive.cu", "output[element] = sum;");
    EXPECT_TRUE(shows(cat("xray.source.line.", stores)));
}

TEST_F(UiSource, CtrlCCopiesTheLineUnderTheMouse) {
    open_tab(Tab::source, {.kernel = "naive"});
    const int taps = line_with("conv2d/naive.cu", "sum += window[");
    window->hover(cat("source.line.", taps));
    window->press_key(compat::Key::c, true);
    window->frames(3);
    EXPECT_EQ(clipboard(), xray::source_text(modules, "conv2d/naive.cu").at(static_cast<size_t>(taps) - 1));
}

// A modules folder like the build's, with machine code of the naive kernel made by hand. PTX: 300
// instructions of the first line of the file, and then one of the line of the taps. SASS: one of the line of
// the taps, and then 400 of the first line.
class KeptCode {
  public:
    explicit KeptCode(int taps) {
        for (const auto& entry : std::filesystem::directory_iterator(modules))
            if (entry.path().filename() != "gpu_code")
                std::filesystem::create_symlink(entry.path(), folder_ / entry.path().filename().string());
        std::filesystem::create_directories(folder_ / "gpu_code");
        std::ofstream ptx(folder_ / "gpu_code/conv2d.naive.sm_80.ptx");
        ptx << ".target sm_80\n.visible .entry _ZN9convscope6conv2d5naive12conv2d_naiveEv()\n{\n";
        ptx << "\t.loc\t1 1 1\n\tmov.u32 %r1, 0;\n";
        for (int i = 0; i < 300; ++i) ptx << "\tmov.u32 %r2, " << i << ";\n";
        ptx << "\t.loc\t1 " << taps << " 17\n\tld.global.f32 %f1, [%rd1];\n\tret;\n}\n";
        ptx << "\t.file\t1 \"conv2d/naive.cu\"\n";
        std::ofstream sass(folder_ / "gpu_code/conv2d.naive.sm_80.sass");
        const std::string symbol = "_ZN9convscope6conv2d5naive12conv2d_naiveEv";
        sass << "\t.target\tsm_80\n//--------------------- .text." << symbol << " ----\n" << symbol << ":\n";
        sass << "\t//## File \"conv2d/naive.cu\", line " << taps
             << "\n        /*0000*/ LDG.E R2, [R4.64] ;\n";
        sass << "\t//## File \"conv2d/naive.cu\", line 1\n";
        for (int i = 1; i <= 400; ++i) sass << "        /*" << 1000 + i << "*/ NOP ;\n";
    }
    std::string path() const { return folder_ / ""; }

  private:
    test_files::Folder folder_;
};

TEST_F(UiSource, SourceAndMachineCodeLightEachOther) {
    const int taps = line_with("conv2d/naive.cu", "sum += window[");
    const KeptCode kept(taps);
    Experiment e = small();
    e.tab = Tab::source;
    e.xray.kernel = "naive";
    AppOptions options = app_options(e, kept.path());
    options.refine = false;
    window = std::make_unique<OffscreenApp>(gl::PixelSize{1600, 1000}, options);
    ASSERT_TRUE(becomes([&] { return news().counts != nullptr; })) << news().error;
    window->click("source.side.ptx");
    window->frames(3);
    std::string why_not;
    const auto codes = xray::machine_code(kept.path(), "conv2d/naive.cu", xray::CodeKind::ptx, why_not);
    ASSERT_EQ(codes.size(), 1u) << why_not;
    const auto from_line = [&](int source_line) {
        const auto& lines = codes[0].lines;
        const auto at = std::ranges::find(lines, source_line, &xray::MachineCode::Line::source_line);
        return cat("machine.line.", at - lines.begin() + 1);
    };
    const std::string load = from_line(taps), first = from_line(1);
    ASSERT_TRUE(shows(first));
    ASSERT_FALSE(shows(load));  // far below
    window->click(cat("source.line.", taps));
    ASSERT_TRUE(becomes([&] { return shows(load); }));
    window->frames(60);  // until it rests
    EXPECT_FALSE(shows(first));
    EXPECT_FALSE(shows("source.line.1"));
    // A line that was clicked in the PTX is none of the SASS: there the line's own code is lit.
    window->click(load);
    window->click("source.side.sass");
    window->frames(60);
    EXPECT_TRUE(shows("machine.line.1"));
    window->click("source.side.ptx");
    ASSERT_TRUE(becomes([&] { return shows(load); }));
    window->frames(60);
    window->wheel("machine", 200);
    ASSERT_TRUE(becomes([&] { return shows(first); }));
    window->click(first);
    EXPECT_TRUE(becomes([&] { return shows("source.line.1"); }));
}

TEST_F(UiSource, TheTableOfLinesSortsAndLightsALine) {
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

TEST_F(UiSource, AClickOnAFaultSelectsItsThread) {
    open_tab(Tab::xray, {.kernel = "missing_guard", .panel = XrayPanel::faults}, Operator::depthwise_conv2d);
    ASSERT_FALSE(news().counts->faults.empty());
    EXPECT_TRUE(shows("faults.found"));
    ASSERT_TRUE(shows("fault.0"));
    window->click("fault.0");
    const sim::TraceFault& fault = news().counts->faults.front().fault;
    ASSERT_GE(fault.thread, 0);
    EXPECT_EQ(window->experiment().xray.block, fault.block);
    EXPECT_EQ(window->experiment().xray.thread, fault.thread);
    EXPECT_EQ(window->experiment().xray.warp, fault.thread / 32);
    // The first tap of thread 0 is above and left of the input: no element is at fault.
    EXPECT_LT(fault.place, 0);
    EXPECT_FALSE(shows("xray.fault_mark.input"));
    ASSERT_TRUE(shows("xray.fault_outside.input.before"));
    EXPECT_EQ(tip("xray.fault_outside.input.before"), fault.sentence + ".");
}

// 7×38 outputs by blocks of 32 columns, 30 apart: thread 0 of block 1 writes column 30, as block 0 did.
TEST_F(UiSource, AClickOnAFaultShowsItsRequestItsLineAndItsElement) {
    open_tab(Tab::xray, {.kernel = "double_write", .panel = XrayPanel::faults}, Operator::conv2d, {1, 9, 40});
    ASSERT_TRUE(shows("fault.0"));
    const xray::Fault fault = news().counts->faults.front();
    ASSERT_EQ(fault.fault.kind, sim::TraceFault::Kind::written_twice);
    ASSERT_FALSE(fault.places.empty());
    window->click("fault.0");
    const auto& view = window->experiment().xray;
    ASSERT_TRUE(becomes([&] { return view.position > 0; }));
    ASSERT_TRUE(window->wait_for_rest(60));
    EXPECT_EQ(news().block->block, fault.fault.block);
    const auto& record = news().block->records.at(static_cast<size_t>(view.position) - 1);
    const auto lane = static_cast<size_t>(fault.fault.thread % 32);
    EXPECT_EQ(record.offset, fault.fault.offset);
    EXPECT_EQ(record.warp, fault.fault.thread / 32);
    EXPECT_EQ(record.place[lane], fault.fault.place);
    EXPECT_EQ(news().block->places(record.offset), fault.places);
    window->frames(3);
    EXPECT_TRUE(shows(cat("xray.source.line.", fault.places.front().line)));
    EXPECT_TRUE(shows("xray.fault_mark.output"));
    window->hover("xray.fault_mark.output");
    window->frames(3);
    EXPECT_TRUE(shows("xray.output.readout"));
}

// A block writes 24 rows of outputs; of 25 nobody writes the last.
TEST_F(UiSource, OutputsThatNobodyWritesAreMarked) {
    open_tab(Tab::xray, {.kernel = "skipped_outputs", .panel = XrayPanel::faults}, Operator::conv2d,
             {1, 27, 11});
    ASSERT_FALSE(news().counts->faults.empty());
    EXPECT_EQ(news().counts->faults.front().fault.kind, sim::TraceFault::Kind::never_written);
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

TEST_F(UiSource, OurOwnKernelsHaveNoFaults) {
    open_tab(Tab::xray, {.kernel = "shared_tile", .panel = XrayPanel::faults});
    EXPECT_EQ(news().counts->fault_count, 0);
    EXPECT_TRUE(shows("faults.none"));
    EXPECT_FALSE(shows("faults.found"));
    EXPECT_FALSE(shows("fault.0"));
}

TEST_F(UiSource, TheComparisonListsEveryKernelWithItsOwnCounts) {
    open_tab(Tab::xray, {.kernel = "naive", .panel = XrayPanel::compare});
    window->app().command({Command::Kind::compare_kernels});
    ASSERT_TRUE(becomes([&] { return window->app().at_rest(); }, 60));
    window->frames(3);
    int counted_kernels = 0, skipped = 0;
    for (const xray::KernelName& kernel : xray::kernels(modules, Operator::conv2d)) {
        if (kernel.broken_on_purpose) {
            EXPECT_FALSE(shows("compare." + kernel.name)) << kernel.name;
            continue;
        }
        const auto row = std::ranges::find(news().compared, kernel.name, &XrayNews::Compared::kernel);
        ASSERT_NE(row, news().compared.end()) << kernel.name;
        ASSERT_NE(row->counts == nullptr, row->error.empty()) << kernel.name << row->error;
        if (!row->counts) {
            ++skipped;
            continue;
        }
        ++counted_kernels;
        xray::KernelXray own(modules, *news().problem, kernel.name);
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

TEST_F(UiSource, OccupancyIsTheChosenGpus) {
    open_tab(Tab::xray, {.kernel = "register_tile", .panel = XrayPanel::occupancy, .gpu = "H200 SXM"});
    const xray::GpuModel* gpu = xray::find_gpu_model("H200 SXM");
    ASSERT_NE(gpu, nullptr);
    const xray::StepFacts& step = news().steps.at(static_cast<size_t>(news().main_step));
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
