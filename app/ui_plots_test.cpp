// The plots of the Times panel in the window: their numbers, and what the mouse learns.
#include <gtest/gtest.h>
#include <imgui.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "core/files/image.h"
#include "core/text.h"
#include "panels/plot_data.h"
#include "ui_fixture.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using Plot = PanelMemory::Plot;
constexpr std::array all_plots{Plot::bars, Plot::history, Plot::spread, Plot::roofline};
constexpr std::array plot_names{"plot.bars", "plot.history", "plot.spread", "plot.roofline"};

size_t lines_in(const std::string& text) {
    return static_cast<size_t>(std::ranges::count(text, '\n'));
}

bool contains(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

// A window that is really there, and beside it states made by hand.
class Plots : public Ui {
  protected:
    void SetUp() override {
        Ui::SetUp();
        if (IsSkipped()) return;
        open(small());
        textures = std::make_unique<gl::TensorTextures>();
        painter = std::make_unique<gl::TensorPainter>();
        made = std::make_shared<Result>(Result{problem, {}});
        made->rows = {
            timed("gpu", "tile", 0.5, {{.bandwidth_gbs = 2000, .fp32_tflops = 50, .tf32_tflops = 400}}),
            timed("cpu", "onednn", 2, {{.bandwidth_gbs = 20, .fp32_tflops = 0.1}}),
            timed("cpu", "direct", 8, {{.bandwidth_gbs = 20, .fp32_tflops = 0.1}})};
    }
    void TearDown() override {
        textures.reset();
        painter.reset();
    }
    // 11 samples from 0.9 to 1.4 times the median.
    KernelResult timed(const char* device, const char* kernel, double median_ms,
                       std::optional<Ceilings> ceilings) {
        KernelResult row;
        row.choice = {device, kernel};
        row.status = KernelResult::Status::done;
        row.verification.state = Verification::State::verified;
        row.ceilings = ceilings;
        Timing t;
        t.median_ms = median_ms;
        t.p20_ms = median_ms * 0.95;
        t.p80_ms = median_ms * 1.1;
        for (const double factor : {0.9, 0.92, 0.95, 0.96, 0.97, 1.0, 1.02, 1.05, 1.1, 1.2, 1.4})
            t.samples_ms.push_back(median_ms * factor);
        t.gbs = problem.minimal_bytes() / median_ms / 1e6;
        t.tflops = problem.flops() / median_ms / 1e9;
        row.timing = t;
        return row;
    }
    State state() {
        State s{.experiment = experiment,
                .settings = settings,
                .history = history,
                .textures = *textures,
                .painter = *painter};
        s.result = made;
        return s;
    }
    // The panel alone, in a corner; the mouse is where the window last had it.
    void draw(const State& s, Plot plot, ImVec2 size = {333, 184}, int frames = 40) {
        PanelMemory memory;
        memory.plot = plot;
        Post post;
        for (int i = 0; i < frames; ++i) {
            ImGui::NewFrame();
            registry().new_frame();
            ImGui::SetNextWindowPos({0, 0});
            ImGui::SetNextWindowSize(size);
            ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
            ImGui::Begin("times alone", nullptr,
                         ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings);
            draw_times_panel(s, memory, post);
            ImGui::End();
            ImGui::PopStyleVar();
            ImGui::Render();
            ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
        }
        registry().new_frame();
    }
    std::string csv_of(size_t plot) {
        window->click(plot_names[plot]);
        window->click("plot.csv");
        return ImGui::GetClipboardText();
    }

    Experiment experiment = small();
    Problem problem{experiment.spec};
    Settings settings{};
    std::vector<HistoryEntry> history{};
    std::shared_ptr<Result> made;
    std::unique_ptr<gl::TensorTextures> textures;
    std::unique_ptr<gl::TensorPainter> painter;
};

TEST_F(Plots, EveryTabCopiesItsOwnNumbers) {
    ASSERT_EQ(result().rows.size(), 3u) << "the simulator has a row and no time";
    const std::string bars = csv_of(0), over_changes = csv_of(1), spread = csv_of(2), roofline = csv_of(3);
    EXPECT_TRUE(bars.starts_with("experiment,problem,device,kernel,median_ms,")) << bars;
    EXPECT_EQ(lines_in(bars), 3u) << bars;
    EXPECT_TRUE(contains(bars, cat("\npresent,\"", result().problem.text(), "\",cpu,onednn,"))) << bars;
    EXPECT_TRUE(over_changes.starts_with("changes_ago,problem,device,kernel,median_ms\n0,")) << over_changes;
    EXPECT_EQ(lines_in(over_changes), 3u);
    size_t samples = 0;
    for (const KernelResult& row : result().rows)
        if (row.timing) samples += row.timing->samples_ms.size();
    EXPECT_TRUE(spread.starts_with("device,kernel,run,time_ms\ncpu,onednn,0,")) << spread;
    EXPECT_EQ(lines_in(spread), 1 + samples);
    EXPECT_TRUE(roofline.starts_with("device,kernel,intensity_flop_per_byte,rate_tflop_per_s,")) << roofline;
}

TEST_F(Plots, TheHistoryGrowsByOneAChange) {
    EXPECT_EQ(lines_in(csv_of(1)), 1 + 2u);
    for (const char* stride : {"2", "3", "1"}) {
        window->enter_number("stride.width", stride);
        ASSERT_TRUE(window->wait_for_result());
    }
    const std::string csv = csv_of(1);
    EXPECT_EQ(lines_in(csv), 1 + 4 * 2u) << csv;
    EXPECT_TRUE(contains(csv, "\n3,")) << csv;
    EXPECT_FALSE(contains(csv, "\n4,")) << csv;
    window->wheel("view.input", 3);
    EXPECT_EQ(csv_of(1), csv) << "looking differently is no change";
}

TEST_F(Plots, RefinedTimesReplaceTheFirstOfTheirChange) {
    AppOptions options = app_options(small(), CONVSCOPE_BINARY_DIR "/modules");
    options.refine = true;
    textures.reset();
    painter.reset();
    window.reset();
    window = std::make_unique<OffscreenApp>(usual, options);
    ASSERT_TRUE(window->wait_for_rest());
    const std::string csv = csv_of(1);
    EXPECT_EQ(lines_in(csv), 1 + 2u) << csv;
    for (const KernelResult& row : result().rows)
        if (row.timing) {
            EXPECT_TRUE(
                contains(csv, cat(row.choice.kernel, ",", number_text(row.timing->median_ms, 7), "\n")))
                << csv;
        }
}

TEST_F(Plots, TheMouseLearnsTheNumbersOfABar) {
    window->hover("plot.row.cpu onednn");
    window->frames(40);
    const Timing& t = *result().rows.front().timing;
    EXPECT_TRUE(contains(shown_tooltip(), "cpu onednn\nmedian " + milliseconds_text(t.median_ms)))
        << shown_tooltip();
    EXPECT_TRUE(contains(shown_tooltip(), cat(t.samples_ms.size(), " runs"))) << shown_tooltip();
    window->mouse_away();
    EXPECT_EQ(shown_tooltip(), "");
}

TEST_F(Plots, TheMouseLearnsWhatAStripHolds) {
    window->click("plot.spread");
    window->hover("plot.row.cpu direct");
    window->frames(40);
    EXPECT_TRUE(shown_tooltip().starts_with("cpu direct\n")) << shown_tooltip();
    EXPECT_EQ(plot_tip(state(), Plot::spread, 1),
              "cpu onednn\n11 runs, median 2 ms\n20th to 80th percentile 1.9 ms … 2.2 ms\nleast 1.8 ms, most "
              "2.8 ms");
}

TEST_F(Plots, TheMouseLearnsTheChangeItPointsAt) {
    window->enter_number("stride.width", "2");
    ASSERT_TRUE(window->wait_for_result());
    window->click("plot.history");
    const WidgetRect area = *window->widget("plot.changes");
    window->hover_at(area.to.x - 6, area.centre().y);
    window->frames(40);
    EXPECT_TRUE(shown_tooltip().starts_with(result().problem.text() + "\nthe last change\ncpu onednn  "))
        << shown_tooltip();
    window->hover_at(area.from.x + 1, area.centre().y);
    window->frames(2);
    EXPECT_TRUE(contains(shown_tooltip(), "\n1 change ago\n")) << shown_tooltip();
    EXPECT_FALSE(contains(shown_tooltip(), "stride")) << shown_tooltip();
}

TEST_F(Plots, ThePlotCanBeSavedAsItStands) {
    const fs::path folder = fs::temp_directory_path() / cat("convscope_plots_", getpid());
    fs::create_directories(folder);
    for (const char* name : plot_names) {
        window->click(name);
        ASSERT_TRUE(window->widget("plot"));
        EXPECT_TRUE(window->widget("plot.png"));
        const std::string file = folder / (std::string(name) + ".png");
        window->app().command({Command::Kind::save_view, file, "plot"});
        ASSERT_TRUE(becomes([&] { return fs::exists(file); })) << window->app().banner();
        const WidgetRect plot = *window->widget("plot");
        EXPECT_NEAR(double(read_image(file).shape[3]), plot.to.x - plot.from.x, 1);
        EXPECT_NEAR(double(read_image(file).shape[2]), plot.to.y - plot.from.y, 1);
    }
    fs::remove_all(folder);
}

TEST_F(Plots, KernelsStandUnderTheirDevicesRoof) {
    const RooflineData data = roofline_data(state());
    ASSERT_EQ(data.roofs.size(), 2u);
    ASSERT_EQ(data.points.size(), 3u);
    EXPECT_EQ(data.points[0].label, "gpu tile");
    EXPECT_EQ(data.points[2].roof, 1u);
    EXPECT_DOUBLE_EQ(data.points[1].intensity, problem.flops() / problem.minimal_bytes());
    EXPECT_DOUBLE_EQ(data.points[1].tflops, problem.flops() / 2e9);
    const std::string csv = plot_csv(state(), Plot::roofline);
    EXPECT_EQ(lines_in(csv), 4u);
    EXPECT_TRUE(contains(csv, ",2000,50,400\ncpu,onednn,")) << csv;
    EXPECT_TRUE(contains(csv, ",20,0.1,\n")) << "no tf32: an empty cell\n" << csv;
}

TEST_F(Plots, ARooflineWithoutCeilingsSaysSo) {
    for (KernelResult& row : made->rows) row.ceilings.reset();
    EXPECT_TRUE(roofline_data(state()).roofs.empty());
    EXPECT_EQ(lines_in(plot_csv(state(), Plot::roofline)), 1u);
    draw(state(), Plot::roofline, {333, 184}, 2);
    EXPECT_FALSE(registry().find("plot.roof"));
    made->rows[1].ceilings = Ceilings{.bandwidth_gbs = 20, .fp32_tflops = 0.1};
    const RooflineData data = roofline_data(state());
    ASSERT_EQ(data.points.size(), 1u);
    EXPECT_EQ(data.points[0].label, "onednn") << "one device goes without saying";
    draw(state(), Plot::roofline, {333, 184}, 2);
    EXPECT_TRUE(registry().find("plot.roof"));
}

TEST_F(Plots, TheMouseLearnsAPointsShareOfTheRoof) {
    const std::optional<Ceilings> cpu = made->rows[1].ceilings;
    made->rows = {timed("cpu", "onednn", 0.008, cpu), timed("cpu", "direct", 8, cpu)};
    draw(state(), Plot::roofline, {333, 184}, 2);
    const auto point = registry().find("plot.point.direct");
    ASSERT_TRUE(point);
    window->hover_at(point->centre().x, point->centre().y);
    draw(state(), Plot::roofline);
    const double intensity = problem.flops() / problem.minimal_bytes();
    const double roof = std::min(0.1, intensity * 0.02), share = problem.flops() / 8e9 / roof * 100;
    EXPECT_TRUE(shown_tooltip().starts_with(cat("cpu direct\n", number_text(intensity, 3), " FLOP/byte, ")))
        << shown_tooltip();
    EXPECT_TRUE(contains(shown_tooltip(), cat("\n", number_text(share, 2), " % of ", rate_text(roof))))
        << shown_tooltip();
    EXPECT_EQ(plot_tip(state(), Plot::roofline, 1), shown_tooltip());
    made->rows[0] = timed("cpu", "onednn", 8, cpu);
    draw(state(), Plot::roofline, {333, 184}, 2);
    const auto both = registry().find("plot.point.direct");
    window->hover_at(both->centre().x, both->centre().y);
    draw(state(), Plot::roofline);
    EXPECT_EQ(shown_tooltip(),
              cat(plot_tip(state(), Plot::roofline, 0), "\n", plot_tip(state(), Plot::roofline, 1)));
    window->hover_at(point->centre().x + 60, point->centre().y);
    draw(state(), Plot::roofline);
    EXPECT_EQ(shown_tooltip(), "Measured ceilings\n20 GB/s, 100 GFLOP/s fp32");
}

TEST_F(Plots, AWrongAnswerHasNeitherBarNorPoint) {
    made->rows[1].verification.state = Verification::State::wrong;
    EXPECT_EQ(bars(state()).size(), 2u);
    EXPECT_EQ(spread_rows(state()).size(), 2u);
    EXPECT_EQ(roofline_data(state()).points.size(), 2u);
    for (const Plot plot : all_plots) EXPECT_FALSE(contains(plot_csv(state(), plot), "onednn"));
}

TEST_F(Plots, ThePinnedExperimentStandsBeside) {
    auto a = std::make_shared<Result>(Result{problem, {}});
    a->rows = {timed("cpu", "other", 1, {}), timed("cpu", "onednn", 4, {})};
    const Pinned pinned{experiment, a, {"cpu", "onednn"}};
    State s = state();
    s.pinned = &pinned;
    std::vector<std::string> labels;
    for (const Bar& bar : bars(s)) labels.push_back(bar.label);
    EXPECT_EQ(labels, (std::vector<std::string>{"gpu tile", "cpu onednn", "A · cpu onednn", "cpu direct",
                                                "A · cpu other"}));
    EXPECT_TRUE(bars(s)[2].hollow);
    EXPECT_FALSE(bars(s)[1].hollow);
    EXPECT_TRUE(contains(plot_csv(s, Plot::bars), cat("\nA,\"", problem.text(), "\",cpu,onednn,4,")))
        << plot_csv(s, Plot::bars);
    EXPECT_TRUE(plot_tip(s, Plot::bars, 2).starts_with(cat("A · cpu onednn\n", problem.text())));
    s.result.reset();
    EXPECT_EQ(bars(s).size(), 2u) << "A alone";
}

TEST_F(Plots, StaleResultsAreFaded) {
    history.push_back({problem.text(), {{{"cpu", "onednn"}, 2}}});
    State fresh = state(), stale = state();
    stale.stale = true;
    const auto same = [](const ImVec4& a, const ImVec4& b) { return packed(a) == packed(b); };
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_FALSE(same(bars(fresh)[i].colour, bars(stale)[i].colour));
        EXPECT_FALSE(same(bars(fresh)[i].ink, bars(stale)[i].ink));
        EXPECT_FALSE(same(spread_rows(fresh)[i].colour, spread_rows(stale)[i].colour));
        EXPECT_FALSE(same(roofline_data(fresh).points[i].colour, roofline_data(stale).points[i].colour));
    }
    EXPECT_FALSE(same(history_lines(fresh)[0].colour, history_lines(stale)[0].colour));
}

TEST_F(Plots, LinesHaveGapsWhereAKernelWasNotTimed) {
    const KernelChoice one{"cpu", "onednn"}, two{"cpu", "direct"};
    history = {{"first", {{one, 1}, {two, 3}}}, {"second, wider", {{one, 2}}}, {"third", {{two, 5}}}};
    const std::vector<HistoryLine> lines = history_lines(state());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].values[1], 2);
    EXPECT_TRUE(std::isnan(lines[0].values[2]));
    EXPECT_TRUE(std::isnan(lines[1].values[1]));
    EXPECT_EQ(plot_csv(state(), Plot::history),
              "changes_ago,problem,device,kernel,median_ms\n2,first,cpu,onednn,1\n2,first,cpu,direct,3\n"
              "1,\"second, wider\",cpu,onednn,2\n0,third,cpu,direct,5\n");
    EXPECT_EQ(plot_tip(state(), Plot::history, 1), "second, wider\n1 change ago\ncpu onednn  2 ms");
}

TEST_F(Plots, AKernelKeepsItsColour) {
    State s = state();
    s.devices = std::make_shared<Devices>(find_devices(CONVSCOPE_BINARY_DIR "/modules"));
    const std::vector<KernelChoice> before = series_order(s);
    ASSERT_GE(before.size(), 2u);
    EXPECT_EQ(before[0].device, "cpu") << "whatever other devices are there";
    history.push_back({"older", {{{"cpu", "unheard_of"}, 1}}});
    std::vector<KernelChoice> after = series_order(s);
    EXPECT_EQ(after.back(), (KernelChoice{"cpu", "unheard_of"}));
    after.pop_back();
    EXPECT_EQ(after, before);
}

// Every plot with everything in it, in panels from nothing to a wall: nothing may fail or leave the panel.
TEST_F(Plots, AnyPanelSizeIsDrawn) {
    for (int i = 0; i < 200; ++i)
        history.push_back(
            {cat("change ", i), {{{"cpu", "onednn"}, 1.0 + i % 7}, {{"gpu", "tile"}, 1e-4 * (i + 1)}}});
    for (int i = 0; i < 30; ++i)
        made->rows.push_back(timed("cpu", cat("kernel_", i).c_str(), 1e-3 * (i + 1), {}));
    for (const ImVec2 size :
         {ImVec2(1, 1), ImVec2(30, 200), ImVec2(400, 50), ImVec2(250, 133), ImVec2(1200, 700)})
        for (const Plot plot : all_plots) {
            draw(state(), plot, size, 2);
            const auto box = registry().find("plot");
            ASSERT_TRUE(box);
            EXPECT_LE(box->to.x, std::max(size.x, 32.0f));
        }
}

double luminance(const ImVec4& colour) {
    const auto linear = [](float c) {
        return c <= 0.04045f ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.x) + 0.7152 * linear(colour.y) + 0.0722 * linear(colour.z);
}

TEST_F(Plots, SeriesStandOutFromThePanelAndFromEachOther) {
    for (const Theme theme : {Theme::dark, Theme::light}) {
        apply_theme(theme, 1);
        for (size_t i = 0; i < 7; ++i) {
            const double a = luminance(series_colour(i)), b = luminance(palette().panel);
            EXPECT_GE((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05), 3) << i;
            for (size_t k = 0; k < i; ++k) EXPECT_NE(packed(series_colour(i)), packed(series_colour(k)));
        }
        EXPECT_EQ(packed(series_colour(7)), packed(series_colour(0)));
    }
}

}  // namespace
}  // namespace convscope
