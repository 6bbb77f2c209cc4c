// convscope xray as a user types it.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files/image.h"
#include "program.h"

namespace convscope {
namespace {

using nlohmann::json;

const std::string modules = CONVSCOPE_BINARY_DIR "/modules/";

class CommandXray : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(modules + "traced.so"))
            GTEST_SKIP() << "this build has no traced module";
    }
};

// 16×16, 3×3 with padding 1: a row's windows hold 16·3 − 2 columns.
const std::string small = "xray --op depthwise_conv2d --shape 1,1,16,16 --kernel-size 3 --padding 1 ";
constexpr int64_t taps = (16 * 3 - 2) * (16 * 3 - 2);

TEST_F(CommandXray, CountsAsJson) {
    const Outcome outcome = convscope(small + "--kernel naive --json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["kernel"], "naive");
    EXPECT_EQ(document["problem"]["op"], "depthwise_conv2d");
    const json& totals = document["totals"];
    for (const char* key :
         {"input_reads", "weight_reads", "output_writes", "load_requests", "load_sectors", "store_requests",
          "store_sectors", "shared_requests", "shared_conflicts", "active_lanes", "barriers"})
        EXPECT_TRUE(totals[key].is_number()) << key;
    EXPECT_EQ(totals["input_reads"], taps);
    EXPECT_EQ(totals["weight_reads"], taps);
    EXPECT_EQ(totals["output_writes"], 256);
    EXPECT_EQ(totals["store_requests"], 8);
    EXPECT_EQ(totals["store_sectors"], 32);
    EXPECT_EQ(totals["load_bytes"], 2 * taps * 4);
    EXPECT_EQ(document["faults"], json::array());
    int64_t requests = 0;
    for (const json& line : document["lines"]) {
        requests += line["load_requests"].get<int64_t>();
#ifdef CONVSCOPE_HAVE_LIBDW
        EXPECT_EQ(line["file"], "depthwise/naive.cu");
        EXPECT_GT(line["text"].get<std::string>().size(), 3u);
#endif
    }
    EXPECT_EQ(requests, totals["load_requests"]);
}

TEST_F(CommandXray, TheTableSaysWhatItCounts) {
    const Outcome outcome = convscope(small + "--kernel shared_tile");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const char* part : {"depthwise_conv2d 1×1×16×16", "step 0: depthwise_conv2d shared_tile",
                             "input elements read", "sectors/request", "No faults.", "No cache is modelled."})
        EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
#ifdef CONVSCOPE_HAVE_LIBDW
    EXPECT_NE(outcome.out.find("depthwise/shared_tile.cu:"), std::string::npos) << outcome.out;
#endif
}

TEST_F(CommandXray, AllKernelsAreComparedAndSkippedOnesSayWhy) {
    const std::string words = "xray --op conv2d --shape 1,4,16,16 --kernel-size 3 --padding 1 --kernel all";
    const Outcome outcome = convscope(words + " --json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    std::set<std::string> counted;
    const json document = json::parse(outcome.out);
    for (const json& row : document["kernels"])
        if (row["status"] == "counted") {
            EXPECT_EQ(row["totals"]["output_writes"], 4 * 256) << row["kernel"];
            EXPECT_EQ(row["fault_count"], 0) << row["kernel"];
            EXPECT_EQ(row["watched_all"], true) << row["kernel"];
            EXPECT_TRUE(row.at("watched_in_part").is_null()) << row["kernel"];
            counted.insert(row["kernel"].get<std::string>());
        } else {
            EXPECT_EQ(row["kernel"], "pointwise");
            EXPECT_NE(row["reason"].get<std::string>().find("1×1 window"), std::string::npos);
        }
    EXPECT_GE(counted.size(), 6u);
    EXPECT_TRUE(counted.contains("naive") && counted.contains("implicit_gemm"));
    EXPECT_FALSE(counted.contains("missing_guard"));  // broken on purpose
    const Outcome table = convscope(words);
    EXPECT_NE(table.out.find("skipped: pointwise cannot do this problem"), std::string::npos) << table.out;
    EXPECT_NE(table.out.find("\nregister_tile "), std::string::npos) << table.out;
}

TEST_F(CommandXray, AFaultIsExitCodeOne) {
    if (!std::filesystem::exists(modules + "gallery_traced.so")) GTEST_SKIP() << "this build has no gallery";
    const std::string words =
        "xray --op depthwise_conv2d --shape 1,1,64,64 --kernel-size 3 --padding 1 --kernel missing_guard ";
    const Outcome outcome = convscope(words + "--json");
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["broken_on_purpose"], true);
    ASSERT_GE(document["faults"].size(), 1u);
    const json& fault = document["faults"][0];
    EXPECT_EQ(fault["kind"], "outside");
    EXPECT_EQ(fault["block"].size(), 3u);
    EXPECT_EQ(fault["thread"].size(), 3u);
    EXPECT_EQ(fault["bytes"], 4);
    EXPECT_NE(fault["sentence"].get<std::string>().find("missing_guard: thread"), std::string::npos);
    const Outcome text = convscope(words);
    EXPECT_EQ(text.exit_code, 1);
    EXPECT_NE(text.out.find(" of input"), std::string::npos) << text.out;
    EXPECT_EQ(text.out.find("No faults"), std::string::npos);
    // One block: what happens there, no more.
    EXPECT_EQ(convscope(words + "--accesses --block 0,0,0").exit_code, 1);
    EXPECT_EQ(convscope(words + "--accesses --block 0,3,0").exit_code, 0);
}

TEST_F(CommandXray, ListsTheRequestsOfABlock) {
    const std::string words =
        "xray --op conv2d --shape 1,1,40,40 --kernel-size 3 --kernel shared_tile --accesses --block 1,0,0 ";
    const Outcome outcome = convscope(words + "--json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["block"], (json{1, 0, 0}));
    int64_t barriers = 0, loads = 0;
    for (const json& record : document["records"]) {
        barriers += record["what"] == "barrier";
        loads += record.value("access", "") == "load" && record["space"] == "global";
    }
    EXPECT_EQ(barriers, 2);
    EXPECT_EQ(loads, document["totals"]["load_requests"]);
    EXPECT_GT(loads, 10);
    // The second block's first input lies 16 columns into the row.
    const json& first = document["records"][0];
    EXPECT_EQ(first["array"], "input");
    EXPECT_EQ(first["lanes"][0], 0);
    EXPECT_EQ(first["byte"][0], 16 * 4);
    EXPECT_EQ(first["byte"].size(), first["lanes"].size());
    EXPECT_EQ(document["places"][first["place"].get<size_t>()].back()["file"], "conv2d/shared_tile.cu");
    const Outcome text = convscope(words);
    EXPECT_NE(text.out.find("input[16] … "), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("a copy of weights[0]"), std::string::npos) << text.out;
}

// Eight warps, each with 700 · 9 taps of two loads, and a store: 100,808 requests, of which 100,000 are
// listed.
TEST_F(CommandXray, GivesNoVerdictOnABlockThatItListsInPart) {
    const Outcome outcome =
        convscope("xray --op conv2d --shape 1,700,18,18 --kernel-size 3 --kernel naive --accesses");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("No faults up to here"), std::string::npos);
    EXPECT_EQ(outcome.out.find("No faults."), std::string::npos);
}

// Block 0 of a broken kernel: lanes in the padding stop, in text and in JSON.
TEST_F(CommandXray, ListsWhatIsRefused) {
    if (!std::filesystem::exists(modules + "gallery_traced.so")) GTEST_SKIP() << "this build has no gallery";
    const std::string words =
        "xray --op depthwise_conv2d --shape 1,1,16,32 --kernel-size 3 --padding 1 --kernel missing_guard "
        "--accesses --block 0,0,0 ";
    const json document = json::parse(convscope(words + "--json").out);
    const json& records = document["records"];
    const auto found =
        std::find_if(records.begin(), records.end(), [](const json& r) { return r.contains("refused"); });
    ASSERT_NE(found, records.end());
    const json& first = *found;
    EXPECT_EQ(first["lanes"].size(), 0u);  // the whole row of outputs reads a row above the input
    EXPECT_EQ(first["refused"].size(), 32u);
    EXPECT_EQ(first["refused"][0]["lane"], 0);
    EXPECT_EQ(first["refused"][0]["array"], "input");
    EXPECT_EQ(first["refused"][0]["byte"], -4 * (32 + 1)) << "a row and a column before the first element";
    EXPECT_FALSE(document["places"][first["place"].get<size_t>()].empty());
    EXPECT_NE(convscope(words).out.find(" refused"), std::string::npos);
}

// A cell's colour, in the middle of it.
std::array<int, 3> pixel(const Tensor& picture, int64_t x, int64_t y) {
    const int64_t height = picture.shape[2], width = picture.shape[3];
    std::array<int, 3> colour{};
    for (int64_t c = 0; c < 3; ++c)
        colour[static_cast<size_t>(c)] = static_cast<int>(
            std::lround(255 * picture.values[static_cast<size_t>((c * height + y) * width + x)]));
    return colour;
}

TEST_F(CommandXray, DrawsHeatAndMap) {
    const TemporaryFolder folder;
    const Outcome outcome = convscope(small + "--kernel naive --constant 1 --png " + (folder / "x.png"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("x-heat.png: how often"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("4 to 9, 8.27 on average"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("reads 256 input elements and writes 256 outputs"), std::string::npos);
    const Tensor heat = read_image(folder / "x-heat.png");
    EXPECT_EQ(heat.shape, (Shape{1, 3, 512, 512}));  // cells of 32 pixels
    EXPECT_EQ(pixel(heat, 16 + 5 * 32, 16 + 5 * 32), (std::array{0xfd, 0xe7, 0x25}));
    EXPECT_NE(pixel(heat, 16, 16), pixel(heat, 16 + 32, 16));       // a corner is read less than an edge
    EXPECT_EQ(pixel(heat, 16 + 32, 16), pixel(heat, 16 + 64, 16));  // edges alike

    const Tensor map = read_image(folder / "x-map.png");
    EXPECT_EQ(map.shape, (Shape{1, 3, 512, 512 + 16 + 512}));
    const int64_t right = 512 + 16;
    const auto lane_0 = pixel(map, right + 16, 16);
    EXPECT_GT(lane_0[0], 200);  // red
    EXPECT_LT(lane_0[1], 100);
    EXPECT_EQ(pixel(map, right + 16, 16 + 2 * 32), lane_0);  // the next warp begins two rows below
    EXPECT_NE(pixel(map, right + 16, 16 + 32), lane_0);
    EXPECT_EQ(pixel(map, 512 + 8, 16), (std::array{16, 16, 18}));
}

TEST_F(CommandXray, TellsWhatFitsOnAGpu) {
    const Outcome outcome = convscope(small + "--kernel naive --json --gpu 'H100 SXM'");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json gpu = json::parse(outcome.out)["gpu"];
    EXPECT_EQ(gpu["name"], "H100 SXM");
    ASSERT_EQ(gpu["steps"].size(), 1u);
    EXPECT_GT(gpu["steps"][0]["registers"], 8);
    EXPECT_GE(gpu["steps"][0]["blocks"], 1);
    EXPECT_GT(gpu["floor_ms"], 0.0);
    EXPECT_NE(convscope(small + "--kernel naive --gpu 'H100 SXM'").out.find("It is a floor"),
              std::string::npos);
}

TEST_F(CommandXray, WrongRequestsAreOneSentence) {
    expect_refused("xray --kernel naive", "a problem is given by one of");
    expect_refused(small + "--kernel sideways", "there is no kernel 'sideways' for depthwise_conv2d");
    expect_refused("xray --op conv2d --shape 1,1,8,8 --kernel-size 3 --kernel pointwise",
                   "pointwise cannot do this problem");
    expect_refused(small + "--kernel naive --accesses --block 1",
                   "the block's x in 'depthwise_conv2d naive' must be at most 0; it is 1");
    expect_refused(small + "--kernel naive --accesses --block 0,0,0,0", "--block takes x, y and z");
    expect_refused(small + "--kernel naive --accesses --step 1", "the step of naive must be at most 0");
    expect_refused(small + "--kernel naive --block 0", "--block and --step choose a block");
    expect_refused(small + "--kernel naive --heat /nowhere/h.png", "the folder /nowhere is not there");
    expect_refused(small + "--kernel naive --map m.jpg", "must end in .png");
    expect_refused(small + "--kernel naive --png a.png --map m.png", "--png stands for --heat and --map");
    expect_refused(small + "--kernel naive --heat h.png --channel 1", "the input channel must be at most 0");
    expect_refused("xray --op conv2d --shape 1,1,1,20000 --kernel naive --heat h.png",
                   "at most 16384 pixels");
    expect_refused(small + "--kernel naive --map m.png --fill nonsense", "'nonsense' is not a weight preset");
    expect_refused(small + "--kernel all --accesses", "--kernel all compares counts");
    expect_refused(small + "--kernel all --gpu T4", "found it beside --kernel all");
    expect_refused(small + "--kernel naive --gpu Voodoo", "--gpu: 'Voodoo' is not in the table; 'T4'");
}

}  // namespace
}  // namespace convscope
