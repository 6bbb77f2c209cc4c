#include "core/problem.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/problem_json.h"

namespace convscope {
namespace {

ProblemSpec spec_of(const char* text) {
    return spec_from_json(nlohmann::json::parse(text));
}

// kb65 and its like from docs/presets: numbers worked out by hand.
TEST(Problem, KernelBench65HasItsPublishedSize) {
    const Problem p(
        spec_of(R"({"op":"conv_transpose2d","input":[8,64,512,512],"out_channels":64,"kernel_size":[3,7]})"));
    EXPECT_EQ(p.output_shape(), (Shape{8, 64, 514, 518}));
    EXPECT_EQ(p.weights_shape(), (Shape{64, 64, 3, 7}));
    EXPECT_DOUBLE_EQ(p.flops(), 2.0 * 8 * 64 * 512 * 512 * 64 * 21);
    EXPECT_DOUBLE_EQ(p.minimal_bytes(), 4.0 * (8.0 * 64 * 512 * 512 + 8.0 * 64 * 514 * 518 + 64 * 64 * 21));
}

TEST(Problem, SeparableCountsBothStages) {
    const Problem p(spec_of(
        R"({"op":"separable_conv2d","input":[16,64,512,512],"out_channels":128,"kernel_size":3,"padding":1})"));
    EXPECT_DOUBLE_EQ(p.flops(), 2.0 * 16 * 512 * 512 * 64 * (9 + 128));
    EXPECT_EQ(p.weights_shape(), (Shape{64, 1, 3, 3}));
    EXPECT_EQ(p.pointwise_shape(), (Shape{128, 64, 1, 1}));
    EXPECT_EQ(p.nominal_taps_per_output(), 64 * 10);
    EXPECT_EQ(p.groups(), 64);
}

TEST(Problem, OutputSizesFollowPyTorch) {
    ProblemSpec spec = spec_of(
        R"({"op":"conv2d","input":[1,1,7,8],"kernel_size":[3,2],"stride":[2,3],"padding":[1,2],"dilation":[2,1]})");
    EXPECT_EQ(output_size(spec, axis_height), 3);  // ⌊(7 + 2 − 4 − 1)/2⌋ + 1
    EXPECT_EQ(output_size(spec, axis_width), 4);   // ⌊(8 + 4 − 1 − 1)/3⌋ + 1
    EXPECT_EQ(output_size_formula(spec, axis_height), "⌊(7 + 2·1 − 2·(3 − 1) − 1)/2⌋ + 1 = 3");
    spec = spec_of(
        R"({"op":"conv_transpose3d","input":[1,1,2,3,4],"kernel_size":3,"stride":[1,2,3],"padding":[0,1,2],
            "output_padding":[0,1,2]})");
    EXPECT_EQ(Problem(spec).output_shape(), (Shape{1, 1, 4, 6, 10}));
    EXPECT_EQ(output_size_formula(spec, axis_width), "(4 − 1)·3 − 2·2 + 1·(3 − 1) + 2 + 1 = 10");
}

struct Broken {
    const char* json;
    const char* field;
    const char* sentence;
};

class BrokenRules : public testing::TestWithParam<Broken> {};

TEST_P(BrokenRules, HaveTheirOwnSentence) {
    const auto broken = broken_rules(spec_of(GetParam().json));
    ASSERT_FALSE(broken.empty());
    EXPECT_EQ(broken.front().field, GetParam().field);
    EXPECT_EQ(broken.front().sentence, GetParam().sentence);
    EXPECT_THROW(Problem(spec_of(GetParam().json)), Error);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenRules,
    testing::Values(
        Broken{R"({"op":"conv2d","input":[0,1,4,4]})", "batch", "batch size N must be at least 1; it is 0"},
        Broken{R"({"op":"conv2d","input":[1,1,4,4],"stride":[0,1]})", "stride.height",
               "stride (height) must be at least 1; it is 0"},
        Broken{R"({"op":"conv2d","input":[1,1,4,4],"padding":[0,-1]})", "padding.width",
               "padding (width) must be at least 0; it is -1"},
        Broken{R"({"op":"conv2d","input":[1,1,4,4],"dilation":0})", "dilation.height",
               "dilation (height) must be at least 1; it is 0"},
        Broken{R"({"op":"conv2d","input":[1,1,4,4],"kernel_size":[1,2000000000000]})", "kernel_size.width",
               "kernel size (width) must be at most 1099511627776; it is 2000000000000"},
        Broken{R"({"op":"conv2d","input":[1,6,4,4],"groups":4})", "groups",
               "C_in = 6 is not divisible by groups = 4; 1, 2, 3, 6 are"},
        Broken{R"({"op":"conv2d","input":[1,6,4,4],"out_channels":9,"groups":2})", "groups",
               "C_out = 9 is not divisible by groups = 2; 1, 3, 9 are"},
        Broken{R"({"op":"depthwise_conv2d","input":[1,3,4,4],"groups":1})", "groups",
               "depthwise_conv2d has groups = C_in = 3; it is 1"},
        Broken{R"({"op":"depthwise_conv2d","input":[1,3,4,4],"out_channels":4})", "out_channels",
               "C_out must be a multiple of C_in = 3 in depthwise_conv2d; it is 4"},
        Broken{R"({"op":"conv2d","input":[1,1,4,4],"output_padding":[1,0]})", "output_padding.height",
               "output_padding exists for transposed operators only; conv2d has 1 (height)"},
        Broken{R"({"op":"conv_transpose2d","input":[1,1,4,4],"stride":2,"output_padding":2})",
               "output_padding.height",
               "output_padding (height) must be smaller than stride = 2 or dilation = 1; it is 2"},
        Broken{
            R"({"op":"conv2d","input":[1,1,4,4],"kernel_size":3,"dilation":[1,2]})", "kernel_size.width",
            "the kernel spans 5 (dilation 2 × (3 − 1) + 1) but the padded input has 4 along width; it must "
            "not be larger"},
        Broken{R"({"op":"conv_transpose2d","input":[1,1,1,4],"padding":[1,0]})", "padding.height",
               "the output has no height: (1 − 1)·1 − 2·1 + 1·(1 − 1) + 0 + 1 = -1; at least 1 is needed"},
        Broken{R"({"op":"conv2d","input":[1000000000,1000000,1000000,1000000]})", "input",
               "the input would have 1e+27 elements; at most 1.153e+18 can be addressed"}));

// Sizes whose products pass 64 bits are refused, not wrapped around.
TEST(Problem, HugeProductsAreRefused) {
    for (const char* text :
         {R"({"op":"conv_transpose2d","input":[1,1,1,16777217],"kernel_size":1,"stride":[1,1099511627776]})",
          R"({"op":"conv2d","input":[1,1,1,1],"kernel_size":[1,16777217],"dilation":[1,1099511627776]})"})
        EXPECT_THROW(Problem(spec_of(text)), Error) << text;
}

// A form shows the formula of whatever was typed.
TEST(Problem, TheFormulaBearsAnyValue) {
    for (const int64_t value : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN})
        for (const Operator op : {Operator::conv2d, Operator::conv_transpose2d})
            for (int field = 0; field < 6; ++field) {
                ProblemSpec spec;
                spec.op = op;
                Axes* axes[] = {&spec.input,   &spec.kernel_size, &spec.stride,
                                &spec.padding, &spec.dilation,    &spec.output_padding};
                (*axes[field])[2] = value;
                EXPECT_FALSE(output_size_formula(spec, axis_width).empty());
                EXPECT_FALSE(value < 1 && field < 3 && broken_rules(spec).empty());
            }
}

TEST(ProblemJson, RoundTrips) {
    const char* text =
        R"({"bias":true,"dilation":[1,3],"groups":3,"input":[3,12,1,8],"kernel_size":[3,3],"op":"conv_transpose2d",)"
        R"("out_channels":15,"output":[3,15,1,23],"output_padding":[0,1],"padding":[1,3],"stride":[3,3]})";
    EXPECT_EQ(to_json(Problem(spec_of(text))).dump(), text);
}

TEST(ProblemJson, SaysWhatIsWrong) {
    const auto sentence = [](const char* text) -> std::string {
        try {
            spec_of(text);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_NE(sentence(R"({"op":"conv4d","input":[1,1,1,1]})").find("'conv4d' is not an operator"),
              std::string::npos);
    EXPECT_NE(sentence(R"({"input":[1,1,1,1]})").find("'op' is missing"), std::string::npos);
    EXPECT_NE(sentence(R"({"op":"conv2d","input":[1,1,1]})").find("has 4 sizes"), std::string::npos);
    EXPECT_NE(
        sentence(R"({"op":"conv2d","input":[1,1,1,1],"stride":"2"})").find("'stride' must be a whole number"),
        std::string::npos);
    EXPECT_NE(sentence(R"({"op":"conv2d","input":[1,1,1,1],"strides":2})").find("no field 'strides'"),
              std::string::npos);
    EXPECT_NE(sentence(R"({"op":"conv2d","input":[1,1,1,18446744073709551615]})").find("at most"),
              std::string::npos);
    EXPECT_NE(sentence("[]").find("a problem is a JSON object"), std::string::npos);
}

TEST(Problem, PrintsWhatDiffersFromTheDefaults) {
    EXPECT_EQ(Problem(spec_of(R"({"op":"conv2d","input":[1,4,9,9],"out_channels":8,"kernel_size":3,"stride":2,
                                  "padding":[1,2],"groups":2,"bias":true})"))
                  .text(),
              "conv2d 1×4×9×9 → 8, kernel 3×3, stride 2, padding 1×2, groups 2, bias");
}

}  // namespace
}  // namespace convscope
