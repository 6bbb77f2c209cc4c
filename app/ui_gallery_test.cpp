// The window while it shows what kernels compute that are broken on purpose.
#include "run/run.h"
#include "ui_fixture.h"

namespace convscope {
namespace {

class Gallery : public Ui {
  protected:
    void SetUp() override {
        Ui::SetUp();
        if (found().unlisted.empty()) GTEST_SKIP() << "this build does not trace";
    }
    static const Devices& found() {
        static const Devices devices = find_devices(CONVSCOPE_BINARY_DIR "/modules");
        return devices;
    }
    // (1, 2, 40, 40), 3×3 with padding 1.
    static Experiment two_planes(Operator op) {
        Experiment e;
        e.spec.op = op;
        e.spec.in_channels = 2;
        e.spec.input = {1, 40, 40};
        e.spec.kernel_size = {1, 3, 3};
        e.spec.padding = {0, 1, 1};
        e.tab = Tab::explore;
        return e;
    }
    void open_with(const std::string& kernel) {
        Experiment e = two_planes(Operator::depthwise_conv2d);
        e.ticked = {{"sim", "naive"}, {"gallery", kernel}};
        e.shown = KernelChoice{"gallery", kernel};
        open(e);
    }
};

TEST_F(Gallery, ShowsEachKernelInEveryMode) {
    size_t shown = 0;
    open_with("missing_guard");
    for (const Operator op : {Operator::depthwise_conv2d, Operator::conv2d}) {
        for (const KernelFacts& kernel : found().unlisted[0]->kernels(op)) {
            Experiment e = two_planes(op);
            e.ticked = {{"sim", "naive"}, {"gallery", kernel.name}};
            e.shown = KernelChoice{"gallery", kernel.name};
            window->app().act(ReplaceExperiment{e});
            for (const OutputMode mode :
                 {OutputMode::value, OutputMode::error, OutputMode::difference, OutputMode::wipe}) {
                Display display = e.display;
                display.output_mode = mode;
                window->app().act(SetDisplay{display});
                ASSERT_TRUE(window->wait_for_result()) << kernel.name;
                window->frames(2);
                window->hover_cell("view.output", {0, 0});
                ASSERT_TRUE(window->app().shown()) << kernel.name;
                EXPECT_EQ(window->app().shown()->choice, *e.shown);
            }
            const bool right = kernel.name == "double_write" || kernel.name == "split_barrier";
            EXPECT_EQ(window->app().shown()->verification.state,
                      right ? Verification::State::verified : Verification::State::wrong)
                << kernel.name;
            EXPECT_EQ(window->app().shown()->reason.empty(), right) << kernel.name;
            ++shown;
        }
    }
    EXPECT_EQ(shown, 16u);
}

TEST_F(Gallery, ItsRowIsInTheTableWhileItIsTicked) {
    open_with("skipped_outputs");
    window->frames(2);
    ASSERT_TRUE(window->widget("kernel.gallery.skipped_outputs"));
    EXPECT_FALSE(window->widget("kernel.gallery.missing_guard"));
    window->click("device");
    EXPECT_TRUE(window->widget("device.sim"));
    EXPECT_FALSE(window->widget("device.gallery"));
    window->press_key(compat::Key::escape);
    window->click("kernel.gallery.skipped_outputs");
    ASSERT_TRUE(window->wait_for_result());
    window->mouse_away();
    EXPECT_FALSE(window->widget("kernel.gallery.skipped_outputs"));
    EXPECT_EQ(window->app().shown()->choice, (KernelChoice{"sim", "naive"}));
    expect_right_within_bounds();
}

// Cells of some 5 pixels. NaN is striped magenta, and a row of numbers between two rows of it is not.
TEST_F(Gallery, NumbersBesideNaNAreDrawn) {
    open_with("missing_barrier");
    window->mouse_away();
    ASSERT_TRUE(window->wait_for_pixels(20));
    const WidgetRect first = *window->widget("view.output.first_cell");
    const float width = first.to.x - first.from.x, height = first.to.y - first.from.y;
    ASSERT_LT(width, 8);
    const std::vector<uint8_t> rgba = window->pixels();
    const auto is_striped = [&](int row, int column) {
        const auto x = static_cast<size_t>(first.centre().x + width * static_cast<float>(column));
        const auto y = static_cast<size_t>(first.centre().y + height * static_cast<float>(row));
        const uint8_t* pixel = &rgba[4 * (y * static_cast<size_t>(usual.width) + x)];
        return pixel[1] + 40 < std::min(pixel[0], pixel[2]);
    };
    for (int column = 3; column < 40; ++column) {
        EXPECT_TRUE(is_striped(6, column)) << column;
        EXPECT_FALSE(is_striped(7, column)) << column;
        EXPECT_TRUE(is_striped(8, column)) << column;
    }
}

}  // namespace
}  // namespace convscope
