// The images and presets that come with the program.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files/atomic_file.h"
#include "core/files/image.h"
#include "core/inputs.h"
#include "core/problem_json.h"

namespace convscope {
namespace {

const std::string assets = CONVSCOPE_SOURCE_DIR "/assets/";

std::map<std::string, nlohmann::json> presets() {
    std::map<std::string, nlohmann::json> by_name;
    for (const auto& preset : nlohmann::json::parse(read_text_file(assets + "presets/presets.json")))
        EXPECT_TRUE(by_name.emplace(preset.at("name"), preset).second) << preset.at("name");
    return by_name;
}

TEST(Presets, AreProblems) {
    const auto all = presets();
    EXPECT_EQ(all.size(), 66u);
    const std::set<std::string> known{"name",  "title",      "source",      "problem",
                                      "image", "input_fill", "weights_fill"};
    for (const auto& [name, preset] : all) {
        for (const auto& field : preset.items()) EXPECT_TRUE(known.contains(field.key())) << name;
        EXPECT_NO_THROW(Problem(spec_from_json(preset.at("problem")))) << name;
        EXPECT_FALSE(preset.at("title").get<std::string>().empty()) << name;
        for (const char* field : {"input_fill", "weights_fill"})
            EXPECT_TRUE(!preset.contains(field) || fill_named(preset[field].get<std::string>())) << name;
    }
}

// The table of floors in the field's literature, in bytes and FLOPs.
TEST(Presets, HaveTheSizesThatPeopleKnow) {
    const auto all = presets();
    const auto problem = [&](const char* name) {
        return Problem(spec_from_json(all.at(name).at("problem")));
    };
    EXPECT_NEAR(problem("kb65").flops(), 360.8e9, 0.05e9);
    EXPECT_NEAR(problem("kb65").minimal_bytes(), 1.083e9, 0.001e9);
    EXPECT_NEAR(problem("kb70").flops(), 440.3e9, 0.05e9);
    EXPECT_NEAR(problem("kb70").minimal_bytes(), 2.082e9, 0.001e9);
    EXPECT_NEAR(problem("kb83").flops(), 0.80e9, 0.005e9);
    EXPECT_NEAR(problem("kb83").minimal_bytes(), 1.072e9, 0.001e9);
    EXPECT_NEAR(problem("kb86").flops(), 73.55e9, 0.01e9);
    EXPECT_NEAR(problem("kb86").minimal_bytes(), 3.221e9, 0.001e9);
    EXPECT_EQ(problem("upsample").output_shape(), (Shape{1, 3, 600, 902}));
    EXPECT_EQ(problem("transpose2d-sample").output_shape(), (Shape{1, 3, 6, 8}));
    EXPECT_EQ(problem("depthwise-sample").output_shape(), (Shape{1, 2, 5, 5}));
}

// A main size comes with one that a computer without a GPU can do.
TEST(Presets, ComeInTwoSizes) {
    const auto all = presets();
    int main_sizes = 0;
    for (const auto& [name, preset] : all) {
        if (!name.starts_with("kb") || name.find('-') != std::string::npos) continue;
        ++main_sizes;
        EXPECT_NE(all.contains(name + "-v0"), all.contains(name + "-b1")) << name;
        if (!all.contains(name + "-b1")) continue;
        ProblemSpec one = spec_from_json(preset.at("problem"));
        one.batch = 1;
        EXPECT_EQ(spec_from_json(all.at(name + "-b1").at("problem")), one) << name;
    }
    EXPECT_EQ(main_sizes, 29);
}

#ifdef CONVSCOPE_HAVE_IMAGES

Shape shape_of_image(const std::string& name) {
    return read_image(assets + "images/" + name).shape;
}

TEST(AssetImages, AreRead) {
    const std::map<std::string, Shape> shapes{
        {"astronaut.png", {1, 3, 512, 512}},  {"coffee.png", {1, 3, 400, 600}},
        {"chelsea.png", {1, 3, 300, 451}},    {"siemens_star.png", {1, 1, 512, 512}},
        {"zone_plate.png", {1, 1, 512, 512}}, {"checkerboard.png", {1, 1, 256, 256}},
        {"text.png", {1, 1, 256, 512}},       {"gradients.png", {1, 3, 256, 512}},
        {"single_pixel.png", {1, 1, 33, 33}}, {"edges_and_bars.png", {1, 1, 384, 512}},
    };
    for (const auto& [name, shape] : shapes) EXPECT_EQ(shape_of_image(name), shape) << name;

    const Tensor pixel = read_image(assets + "images/single_pixel.png");
    for (int64_t i = 0; i < 33 * 33; ++i) EXPECT_EQ(pixel.values[i], i == 16 * 33 + 16 ? 1.0f : 0.0f);
}

TEST(AssetImages, FitTheirPresets) {
    for (const auto& [name, preset] : presets()) {
        if (!preset.contains("image")) continue;
        const Problem problem(spec_from_json(preset.at("problem")));
        EXPECT_EQ(shape_of_image(preset["image"]), problem.input_shape()) << name;
    }
}

#endif

}  // namespace
}  // namespace convscope
