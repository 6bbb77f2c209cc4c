#include "experiment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/errors.h"
#include "experiment_tensors.h"
#include "settings.h"

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
                 .slicing = Slicing::width,
                 .in_slice = {4, 5, 6},
                 .out_slice = {7, 8, 9},
                 .weights_slice = {-1, 0, 2},
                 .composite = false,
                 .out_composite = true,
                 .output_mode = OutputMode::wipe,
                 .other = KernelChoice{"sim", "naive"},
                 .wipe = 0.3f,
                 .method = Method::stuffed,
                 .pin = Pin{ViewKind::output, 77},
                 .map = ColourMap::magma,
                 .range = RangeMode::fixed,
                 .low = -2,
                 .high = 3.5f,
                 .linked = false,
                 .input = {4, 0.25, 0.75},
                 .weights = {2, 0.5, 0.5},
                 .output = {8, 0.1, 0.9}};
    e.tab = Tab::source;
    e.xray = {.kernel = "shared_tile",
              .step = 1,
              .block = 70000000000,
              .warp = 3,
              .thread = 101,
              .position = 12,
              .heat = true,
              .panel = XrayPanel::occupancy,
              .gpu = "H200 SXM"};
    e.weights.shape = Problem(e.spec).weights_shape();
    e.pointwise = WeightsSource{.values = {1, 2, 3, 4}, .shape = {2, 2, 1, 1}};
    e.source = {.kind = InputSource::Kind::values, .values = {0.1f, NAN, -INFINITY}, .shape = {1, 1, 1, 3}};
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
    EXPECT_NE(refusal(replaced(good, "\"convscope_experiment\": 2", "\"convscope_experiment\": 3"))
                  .find("version 3"),
              std::string::npos);
    EXPECT_NE(refusal(good.substr(0, good.size() / 2)).find("not complete"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"zoom\": 4.0", "\"zoom\": 4e7")).find("from 0.01 to"),
              std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"stuffed\"", "\"stuffing\"")).find("scatter"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"element\": 77", "\"element\": -1")).find("element"),
              std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"magma\"", "\"rainbow\"")).find("viridis"), std::string::npos);
    EXPECT_NE(refusal(replaced(good, "\"seed\"", "\"colour\"")).find("colour"), std::string::npos);
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

TEST(Apply, SamePaddingOfNumbersThatBreakRulesIsANumber) {
    Experiment e;
    e.spec.kernel_size = {1, std::numeric_limits<int64_t>::min(), largest_size};
    e.spec.dilation = {1, 3, largest_size};
    e = apply(e, SamePadding{});
    EXPECT_EQ(e.spec.padding[axis_height], 0);
    EXPECT_GE(e.spec.padding[axis_width], 0);
    EXPECT_LE(e.spec.padding[axis_width], largest_size);
}

TEST(Apply, AFileGivesItsSizesToAnExperimentWithoutGroups) {
    Experiment e;
    e.spec.groups = 0;
    InputSource image;
    image.kind = InputSource::Kind::image;
    e = apply(e, SetSource{image, {7, 5, 6}});
    EXPECT_EQ(e.spec.in_channels, 7);
    EXPECT_FALSE(e.spec.groups.has_value());
}

TEST(Apply, SamePaddingKeepsTheSize) {
    Experiment e = first_experiment();
    e = apply(e, SetAxis{AxisField::kernel_size, axis_width, 5, true});
    e = apply(e, SetAxis{AxisField::dilation, axis_width, 3, true});
    e = apply(e, SamePadding{});
    EXPECT_EQ(e.spec.padding, (Axes{0, 6, 6}));
    EXPECT_EQ(Problem(e.spec).output(), e.spec.input);
}

// Version 1 had a depth for each side and held how the window looked.
TEST(ExperimentJson, TheFirstVersionIsStillRead) {
    const Experiment e = experiment_from_json(
        R"({"convscope_experiment": 1, "problem": {"op": "conv3d", "input": [1, 1, 4, 4, 4]},
            "display": {"in_depth": 2, "out_depth": 3}, "theme": "light", "scale": 1.5})");
    EXPECT_EQ(e.display.in_slice, (Axes{2, 0, 0}));
    EXPECT_EQ(e.display.out_slice, (Axes{3, 0, 0}));
}

TEST(ExperimentJson, ANumberThatNoFloat64IsIsRefused) {
    EXPECT_EQ(refusal(R"({"convscope_experiment": 2, "display": {"low": -1e999}})"),
              "this is not an experiment: it holds a number that is too large");
}

TEST(Apply, TypedWeightsFollowTheKernelSize) {
    Experiment e;
    e.spec.input = {1, 5, 5};
    e.spec.kernel_size = {1, 3, 3};
    e = apply(e, SetWeightValues{{1, 2, 3, 4, 5, 6, 7, 8, 9}});
    const Experiment larger = apply(e, SetAxis{AxisField::kernel_size, axis_width, 5, false});
    EXPECT_EQ(larger.weights.values, (TypedValues{0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 7, 8, 9, 0}));
    const Experiment smaller = apply(e, SetAxis{AxisField::kernel_size, axis_width, 1, true});
    EXPECT_EQ(smaller.weights.values, (TypedValues{5}));
    const Experiment wider = apply(e, SetCount{CountField::out_channels, 2});
    EXPECT_EQ(wider.weights.values.size(), 18u);
    EXPECT_EQ(wider.weights.values[9], 1) << "a new channel repeats the old one";
    const Experiment deep = apply(e, SetOperator{Operator::conv3d});
    EXPECT_EQ(deep.weights.shape, (Shape{1, 1, 3, 3, 3}));
    EXPECT_EQ(deep.weights.values[0], 0);
    EXPECT_EQ(deep.weights.values[9], 1) << "the middle plane";
    // While the problem is illegal they wait.
    Experiment illegal = apply(e, SetAxis{AxisField::kernel_size, axis_width, 0, true});
    EXPECT_EQ(illegal.weights.values, e.weights.values);
    EXPECT_EQ(apply(illegal, SetAxis{AxisField::kernel_size, axis_width, 3, true}).weights, e.weights);
}

TEST(Apply, CellsAreTypedIn) {
    Experiment e;
    e.spec.op = Operator::separable_conv2d;
    e.spec.in_channels = 2;
    e.spec.input = {1, 3, 3};
    e.spec.kernel_size = {1, 2, 2};
    e.weights.fill = Fill::ones;
    const Experiment weights = apply(e, SetCell{ViewKind::weights, 5, -2});
    EXPECT_EQ(weights.weights.values, (TypedValues{1, 1, 1, 1, 1, -2, 1, 1}));
    const Experiment pointwise = apply(e, SetCell{ViewKind::pointwise, 3, 7});
    EXPECT_EQ(pointwise.pointwise->values, (TypedValues{1, 1, 1, 7})) << "followed the weights' fill";
    e.source = {.kind = InputSource::Kind::constant, .value = 4};
    const Experiment input = apply(e, SetCell{ViewKind::input, 17, 9});
    EXPECT_EQ(input.source.kind, InputSource::Kind::values);
    EXPECT_EQ(input.source.values[0], 4);
    EXPECT_EQ(input.source.values[17], 9);
    const Experiment cut = apply(input, SetAxis{AxisField::input, axis_width, 2, false});
    EXPECT_EQ(cut.source.shape, (Shape{1, 2, 3, 2}));
    EXPECT_EQ(cut.source.values.size(), 12u);
    EXPECT_EQ(apply(e, SetCell{ViewKind::input, 18, 9}).source.values.size(), 18u) << "no such cell";
    e.spec.input = {1, 100, 100};
    EXPECT_EQ(apply(e, SetCell{ViewKind::input, 0, 9}), e) << "too many to be typed in";
}

TEST(Apply, AMatrixIsPasted) {
    Experiment e;
    e.spec.in_channels = 2;
    e.spec.input = {1, 5, 5};
    e = apply(e, PasteWeights{2, 3, {1, 2, 3, 4, 5, 6}});
    EXPECT_EQ(e.spec.kernel_size, (Axes{1, 2, 3}));
    EXPECT_EQ(e.weights.values.size(), 24u);
    EXPECT_EQ(e.weights.values[23], 6);
    EXPECT_EQ(apply(e, PasteWeights{2, 2, {1}}), e) << "not a matrix";
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

TEST(NextLegal, StepsFromDivisorToDivisor) {
    ProblemSpec spec;
    spec.in_channels = 6;
    spec.out_channels = 12;
    spec.groups = 1;
    EXPECT_EQ(next_legal(spec, CountField::groups, 2, true, 1024), 2);
    EXPECT_EQ(next_legal(spec, CountField::groups, 4, true, 1024), 6);
    EXPECT_EQ(next_legal(spec, CountField::groups, 5, false, 1024), 3);
    EXPECT_FALSE(next_legal(spec, CountField::groups, 7, true, 1024));
    spec.groups = 3;
    EXPECT_EQ(next_legal(spec, CountField::in_channels, 7, true, 1024), 9);
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

TEST(Settings, ComeBackAndSurviveDamage) {
    const auto folder = std::filesystem::temp_directory_path() / "convscope_settings_test";
    const std::string path = (folder / "deep" / "settings.json").string();
    Settings s{.theme = Theme::light, .scale = 1.5f, .folder = "/tmp"};
    remember_file(s, "/no/such/file.png");
    save_settings(path, s);
    remember_file(s, path);
    for (int i = 0; i < 20; ++i) remember_file(s, path);
    save_settings(path, s);
    Settings read = load_settings(path);
    EXPECT_EQ(read.recent, (std::vector<std::string>{path})) << "files that are gone are left out";
    read.recent = s.recent;
    EXPECT_EQ(read, s);
    std::ofstream(path) << "{\"scale\": 1e99, \"theme\": 4, \"recent\": [1]}";
    EXPECT_EQ(load_settings(path).scale, 1);
    std::ofstream(path) << "{";
    EXPECT_EQ(load_settings(path), Settings{});
    std::filesystem::remove_all(folder);
}

TEST(Settings, ProgressInLessonsComesBack) {
    const auto folder = std::filesystem::temp_directory_path() / "convscope_progress_test";
    const std::string path = (folder / "settings.json").string();
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(load_settings(path).newcomer) << "nothing was ever kept";
    Settings s;
    s.lessons = {{"01_slide", {.at = 3, .done = {0, 1, 2}}}, {"of another program", {.finished = true}}};
    save_settings(path, s);
    EXPECT_EQ(load_settings(path), s);
    s.newcomer = true;
    save_settings(path, s);
    EXPECT_TRUE(load_settings(path).newcomer);
    std::ofstream(path)
        << R"({"scale": 1.25, "lessons": {"a": {"at": -2, "done": [1, "x", -1, 1e9], "finished": 3},
                               "b": 7, "c": {"at": 1e300}}})";
    const Settings damaged = load_settings(path);
    EXPECT_FLOAT_EQ(damaged.scale, 1.25f);
    EXPECT_FALSE(damaged.newcomer) << "a file of an earlier program is of somebody who knows it";
    EXPECT_EQ(damaged.lessons.at("a"), (lessons::Progress{.at = 0, .done = {1}}));
    EXPECT_EQ(damaged.lessons.at("b"), lessons::Progress{});
    EXPECT_EQ(damaged.lessons.at("c"), lessons::Progress{});
    std::filesystem::remove_all(folder);
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
