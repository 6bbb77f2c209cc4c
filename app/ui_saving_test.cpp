// What is taken away from the window: experiments, pictures, tensors; and what happens where that fails.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/files/image.h"
#include "core/files/npy.h"
#include "core/text.h"
#include "ui_files_fixture.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using Kind = Command::Kind;

TEST_F(UiFiles, PicturesAreThePixelsOfTheFrame) {
    open_here(first_experiment());
    for (const std::string view : {"input", "weights", "output"}) {
        const std::string path = folder / (view + ".png");
        export_by_clicks({view}, view);
        ASSERT_TRUE(becomes([&] { return fs::exists(path); })) << window->app().banner();
        ASSERT_TRUE(saved());
        window->mouse_away();
        window->frames(2);
        const Tensor picture = read_image(path);
        const WidgetRect rect = *window->widget("view." + view);
        const auto left = int64_t(std::lround(rect.from.x)), top = int64_t(std::lround(rect.from.y));
        ASSERT_EQ(picture.shape, (Shape{1, 3, int64_t(std::lround(rect.to.y)) - top,
                                        int64_t(std::lround(rect.to.x)) - left}));
        const std::vector<uint8_t> frame = window->pixels();
        const int64_t height = picture.shape[2], width = picture.shape[3];
        for (int64_t c = 0; c < 3; ++c)
            for (int64_t y = 0; y < height; ++y)
                for (int64_t x = 0; x < width; ++x)
                    ASSERT_EQ(std::lround(picture.values[size_t((c * height + y) * width + x)] * 255),
                              frame[size_t(((top + y) * usual.width + left + x) * 4 + c)])
                        << view << " " << y << " " << x;
    }
    export_by_clicks({"window"}, "all");
    ASSERT_TRUE(becomes([&] { return fs::exists(folder / "all.png"); }));
    EXPECT_EQ(read_image(folder / "all.png").shape, (Shape{1, 3, usual.height, usual.width}));
    window->app().command({Kind::save_view, folder / "no.png", "view.nothing"});
    EXPECT_TRUE(complains("does not show 'view.nothing'"));
}

TEST_F(UiFiles, TensorsAreTheResultsOwn) {
    Experiment e = small();
    e.spec.op = Operator::separable_conv2d;
    e.spec.bias = true;
    open_here(e);
    const auto exported = [&](const std::string& name) {
        export_by_clicks({"tensor", "tensor." + name}, "t_" + name);
        EXPECT_TRUE(becomes([&] { return fs::exists(folder / ("t_" + name + ".npy")); })) << name;
        return read_npy(folder / ("t_" + name + ".npy"));
    };
    const auto expect_same = [&](const std::string& name, const Tensor& wanted) {
        const Tensor found = exported(name);
        EXPECT_EQ(found.shape, wanted.shape) << name;
        EXPECT_TRUE(found.values == wanted.values) << name;
    };
    const Tensors& tensors = result().tensors;
    expect_same("input", *tensors.input);
    expect_same("weights", *tensors.weights);
    expect_same("pointwise", *tensors.pointwise);
    expect_same("bias", *tensors.bias);
    Tensor output(result().problem.output_shape());
    window->app().shown()->output->copy_to_host(0, output.values);
    expect_same("output", output);
    // Integers leave no rounding: the second stage over the middle tensor is the output.
    const Tensor middle = exported("middle");
    const int64_t channels = middle.shape[1], plane = middle.shape[2] * middle.shape[3];
    ASSERT_EQ(middle.shape, (Shape{1, 2, 7, 9}));
    for (int64_t m = 0; m < output.shape[1]; ++m)
        for (int64_t i = 0; i < plane; ++i) {
            float sum = tensors.bias->values[size_t(m)];
            for (int64_t c = 0; c < channels; ++c)
                sum += tensors.pointwise->values[size_t(m * channels + c)] *
                       middle.values[size_t(c * plane + i)];
            ASSERT_EQ(sum, output.values[size_t(m * plane + i)]);
        }
}

TEST_F(UiFiles, ATensorThatIsNotThereIsASentence) {
    open_here();
    window->app().command({Kind::save_tensor, folder / "a.npy", "bias"});
    EXPECT_EQ(window->app().banner(), "there is no bias tensor to save in this result");
    window->app().command({Kind::save_tensor, folder / "a.npy", "middle"});
    EXPECT_EQ(window->app().banner(), "there is no middle tensor to save in this result");
    EXPECT_EQ(folder.entries(), 0u);
}

TEST_F(UiFiles, WhatCannotBeSavedIsASentenceAndChangesNothing) {
    open_here();
    const Experiment before = window->experiment();
    const Settings settings = window->app().settings();
    for (const char* ending : {".json", ".png", ".npy"})
        fs::create_symlink("/dev/full", folder / cat("full", ending));
    const auto expect_refusal = [&](const Command& wanted, const std::string& part) {
        window->app().command({Kind::dismiss_banner});
        window->app().command(wanted);
        EXPECT_TRUE(complains(part)) << wanted.path << ": " << window->app().banner();
        EXPECT_EQ(window->experiment(), before);
        EXPECT_EQ(window->app().settings(), settings);
        EXPECT_EQ(window->app().notice(), "");
    };
    for (const Command& wanted :
         {Command{Kind::save_file, ".json", ""}, Command{Kind::save_view, ".png", "view.output"},
          Command{Kind::save_tensor, ".npy", "output"}}) {
        const auto at = [&](const std::string& stem) {
            return Command{wanted.kind, stem + wanted.path, wanted.name};
        };
        expect_refusal(at(folder / "full"), "No space left on device");
        expect_refusal(at("/no/such/folder/a"), "No such file or directory");
        expect_refusal(at("/proc/a"), "cannot write");
        expect_refusal({wanted.kind, folder / "a.txt", wanted.name},
                       cat("its name must end in ", wanted.path));
    }
    EXPECT_EQ(folder.entries(), 3u);
}

TEST_F(UiFiles, TheNoticeGoesAway) {
    open_here();
    window->app().command({Kind::save_file, folder / "a.json"});
    window->frames(2);
    EXPECT_TRUE(there("notice"));
    EXPECT_TRUE(becomes([&] { return !there("notice"); }, 8));
}

}  // namespace
}  // namespace convscope
