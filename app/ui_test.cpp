// Drives the whole window without a display, and asserts on data rather than on pixels.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "gl/key_latch.h"
#include "gl/slice_texture.h"
#include "ui_fixture.h"
#include "window.h"

namespace convscope {
namespace {

TEST_F(Ui, TypingAStrideComputesItsOutput) {
    open(small());
    expect_right();
    EXPECT_EQ(result().problem.output(), (Axes{1, 7, 9}));
    window->enter_number("stride.width", "2");
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec.stride, (Axes{1, 2, 2}));  // linked
    EXPECT_EQ(result().problem.output(), (Axes{1, 4, 5}));
    EXPECT_FALSE(window->app().stale());
    expect_right();
}

TEST_F(Ui, UnlinkedAxesChangeAlone) {
    open(small());
    window->click("padding.link");
    window->enter_number("padding.height", "3");
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec.padding, (Axes{0, 3, 0}));
    expect_right();
}

TEST_F(Ui, EveryOperatorCanBeChosen) {
    open(small());
    for (size_t i = 0; i < operators().size(); ++i) {
        window->click("operator");
        window->click("operator." + std::to_string(i));
        ASSERT_TRUE(window->wait_for_result());
        EXPECT_EQ(result().problem.op(), operators()[i].op);
        expect_right();
    }
}

TEST_F(Ui, DraggingStopsAtTheLegalLimit) {
    open(small());
    window->drag("kernel_size.width", 2000, 0);
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec.kernel_size, (Axes{1, 9, 9}));  // linked: 9 rows are the limit
    window->drag("kernel_size.width", -4000, 0);
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec.kernel_size, (Axes{1, 1, 1}));
    expect_right();
}

TEST_F(Ui, AnIllegalValueIsMarkedAndTheOldResultStays) {
    open(small());
    const ResultPtr before = window->app().result();
    window->enter_number("groups", "3");
    window->frames(3);
    EXPECT_EQ(window->experiment().spec.groups, 3);
    EXPECT_TRUE(window->widget("rule.groups")) << "the sentence under the field";
    EXPECT_TRUE(window->app().stale());
    ASSERT_TRUE(window->app().result());
    EXPECT_EQ(window->app().result()->problem, before->problem);
    window->enter_number("groups", "2");
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_FALSE(window->widget("rule.groups"));
    EXPECT_FALSE(window->app().stale());
    expect_right();
}

TEST_F(Ui, NothingThatCanBeTypedIsTooMuch) {
    open(small());
    const ResultPtr before = window->app().result();
    for (const std::string field :
         {"stride", "kernel_size", "padding", "dilation", "input", "groups", "batch", "in_channels"})
        for (const char* value : {"0", "-1", "9223372036854775807"}) {
            const bool has_axes = window->widget(field + ".width").has_value();
            window->enter_number(has_axes ? field + ".width" : field, value);
            window->frames(2);
            const bool legal = (field == "padding" && std::string_view(value) == "0");
            if (!legal) {
                EXPECT_FALSE(broken_rules(window->experiment().spec).empty()) << field << " " << value;
                const auto& names = registry().names();
                EXPECT_TRUE(std::ranges::any_of(names, [](const auto& n) { return n.starts_with("rule."); }))
                    << field << " " << value;
                EXPECT_EQ(window->app().result()->problem, before->problem) << field << " " << value;
            }
            while (!broken_rules(window->experiment().spec).empty()) window->press_ctrl('Z');
        }
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->experiment().spec, small().spec);
}

TEST_F(Ui, AFailedRequestIsTheBannerUntilOneSucceeds) {
    open(small());
    Experiment wrong = small();
    wrong.source = {.kind = InputSource::Kind::image, .path = "/no/such/picture.png"};
    window->app().act(ReplaceExperiment{wrong});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_NE(window->app().banner().find("/no/such/picture.png"), std::string::npos);
    wrong = small();
    wrong.device = "abacus";
    window->app().act(ReplaceExperiment{wrong});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_NE(window->app().banner().find("'abacus' is not known"), std::string::npos);
    wrong = small();
    wrong.weights.values = {1, 2};
    window->app().act(ReplaceExperiment{wrong});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_NE(window->app().banner().find("72 weights are needed for 4×2×3×3; 2 are given"),
              std::string::npos)
        << window->app().banner();
    window->app().act(ReplaceExperiment{small()});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(window->app().banner(), "");
    expect_right();
}

TEST_F(Ui, AShotOfAnExperimentWithoutAResultIsRefused) {
    const std::string folder = std::filesystem::temp_directory_path().string();
    const std::string file = folder + "/convscope_shot_test.json", out = folder + "/convscope_shot_test.png";
    const auto refusal = [&](const Experiment& e) {
        save_experiment(file, e);
        try {
            draw_shot({.out = out,
                       .experiment_file = file,
                       .width = 640,
                       .height = 480,
                       .modules_folder = CONVSCOPE_BINARY_DIR "/modules"});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::request);
            return std::string(error.what());
        }
        return std::string();
    };
    Experiment illegal = small(), missing = small(), device = small();
    illegal.spec.stride = {1, 0, 0};
    missing.source = {.kind = InputSource::Kind::image, .path = "/no/such/picture.png"};
    device.device = "abacus";
    EXPECT_NE(refusal(illegal).find("stride"), std::string::npos);
    EXPECT_NE(refusal(missing).find("/no/such/picture.png"), std::string::npos);
    EXPECT_NE(refusal(device).find("abacus"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(out));
    EXPECT_EQ(refusal(small()), "");
    EXPECT_TRUE(std::filesystem::remove(out));
    std::filesystem::remove(file);
}

#if IMGUI_VERSION_NUM < 18700
TEST_F(Ui, AKeyPressedAndReleasedBetweenFramesCounts) {
    open(small());
    gl::KeyLatch latch;
    const auto frame = [&] { window->app().frame([&] { latch.new_frame([](int) { return false; }); }); };
    window->app().act(SetBias{true});
    window->app().act(SetAxis{AxisField::padding, axis_width, 1, true});
    constexpr int control = 2, z = 90;  // GLFW's numbers
    latch.press(z, control);
    latch.press(z, control);
    frame();
    EXPECT_TRUE(window->experiment().spec.bias);
    EXPECT_EQ(window->experiment().spec.padding, (Axes{0, 0, 0}));
    for (int i = 0; i < 3; ++i) frame();
    EXPECT_FALSE(window->experiment().spec.bias) << "the second press";
    EXPECT_FALSE(ImGui::GetIO().KeyCtrl);
}
#endif

TEST_F(Ui, LookingDifferentlyUploadsNothing) {
    open(small());
    ASSERT_TRUE(becomes([&] { return !window->app().prefetching(); }));
    const int64_t uploads = gl::upload_counters().uploads;
    const ResultPtr result_before = window->app().result();
    for (const char* map : {"viridis", "magma", "grey", "diverging", "automatic"}) {
        window->click("colours");
        window->click(std::string("colours.") + map);
    }
    for (const char* range : {"range.1", "range.2", "range.3", "range.0"}) {
        window->click("range");
        window->click(range);
    }
    window->wheel("view.output", 4);
    window->drag("view.output", 60, 30);
    window->wheel("view.input", -3);
    EXPECT_EQ(gl::upload_counters().uploads, uploads);
    for (int i = 0; i < 4; ++i) window->click("out_channel.next");
    window->click("in_channel.next");
    window->click("out_channel.previous");
    EXPECT_EQ(gl::upload_counters().uploads, uploads) << "the other channels had followed";
    EXPECT_EQ(window->app().result(), result_before) << "nothing was computed";
}

TEST_F(Ui, LinkedViewsMoveTogether) {
    open(small());
    window->wheel("view.input", 5);
    EXPECT_GT(window->experiment().display.input.zoom, 2);
    EXPECT_EQ(window->experiment().display.output, window->experiment().display.input);
    window->double_click("view.input");
    EXPECT_EQ(window->experiment().display.input, ViewBox{});
    window->click("linked");
    window->wheel("view.output", 5);
    EXPECT_EQ(window->experiment().display.input, ViewBox{});
    EXPECT_GT(window->experiment().display.output.zoom, 2);
}

TEST_F(Ui, UndoAndRedo) {
    open(small());
    const Experiment first = window->experiment();
    window->enter_number("padding.width", "2");
    window->click("bias");
    const Experiment last = window->experiment();
    EXPECT_TRUE(last.spec.bias);
    window->press_ctrl('Z');
    window->press_ctrl('Z');
    EXPECT_EQ(window->experiment(), first);
    window->press_ctrl('Y');
    window->press_ctrl('Y');
    EXPECT_EQ(window->experiment(), last);
    ASSERT_TRUE(window->wait_for_result());
    expect_right();
}

TEST_F(Ui, AnotherKernelsOutputIsShown) {
    open(small());
    window->click("kernel.cpu.direct.name");
    window->frames(2);
    ASSERT_TRUE(window->app().shown());
    EXPECT_EQ(window->app().shown()->choice, (KernelChoice{"cpu", "direct"}));
    window->click("kernel.cpu.direct");
    ASSERT_TRUE(window->wait_for_result());
    for (const KernelResult& row : result().rows) EXPECT_NE(row.choice, (KernelChoice{"cpu", "direct"}));
}

TEST_F(Ui, AWrongFileIsASentenceAndChangesNothing) {
    open(small());
    const Experiment before = window->experiment();
    const std::string damaged = (std::filesystem::temp_directory_path() / "convscope_ui_test.png").string();
    std::ofstream(damaged) << "this is not a picture";
    const std::string newer = (std::filesystem::temp_directory_path() / "convscope_ui_test.json").string();
    std::ofstream(newer) << "{\"convscope_experiment\": 99}";
    for (const std::string& path :
         {std::string("/no/such/file.npy"), damaged, newer, std::string("/etc/passwd")}) {
        window->app().command({Command::Kind::open_file, path});
        ASSERT_TRUE(becomes([&] { return !window->app().banner().empty(); })) << path;
        EXPECT_NE(window->app().banner().find(path), std::string::npos) << window->app().banner();
        window->frames(2);
        window->click("banner.dismiss");
        EXPECT_TRUE(window->app().banner().empty());
        EXPECT_EQ(window->experiment(), before);
    }
    ASSERT_TRUE(window->wait_for_result());
    expect_right();
    std::filesystem::remove(damaged);
    std::filesystem::remove(newer);
}

TEST_F(Ui, AnImageIsOpened) {
    open(small());
    window->app().command({Command::Kind::open_file, CONVSCOPE_SOURCE_DIR "/assets/images/chelsea.png"});
    ASSERT_TRUE(becomes([&] { return window->experiment().source.kind == InputSource::Kind::image; }));
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_EQ(result().problem.input(), (Axes{1, 300, 451}));
    EXPECT_EQ(result().problem.in_channels(), 3);
    EXPECT_TRUE(window->app().banner().empty());
}

TEST_F(Ui, TheNewestRequestWins) {
    const auto speed = std::make_shared<FakeSpeed>();
    speed->run_ms = 60'000;
    open_fake(speed);
    ASSERT_TRUE(becomes([&] { return speed->runs_started.load() == 1; }));
    EXPECT_FALSE(window->app().settled());
    window->app().act(SetAxis{AxisField::stride, axis_width, 2, true});
    ASSERT_TRUE(becomes([&] { return speed->runs_started.load() == 2; }));
    speed->run_ms = 0;
    const auto start = std::chrono::steady_clock::now();
    window->app().act(SetAxis{AxisField::stride, axis_width, 3, true});
    ASSERT_TRUE(window->wait_for_result());
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 5);
    EXPECT_EQ(result().problem.stride(), (Axes{1, 3, 3}));
}

TEST_F(Ui, CancelKeepsTheLastResult) {
    const auto speed = std::make_shared<FakeSpeed>();
    open_fake(speed);
    ASSERT_TRUE(window->wait_for_result());
    speed->run_ms = 60'000;
    window->app().act(SetAxis{AxisField::stride, axis_width, 2, true});
    ASSERT_TRUE(becomes([&] { return window->widget("cancel").has_value(); }));
    window->click("cancel");
    ASSERT_TRUE(becomes([&] { return !window->app().busy(); }));
    window->frames(2);
    EXPECT_TRUE(window->app().stale());
    EXPECT_EQ(result().problem.stride(), (Axes{1, 1, 1}));
    EXPECT_FALSE(window->app().trouble().empty());
}

TEST_F(Ui, ClosesWithinASecondWhileComputing) {
    const auto speed = std::make_shared<FakeSpeed>();
    speed->run_ms = 60'000;
    open_fake(speed);
    ASSERT_TRUE(becomes([&] { return speed->runs_started.load() == 1; }));
    const auto start = std::chrono::steady_clock::now();
    window.reset();
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 1.0);
}

TEST_F(Ui, NothingIsCutOffAtAnySize) {
    struct Size {
        gl::PixelSize pixels;
        float scale;
    };
    for (const Size& size : {Size{{1280, 720}, 1}, Size{{1600, 1000}, 1}, Size{{3840, 2160}, 2}}) {
        for (const ExperimentPreset& preset : experiment_presets()) {
            Experiment e = preset.make();
            e.spec.batch = 2;
            open(e, size.pixels, size.scale);
            const auto width = static_cast<float>(size.pixels.width),
                       height = static_cast<float>(size.pixels.height);
            for (const std::string& name : registry().names()) {
                const WidgetRect rect = *registry().find(name);
                EXPECT_GE(rect.from.x, 0) << preset.name << " " << name;
                EXPECT_LE(rect.to.x, width) << preset.name << " " << name << " at " << size.pixels.width;
                const bool scrolls = name.starts_with("kernel.");
                EXPECT_TRUE(scrolls || rect.to.y <= height)
                    << preset.name << " " << name << " at " << size.pixels.height;
            }
            EXPECT_TRUE(window->widget("formula.width"));
            window.reset();
        }
    }
}

// Not a limit on other people's machines: the figure is printed, and a tenfold excess fails.
TEST_F(Ui, AQuietFrameIsQuick) {
    open(first_experiment(), {1600, 1000});
    std::vector<double> times;
    for (int i = 0; i < 120; ++i) {
        const auto start = std::chrono::steady_clock::now();
        window->frames(1);
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    std::printf("frame at 1600x1000: least %.1f ms, median %.1f ms\n", times.front(),
                times[times.size() / 2]);
    EXPECT_LT(times.front(), 80);
}

// Printed, not judged: machines are noisy. What is asserted is that every change brought its own pixels.
TEST_F(Ui, ChangesBringPixelsAndTheirLatencyIsKnown) {
    open(first_experiment(), {1600, 1000});
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) {
        const int64_t dilation = 2 - i % 2;
        window->enter_number("dilation.height", i % 2 ? "1" : "2");
        window->wait_for_result();
        ASSERT_EQ(window->app().experiment().spec.dilation[axis_height], dilation);
        ASSERT_GT(window->app().latency_ms(), 0);
        times.push_back(window->app().latency_ms());
    }
    std::ranges::sort(times);
    std::printf("tweak to pixels, depthwise 3x3 on 1x3x512x512: median %.1f ms, slowest %.1f ms\n",
                times[times.size() / 2], times.back());
}

}  // namespace
}  // namespace convscope
