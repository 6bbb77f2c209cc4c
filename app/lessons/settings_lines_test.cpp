#include "lessons/settings_lines.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "core/text.h"

namespace convscope::lessons {
namespace {

// "name: value" in line 1, 2, …
std::vector<Setting> lines(const std::vector<std::string>& texts) {
    std::vector<Setting> out;
    for (const std::string& text : texts) {
        const size_t colon = text.find(": ");
        out.push_back({static_cast<int>(out.size()) + 1, text.substr(0, colon), text.substr(colon + 2)});
    }
    return out;
}
std::string text_times(int times, const std::string& text) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}
Experiment with(const std::vector<std::string>& texts) {
    return with_settings(blank_experiment(), lines(texts));
}
std::string error(const std::vector<std::string>& texts) {
    try {
        (void)with(texts);
        return "no error";
    } catch (const LineError& thrown) {
        return cat(thrown.line, ": ", thrown.sentence);
    }
}

TEST(Settings, SetEveryPartOfAnExperiment) {
    const Experiment e =
        with({"operator: conv3d", "shape: [1, 2, 4, 8, 9]", "out_channels: 6", "groups: 2",
              "kernel_size: [1, 2, 3]", "stride: 2", "padding: [0, 1, 1]", "dilation: 1", "bias: true",
              "input: constant 2.5", "weights: box", "seed: 7", "kernels: cpu onednn, sim naive",
              "kernel: cpu direct", "display.out_channel: 3", "display.slicing: montage",
              "xray.kernel: shared_tile", "xray.panel: counts"});
    EXPECT_EQ(e.spec.op, Operator::conv3d);
    EXPECT_EQ(e.spec.in_channels, 2);
    EXPECT_EQ(e.spec.input, (Axes{4, 8, 9}));
    EXPECT_EQ(e.spec.out_channels, 6);
    EXPECT_EQ(e.spec.groups, 2);
    EXPECT_EQ(e.spec.kernel_size, (Axes{1, 2, 3}));
    EXPECT_EQ(e.spec.stride, (Axes{2, 2, 2}));
    EXPECT_EQ(e.spec.padding, (Axes{0, 1, 1}));
    EXPECT_TRUE(e.spec.bias);
    EXPECT_EQ(e.source.kind, InputSource::Kind::constant);
    EXPECT_EQ(e.source.value, 2.5f);
    EXPECT_EQ(e.weights.fill, Fill::box);
    EXPECT_EQ(e.seed, 7);
    EXPECT_EQ(e.ticked, (std::vector<KernelChoice>{{"cpu", "onednn"}, {"sim", "naive"}}));
    EXPECT_EQ(e.shown, (KernelChoice{"cpu", "direct"}));
    EXPECT_EQ(e.display.out_channel, 3);
    EXPECT_EQ(e.display.slicing, Slicing::montage);
    EXPECT_EQ(e.xray.kernel, "shared_tile");
    EXPECT_EQ(e.xray.panel, XrayPanel::counts);
}

TEST(Settings, StartAnew) {
    EXPECT_EQ(with({"seed: 3", "start: blank"}), blank_experiment());
    for (const ExperimentPreset& preset : experiment_presets())
        EXPECT_EQ(with({cat("start: ", preset.name)}), preset.make());
    const Experiment e = with({"stride: 2", "padding: 1", "operator: conv_transpose2d", "output_padding: 0"});
    EXPECT_EQ(e.spec.stride, (Axes{1, 1, 1}));
    EXPECT_EQ(e.spec.padding, (Axes{0, 0, 0}));
    EXPECT_EQ(e.spec.kernel_size, (Axes{1, 3, 3}));
    EXPECT_EQ(e.spec.input, (Axes{1, 6, 6}));
}

TEST(Settings, TakeTypedValuesAndTheirSizes) {
    const Experiment e =
        with({"input: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]", "weights: [[1, -1], [0.5, 2]]", "out_channels: 2"});
    EXPECT_EQ(e.spec.input, (Axes{1, 3, 3}));
    EXPECT_EQ(e.spec.kernel_size, (Axes{1, 2, 2}));
    EXPECT_EQ(e.source.values, (TypedValues{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(e.weights.values, (TypedValues{1, -1, 0.5f, 2, 1, -1, 0.5f, 2}));
    EXPECT_EQ(e.weights.shape, (Shape{2, 1, 2, 2}));

    const Experiment two = with(
        {"input: [[[1, 2]], [[3, 4]]]", "kernel_size: 1", "weights: [[[[5]], [[6]]]]", "out_channels: 1"});
    EXPECT_EQ(two.spec.in_channels, 2);
    EXPECT_EQ(two.source.shape, (Shape{1, 2, 1, 2}));
    EXPECT_EQ(two.weights.values, (TypedValues{5, 6}));

    const Experiment separable = with(
        {"operator: separable_conv2d", "shape: [1, 2, 5, 5]", "out_channels: 1", "pointwise: [[1, -1]]"});
    EXPECT_EQ(separable.pointwise->values, (TypedValues{1, -1}));
    EXPECT_EQ(separable.pointwise->shape, (Shape{1, 2, 1, 1}));
}

TEST(Settings, SayWhichLineIsWrong) {
    EXPECT_EQ(error({"seed: 1", "shape: [1, 1, 6]"}),
              "2: the input of conv2d has 4 sizes (N, C, H, W); found 3");
    EXPECT_EQ(error({"padding: 1, 2"}),
              "1: 'padding' takes a number, or a list in brackets such as [3, 5]; found '1, 2'");
    EXPECT_EQ(error({"padding: [1, 2, 3]"}),
              "1: 'padding' of conv2d takes one number or 2 (height, width); found 3");
    EXPECT_EQ(error({"output_padding: 1"}),
              "1: 'output_padding' belongs to transposed operators; this one is conv2d");
    EXPECT_EQ(error({"bias: yes"}), "1: 'bias' must be true or false; found 'yes'");
    EXPECT_TRUE(error({"operator: conv"}).starts_with("1: 'conv' is not an operator; conv2d, "));
    EXPECT_TRUE(error({"weights: impulse"}).starts_with("1: 'weights' cannot be 'impulse'; random, "));
    EXPECT_TRUE(
        error({"input: image none.png"}).starts_with("1: the file assets/images/none.png is missing"));
    EXPECT_TRUE(error({"start: nothing"}).starts_with("1: "));
    EXPECT_TRUE(error({"input: [[1, 2], [3]]"}).starts_with("1: 'input' lists numbers, as [[1, 2], [3, 4]]"));
    EXPECT_TRUE(error({"input: [1, 2]"}).starts_with("1: 'input' is listed with 2 axes, or 3"));
    EXPECT_TRUE(error({"input: [[1, 2], [3"}).starts_with("1: 'input'"));
    EXPECT_EQ(error({"weights: [[1, 2], [3, 4]]", "stride: 0"}).substr(0, 35),
              "1: 'weights' lists values, but stri");
    EXPECT_EQ(error({"input: [[1, 2], [3, 4]]", "shape: [1, 1, 6, 6]"}),
              "1: 'input' lists 2×2 values; the problem takes 1×1×6×6");
    EXPECT_TRUE(
        error({"display.nothing: 1"}).starts_with("1: an experiment's display has no field 'nothing'"));
    EXPECT_TRUE(error({"display.batch.x: 1"}).starts_with("1: an experiment has no 'display.batch.x'"));
    EXPECT_EQ(error({"display" + text_times(200000, ".a") + ": 1"}),
              "1: an experiment has no 'display" + text_times(26, ".a") + ".'");
    EXPECT_EQ(error({"display.batch: " + text_times(200000, "[") + text_times(200000, "]")}),
              "1: 'display.batch' is nested deeper than 32 levels");
    EXPECT_TRUE(error({"display.low: 1e999"}).starts_with("1: 'display.low' must be a number from "));
    EXPECT_EQ(error({"input: [[1e999, 2]]"}), "1: 'input' holds a number that is too large");
    EXPECT_TRUE(error({"xray.block: -3"}).starts_with("1: 'xray.block' must be a whole number"));
    EXPECT_EQ(error({"kernels: naive"}),
              "1: 'kernels' takes a device and a kernel, as in 'cpu direct'; found 'naive'");
    EXPECT_TRUE(error({"seed: -1"}).starts_with("1: "));
    EXPECT_TRUE(error({"kernel_size: 99"}) == "no error");  // breaking a rule can be what a lesson shows
}

TEST(Looks, TurnTheWindow) {
    Look look{.line = 9, .tab = Tab::xray, .views = {"taps", "scatter", "heat", "compare"}};
    look.hover = Look::Element{ViewKind::output, {1, 2, 3, 4}};
    Experiment begun = with({"shape: [2, 1, 8, 8]", "out_channels: 4"});
    const Experiment e = with_look(begun, look);
    EXPECT_EQ(e.tab, Tab::xray);
    EXPECT_EQ(e.display.output_mode, OutputMode::taps);
    EXPECT_EQ(e.display.method, Method::scatter);
    EXPECT_TRUE(e.xray.heat);
    EXPECT_EQ(e.xray.panel, XrayPanel::compare);
    EXPECT_EQ(e.display.pin, (Pin{ViewKind::output, ((1 * 4 + 2) * 6 + 3) * 6 + 4}));
    EXPECT_EQ(e.display.batch, 1);
    EXPECT_EQ(e.display.out_channel, 2);
    look.hover->place = {1, 2, 6, 0};
    try {
        (void)with_look(begun, look);
        ADD_FAILURE();
    } catch (const LineError& thrown) {
        EXPECT_EQ(thrown.line, 9);
        EXPECT_EQ(thrown.sentence, "the hovered tensor is 2×4×6×6; it has no element (1, 2, 6, 0)");
    }
    look.hover->view = ViewKind::pointwise;
    EXPECT_THROW((void)with_look(begun, look), LineError);
    look.hover = Look::Element{};
    EXPECT_FALSE(with_look(e, look).display.pin);
}

}  // namespace
}  // namespace convscope::lessons
