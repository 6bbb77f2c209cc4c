#include "experiment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/errors.h"
#include "experiment_tensors.h"
#include "undo.h"

namespace convscope {
namespace {

std::string refusal(const std::string& text) {
    try {
        experiment_from_json(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
    return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Experiment everything_set() {
    Experiment e = first_experiment();
    e.spec.bias = true;
    e.weights.values.assign(static_cast<size_t>(element_count(Problem(e.spec).weights_shape())), -0.25f);
    e.weights.values[0] = INFINITY;
    e.seed = 18446744073709551615ull;
    e.device = "cpu";
    e.ticked = {{"cpu", "direct"}, {"sim", "naive"}};
    e.shown = KernelChoice{"cpu", "direct"};
    e.display = {.batch = 1,
                 .in_channel = 2,
                 .out_channel = 3,
                 .in_depth = 4,
                 .out_depth = 5,
                 .composite = false,
                 .map = ColourMap::magma,
                 .range = RangeMode::fixed,
                 .low = -2,
                 .high = 3.5f,
                 .linked = false,
                 .input = {4, 0.25, 0.75},
                 .weights = {2, 0.5, 0.5},
                 .output = {8, 0.1, 0.9}};
    e.theme = Theme::light;
    e.scale = 1.5f;
    return e;
}

TEST(ExperimentJson, EverythingComesBack) {
    const Experiment e = everything_set();
    EXPECT_EQ(experiment_from_json(experiment_json(e)), e);
    for (const ExperimentPreset& preset : experiment_presets()) {
        EXPECT_EQ(experiment_from_json(experiment_json(preset.make())), preset.make()) << preset.name;
        EXPECT_TRUE(broken_rules(preset.make().spec).empty()) << preset.name;
    }
}

TEST(ExperimentJson, AnIllegalSpecIsKept) {
    Experiment e;
    e.spec.stride = {1, 0, -3};
    EXPECT_EQ(experiment_from_json(experiment_json(e)).spec, e.spec);
}

TEST(ExperimentJson, WrongFilesAreRefusedWithASentence) {
    const std::string good = experiment_json(everything_set());
    EXPECT_NE(refusal(replaced(good, "\"convscope_experiment\": 1", "\"convscope_experiment\": 2"))
                  .find("version 2"),
              std::string::npos);
    EXPECT_NE(refusal(good.substr(0, good.size() / 2)).find("not complete"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"scale\": 1.5", "\"scale\": 99")).find("from 0.5 to 3"),
              std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"magma\"", "\"rainbow\"")).find("viridis"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"theme\"", "\"colour\"")).find("colour"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"zoom\": 4.0", "\"zoom\": \"big\"")).find("zoom"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"out_channel\": 3", "\"out_channel\": -1")).find("out_channel"),
              std::string::npos);
    for (const char* text : {"", "[]", "null", "{}", "{\"convscope_experiment\": \"1\"}",
                             "{\"convscope_experiment\": 1}", "{\"convscope_experiment\": 1e99}", "\x80\xff"})
        EXPECT_FALSE(refusal(text).empty()) << text;
    // Cut anywhere, a file is refused, never half read.
    for (size_t length = 0; length + 3 < good.size(); length += 7)
        EXPECT_FALSE(refusal(good.substr(0, length)).empty()) << length;
}

TEST(ExperimentFile, NamesTheFile) {
    const auto path = (std::filesystem::temp_directory_path() / "convscope_experiment_test.json").string();
    save_experiment(path, everything_set());
    EXPECT_EQ(load_experiment(path), everything_set());
    std::ofstream(path) << "{";
    try {
        load_experiment(path);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
    }
    std::filesystem::remove(path);
    EXPECT_THROW(load_experiment(path), Error);
}

TEST(Apply, AxesTogetherOrAlone) {
    Experiment e = first_experiment();
    e = apply(e, SetAxis{AxisField::stride, axis_width, 3, true});
    EXPECT_EQ(e.spec.stride, (Axes{1, 3, 3}));
    e = apply(e, SetAxis{AxisField::stride, axis_height, 2, false});
    EXPECT_EQ(e.spec.stride, (Axes{1, 2, 3}));
}

TEST(Apply, EveryOperatorFromEveryOtherIsAProblem) {
    for (const ExperimentPreset& preset : experiment_presets())
        for (const OperatorFacts& row : operators()) {
            const Experiment e = apply(preset.make(), SetOperator{row.op});
            const auto broken = broken_rules(e.spec);
            EXPECT_TRUE(broken.empty()) << preset.name << " as " << row.name << ": "
                                        << (broken.empty() ? "" : broken.front().sentence);
        }
}

TEST(Apply, SamePaddingKeepsTheSize) {
    Experiment e = first_experiment();
    e = apply(e, SetAxis{AxisField::kernel_size, axis_width, 5, true});
    e = apply(e, SetAxis{AxisField::dilation, axis_width, 3, true});
    e = apply(e, SamePadding{});
    EXPECT_EQ(e.spec.padding, (Axes{0, 6, 6}));
    EXPECT_EQ(Problem(e.spec).output(), e.spec.input);
}

TEST(Apply, TypedWeightsGoWhereTheyNoLongerFit) {
    Experiment e;
    e.spec.input = {1, 5, 5};
    e.spec.kernel_size = {1, 2, 2};
    e = apply(e, SetWeightValues{{1, 2, 3, 4}});
    EXPECT_EQ(e.weights.values.size(), 4u);
    EXPECT_EQ(apply(e, SetAxis{AxisField::stride, axis_width, 2, true}).weights.values.size(), 4u);
    EXPECT_TRUE(apply(e, SetAxis{AxisField::kernel_size, axis_width, 3, true}).weights.values.empty());
}

TEST(LargestLegal, IsTheLastValueThatBreaksNothing) {
    ProblemSpec spec;
    spec.input = {1, 10, 8};
    EXPECT_EQ(largest_legal(spec, AxisField::kernel_size, axis_width, false, 31), 8);
    EXPECT_EQ(largest_legal(spec, AxisField::kernel_size, axis_width, true, 31), 8);
    spec.padding = {0, 1, 1};
    EXPECT_EQ(largest_legal(spec, AxisField::kernel_size, axis_height, false, 31), 12);
    spec.kernel_size = {1, 3, 3};
    EXPECT_EQ(largest_legal(spec, AxisField::dilation, axis_height, false, 31), 5);  // 2·5 + 1 = 11 ≤ 12
    EXPECT_EQ(largest_legal(spec, AxisField::stride, axis_height, false, 16), 16);
}

TEST(ExperimentJson, AWrongCountOfWeightsIsRefused) {
    Experiment e;
    e.weights.values = {1, 2};
    const std::string sentence = refusal(experiment_json(e));
    EXPECT_NE(sentence.find("; 2 are given"), std::string::npos) << sentence;
    EXPECT_EQ(apply(Experiment{}, ReplaceExperiment{e}).weights.values.size(), 2u) << "told, not replaced";
    TensorMaker maker;
    EXPECT_THROW(maker.make(e, Problem(e.spec)), Error);
}

TEST(Undo, EveryChangeAndBack) {
    History history(first_experiment());
    const Experiment first = history.present();
    const auto start = History::Clock::now();
    history.act(SetBias{true}, start);
    history.act(SetWeightsFill{Fill::box}, start);
    const Experiment last = history.present();
    EXPECT_TRUE(history.undo());
    EXPECT_TRUE(history.undo());
    EXPECT_FALSE(history.undo());
    EXPECT_EQ(history.present(), first);
    EXPECT_TRUE(history.redo());
    EXPECT_TRUE(history.redo());
    EXPECT_FALSE(history.redo());
    EXPECT_EQ(history.present(), last);
}

TEST(Undo, ADragIsOneStepAndAPauseEndsIt) {
    History history(first_experiment());
    auto now = History::Clock::now();
    for (int64_t value = 2; value < 9; ++value)
        history.act(SetAxis{AxisField::stride, axis_width, value, true},
                    now += std::chrono::milliseconds(16));
    now += std::chrono::seconds(5);
    history.act(SetAxis{AxisField::stride, axis_width, 9, true}, now);
    history.undo();
    EXPECT_EQ(history.present().spec.stride[axis_width], 8);
    history.undo();
    EXPECT_EQ(history.present().spec.stride[axis_width], 1);
    EXPECT_FALSE(history.can_undo());
}

TEST(Undo, LookingIsNotAStep) {
    History history(first_experiment());
    Display display = history.present().display;
    display.input.zoom = 4;
    history.act(SetDisplay{display});
    history.act(SetScale{2});
    EXPECT_FALSE(history.can_undo());
    history.act(SetBias{true});
    history.undo();
    EXPECT_EQ(history.present().display.input.zoom, 4);
    EXPECT_EQ(history.present().scale, 2);
}

TEST(Tensors, AnImageIsScaledAndItsChannelsRepeated) {
    Tensor image({1, 2, 2, 2});
    for (size_t i = 0; i < 8; ++i) image.values[i] = static_cast<float>(i);
    ProblemSpec spec;
    spec.in_channels = 3;
    spec.batch = 2;
    spec.input = {1, 1, 4};
    const Tensor out = image_as_input(image, Problem(spec));
    EXPECT_EQ(out.shape, (Shape{2, 3, 1, 4}));
    const std::vector<float> first(out.values.begin(), out.values.begin() + 12);
    EXPECT_EQ(first, (std::vector<float>{1, 1, 2, 2, 5, 5, 6, 6, 1, 1, 2, 2}));
    EXPECT_TRUE(std::equal(first.begin(), first.end(), out.values.begin() + 12));
    spec.in_channels = 1;
    spec.batch = 1;
    spec.input = {1, 2, 2};
    const Tensor grey = image_as_input(image, Problem(spec));
    EXPECT_EQ(std::vector<float>(grey.values.begin(), grey.values.end()), (std::vector<float>{2, 3, 4, 5}));
}

TEST(Tensors, MadeOnceForOneInput) {
    TensorMaker maker;
    Experiment e;
    e.spec.input = {1, 8, 8};
    const Tensors first = maker.make(e, Problem(e.spec));
    e.spec.kernel_size = {1, 3, 3};
    const Tensors second = maker.make(e, Problem(e.spec));
    EXPECT_EQ(first.input, second.input);
    e.seed = 1;
    EXPECT_NE(maker.make(e, Problem(e.spec)).input, first.input);
}

TEST(Tensors, AFileThatDoesNotFitIsASentence) {
    TensorMaker maker;
    Experiment e;
    e.source = {.kind = InputSource::Kind::image, .path = "/no/such/file.png"};
    EXPECT_THROW(maker.make(e, Problem(e.spec)), Error);
}

}  // namespace
}  // namespace convscope
