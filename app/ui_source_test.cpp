// The Source tab, driven as a person would.
#include <filesystem>
#include <fstream>
#include <set>

#include "core/files/test_files.h"
#include "ui_source_fixture.h"
#include "views/xray_map.h"

namespace convscope {
namespace {

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
    EXPECT_EQ(news()->kernel, "implicit_gemm");
    window->click("source.kernel.naive");
    ASSERT_TRUE(becomes([&] { return news()->kernel == "naive" && news()->counts; }));
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
    ASSERT_TRUE(becomes([&] { return shows("source.file.depthwise/naive.cu") && news()->counts; }));
    window->frames(60);
    EXPECT_EQ(news()->kernel, "naive");
    // Each line is copied as it is read.
    ASSERT_TRUE(shows(cat("source.line.", other)));
    window->hover(cat("source.line.", other));
    window->press_key(compat::Key::c, true);
    const auto text = xray::source_text(modules, "depthwise/naive.cu");
    EXPECT_EQ(clipboard(), text.at(static_cast<size_t>(other) - 1));
    // What was lit in the other file is forgotten on the X-ray tab, too.
    window->app().act(SetTab{Tab::xray});
    ASSERT_TRUE(becomes([&] { return news()->block && shows("xray.line"); }));
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
    ASSERT_TRUE(becomes([&] { return news()->counts != nullptr; })) << news()->error;
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

}  // namespace
}  // namespace convscope
