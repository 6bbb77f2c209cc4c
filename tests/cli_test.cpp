#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files/npy.h"
#include "program.h"

namespace convscope {
namespace {

using nlohmann::json;

const std::string cases = CONVSCOPE_SOURCE_DIR "/tests/cases";
const std::string images = CONVSCOPE_SOURCE_DIR "/assets/images";

TEST(CommandLine, HelpAndVersionAreEverywhere) {
    EXPECT_EQ(convscope("--help").exit_code, 0);
    EXPECT_EQ(convscope("--version").out.rfind("convscope 0.", 0), 0u);
    for (const char* command : {"run", "check", "verify", "bench", "list", "shot", "doctor", "xray"}) {
        const Outcome outcome = convscope(std::string(command) + " --help");
        EXPECT_EQ(outcome.exit_code, 0) << command;
        EXPECT_NE(outcome.out.find("convscope " + std::string(command)), std::string::npos) << command;
        EXPECT_NE(outcome.out.find("Example"), std::string::npos) << command;
    }
}

TEST(CommandLine, WrongRequestsAreOneSentenceAndTwo) {
    expect_refused("paint", "paint");
    expect_refused("run", "a problem is given by one of");
    expect_refused("run --op conv2d", "--shape is missing");
    expect_refused("run --op conv4d --shape 1,1,1,1", "'conv4d' is not an operator");
    expect_refused("run --op conv2d --shape 1,1,4", "has 4 sizes");
    expect_refused("run --op conv2d --shape 1,1,4,x", "--shape");
    expect_refused("run --op conv2d --shape 1,1,4,4 --stride 0",
                   "stride (height) must be at least 1; it is 0");
    expect_refused("run --op conv2d --shape 1,6,4,4 --groups 4", "C_in = 6 is not divisible by groups = 4");
    expect_refused("run --op conv2d --shape 1,1,4,4 --kernel-size 3,3,3", "takes one number or 2");
    expect_refused("run --op conv2d --shape 1,1,99999999999999999999,4",
                   "input size (height) must be at most");
    expect_refused("run --op conv2d --shape 1,1000,1000000,1000000", "needs");
    expect_refused("run --op conv2d --shape 1,1,4,4 --kernel sideways --device cpu",
                   "no kernel is called 'sideways'");
    expect_refused("run --op conv2d --shape 1,1,4,4 --output y.txt", "must end in .npy or .png");
    expect_refused("run --op conv2d --shape 1,1,4,4 --output /nowhere/y.npy",
                   "the folder /nowhere is not there");
    expect_refused("run --op conv2d --kernel-size 3 --image /nowhere.png", "/nowhere.png");
    expect_refused("run --op conv2d --kernel-size 3 --image " + cases + "/0000_conv2d/problem.json",
                   "problem.json");
    expect_refused("run --op conv2d --shape 1,1,4,4 --input " + cases + "/0000_conv2d/input.npy", "shape");
    expect_refused("run --op conv2d --shape 1,1,4,4 --fill nonsense", "'nonsense' is not a weight preset");
    expect_refused("run --preset nothing", "there is no preset 'nothing'");
    expect_refused("run --problem /nowhere.json", "/nowhere.json");
    expect_refused("check /nowhere", "/nowhere");
    expect_refused("verify --count 0", "--count must be at least 1");
    expect_refused("list nonsense", "nonsense");
    expect_refused("bench --preset kb83-v0 --csv /nowhere/t.csv", "/nowhere");
    expect_refused("shot --out /nowhere/f.png", "/nowhere");
    expect_refused("run --preset kb83-v0 --stride 3", "bring their own");
    expect_refused("run --op conv2d --shape 1,1,4,4 --integers --fill box", "found several");
    expect_refused("run --op conv2d --shape 1,1,1,20000 --output p.png", "at most 16384 pixels");
}

TEST(CommandLine, NumbersAreShownAsTheyWereTyped) {
    const std::string small = "run --op conv2d --shape 1,1,2,2 --device cpu ";
    expect_refused(small + "--random -1",
                   "--random: '-1' is not a whole number from 0 to 18446744073709551615");
    expect_refused(small + "--seed 18446744073709551616",
                   "--seed: '18446744073709551616' is not a whole number");
    expect_refused("verify --seed=-1", "--seed: '-1' is not a whole number from 0 to 18446744073709551615");
    expect_refused("verify --count 99999999999999999999", "it is 99999999999999999999");
    expect_refused(small + "--stride 1,99999999999999999999",
                   "stride (width) must be at most 1099511627776; it is 99999999999999999999");
    expect_refused(small + "--padding=-99999999999999999999",
                   "padding (height) must be at least 0; it is -99999999999999999999");
    expect_refused(small + "--groups 1x", "--groups: '1x' is not a whole number");
    expect_refused(small + "--out-channels ''", "--out-channels");
    expect_refused(small + "--constant 1e39", "--constant: 1e39 is too large for float32");
    expect_refused(small + "--input-values=1,2,,4", "--input-values, number 3: '' is not a number");
}

TEST(CommandLine, TensorsComeFromOnePlaceEach) {
    const std::string small = "run --op conv2d --shape 1,1,2,2 --kernel-size 2 --device cpu ";
    expect_refused(small + "--constant 1 --random 2", "found several");
    expect_refused(small + "--seed 1 --random 2", "found both");
    expect_refused(small + "--weight-values 1,2,3,4 --integers", "found several");
    expect_refused(small + "--pointwise-fill ones", "--pointwise-fill is for separable_conv2d only");
    expect_refused(small + "--input-fill box", "'box' is not an input preset");
    expect_refused(small + "--weight-values 1,2,3", "4 weights are needed for 1×1×2×2; 3 are given");
    expect_refused(small + "--input-values 1", "the input 1×1×2×2 has 4 elements; 1 is given");
    expect_refused(small + "--weights " + cases + "/0000_conv2d/weights.npy", "the weights have shape");
    std::string many = "0";
    for (int i = 0; i < 4096; ++i) many += ",0";
    expect_refused(small + "--input-values " + many, "at most 4096 are allowed");
}

TEST(CommandLine, NumbersCanBeTyped) {
    const TemporaryFolder folder;
    const Outcome outcome = convscope(
        "run --op conv2d --shape 1,1,2,3 --kernel-size 2,1 --device cpu --input-values 1,2,inf "
        "--input-values=4,5,6 --weight-values=-1,.5 --kernel direct --output " +
        (folder / "y.npy"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Tensor y = read_npy(folder / "y.npy");
    EXPECT_EQ(std::vector<float>(y.values.begin(), y.values.end()), (std::vector<float>{1, 0.5f, -INFINITY}));
}

TEST(CommandLine, FilesThatContradictAreRefused) {
    const TemporaryFolder folder;
    std::ofstream(folder / "p.json") << R"({"op": "conv2d", "input": [1, 1, 4, 4], "output": [1, 1, 4, 5]})";
    expect_refused("run --problem " + (folder / "p.json"),
                   "'output' is [1,1,4,5]; the problem's output is 1×1×4×4");
    write_npy(folder / "x.npy", {1, 1, 1, 2}, std::vector<double>{1, -1e300});
    expect_refused(
        "run --op conv2d --input " + (folder / "x.npy"),
        "x.npy holds -1e+300 at [0, 0, 0, 1]; computing is in float32, which reaches 3.4028235e+38");
}

TEST(CommandLine, HostileFilesAreRefused) {
    const TemporaryFolder folder;
    std::ofstream(folder / "deep.json") << R"({"op":)" << std::string(1000000, '[');
    expect_refused("run --problem " + (folder / "deep.json"), "nested deeper than 32 levels");
    ASSERT_EQ(std::system(("mkfifo " + (folder / "pipe")).c_str()), 0);
    expect_refused("run --op conv2d --input " + (folder / "pipe"), "it is not a file");
    if (std::filesystem::exists("/dev/full")) {
        const Outcome full = convscope("list operators >/dev/full 2>" + (folder / "err") + "; exit $?; true");
        EXPECT_EQ(full.exit_code, 2);
    }
}

TEST(CommandLine, AMissingDeviceIsThree) {
    const Outcome outcome = convscope("run --op conv2d --shape 1,1,4,4 --device gpu:7");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_NE(outcome.err.find("gpu:7"), std::string::npos);
}

TEST(CommandLine, RunWritesTheOutputThatTheCaseExpects) {
    const TemporaryFolder folder;
    const std::string c = cases + "/0003_conv_transpose2d";
    const Outcome outcome =
        convscope("run --problem " + c + "/problem.json --input " + c + "/input.npy --weights " + c +
                  "/weights.npy --bias-file " + c + "/bias.npy --output " + (folder / "y.npy") +
                  " --device cpu --kernel all --json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out);
    ASSERT_GE(document["results"].size(), 1u);
    for (const json& row : document["results"]) {
        EXPECT_EQ(row["status"], "passed");
        EXPECT_EQ(row["verified"], "whole");
        EXPECT_LE(row["bound_ratio"].get<double>(), 1);
    }
    const Tensor output = read_npy(folder / "y.npy");
    const Float64Array expected = read_npy_float64(c + "/expected.npy");
    ASSERT_EQ(output.shape, expected.shape);
    for (size_t i = 0; i < expected.values.size(); ++i)
        EXPECT_NEAR(output.values[i], expected.values[i], 1e-4);
}

TEST(CommandLine, RunTellsThePlanOfAKernelOfOurs) {
    const Outcome outcome =
        convscope("run --op conv2d --shape 1,1,9,9 --kernel-size 3 --device sim --kernel naive --json");
    if (outcome.exit_code == 3) GTEST_SKIP() << outcome.err;
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string plan = json::parse(outcome.out)["results"][0]["plan"];
    EXPECT_EQ(plan.rfind("conv2d naive: ", 0), 0u) << plan;
    EXPECT_NE(plan.find(" threads"), std::string::npos) << plan;
}

TEST(CommandLine, RunWritesAPicture) {
    const TemporaryFolder folder;
    const Outcome outcome =
        convscope("run --op depthwise_conv2d --kernel-size 3 --padding 1 --fill sobel_x --image " + images +
                  "/chelsea.png --output " + (folder / "edges.png") + " --range -1,1 --device cpu");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(content_of(folder / "edges.png").substr(1, 3), "PNG");
}

TEST(CommandLine, PresetsBringTheirPicture) {
    const TemporaryFolder folder;
    ASSERT_EQ(convscope("run --preset edges --device cpu --output " + (folder / "a.npy")).exit_code, 0);
    ASSERT_EQ(
        convscope(
            "run --op depthwise_conv2d --kernel-size 3 --padding 1 --fill sobel_x --device cpu --image " +
            images + "/astronaut.png --output " + (folder / "b.npy"))
            .exit_code,
        0);
    EXPECT_EQ(content_of(folder / "a.npy"), content_of(folder / "b.npy"));
}

TEST(CommandLine, TheSameSeedGivesTheSameOutputOnEveryDevice) {
    const TemporaryFolder folder;
    const std::string words =
        "run --op conv2d --shape 1,2,9,9 --kernel-size 3 --random 5 --integers --output ";
    ASSERT_EQ(convscope(words + (folder / "a.npy") + " --device cpu --kernel direct").exit_code, 0);
    ASSERT_EQ(convscope(words + (folder / "b.npy") + " --device cpu").exit_code, 0);
    EXPECT_EQ(content_of(folder / "a.npy"), content_of(folder / "b.npy"));
}

TEST(CommandLine, CheckCountsEveryRow) {
    const Outcome outcome = convscope("check " + cases + "/0000_conv2d --device cpu --kernel all --json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["passed"].get<size_t>(), document["results"].size());
    EXPECT_EQ(document["results"][0]["case"], "0000_conv2d");
    EXPECT_EQ(document["results"][0]["repeatable"], true);
    EXPECT_EQ(document["failed"], 0);
}

TEST(CommandLine, CheckFindsAWrongAnswer) {
    const TemporaryFolder folder;
    const std::string copy = folder / "wrong";
    std::filesystem::copy(cases + "/0000_conv2d", copy);
    Float64Array expected = read_npy_float64(copy + "/expected.npy");
    expected.values[2] += 0.001;
    std::filesystem::remove(copy + "/expected.npy");
    write_npy(copy + "/expected.npy", expected.shape, std::span<const double>(expected.values));
    const Outcome outcome = convscope("check " + copy + " --device cpu --kernel direct --json");
    EXPECT_EQ(outcome.exit_code, 1);
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["failed"], 1);
    EXPECT_EQ(document["results"][0]["status"], "failed");
    EXPECT_NE(document["results"][0]["reason"].get<std::string>().find("output[0,0"), std::string::npos);
}

TEST(CommandLine, CheckRefusesABrokenCase) {
    const TemporaryFolder folder;
    std::filesystem::copy(cases + "/0000_conv2d", folder / "broken");
    std::filesystem::remove(folder / "broken/weights.npy");
    expect_refused("check " + (folder / "broken"), "weights.npy");
}

TEST(CommandLine, VerifyReportsEveryProblem) {
    const Outcome outcome = convscope("verify --count 5 --seed 3 --device cpu --kernel direct --json");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out);
    EXPECT_EQ(document["passed"], 5);
    EXPECT_TRUE(document["results"][0]["problem"].contains("kernel_size"));
}

TEST(CommandLine, BenchTimesVerifiedKernelsOnly) {
    const TemporaryFolder folder;
    const std::string words = "bench --op depthwise_conv2d --shape 1,2,40,40 --kernel-size 3 ";
    const Outcome outcome = convscope(words + "--device all --json --csv " + (folder / "t.csv"));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json document = json::parse(outcome.out);
    bool timed = false;
    for (const json& row : document["results"]) {
        if (row["device"] == "sim") {
            EXPECT_EQ(row["status"], "skipped");
            EXPECT_TRUE(row["median_ms"].is_null());
            EXPECT_TRUE(row["floor_memory_ms"].is_null());
        } else if (row["status"] == "passed") {
            timed = true;
            EXPECT_EQ(row["verified"], "whole");
            EXPECT_GE(row["samples"], 20);
            EXPECT_LE(row["p20_ms"].get<double>(), row["median_ms"].get<double>());
            EXPECT_GT(row["roofline_share"].get<double>(), 0);
            EXPECT_GT(row["floor_memory_ms"].get<double>(), 0);
            EXPECT_LT(row["floor_fp32_ms"].get<double>(), 1);
            EXPECT_EQ(row["scratch_bytes"], 0);
            if (row["device"] == "cpu") {
                EXPECT_TRUE(row["floor_tf32_ms"].is_null());
            }
        }
    }
    EXPECT_TRUE(timed);
    EXPECT_EQ(content_of(folder / "t.csv").rfind("device,kernel,status,median_ms", 0), 0u);
    std::ofstream(folder / "before.json") << outcome.out;
    const Outcome again = convscope(words + "--device cpu --baseline " + (folder / "before.json"));
    EXPECT_NE(again.out.find("vs baseline"), std::string::npos) << again.out << again.err;
    expect_refused(words + "--device cpu --baseline " + (folder / "t.csv"),
                   "t.csv is not complete, valid JSON");
    expect_refused("bench --preset kb83-v0 --device cpu --baseline " + (folder / "before.json"),
                   "another problem");
}

TEST(CommandLine, BenchServesOneTimeALine) {
    const TemporaryFolder folder;
    std::ofstream(folder / "lines") << "a\n\n";
    const std::string small = "bench --op conv2d --shape 1,2,9,9 --kernel-size 3 --device cpu --serve";
    const Outcome outcome = convscope(small + " --kernel direct", folder / "lines");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    std::istringstream lines(outcome.out);
    std::string word;
    ASSERT_TRUE(lines >> word);
    EXPECT_EQ(word, "ready");
    double first = -1, second = -1, third = -1;
    EXPECT_TRUE(lines >> first >> second) << outcome.out << outcome.err;
    EXPECT_GE(std::min(first, second), 0);
    EXPECT_FALSE(lines >> third);
    expect_refused(small + " --kernel all", "--serve times one kernel of one device");
    expect_refused(small + " --latency", "--latency");
}

TEST(CommandLine, ListsAreComplete) {
    const json operators = json::parse(convscope("list operators --json").out);
    EXPECT_EQ(operators["operators"].size(), 6u);
    const json kernels = json::parse(convscope("list kernels --json").out);
    for (const json& row : kernels["kernels"])
        for (const char* field : {"op", "device", "name", "idea", "traffic", "wins_when"})
            EXPECT_FALSE(row[field].get<std::string>().empty()) << row;
    const json presets = json::parse(convscope("list presets --json").out);
    EXPECT_GE(presets["presets"].size(), 30u);
    const json devices = json::parse(convscope("list devices --json").out);
    EXPECT_GE(devices["devices"].size(), 2u);
}

TEST(CommandLine, DoctorSaysWhatIsMissingAndWhy) {
    const json found = json::parse(convscope("doctor --json").out);
    EXPECT_TRUE(found.contains("device cpu"));
    ASSERT_TRUE(found.contains("device gpu"));
    EXPECT_GT(found["device gpu"].get<std::string>().size(), 10u);
    EXPECT_FALSE(found["source lines"].get<std::string>().empty());
    const std::string cudnn = found["cudnn"];  // the version, or why there is none
    EXPECT_TRUE(cudnn.rfind("9.", 0) == 0 || cudnn.rfind("missing: ", 0) == 0) << cudnn;
}

TEST(CommandLine, DoctorSaysWhyThereIsNoCudnn) {
    setenv("CONVSCOPE_CUDNN", "/nowhere/libcudnn.so", 1);
    const json found = json::parse(convscope("doctor --json").out);
    unsetenv("CONVSCOPE_CUDNN");
    EXPECT_EQ(found["cudnn"].get<std::string>().rfind("missing: cuDNN was not found: /nowhere", 0), 0u);
}

// Kernels that are broken on purpose run where one is named, and nothing else knows them.
TEST(CommandLine, TheGalleryIsMetByNameOnly) {
    const std::string problem = " --op depthwise_conv2d --shape 1,2,40,40 --kernel-size 3 --padding 1";
    const std::string guard = " --device gallery --kernel missing_guard";
    const Outcome broken = convscope("run" + problem + guard);
    if (broken.exit_code == 3) GTEST_SKIP() << "this build does not trace";
    EXPECT_EQ(broken.exit_code, 1) << broken.err;
    EXPECT_NE(broken.out.find("82 elements were never written"), std::string::npos) << broken.out;
    for (const std::string list : {"list devices", "list kernels", "list kernels --json", "doctor"}) {
        const Outcome outcome = convscope(list);
        EXPECT_EQ(outcome.exit_code, 0) << list;
        EXPECT_EQ(outcome.out.find("broken on purpose"), std::string::npos) << list;
        EXPECT_EQ(outcome.out.find("missing_guard"), std::string::npos) << list;
    }
    for (const std::string& words :
         {"run" + problem + " --device gallery", "run" + problem + " --device gallery --kernel all",
          "check " + cases + "/0000_conv2d" + guard, "verify --count 1" + guard, "bench" + problem + guard}) {
        const Outcome outcome = convscope(words);
        EXPECT_EQ(outcome.exit_code, 3) << words << outcome.err;
        EXPECT_NE(outcome.err.find("there is no device 'gallery'"), std::string::npos) << outcome.err;
    }
    const Outcome all = convscope("run" + problem + " --device all --kernel all --json");
    EXPECT_EQ(all.exit_code, 0) << all.err;
    EXPECT_EQ(all.out.find("gallery"), std::string::npos);
}

}  // namespace
}  // namespace convscope
